/// Brings the branches and tags of the bare repository in `gitDirectory` in line with an ssh or
/// local remote, by the `git` program: libgit2's libssh2 refuses RSA keys and knows no time-outs,
/// and its local transport is ten times slower.
func fetchWithProgram(
  _ remote: GitRemote, into gitDirectory: String, limits: OperationLimits, action: String
) throws {
  let program = try GitProgram(
    reaching: remote, from: gitDirectory, limits: limits, action: action)
  let result = try program.run(
    GitProgram.quietConfiguration + [
      "--git-dir=\(gitDirectory)", "fetch", "--quiet", "--prune", "--no-tags",
      "--no-write-fetch-head", "--no-recurse-submodules", "--end-of-options",
      remote.programURL, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*",
    ])
  guard result.status == 0 else {
    throw programFailure(result.errors, remote: remote, action: action)
  }
  // git succeeds here although it left out every reference.
  if result.errors.contains("shallow roots are not allowed") { throw shallowUnsupported(action) }
}
