import Foundation
import Manifests
import Synchronization
import Testing

@testable import CommonExpressions

/// Whatever text comes, nothing crashes and everything ends. `EXPRESSION_SEED` repeats a run.
struct RandomExpressionTests {
  private static let seed =
    ProcessInfo.processInfo.environment["EXPRESSION_SEED"].flatMap(UInt64.init)
    ?? UInt64.random(in: 0 ... .max)

  /// SplitMix64.
  private struct Choices: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    mutating func one(of texts: [String]) -> String { texts.randomElement(using: &self) ?? "" }
  }

  private static let words =
    ("status spec metadata kind e x true false null in has size type int uint double string bool "
    + "exists all filter map exists_one startsWith contains orValue value optional of none "
    + "( ) [ ] { } . , : ? ! - + * / % < <= > >= == != && || .? [? 0 1 7u 1.5 1e3 0x1f "
    + "9223372036854775807 9223372036854775808 18446744073709551615u 'a' \"b\" r'\\' '\\n' '''t''' "
    + "'\\q' 'open // = & \\ \u{1F600} é")
    .split(separator: " ").map(String.init)

  /// An expression by the grammar, with operands of any type.
  private static func expression(_ depth: Int, _ choices: inout Choices) -> String {
    func inner() -> String { expression(depth - 1, &choices) }
    let name = choices.one(of: ["e", "x", "status"])
    if depth == 0 {
      return choices.one(of: [
        "1", "-2", "0", "7u", "1.5", "-0.5", "1e30", "'a'", "'b\\n\\''", "r'\\d'", "true", "false",
        "null", "spec", "status", "metadata", "kind", ".results", "status.conditions", "spec.n",
        "int", "[]", "{}", "9223372036854775807", "-9223372036854775808", "optional.none()", name,
      ])
    }
    switch Int.random(in: 0..<22, using: &choices) {
    case 0...6:
      let operation = choices.one(of: BinaryOperator.allCases.map(\.rawValue))
      return "(\(inner())) \(operation) (\(inner()))"
    case 7: return "\(inner()) \(choices.one(of: ["||", "&&", "+", "-", "==", "in"])) \(inner())"
    case 8: return "!(\(inner()))"
    case 9: return "-(\(inner()))"
    case 10: return "(\(inner())) ? (\(inner())) : \(inner())"
    case 11: return "[\(inner()), \(inner())]"
    case 12: return "{'k': \(inner()), (\(inner())): 1}"
    case 13: return "(\(inner())).\(choices.one(of: ["", "?"]))\(name)"
    case 14: return "(\(inner()))[\(choices.one(of: ["", "?"]))\(inner())]"
    case 15: return "has((\(inner())).\(name))"
    case 16, 17:
      let macro = choices.one(of: Macro.allCases.map(\.rawValue))
      return "(\(inner())).\(macro)(\(name), \(inner()))"
    case 18: return "(\(inner())).map(\(name), \(inner()), \(inner()))"
    case 19:
      let function = choices.one(of: Function.names(as: .function).filter { $0 != "optional.none" })
      return "\(function)(\(inner()))"
    case 20:
      let method = choices.one(of: ["startsWith", "endsWith", "contains", "orValue", "or"])
      return "(\(inner())).\(method)(\(inner()))"
    default:
      return "(\(inner())).\(choices.one(of: ["size", "hasValue", "value"]))()"
    }
  }

  private static func object() throws -> Node {
    try #require(try YAML.parse(EvaluationTests.object).first)
  }

  /// Parses, prints, checks and evaluates; answers whether it was an expression.
  private static func play(_ text: String, _ object: Node) throws -> Bool {
    let parsed: CommonExpression
    do { parsed = try CommonExpression(parsing: text) } catch {
      #expect(error.offset >= 0 && error.offset <= text.utf8.count, "seed \(seed): \(text)")
      return false
    }
    let printed = parsed.canonicalText
    guard printed.utf8.count <= CommonExpression.maximumLength else { return true }
    do {
      let again = try CommonExpression(parsing: printed)
      let isSame = again.root == parsed.root
      #expect(isSame, "seed \(seed): \(text) became \(printed)")
      #expect(again.canonicalText == printed, "seed \(seed): \(text)")
    } catch {
      Issue.record("seed \(seed): \(text) was printed as \(printed): \(error)")
    }
    for fault in parsed.faults(fields: ["status"]) {
      #expect(fault.offset >= 0 && fault.offset < text.utf8.count, "seed \(seed): \(text)")
    }
    do {
      _ = try parsed.value(for: object)
    } catch {
      #expect(error.offset >= 0 && error.offset <= text.utf8.count, "seed \(seed): \(text)")
      #expect(!error.message.isEmpty)
    }
    return true
  }

  @Test func wordsInAnyOrderDoNoHarm() throws {
    print("expressions of words: seed \(Self.seed)")
    var choices = Choices(state: Self.seed)
    let object = try Self.object()
    for _ in 0..<20_000 {
      let count = Int.random(in: 1...24, using: &choices)
      let space = choices.one(of: ["", " ", "\n"])
      let text = (0..<count).map { _ in choices.one(of: Self.words) }.joined(separator: space)
      _ = try Self.play(text, object)
    }
  }

  @Test func expressionsByTheGrammarArePrintedAndReadAgain() throws {
    print("expressions by the grammar: seed \(Self.seed)")
    var choices = Choices(state: Self.seed)
    let object = try Self.object()
    var read = 0
    for _ in 0..<5_000 {
      let depth = Int.random(in: 1...5, using: &choices)
      if try Self.play(Self.expression(depth, &choices), object) { read += 1 }
    }
    #expect(read > 4_000, "seed \(Self.seed): only \(read) were expressions")
  }

  @Test func theDeepestExpressionsFitASmallStack() throws {
    let object = try Self.object()
    let deepest = CommonExpression.maximumDepth - 1
    let innermost = CommonExpression.maximumNesting - 2
    let texts = [
      String(repeating: "!", count: deepest) + "true",
      "1" + String(repeating: " + 1", count: deepest - 1) + " == 1",
      String(repeating: "1 in [", count: innermost) + "1"
        + String(repeating: "]", count: innermost),
      String(repeating: "1 || 1 && 1 == 1 + 1 * (", count: 19) + "1"
        + String(repeating: ")", count: 19),
      String(repeating: "[1].exists(e, ", count: innermost) + "e == 1"
        + String(repeating: ")", count: innermost),
    ]
    let values = Mutex(0)
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      for text in texts {
        do {
          if try Self.play(text, object) { values.withLock { $0 += 1 } }
        } catch { Issue.record("\(text): \(error)") }
      }
      done.signal()
    }
    // An eighth of what threads have.
    thread.stackSize = 1 << 20
    thread.start()
    done.wait()
    #expect(values.withLock(\.self) == texts.count)
  }
}
