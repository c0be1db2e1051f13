public import SourceTree

/// Which overlay an app uses on a cluster.
public enum OverlayResolution {
  /// Why there is none.
  public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// None of these directories exists.
    case missing(candidates: [TreePath])
    /// This candidate leads out of the repository, by `..` or by a symbolic link.
    case outsideRepository(path: String)
    case unreadable(FileTreeError)

    public var description: String {
      switch self {
      case .missing(let candidates):
        "no overlay: none of \(candidates.map(\.description).listed(by: "or")) exists"
      case .outsideRepository(let path): "overlay \(path) leads out of the repository"
      case .unreadable(let error): error.description
      }
    }
  }

  /// The directories that are tried, in order.
  public static func candidates(
    app: App, cluster: String, environment: String
  ) throws(Failure) -> [TreePath] {
    var candidates: [TreePath] = []
    for pattern in app.overlays {
      let relative = OverlayPattern.path(pattern, cluster: cluster, environment: environment)
      guard let path = TreePath(app.path)?.joined(relative) else {
        throw .outsideRepository(path: "\(app.path)/\(relative)")
      }
      candidates.append(path)
    }
    return candidates
  }

  /// The first candidate that is a directory. A candidate behind a symbolic link counts when the
  /// link stays inside the repository.
  public static func overlay(
    of app: App, cluster: String, environment: String, in tree: any FileTree
  ) throws(Failure) -> TreePath {
    try overlay(
      among: candidates(app: app, cluster: cluster, environment: environment), in: tree)
  }

  /// The first of `candidates` that is a directory, as above.
  public static func overlay(
    among candidates: [TreePath], in tree: any FileTree
  ) throws(Failure) -> TreePath {
    for candidate in candidates {
      do {
        if case .directory = try tree.resolve(candidate).entry { return candidate }
      } catch let error as FileTreeError {
        switch error {
        case .notFound, .notADirectory: continue
        case .outsideTree: throw .outsideRepository(path: candidate.description)
        default: throw .unreadable(error)
        }
      } catch {
        throw .unreadable(.unreadable(candidate, reason: "\(error)"))
      }
    }
    throw .missing(candidates: candidates)
  }
}

/// Checks that each app has an overlay for each of its clusters.
enum OverlayCheck {
  static func findings(
    _ configuration: FleetConfiguration, in tree: any FileTree, places: LoadedFleet
  ) -> [Finding] {
    var findings: [Finding] = []
    for app in configuration.apps {
      let place = places.place(.app, app.name)
      func report(_ message: String, _ remedy: String?) {
        findings.append(
          Finding(
            file: place?.file ?? "fleet", line: place?.line ?? 1, column: place?.column ?? 1,
            message: message, remedy: remedy))
      }
      for environment in configuration.environments {
        for cluster in configuration.clusters(of: app, in: environment) {
          do {
            _ = try OverlayResolution.overlay(
              of: app, cluster: cluster.name, environment: environment.name, in: tree)
          } catch {
            let remedy =
              if case .missing = error {
                "add one of them with a kustomization.yaml, or narrow 'clusters' of the app"
              } else { String?.none }
            report("app '\(app.name)' on cluster '\(cluster.name)': \(error)", remedy)
          }
        }
      }
    }
    return findings
  }
}
