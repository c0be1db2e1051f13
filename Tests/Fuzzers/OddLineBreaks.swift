/// Line breaks of YAML 1.1 only: NEL, U+2028 and U+2029. kustomize writes texts with them so that
/// they read back as something else, and Flotilla does as kustomize does.
enum OddLineBreaks {
  static func occur(in text: [UInt8]) -> Bool {
    text.indices.contains { index in
      let rest = text[index...].prefix(3)
      return rest.starts(with: [0xC2, 0x85]) || rest.starts(with: [0xE2, 0x80, 0xA8])
        || rest.starts(with: [0xE2, 0x80, 0xA9])
    }
  }
}
