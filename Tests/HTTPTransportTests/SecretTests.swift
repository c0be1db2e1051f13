import HTTPTransport
import Testing

struct SecretTests {
  @Test func aSecretShowsNothingHoweverItIsPrinted() {
    let settings = ConnectionSettings(
      clientIdentity: .init(certificate: [], key: Secret("private-key")),
      authorization: .bearer(Secret("token-123")))
    var dumped = ""
    dump(settings, to: &dumped)
    for text in ["\(settings)", String(reflecting: settings), dumped] {
      #expect(!text.contains("token-123"))
      #expect(!text.contains("private-key"))
      #expect(!text.contains("116"))  // a byte of it
      #expect(text.contains("(hidden)"))
    }
  }
}
