/// Bytes that must not be seen: they leave a process only inside a request. Every description is
/// `(hidden)`, so a secret that ends up in a log line by accident shows nothing.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public init(_ text: String) { bytes = Array(text.utf8) }

  public var isEmpty: Bool { bytes.isEmpty }
  public var description: String { "(hidden)" }
  public var debugDescription: String { "(hidden)" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  /// The text, for a caller that puts it on the wire.
  public var exposedText: String { String(decoding: bytes, as: UTF8.self) }
}
