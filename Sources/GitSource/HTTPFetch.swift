internal import CLibgit2

private let mirroredReferences = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]

/// Brings the branches and tags of the bare repository in line with an http remote. Nothing is
/// changed unless all objects have arrived.
func fetchOverHTTP(
  _ remote: GitRemote, into repository: OpaquePointer, limits: OperationLimits, action: String
) throws {
  let session = try HTTPSession(remote: remote, limits: limits, action: action)
  // The callbacks know the session by its address only.
  defer { withExtendedLifetime(session) {} }
  do {
    let connection = try makeRemote(remote.programURL, in: repository)
    defer { git_remote_free(connection) }
    var options = git_fetch_options()
    try check(git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)))
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
    useTransport(session, in: &options.callbacks)
    try check(
      git_remote_connect(connection, GIT_DIRECTION_FETCH, &options.callbacks, nil, nil))
    let advertised = try advertisedReferences(connection)
    if try !allExist(advertised, in: repository) {
      try withCStrings(mirroredReferences) { specifications in
        try check(git_remote_download(connection, &specifications, &options))
      }
    }
    try setReferences(advertised, in: repository)
  } catch let failure as LibGit2Failure {
    throw session.failure
      ?? GitError(.failed, action: action, reason: redactedMessage(failure.message))
  }
}

/// A remote that is not in the configuration, for the http transport.
func makeRemote(_ url: String, in repository: OpaquePointer) throws -> OpaquePointer {
  var options = git_remote_create_options()
  try check(
    git_remote_create_options_init(&options, UInt32(GIT_REMOTE_CREATE_OPTIONS_VERSION)))
  options.repository = repository
  // Rewriting URLs by configuration is not wanted, and libgit2 1.5 leaks memory when it looks.
  options.flags =
    GIT_REMOTE_CREATE_SKIP_INSTEADOF.rawValue | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC.rawValue
  var created: OpaquePointer?
  try check(git_remote_create_with_opts(&created, url, &options))
  return try produced(created)
}

/// Branches and tags with the objects (tag objects included) that the server says they name.
func advertisedReferences(_ remote: OpaquePointer?) throws -> [String: ObjectID] {
  var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
  var count = 0
  try check(git_remote_ls(&heads, &count, remote))
  var found: [String: ObjectID] = [:]
  for head in UnsafeBufferPointer(start: heads, count: count) {
    guard let head, let cName = head.pointee.name else { continue }
    let name = String(cString: cName)
    // A name that git itself would not accept could lead out of the directory of references.
    var isValid: Int32 = 0
    guard name.hasPrefix("refs/heads/") || name.hasPrefix("refs/tags/"), !name.hasSuffix("^{}"),
      git_reference_name_is_valid(&isValid, name) == 0, isValid == 1
    else { continue }
    found[name] = ObjectID(head.pointee.oid)
  }
  return found
}

private func allExist(
  _ references: [String: ObjectID], in repository: OpaquePointer
) throws -> Bool {
  var database: OpaquePointer?
  try check(git_repository_odb(&database, repository))
  defer { git_odb_free(database) }
  return references.values.allSatisfy { id in
    var oid = id.raw
    return git_odb_exists(database, &oid) == 1
  }
}

/// Deletions come first: a branch `a` that became `a/b` needs its place.
private func setReferences(
  _ wanted: [String: ObjectID], in repository: OpaquePointer
) throws {
  var names = git_strarray()
  try check(git_reference_list(&names, repository))
  defer { git_strarray_dispose(&names) }
  var current: [String: ObjectID] = [:]
  for name in UnsafeBufferPointer(start: names.strings, count: names.count) {
    guard let name = name.map({ String(cString: $0) }),
      name.hasPrefix("refs/heads/") || name.hasPrefix("refs/tags/")
    else { continue }
    if wanted[name] == nil {
      try check(git_reference_remove(repository, name))
    } else {
      var oid = git_oid()
      try check(git_reference_name_to_id(&oid, repository, name))
      current[name] = ObjectID(oid)
    }
  }
  for (name, id) in wanted where current[name] != id {
    var oid = id.raw
    var created: OpaquePointer?
    try check(git_reference_create(&created, repository, name, &oid, 1, "flotilla: fetch"))
    git_reference_free(created)
  }
}
