import GitSource
import Testing

@Suite struct HistoryTests {
  let directory: TemporaryDirectory
  let source: SourceRepository

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
  }

  private func repository() throws -> GitRepository {
    try LocalRepository.open(source.path).repository
  }

  @Test func aCommitTellsItsAuthorMessageAndTrailers() throws {
    let first = try source.commit("one", "1")
    try source.write("two", "2")
    let message = "Raise the limit\n\nBecause it is too low.\n\nReviewed-by: Ada\nTicket: 42\n"
    let second = try source.commit(message)
    let info = try repository().commit(second)
    #expect(info.id == second)
    #expect(info.parents == [first])
    #expect(info.summary == "Raise the limit")
    #expect(info.message == message)
    #expect(
      info.author
        == CommitSignature(
          name: "Ada Lovelace", email: "ada@example.com", time: 1_772_359_200, offset: 120))
    #expect(info.committer.name == "Grace Hopper")
    #expect(info.trailers.map { "\($0.key)=\($0.value)" } == ["Reviewed-by=Ada", "Ticket=42"])
  }

  @Test func revisionsResolveAsGitResolvesThem() throws {
    let first = try source.commit("one", "1")
    try source.git("tag", "light")
    try source.git("tag", "-a", "-m", "Annotated", "v1")
    let second = try source.commit("two", "2")
    try source.git("branch", "team/feature")
    let repository = try repository()
    for revision in [
      "main", "team/feature", "light", "v1", "HEAD~1", "main^", first.hex, first.short,
      String(second.hex.prefix(7)),
    ] {
      #expect(
        try repository.resolve(revision) == source.head(revision + "^{commit}"), "\(revision)")
    }
    #expect(try repository.head(branch: "team/feature") == second)
    #expect(try repository.branches().map(\.name) == ["main", "team/feature"])
  }

  @Test(arguments: [
    "nowhere", "", "--all", "deadbeef", "main~99", "refs/heads/", "a..b", "HEAD:one",
  ])
  func anUnknownRevisionIsAnErrorThatNamesIt(_ revision: String) throws {
    try source.commit("one", "1")
    let repository = try repository()
    let error = #expect(throws: GitError.self) { try repository.resolve(revision) }
    #expect(error?.kind == .unknownRevision)
    #expect(error?.description.contains(revision) == true)
  }

  @Test func aMissingBranchIsAnErrorThatNamesTheOthers() throws {
    try source.commit("one", "1")
    let repository = try repository()
    let error = #expect(throws: GitError.self) { try repository.head(branch: "prod") }
    #expect(error?.kind == .unknownRevision)
    #expect(error?.advice.contains("main") == true)
  }

  @Test func historyIsThatOfGitLog() throws {
    let base = try source.commit("one", "1")
    try source.git("checkout", "--quiet", "-b", "side")
    let side = try source.commit("side", "2")
    try source.git("checkout", "--quiet", "main")
    try source.commit("main", "3")
    try source.git("merge", "--quiet", "--no-edit", "side")
    let head = try source.commit("last", "4")
    let repository = try repository()
    let commits = try repository.history(from: base, to: head, limit: 100)
    let logged = try source.gitText("log", "--format=%H", "\(base)..\(head)")
    #expect(Set(commits.map(\.id.hex)) == Set(logged.split(separator: "\n").map(String.init)))
    #expect(commits.first?.id == head)
    #expect(try repository.history(from: nil, to: head, limit: 2).count == 2)
    #expect(try repository.history(from: head, to: head, limit: 2).isEmpty)
    #expect(try repository.isAncestor(side, of: head))
    #expect(try repository.isAncestor(head, of: head))
    #expect(try !repository.isAncestor(head, of: side))
    #expect(try repository.contains(head))
    let absent = try #require(CommitID(String(repeating: "ab", count: 20)))
    #expect(try !repository.contains(absent))
    let error = #expect(throws: GitError.self) { try repository.commit(absent) }
    #expect(error?.kind == .unknownRevision)
  }
}
