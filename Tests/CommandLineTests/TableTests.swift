import FleetModel
import HubAPI
import Testing

@testable import flotilla

@Suite("Tables as kubectl prints them")
struct TableTests {
  private func text<Row: TableRow>(_ rows: [Row], wide: Bool = false, width: Int? = nil) -> String {
    var table = Table(Row.columns(wide: wide))
    let context = RowContext(now: now, glyphs: .unicode)
    table.rows = rows.map { $0.cells(context, wide: wide) }
    return table.lines(width: width).map { $0.rendered(colour: false) }.joined(separator: "\n")
  }

  private let clusters = [
    ClusterDocument(
      name: "dev-1", labels: ["region": "eu", "tier": "main"], environment: "dev",
      server: "https://dev-1.example.org", failureDomain: "eu",
      connection: ConnectionDocument(answered: before(.minutes(2))),
      apps: [
        .init(app: "web", digest: "d", release: "web@4f2a91c0d3b5", since: before(.minutes(2)))
      ]),
    ClusterDocument(
      name: "prod-eu-10", labels: [:], environment: nil,
      cordon: DecisionDocument(by: "anna", since: before(.minutes(2))),
      apps: [.init(app: "web", digest: nil, release: nil, since: nil)]),
  ]

  @Test func clusters_narrow() {
    #expect(
      text(clusters) == """
        NAME        ENVIRONMENT  STATUS    APPS
        dev-1       dev          active    web=4f2a91c0d3b5
        prod-eu-10  -            cordoned  web=-
        """)
  }

  @Test func clusters_wide() {
    #expect(
      text(clusters, wide: true) == """
        NAME        ENVIRONMENT  STATUS    APPS              CONNECTION  FAILURE-DOMAIN  SERVER                     LABELS
        dev-1       dev          active    web=4f2a91c0d3b5  ok          eu              https://dev-1.example.org  region=eu,tier=main
        prod-eu-10  -            cordoned  web=-             -           -               -                          -
        """)
  }

  @Test(arguments: [
    (ConnectionDocument(), "-"),
    (ConnectionDocument(answered: before(.minutes(4))), "ok"),
    (
      ConnectionDocument(
        answered: before(.minutes(4)),
        silence: .init(since: before(.minutes(3)), reason: "connection refused"), isVerified: false),
      "no answer for 3m: connection refused"
    ),
    (ConnectionDocument(answered: now, isVerified: false), "not verified"),
    (
      ConnectionDocument(answered: now, certificateExpires: before(.minutes(-5 * 24 * 60))),
      "certificate expires in 5d"
    ),
    (ConnectionDocument(answered: now, certificateExpires: before(.minutes(-15 * 24 * 60))), "ok"),
    (
      ConnectionDocument(
        answered: now, isVerified: false, certificateExpires: before(.minutes(1))),
      "not verified, certificate expired"
    ),
  ])
  func theConnectionSaysWhatIsWrongWithIt(connection: ConnectionDocument, text: String) {
    #expect(connection.cell(now: now).plainText == text)
  }

  @Test func aSilentClusterIsMarkedInTheStatus() {
    var cluster = clusters[0]
    cluster.connection?.silence = .init(since: before(.minutes(3)), reason: "connection refused")
    #expect(
      text([cluster]) == """
        NAME   ENVIRONMENT  STATUS  APPS
        dev-1  dev          silent  web=4f2a91c0d3b5
        """)
  }

  @Test func anotherAnswerIsNoChangeToWhoWatches() {
    var cluster = clusters[0]
    cluster.connection?.answered = now
    #expect(cluster.settled == clusters[0].settled)
    cluster.connection?.silence = .init(since: now, reason: "connection refused")
    #expect(cluster.settled != clusters[0].settled)
  }

  @Test func rollouts() {
    #expect(
      text([RolloutDocument.running]) == """
        NAME        APP  ENVIRONMENT  CHANGE        PHASE    WAVE  DONE  FAILED  AGE
        web-prod-3  web  prod         4f2a91c0d3b5  running  eu    4/21       1  13m
        """)
  }

  @Test func aTableShrinksItsFlexibleColumnToFitTheTerminal() {
    let release = ReleaseDocument(
      name: "web@4f2a91c0d3b5", app: "web", change: "4f2a91c0d3b5",
      subject: "A very long subject "
        + "that goes on and on and on", author: "Anna", created: before(.minutes(2)),
      changedClusters: 3)
    let lines = text([release], width: 80).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines[1].hasSuffix("…"))
  }

  @Test(arguments: [
    (0, "0s"), (119, "119s"), (120, "2m"), (192, "3m12s"), (1500, "25m"), (11_100, "3h5m"),
    (93_600, "26h"), (273_600, "3d4h"), (1_036_800, "12d"),
  ])
  func agesReadAsKubectlWritesThem(seconds: Int, text: String) {
    #expect(TimeSpan.seconds(seconds).age == text)
  }

  @Test func wideCharactersTakeTwoColumns() {
    var table = Table([.init("NAME"), .init("X")])
    table.rows = [
      [StyledLine("日本"), StyledLine("1")], [StyledLine("abcd"), StyledLine("2")],
    ]
    #expect(table.lines(width: nil).map(\.plainText) == ["NAME  X", "日本  1", "abcd  2"])
  }

  @Test func coloursAreOnlyThereWhenAsked() {
    let line = StyledLine("ready", .good)
    #expect(line.rendered(colour: false) == "ready")
    #expect(line.rendered(colour: true) == "\u{1B}[32mready\u{1B}[0m")
  }
}
