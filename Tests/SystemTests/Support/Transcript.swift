import Foundation

/// The commands of a document and what it says they print: blocks of the kind `console`, in which a
/// line that starts with `$ ` is a command, continued after a `\` at its end, and the lines below it
/// are its output. `...` stands for any text in a line, a line of its own for any lines. Numbers of
/// commits and plans, moments and spans of time stand for any others, blanks for any number of them.
/// `→ exit N` closes the output of a command that does not end with 0.
struct Transcript {
  struct Line {
    /// In the document, from 1.
    let number: Int
    let text: String
  }

  struct Step {
    let line: Int
    var command: String
    var output: [Line] = []
    var status: Int32 = 0
  }

  private(set) var steps: [Step] = []

  init(_ document: String) throws {
    var isInside = false
    var isContinued = false
    for (index, line) in document.components(separatedBy: "\n").enumerated() {
      if line.hasPrefix("```") {
        isInside = !isInside && line == "```console"
        continue
      }
      guard isInside else { continue }
      if isContinued {
        steps[steps.count - 1].command += "\n" + line
      } else if line.hasPrefix("$ ") {
        steps.append(Step(line: index + 1, command: String(line.dropFirst(2))))
      } else {
        guard !steps.isEmpty else {
          throw SandboxError("line \(index + 1) is the output of no command")
        }
        if let status = line.wholeMatch(of: /→ exit (\d+)/)?.output.1 {
          steps[steps.count - 1].status = Int32(status) ?? -1
        } else if !line.isEmpty {
          steps[steps.count - 1].output.append(Line(number: index + 1, text: line))
        }
        continue
      }
      isContinued = line.hasSuffix("\\")
    }
  }

  /// What is wrong with what a command did: the line of the document, and why.
  struct Fault: CustomStringConvertible {
    let line: Int
    let description: String
  }
}

extension Transcript.Step {
  /// Compares what the command printed, and how it ended, with what the document says.
  func fault(printed: String, status: Int32) -> Transcript.Fault? {
    func fault(_ line: Int, _ what: String) -> Transcript.Fault {
      Transcript.Fault(
        line: line,
        description: "line \(line): \(what)\n$ \(command)\n\(printed)\n→ exit \(status)")
    }
    guard status == self.status else {
      return fault(line, "the command ends with \(status), not with \(self.status)")
    }
    let lines = printed.split(separator: "\n").map(Self.normal).filter { !$0.isEmpty }
    var next = lines.startIndex
    var mayJump = false
    for shown in output {
      if shown.text.trimmingCharacters(in: .whitespaces) == "..." {
        mayJump = true
        continue
      }
      guard let found = lines[next...].firstIndex(where: { Self.matches(shown.text, $0) }),
        mayJump || found == next
      else { return fault(shown.number, "'\(shown.text)' is not what comes here") }
      next = found + 1
      mayJump = false
    }
    guard mayJump || next == lines.endIndex else {
      return fault(
        output.last?.number ?? line, "nothing is said of '\(lines[next])', which is printed")
    }
    return nil
  }

  private static func matches(_ shown: String, _ line: String) -> Bool {
    let parts = normal(Substring(shown)).components(separatedBy: "...")
      .map { NSRegularExpression.escapedPattern(for: $0) }
    return line.range(
      of: "^" + parts.joined(separator: ".*") + "$", options: .regularExpression) != nil
  }

  /// Without what differs from run to run.
  private static func normal(_ line: Substring) -> String {
    line.replacing(/\d{4}-\d\d-\d\dT[0-9:.]+Z/, with: "TIME")
      .replacing(/\b[0-9a-f]{12,64}\b/, with: "NUMBER")
      .replacing(/\b(\d+(\.\d+)?(ms|d|h|m|s))+\b/, with: "SPAN")
      .replacing(/\s+/, with: " ").trimmingCharacters(in: .whitespaces)
  }
}
