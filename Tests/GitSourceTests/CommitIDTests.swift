import GitSource
import Testing

@Suite struct CommitIDTests {
  @Test func onlyFortyHexadecimalDigitsAreACommit() {
    let hex = "0123456789abcdef0123456789abcdef01234567"
    #expect(CommitID(hex)?.hex == hex)
    #expect(CommitID(hex.uppercased())?.hex == hex)
    #expect(CommitID(hex)?.short == "0123456789ab")
    #expect(CommitID(String(hex.dropLast())) == nil)
    #expect(CommitID(hex + "0") == nil)
    #expect(CommitID("g" + hex.dropFirst()) == nil)
    #expect(CommitID("+" + hex.dropFirst()) == nil)
  }
}
