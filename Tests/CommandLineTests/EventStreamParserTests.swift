import Testing

@testable import flotilla

@Suite("Reading server-sent events")
struct EventStreamParserTests {
  private func parse(_ text: String, pieces: Int = 1) -> [EventStreamParser.Message] {
    var parser = EventStreamParser()
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: pieces).flatMap {
      parser.feed(Array(bytes[$0..<min($0 + pieces, bytes.count)]))
    }
  }

  @Test(arguments: [1, 2, 3, 1000])
  func piecesOfAnySizeGiveTheSameMessages(pieces: Int) {
    let text = ": hello\n\nid: 7\nevent: wavePassed\ndata: {\"a\":\ndata: 1}\n\nid: 8\ndata: x\n\n"
    #expect(
      parse(text, pieces: pieces) == [
        .init(id: "7", event: "wavePassed", data: "{\"a\":\n1}"),
        .init(id: "8", event: "message", data: "x"),
      ])
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func everyLineEndOfTheStandardCounts(end: String) {
    let text = ["data: ü", "id:1", "", "data:2", "", ""].joined(separator: end)
    #expect(parse(text).map(\.data) == ["ü", "2"])
    #expect(parse(text).map(\.id) == ["1", "1"])
  }

  @Test func anUnfinishedMessageIsNoMessage() {
    #expect(parse("id: 1\ndata: half").isEmpty)
    #expect(parse("id: 1\n\n").isEmpty)
  }
}
