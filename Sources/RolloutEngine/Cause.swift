// Every event has a reason. A person's is what they wrote; the hub's is the input that it decided on.

extension Input {
  /// What came in, in a few words: the reason of the events that the hub decides on for it.
  var cause: String {
    switch self {
    case .configuration(let commit, _), .configurationRefused(let commit, _):
      "commit \(commit.prefix(12))"
    case .candidate(let candidate): "commit \(candidate.commit.commit.prefix(12))"
    case .invalidCandidate(_, let commit, _): "commit \(commit.commit.prefix(12))"
    case .rendered(let request, _): "\(request.release) rendered for \(request.environment)"
    case .inventory(let report): "inventory of \(report.cluster)"
    case .drift(let report): "look at \(report.cluster)"
    case .observation(let observation): "report of \(observation.cluster)"
    case .gate: "answer of a gate"
    case .command(let command):
      "command of \(command.actor)" + (command.reason.map { ": \($0)" } ?? "")
    case .tick: "time"
    }
  }
}
