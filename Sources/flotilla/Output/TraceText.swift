internal import Kustomize
internal import Manifests
internal import Rendering

/// The history of a target state for a terminal: each object with what brought it in, and below it
/// the fields that somebody changed afterwards.
struct TraceText {
  let trace: TargetTrace
  let glyphs: Glyphs
  /// Columns of a value; the rest of a longer one is cut.
  private static let valueWidth = 40
  private static let pathWidth = 60

  func lines() -> [StyledLine] {
    var head = StyledLine("\(trace.app) on \(trace.cluster)", .strong)
    head.append("  \(trace.overlay), digest \(trace.digest.short)", .faint)
    return [head] + trace.objects.flatMap { [StyledLine()] + lines(of: $0) }
  }

  private func lines(of object: TargetTrace.Object) -> [StyledLine] {
    var title = StyledLine("\(object.identity)", .active)
    title.append("  ")
    append(object.origin, to: &title)
    let rows = object.fields.map { field in
      (StyledLine("  \(field.path)"), value(of: field), field.source)
    }
    let paths = min(rows.map(\.0.width).max() ?? 0, TraceText.pathWidth)
    let values = rows.map(\.1.width).max() ?? 0
    return [title]
      + rows.map { path, value, source in
        var line = path.width > paths ? path : StyledLine()
        if path.width <= paths {
          line.append(path)
          line.pad(to: paths)
        }
        line.append("  ")
        var cell = value
        cell.pad(to: values)
        line.append(cell)
        line.append("  ")
        append(source, to: &line)
        return line
      }
  }

  private func value(of field: TargetTrace.Field) -> StyledLine {
    guard let value = field.value else { return StyledLine("removed", .bad) }
    return StyledLine(TraceText.short(value), .good)
      .truncated(to: TraceText.valueWidth, ellipsis: glyphs.ellipsis)
  }

  private static func short(_ node: Node) -> String {
    if let scalar = node.scalar { return scalar.text.isEmpty ? "\"\"" : scalar.text }
    return String(decoding: JSON.serialize(node), as: UTF8.self)
  }

  private func append(_ source: FieldSource, to line: inout StyledLine) {
    line.append(source.what, .warning)
    if let place = source.place { line.append("  \(place)", .faint) }
  }
}
