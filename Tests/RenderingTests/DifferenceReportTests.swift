import FleetModel
import Foundation
import Manifests
import Testing

@testable import Rendering

/// A fleet difference as people and programs are shown it.
@Suite struct DifferenceReportTests {
  private func report(
    _ before: String, _ after: String, title: String = "a..b"
  ) async throws -> DifferenceReport {
    func renderer(_ text: String) throws -> Renderer {
      var fixture = try RenderingFixture()
      // Numbers are differences like others, though a ConfigMap may hold none.
      fixture.app.schema = .off
      try fixture.write("overlays/shop/base/settings.yaml", text)
      // c2 has an overlay of its own, which patches what is not there on both sides.
      fixture.clusters = ["c1", "c3"]
      return fixture.renderer
    }
    return DifferenceReport(
      title: title,
      difference: await FleetDifference.between(try renderer(before), try renderer(after)))
  }

  private let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {a: VALUE}}"
  private func map(_ value: String) -> String { map.replacing("VALUE", with: value) }

  @Test func theSummaryCountsClustersAndDistinctChanges() async throws {
    #expect(
      try await report(map("x"), map("y")).summary
        == "2 of 2 clusters change, 1 distinct change, 0 clusters untouched")
    #expect(try await report(map("x"), map("x")).summary == "no difference on 2 clusters")
  }

  @Test func textsAreComparedByLines() async throws {
    let long = (1...30).map { "line \($0)" }
    var other = long
    other[14] = "another"
    let report = try await report(
      map("\"\(long.joined(separator: "\\n"))\""), map("\"\(other.joined(separator: "\\n"))\""))
    let lines = try #require(report.difference.classes.first?.change.objects.first).lines
    #expect(
      lines.map(\.text) == [
        ".data.a", "…", "line 12", "line 13", "line 14", "line 15", "another", "line 16", "line 17",
        "line 18", "…",
      ])
    #expect(lines.filter { $0.kind == .before }.map(\.text) == ["line 15"])
    #expect(lines.filter { $0.kind == .after }.map(\.text) == ["another"])
  }

  @Test func markdownAndPageLetNothingOutOfItsPlace() async throws {
    let evil = "'</details><script>alert(1)</script> ``` [x](http://example.com) @team'"
    let report = try await report(map("x"), map(evil), title: "<b>a..b</b>")
    let page = report.page()
    #expect(!page.contains("<script"))
    #expect(!page.contains("<b>a..b"))
    #expect(page.contains("&lt;script&gt;"))
    // Inside of a code block everything is text, as long as it does not end the block.
    let markdown = report.markdown()
    #expect(markdown.contains("````diff"))
  }

  @Test func thePageAsksForNothing() async throws {
    let page = try await report(map("x"), map("y")).page()
    for reference in ["src=", "href=", "url(", "@import"] { #expect(!page.contains(reference)) }
    #expect(page.contains("default-src 'none'"))
  }

  @Test func aCommentThatWouldBeTooLongSaysWhatItLeavesOut() async throws {
    let before = (0..<200).map { map("x").replacing("name: m", with: "name: m\($0)") }
    let after = (0..<200).map { map("y").replacing("name: m", with: "name: m\($0)") }
    let report = try await report(
      before.joined(separator: "\n---\n"), after.joined(separator: "\n---\n"))
    let comment = report.markdown(limit: 2000)
    #expect(comment.count <= 2000)
    #expect(comment.contains("left out here; run `flotilla diff` to see all"))
    #expect(comment.contains("2 of 2 clusters change"))
  }

  @Test func noFormShowsTheValueOfASecret() async throws {
    func secret(_ value: String) -> String {
      "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {p: \(value)}}"
    }
    for (before, after) in [
      (secret("hunter2"), secret("hunter3")), (map("x"), map("x") + "\n---\n" + secret("hunter2")),
    ] {
      let report = try await report(before, after)
      let json = String(decoding: JSON.serialize(report.document), as: UTF8.self)
      for text in [report.page(), report.markdown(), json, "\(report)"] {
        #expect(!text.contains("hunter"))
        #expect(text.contains("***"))
      }
    }
  }

  @Test func theDocumentHoldsValuesAndPaths() async throws {
    let document = try await report(map("1"), map("two")).document
    let change = try #require(document["classes"]?.sequence?.first)
    #expect(change["clusters"]?.sequence?.compactMap(\.string) == ["c1", "c3"])
    let object = try #require(change["objects"]?.sequence?.first)
    #expect(object["kind"]?.string == "ConfigMap")
    let field = try #require(object["fields"]?.sequence?.first)
    #expect(field["path"]?.string == ".data.a")
    #expect(field["before"]?.int == 1)
    #expect(field["after"]?.string == "two")
  }
}
