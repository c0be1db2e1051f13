internal import FleetModel
internal import HubAPI

/// Prints a list of documents in the wanted form, once or for as long as they change.
struct Listing: Sendable {
  let client: HubClient
  let path: String
  let name: String?
  let query: [(String, String?)]
  let format: OutputFormat?
  let watch: Bool

  func run<Row: TableRow & Equatable>(_: Row.Type) async throws {
    let terminal = Terminal.current()
    let list: ItemList<Row> = try await fetch()
    guard watch else {
      let now = try await client.now()
      return try print(list.items, now: now, terminal: terminal)
    }
    if terminal.isInteractive, format == nil || format == .wide {
      try await redraw(list, terminal: terminal)
    } else {
      try await append(list, terminal: terminal)
    }
  }

  private func fetch<Row: TableRow>() async throws -> ItemList<Row> {
    guard let name else { return try await client.get(path, query: query) }
    let segments = name.split(separator: "/").map { HubClient.escaped(String($0)) }
    let item: Row = try await client.get(([path] + segments).joined(separator: "/"))
    let status: HubStatusDocument? = watch ? try await client.get("status") : nil
    return ItemList(items: [item], sequence: status?.sequence ?? 0)
  }

  // MARK: Once

  private func print<Row: TableRow>(_ rows: [Row], now: Timestamp, terminal: Terminal) throws {
    switch format {
    case .json?, .yaml?:
      let render = { (document: any Encodable & Sendable) in
        try format == .json ? MachineOutput.json(document) : MachineOutput.yaml(document)
      }
      if name != nil, let only = rows.first {
        StandardOutput.write(try render(only))
      } else {
        StandardOutput.write(try render(Items(items: rows)))
      }
    case .name?: StandardOutput.write(rows.map { $0.reference + "\n" }.joined())
    case .wide?, nil:
      if rows.isEmpty { return StandardOutput.complain("No \(path) found.") }
      StandardOutput.print(table(rows, now: now, terminal: terminal), on: terminal)
    }
  }

  /// What `-o json` prints of several documents.
  private struct Items<Row: TableRow>: Encodable, Sendable { var items: [Row] }

  private func table<Row: TableRow>(_ rows: [Row], now: Timestamp, terminal: Terminal)
    -> [StyledLine]
  {
    let wide = format == .wide
    var table = Table(Row.columns(wide: wide))
    let context = RowContext(now: now, glyphs: terminal.glyphs)
    table.rows = rows.map { $0.cells(context, wide: wide) }
    // Whoever asks for wide wants everything; programs get everything, too.
    let width = wide || !terminal.isInteractive ? nil : Terminal.size?.columns
    return table.lines(width: width, ellipsis: terminal.glyphs.ellipsis)
  }

  // MARK: Events

  /// Events: a page of the log, then, when watching, each new one as it comes.
  func runEvents() async throws {
    let terminal = Terminal.current()
    if let name { return try await printEvent(name) }
    let page: ItemList<EventDocument> = try await client.get(
      path, query: query.filter { $0.0 != "selector" })
    var clock = HubClock(try await client.now())
    guard watch else { return try print(page.items, now: clock.now, terminal: terminal) }
    try printChanged(page.items, isFirst: true, now: clock.now, terminal: terminal)
    try await WatchLoop(client: client, ticks: false).run(after: page.sequence) { batch -> Void? in
      if let last = batch.events.last { clock.advance(to: last.at) }
      let wanted = batch.events.filter { event in
        query.allSatisfy { name, value in
          guard let value else { return true }
          return switch name {
          case "rollout": event.rollout == value
          case "app": event.app == value
          case "environment": event.environment == value
          default: true
          }
        }
      }
      if !wanted.isEmpty {
        try printChanged(wanted, isFirst: false, now: clock.now, terminal: terminal)
      }
      return nil
    }
  }

  private func printEvent(_ name: String) async throws {
    guard let sequence = Int(name), sequence > 0 else { throw NoEvent(name: name) }
    let page: ItemList<EventDocument> = try await client.get(
      path, query: [("after", String(sequence - 1)), ("limit", "1")])
    guard page.items.first?.sequence == sequence else { throw NoEvent(name: name) }
    try print(page.items, now: try await client.now(), terminal: Terminal.current())
  }

  private struct NoEvent: Error, CustomStringConvertible {
    let name: String
    var description: String {
      "there is no event '\(name)'; events are named by their sequence number, "
        + "`flotilla get events` lists them"
    }
  }

  // MARK: Watching

  private func redraw<Row: TableRow>(_ first: ItemList<Row>, terminal: Terminal) async throws {
    var clock = HubClock(try await client.now())
    var rows = first.items
    var view = LiveView()
    func draw(_ interruption: String?) {
      let size = Terminal.size ?? (Terminal.assumedWidth, 24)
      var lines =
        rows.isEmpty
        ? [StyledLine("No \(path) found yet.", .faint)]
        : table(rows, now: clock.now, terminal: terminal)
      if let interruption { lines.append(StyledLine("reconnecting: \(interruption)", .warning)) }
      StandardOutput.write(
        view.frame(lines, columns: size.columns, rows: size.rows, terminal: terminal))
    }
    defer { StandardOutput.write(view.end()) }
    draw(nil)
    try await WatchLoop(client: client, ticks: true).run(after: first.sequence) { batch -> Void? in
      if let last = batch.events.last {
        clock.advance(to: last.at)
        let list: ItemList<Row> = try await fetch()
        rows = list.items
      }
      draw(batch.interruption)
      return nil
    }
  }

  /// The list, then each row again when it changes, as kubectl does it.
  private func append<Row: TableRow & Equatable>(_ first: ItemList<Row>, terminal: Terminal)
    async throws
  {
    var known: [String: Row] = [:]
    for row in first.items { known[row.reference] = row.settled }
    var clock = HubClock(try await client.now())
    try printChanged(first.items, isFirst: true, now: clock.now, terminal: terminal)
    try await WatchLoop(client: client, ticks: false).run(after: first.sequence) { batch -> Void? in
      guard let last = batch.events.last else { return nil }
      clock.advance(to: last.at)
      let list: ItemList<Row> = try await fetch()
      let changed = list.items.filter { known[$0.reference] != $0.settled }
      for row in changed { known[row.reference] = row.settled }
      if !changed.isEmpty {
        try printChanged(changed, isFirst: false, now: clock.now, terminal: terminal)
      }
      return nil
    }
  }

  private func printChanged<Row: TableRow>(
    _ rows: [Row], isFirst: Bool, now: Timestamp, terminal: Terminal
  ) throws {
    switch format {
    case .json?: for row in rows { StandardOutput.print(try MachineOutput.jsonLine(row)) }
    case .yaml?: for row in rows { StandardOutput.write("---\n" + (try MachineOutput.yaml(row))) }
    case .name?: for row in rows { StandardOutput.print(row.reference) }
    case .wide?, nil:
      StandardOutput.print(
        Array(table(rows, now: now, terminal: terminal).dropFirst(isFirst ? 0 : 1)), on: terminal)
    }
  }
}
