internal import ChildPrograms
internal import Glibc

/// Runs the `git` program as a child process that never outlives its limits.
struct GitProgram {
  struct Result {
    /// Exit status; 128 and the signal's number when a signal ended it.
    let status: Int32
    let output: String
    let errors: String
  }

  var environment: [String: String] = [:]
  let limits: OperationLimits
  let action: String

  func run(_ arguments: [String]) throws -> Result {
    let program = ChildProgram("git", arguments, environment: environmentOfChild())
    do {
      let result = try program.run {
        if let violation = limits.violation(action) { throw violation }
      }
      return Result(
        status: result.status, output: String(decoding: result.output, as: UTF8.self),
        errors: String(decoding: result.errors, as: UTF8.self))
    } catch let error as ChildProgramError {
      throw GitError(
        .configuration, action: action, reason: error.description,
        advice: "install git; https repositories work without it")
    }
  }

  /// Only what git and ssh need: a hub started from a hook or an editor must not work on that
  /// repository, and its own secrets are nobody's business.
  private func environmentOfChild() -> [String: String] {
    var variables = environment
    for name in ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "LD_LIBRARY_PATH"] {
      if variables[name] == nil, let value = getenv(name) {
        variables[name] = String(cString: value)
      }
    }
    return variables
  }
}
