internal import Kustomize
internal import Manifests

/// What a target state is made from besides files.
///
/// Whatever of the app or the cluster changes what comes out belongs in here: two targets with the
/// same overlay and equal parameters share one target state, and a remembered one is only taken for
/// equal parameters. What depends on the process, as versions of programs do, is noted while
/// building instead.
struct TargetParameters: Hashable, Sendable {
  /// The app: name of the release where the overlay is a chart.
  let app: String
  /// For objects that name none.
  let namespace: String?
  /// Values of the cluster's variables; `nil` where `${name}` stands for itself.
  let variables: [String: String]?
  let compatibility: CompatibilityLevel
  /// What the objects may be: a target state is only taken for one that was found right.
  let policy: AdmissionPolicy
  /// Names all values, byte for byte, without showing them.
  let digest: Digest

  init(
    app: String, namespace: String?, variables: [String: String]? = nil,
    compatibility: CompatibilityLevel = .kustomize, policy: AdmissionPolicy
  ) {
    self.app = app
    self.namespace = namespace
    self.variables = variables
    self.compatibility = compatibility
    self.policy = policy
    var text = "app \(app)\nnamespace \(namespace.map { "\($0.utf8.count) \($0)" } ?? "-")\n"
    if let variables {
      text += "variables\n"
      for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
        text += "\(name.utf8.count) \(name) \(value.utf8.count) \(value)\n"
      }
    }
    text += "compat \(compatibility.rawValue)\n"
    text += "policy \(policy.text)\n"
    digest = Digest(hashing: text)
  }

  static func == (a: TargetParameters, b: TargetParameters) -> Bool { a.digest == b.digest }
  func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
