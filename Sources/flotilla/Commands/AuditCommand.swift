internal import ArgumentParser
internal import Foundation
internal import Hub
internal import HubAPI

/// `flotilla audit …`.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Check the event log.",
    subcommands: [AuditVerifyCommand.self])
}

/// `flotilla audit verify`.
struct AuditVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Find changed, removed, inserted or moved events in a database file.",
    discussion: """
      Reads the file of a running hub, of none, or a copy, and changes nothing. Prints the head of \
      the log, which tells a later check whether events are gone from the end or all was written \
      anew. Exit code 1 when something is wrong.

        flotilla audit verify
        flotilla audit verify --database backup.sqlite --head 812:9f2c…
      """)

  @Option(help: "The file (or FLOTILLA_DATABASE; default: this user's hub's).")
  var database: String?
  @Option(help: ArgumentHelp("A head that was noted earlier.", valueName: "sequence:hash"))
  var head: String?
  @Option(name: .shortAndLong, help: "json or yaml.")
  var output: OutputFormat?

  func validate() throws {
    if let head, !AuditReport.isHead(head) {
      throw ValidationError(
        "--head takes what an earlier check printed: a number, a colon and 64 hexadecimal digits")
    }
  }

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let given =
      database ?? environment[HubSetting.database.variable].flatMap { $0.isEmpty ? nil : $0 }
    let path = given ?? StandardFolders(environment: environment).data + "/hub.sqlite"
    let report = try AuditReport(databasePath: path, anchor: head)
    switch output {
    case .json?: StandardOutput.write(try MachineOutput.json(Document(report)))
    case .yaml?: StandardOutput.write(try MachineOutput.yaml(Document(report)))
    case .name?, .wide?, nil: say(report)
    }
    if !report.isClean { throw Ending.Exit(.error) }
  }

  private func say(_ report: AuditReport) {
    var line = "\(report.database): \(report.events) events"
    if let times = report.times {
      line += " from \(Timestamp(times.lowerBound)) to \(Timestamp(times.upperBound))"
    }
    if let fault = report.fault {
      StandardOutput.print(line + " hold, then not")
      StandardOutput.complain("error: \(report.database): \(fault.message)")
    } else if let fault = report.stateFault {
      StandardOutput.print(line + " as they were recorded")
      StandardOutput.complain("error: \(report.database): \(fault)")
    } else {
      StandardOutput.print(line + " as they were recorded, and the state that they add up to")
    }
    if report.chainedByUpgrade > 0 {
      StandardOutput.print(
        "events 1 to \(report.chainedByUpgrade) were chained by an upgrade; what happened to them "
          + "before cannot be told")
    }
    StandardOutput.print("head \(report.head)")
  }

  private struct Document: Encodable {
    let database: String
    let events: Int
    let from: Timestamp?
    let to: Timestamp?
    let head: String
    let chainedByUpgrade: Int
    /// Sequence number of the first event at fault.
    let fault: Int?
    let message: String?

    init(_ report: AuditReport) {
      database = report.database
      events = report.events
      from = report.times.map { Timestamp($0.lowerBound) }
      to = report.times.map { Timestamp($0.upperBound) }
      head = report.head
      chainedByUpgrade = report.chainedByUpgrade
      fault = report.fault?.sequence
      message = report.fault?.message ?? report.stateFault
    }
  }
}
