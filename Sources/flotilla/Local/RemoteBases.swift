internal import Foundation
internal import GitSource

extension RemoteRepositories {
  /// Mirrors in the user's own cache.
  static var ofThisUser: RemoteRepositories {
    let folders = StandardFolders(environment: ProcessInfo.processInfo.environment)
    return RemoteRepositories(directory: "\(folders.cache)/remotes")
  }
}
