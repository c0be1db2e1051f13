import Testing

@testable import Rendering

/// The syntax of variables, as Flux's `postBuild.substitute` has it. Expected values were compared
/// with drone/envsubst, of which Flux's reader is a fork.
@Suite struct SubstitutionSyntaxTests {
  private let variables = [
    "name": "shop", "file": "path/to/bash.string.txt", "empty": "", "greeting": "Grüße",
    "upper": "EU", "n": "3", "slash": "a/b/c",
  ]

  private func evaluate(_ text: String) throws -> String {
    String(decoding: try SubstitutionTemplate(Array(text.utf8)).evaluated(variables), as: UTF8.self)
  }

  static let values = [
    ("no variables", "no variables"),
    ("${name}", "shop"),
    ("${name}-${upper}!", "shop-EU!"),
    ("$name and $(name) stay", "$name and $(name) stay"),
    ("$${name}", "${name}"),
    ("$$${name}", "$shop"),
    ("$$$${name}", "$${name}"),
    ("echo $$", "echo $"),
    ("cost: 5$", "cost: 5$"),
    ("${other:=x}", "x"), ("${other:-x}", "x"), ("${other=x}", "x"),
    ("${empty:=x}", "x"), ("${empty:-x}", "x"), ("${empty=x}", "x"), ("${empty}", ""),
    ("${name:=x}", "shop"),
    ("${other:=}", ""),
    ("${other:=a b:c}", "a b:c"),
    ("${other:=$$}", "$$"),
    ("${other:=${name}}", "shop"),
    ("${other:=pre-${name}-post}", "pre-shop-post"),
    ("${other:=${another:=deep}}", "deep"),
    ("${#name}", "4"), ("${#greeting}", "7"),
    ("${name^}", "Shop"), ("${name^^}", "SHOP"), ("${upper,}", "eU"), ("${upper,,}", "eu"),
    ("${greeting^^}", "GRÜßE"),
    ("${name:1}", "hop"), ("${name:1:2}", "ho"), ("${name:9}", ""), ("${name:1:9}", "hop"),
    ("${name:${n}}", "p"), ("${name:0:${n}}", "sho"),
    ("${file#*/}", "to/bash.string.txt"), ("${file##*/}", "bash.string.txt"),
    ("${file%.*}", "path/to/bash.string"), ("${file%%.*}", "path/to/bash"),
    ("${file#p?th}", "/to/bash.string.txt"), ("${file#[a-q]a}", "th/to/bash.string.txt"),
    ("${file%x}", "path/to/bash.string.txt"), ("${file#none*}", "path/to/bash.string.txt"),
    ("${name#${name}}", ""),
    ("${name/o/0}", "sh0p"), ("${slash//\\//-}", "a-b-c"), ("${slash/\\//-}", "a-b/c"),
    ("${slash//b/}", "a//c"), ("${name/#sh/ch}", "chop"), ("${name/%op/ip}", "ship"),
    ("${name/#x/ch}", "shop"), ("${name/o/${n}}", "sh3p"), ("${name/${n}/x}", "shop"),
    ("${name/o//x}", "shxp"),
  ]

  @Test(arguments: values)
  func expressionsHaveFluxsValues(_ text: String, _ value: String) throws {
    #expect(try evaluate(text) == value)
  }

  @Test func anEmptyPatternAddsAtTheStartOrEnd() throws {
    #expect(try evaluate("${name/#/my-}") == "my-shop")
    #expect(try evaluate("${name/%/-1}") == "shop-1")
  }

  @Test func aNegativeOffsetOrLengthCountsFromTheEnd() throws {
    #expect(
      try SubstitutionTemplate(Array("${a:${b}}".utf8)).evaluated(["a": "abc", "b": "-2"])
        == Array("bc".utf8))
    #expect(try evaluate("${name:1:-1}") == "ho")
  }

  @Test(arguments: ["${nobody}", "${#nobody}", "${nobody^^}", "${nobody:1}", "${nobody/a/b}"])
  func withoutADefaultAVariableMustBeDefined(_ text: String) {
    #expect(throws: SubstitutionFault.undefined(name: "nobody", source: text)) {
      try evaluate(text)
    }
  }

  @Test(arguments: [
    ("${name", "has no '}'"), ("${", "needs the name of a variable: letters, digits and '_'"),
    ("${}", "needs the name of a variable: letters, digits and '_'"),
    ("${ name}", "needs the name of a variable: letters, digits and '_'"),
    ("${foo.bar}", "has something before its '}'"),
    ("${foo-bar}", "is not supported; give a default with ':='"),
    ("${name:?must be set}", "is not supported; give a default with ':='"),
    ("${name:+x}", "is not supported; give a default with ':='"),
    ("${name:=${other}", "has no '}'"),
    ("${name:}", "has no offset"), ("${name:1:}", "has no length"), ("${name#}", "has no pattern"),
    ("${name//}", "has no pattern"),
    ("${name/a}", "has no '/' behind its pattern, as ${name/pattern/text} has"),
  ])
  func whatIsNoExpressionSaysWhy(_ text: String, _ problem: String) {
    #expect(throws: SubstitutionFault.malformed(source: text, problem: problem)) {
      try evaluate(text)
    }
  }

  @Test func anOffsetMustBeANumber() {
    #expect(throws: SubstitutionFault.notNumeric(source: "${name:x}", value: "x")) {
      try evaluate("${name:x}")
    }
  }

  @Test func hostileTextsEndInAnError() {
    let deep = String(repeating: "${a:=", count: 10_000)
    #expect(throws: SubstitutionFault.self) { try evaluate(deep) }
    let long = String(repeating: "a", count: 10_000)
    #expect(throws: SubstitutionFault.tooLong(source: "${a//a/${a}}")) {
      try SubstitutionTemplate(Array("${a//a/${a}}".utf8)).evaluated(["a": long])
    }
  }

  /// Every text ends in a value or in an error, whatever stands in it.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func randomTextsAreHandled(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let parts = [
      "$", "{", "}", "${", "name", ":", "=", "/", "#", "%", "^", ",", "\\", "*", "[", "3",
    ]
    for _ in 0..<2_000 {
      let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
        parts[Int.random(in: parts.indices, using: &random)]
      }.joined()
      do {
        let value = try evaluate(text)
        if !SubstitutionTemplate.isNeeded(in: text.utf8) {
          #expect(value == text, "seed \(seed): \(text)")
        }
      } catch { #expect(error is SubstitutionFault, "seed \(seed): \(text)") }
    }
  }
}
