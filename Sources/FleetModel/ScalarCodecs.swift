import Manifests

extension Codec where Value == String {
  /// Text that `check` accepts. `form` completes 'expected …'. Where a credential may have been
  /// pasted by mistake, messages must not repeat the text: `isConfidential`.
  static func text(
    _ form: String, pattern: String? = nil, isConfidential: Bool = false,
    _ check: @escaping @Sendable (String) -> Bool = { !$0.isEmpty }
  ) -> Codec {
    Codec(
      .text(form: form, pattern: pattern),
      decode: { node, context in
        guard let scalar = node.scalar, scalar.tag == .string else {
          let quotable = node.scalar.flatMap { scalar in
            scalar.tag != .null && !isConfidential && check(scalar.text) ? scalar.text : nil
          }
          context.mismatch(
            node, expected: form,
            remedy: quotable.map { "write it in quotes: \"\($0.clipped)\"" })
          return nil
        }
        guard check(scalar.text) else {
          let found = isConfidential || scalar.text.isEmpty ? nil : scalar.text.clipped
          context.report(
            at: node.position,
            "expected \(form), found " + (found.map { "'\($0)'" } ?? node.kind.noun))
          return nil
        }
        return scalar.text
      })
  }

  static let anyText = text("text", pattern: nil) { _ in true }
  static let nonEmptyText = text("text", pattern: ".")

  /// What Kubernetes calls a DNS-1123 subdomain, bounded so that it also fits a label value.
  static let name = text(
    "a name: at most 63 lower-case letters, digits, '-' and '.', no '-' or '.' at its ends",
    pattern: "^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$"
  ) { LabelSyntax.isName($0) }

  static let labelKey = text(
    "a label key such as region or example.com/region",
    pattern: "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
  ) { LabelSyntax.isKey($0) }

  static let labelValue = text(
    "a label value: at most 63 letters, digits, '-', '_' and '.'",
    pattern: "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"
  ) { LabelSyntax.isValue($0) }

  /// Without user name and password: a URL is shown to everybody who may read the fleet.
  static let httpURL = text(
    "a URL that starts with http:// or https://, without a password",
    pattern: "^https?://[^/?#@\\s]+([/?#]\\S*)?$"
  ) { text in
    guard !text.contains(where: \.isWhitespace),
      let scheme = ["https://", "http://"].first(where: text.hasPrefix)
    else { return false }
    let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
    return !authority.isEmpty && !authority.contains("@")
  }
}

extension Codec where Value == Bool {
  static let boolean = Codec(
    .boolean,
    decode: { node, context in
      guard let scalar = node.scalar, scalar.tag == .bool else {
        context.mismatch(node, expected: "true or false")
        return nil
      }
      return scalar.text.first == "t" || scalar.text.first == "T"
    })
}

extension Codec where Value == Int {
  static func integer(from minimum: Int, to maximum: Int? = nil) -> Codec {
    let shape = Shape.integer(minimum: minimum, maximum: maximum)
    return Codec(
      shape,
      decode: { node, context in
        guard let scalar = node.scalar, scalar.tag == .int, let value = Int(scalar.text),
          value >= minimum, value <= maximum ?? Int.max
        else {
          context.mismatch(node, expected: shape.noun)
          return nil
        }
        return value
      })
  }
}

extension Codec where Value == TimeSpan {
  static let duration = duration(positive: false)

  static func duration(positive: Bool) -> Codec {
    let form = "a duration such as 30s, 10m or 1h30m" + (positive ? ", more than 0" : "")
    let part = "[0-9]+(d|h|m|s|ms)"
    let shape: Shape =
      positive
      ? .text(form: form, pattern: "^(\(part))*0*[1-9][0-9]*(d|h|m|s|ms)(\(part))*$")
      : .either([.text(form: form, pattern: "^(0|(\(part))+)$"), .integer(minimum: 0, maximum: 0)])
    return Codec(
      shape,
      decode: { node, context in
        guard let scalar = node.scalar, scalar.tag == .string || scalar.tag == .int else {
          context.mismatch(node, expected: form)
          return nil
        }
        guard let span = TimeSpan(parsing: scalar.text), !positive || span > .zero else {
          let isNumber = Int(scalar.text).map { $0 > 0 } ?? false
          context.report(
            at: node.position, "expected \(form), found '\(scalar.text.clipped)'",
            remedy: isNumber ? "give the unit: \(scalar.text.clipped)s" : nil)
          return nil
        }
        return span
      })
  }
}

extension Codec where Value == Quantity {
  /// A number of clusters from `minimum` up, or a percentage of them.
  static func quantity(from minimum: Int) -> Codec {
    let form = "a number of clusters from \(minimum) up, or a share such as 25%"
    return Codec(
      .either([
        .integer(minimum: minimum, maximum: nil),
        .text(
          form: "a share such as 25%",
          pattern: minimum > 0 ? "^(100|[1-9][0-9]?)%$" : "^(100|[0-9]{1,2})%$"),
      ]),
      decode: { node, context in
        if let scalar = node.scalar {
          if scalar.tag == .int, let count = Int(scalar.text), count >= minimum {
            return .count(count)
          }
          if scalar.tag == .string, scalar.text.hasSuffix("%"),
            scalar.text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }),
            let percent = Int(scalar.text.dropLast()), (minimum > 0 ? 1 : 0)...100 ~= percent
          {
            return .percent(percent)
          }
          if scalar.tag != .null {
            context.report(
              at: node.position, "expected \(form), found '\(scalar.text.clipped)'")
            return nil
          }
        }
        context.mismatch(node, expected: form)
        return nil
      })
  }
}

extension Codec where Value: RawRepresentable & Sendable, Value.RawValue == String {
  /// One of the words of an enumeration.
  static func word(_ field: String, of owner: String, among values: [Value]) -> Codec {
    let words = values.map(\.rawValue)
    return Codec(
      .choice(words),
      decode: { node, context in
        guard let scalar = node.scalar, scalar.tag == .string else {
          context.mismatch(node, expected: words.listed(by: "or"))
          return nil
        }
        guard let value = values.first(where: { $0.rawValue == scalar.text }) else {
          context.report(
            at: node.position,
            "\(field) of \(owner): expected \(words.listed(by: "or")), found "
              + "'\(scalar.text.clipped)'",
            remedy: Suggestion.remedy(for: scalar.text, among: words))
          return nil
        }
        return value
      })
  }
}

extension Codec where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
  /// One of the words of an enumeration.
  static func word(_ field: String, of owner: String) -> Codec {
    word(field, of: owner, among: Array(Value.allCases))
  }
}

extension Codec {
  /// A list in which every item is read, whatever is wrong with the others.
  static func list<Item>(_ item: Codec<Item>, minimum: Int = 0) -> Codec where Value == [Item] {
    Codec(
      .list(of: item.shape(), minimum: minimum),
      decode: { node, context in
        guard let items = node.sequence else {
          context.mismatch(node, expected: Shape.list(of: item.shape(), minimum: 0).noun)
          return nil
        }
        guard items.count >= minimum else {
          context.report(at: node.position, "expected at least \(minimum) in this list")
          return nil
        }
        let values = items.map { item.decode($0, context) }
        let read = values.compactMap { $0 }
        return read.count == values.count ? read : nil
      })
  }

  /// A mapping with free keys.
  static func map(
    keys: Codec<String>, keyNoun: String, values: Codec<String>
  ) -> Codec where Value == [String: String] {
    Codec(
      .map(
        of: values.shape(), keys: keyNoun,
        keyPattern: {
          if case .text(_, let pattern?) = keys.shape() { pattern } else { "" }
        }()),
      decode: { node, context in
        guard let mapping = node.mapping else {
          context.mismatch(node, expected: "a mapping from \(keyNoun) to text")
          return nil
        }
        context.reportDuplicates(in: mapping)
        var result: [String: String] = [:]
        var complete = true
        for entry in mapping.entries {
          let key = LocatedNode(
            position: entry.keyPosition, kind: .scalar(Scalar(entry.key, tag: entry.keyTag)))
          if let key = keys.decode(key, context), let value = values.decode(entry.value, context) {
            result[key] = value
          } else {
            complete = false
          }
        }
        return complete ? result : nil
      })
  }

  /// Whatever stands here, for fields that no version reads yet.
  static func anything() -> Codec where Value == Void {
    Codec(.anything, decode: { _, _ in () })
  }
}

/// What Kubernetes allows in names and labels.
enum LabelSyntax {
  private static func isAlphanumeric(_ byte: UInt8, upper: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): upper
    default: false
    }
  }

  private static func isWord(
    _ text: Substring, limit: Int, upper: Bool, also: String
  ) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= limit else {
      return false
    }
    return isAlphanumeric(first, upper: upper) && isAlphanumeric(last, upper: upper)
      && text.utf8.allSatisfy { isAlphanumeric($0, upper: upper) || also.utf8.contains($0) }
  }

  static func isName(_ text: String) -> Bool {
    isWord(text[...], limit: 63, upper: false, also: "-.") && !text.contains("..")
  }

  static func isKey(_ text: String) -> Bool {
    guard let slash = text.firstIndex(of: "/") else {
      return isWord(text[...], limit: 63, upper: true, also: "-_.")
    }
    return isWord(text[..<slash], limit: 253, upper: false, also: "-.")
      && isWord(text[text.index(after: slash)...], limit: 63, upper: true, also: "-_.")
  }

  static func isValue(_ text: String) -> Bool {
    text.isEmpty || isWord(text[...], limit: 63, upper: true, also: "-_.")
  }
}
