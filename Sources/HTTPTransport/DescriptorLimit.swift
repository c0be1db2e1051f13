internal import Glibc

/// How many files and connections the process may have open.
public enum DescriptorLimit {
  /// Raises the limit in force to the highest that the process may set itself, and returns it. For the
  /// start of a process that talks to more servers than the usual limit of 1,024 allows.
  @discardableResult
  public static func raise() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
    var raised = limit
    raised.rlim_cur = limit.rlim_max
    if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    return Int(clamping: limit.rlim_cur)
  }
}
