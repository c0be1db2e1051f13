internal import Kustomize
internal import Manifests
internal import SourceTree

/// Why an overlay gives no target state, not yet said for which app and cluster.
struct OverlayFault: Error {
  var file: String?
  var line: Int?
  var column: Int?
  let reason: String
  /// What policy has against the target state; empty when it could not even be built.
  var violations: [PolicyViolation] = []

  init(_ reason: String) { self.reason = reason }

  init(_ error: BuildError) {
    file = error.file?.description
    line = error.line
    column = error.column
    reason = error.message
  }

  /// - Parameter violations: at least one of them an error.
  init(_ violations: [PolicyViolation]) {
    let errors = violations.filter(\.isError)
    file = errors.first?.file
    line = errors.first?.line
    column = errors.first?.column
    reason =
      (errors.first?.description ?? "")
      + (errors.count > 1 ? " (and \(errors.count - 1) more: flotilla lint)" : "")
    self.violations = violations
  }
}

/// The overlays of one commit. What one cluster needs is built once for all that need the same, and
/// not at all where the memory knows what comes out.
final class OverlayBuilds: Sendable {
  typealias Target = RenderMemory.Target
  typealias Outcome = Result<Renderer.Rendered, OverlayFault>

  let tree: SharedTree
  private let services: BuildServices
  private let memory: RenderMemory
  private let check: DependencyCheck
  /// Parsed files and finished bases, which overlays have in common, for each thread.
  private let caches: [BuildCache]
  private var cache: BuildCache { caches[RenderThreads.number % caches.count] }
  /// The latest, by objects: whoever asks for a target state soon asks again.
  private let recent = AgingCache<Target, Outcome>(limit: 20_000)
  /// Overlays that more than one target state is made from.
  private let shared = AgingCache<Overlay, Result<Built, OverlayFault>>(limit: 10_000)

  /// What clusters that differ in their variables alone have in common.
  private struct Overlay: Hashable {
    let path: TreePath
    let app: String
    let namespace: String?
    let compatibility: CompatibilityLevel
  }

  private struct Built: Sendable {
    let result: BuildResult
    let assembly: TargetAssembly
  }
  /// Parsed files for blaming, where there is something to blame.
  private let documents = FaultPlaces.Documents(limit: 2_000)

  init(tree: any FileTree, memory: RenderMemory, services: BuildServices) {
    self.services = services
    self.tree = SharedTree(services.mounting(on: tree))
    self.memory = memory
    check = DependencyCheck(of: self.tree) { services.value(ofInput: $0) }
    let cache = BuildCache(memory: memory.builds, check: check)
    caches = [cache] + (1..<max(1, RenderThreads.width)).map { _ in cache.forAnotherThread() }
  }

  /// The digest of a target state that need not be rendered; `identity` names everything in the
  /// overlay, where it is known.
  func remembered(_ target: Target, identity: String?) -> Named? {
    memory.state(of: target, identity: identity, check).map {
      Named(digest: $0.digest, claims: $0.claims)
    }
  }

  /// A target state by what names it and what it holds.
  struct Named: Sendable {
    let digest: Digest
    let claims: ObjectClaims
  }

  /// The digest of a target state. `isKept` tells whether it is likely to be asked for soon.
  func digest(of target: Target, isKept: Bool) throws(OverlayFault) -> Named {
    let outcome = recent[target] ?? build(target)
    if isKept { keep(outcome, of: target) }
    let rendered = try outcome.get()
    return Named(digest: rendered.state.digest, claims: rendered.claims)
  }

  /// A whole target state.
  func rendered(_ target: Target) throws(OverlayFault) -> Renderer.Rendered {
    if let known = recent[target] { return try known.get() }
    // Two threads may do the same build at the same time; what comes out is the same.
    let outcome = build(target)
    keep(outcome, of: target)
    return try outcome.get()
  }

  /// The histories of the objects that an overlay builds.
  func traces(of target: Target) throws(OverlayFault) -> [ObjectTrace] {
    do throws(BuildError) {
      return try KustomizeBuild.build(
        tree, at: target.overlay,
        options: BuildOptions(compatibility: target.parameters.compatibility, traces: true),
        services: services
      ).traces
    } catch { throw OverlayFault(error) }
  }

  private func keep(_ outcome: Outcome, of target: Target) {
    let objects =
      if case .success(let rendered) = outcome { rendered.state.objects.count } else { 1 }
    recent.store(outcome, for: target, cost: objects)
  }

  private func build(_ target: Target) -> Outcome {
    Result { () throws(OverlayFault) in
      let built = try built(target)
      let result = built.result
      let state = try built.assembly.state(target.parameters.variables ?? [:])
      let violations = violations(of: state, target, result.files)
      if violations.contains(where: \.isError) { throw OverlayFault(violations) }
      let claims = ObjectClaims(state.objects)
      if let dependencies = result.dependencies {
        memory.remember(
          RenderMemory.Known(
            dependencies: dependencies, digest: state.digest, objects: state.objects.count,
            claims: claims),
          of: target.name)
      }
      return Renderer.Rendered(
        state: state, overlay: target.overlay, warnings: result.warnings,
        violations: violations, claims: claims, files: result.files)
    }
  }

  /// What the app's policy has against `state`, with the places to blame.
  private func violations(
    of state: TargetState, _ target: Target, _ files: [BuildResult.FileRead]
  ) -> [PolicyViolation] {
    let cases = Admission(policy: target.parameters.policy).cases(in: state.objects)
    if cases.isEmpty { return [] }
    let places = FaultPlaces(tree: tree, documents: documents)
    let paths = files.map(\.path)
    return cases.map { item in
      var violation = item.violation
      if let place = places.place(of: item, in: paths) {
        violation.file = place.file.description
        violation.line = place.position.line
        violation.column = place.position.column
      }
      return violation
    }
  }

  private func built(_ target: Target) throws(OverlayFault) -> Built {
    let parameters = target.parameters
    let overlay = Overlay(
      path: target.overlay, app: parameters.app, namespace: parameters.namespace,
      compatibility: parameters.compatibility)
    // Only values of the cluster make several target states of one overlay.
    let isShared = parameters.variables != nil
    if isShared, let known = shared[overlay] { return try known.get() }
    let built = Result { () throws(OverlayFault) in
      let result: BuildResult
      do throws(BuildError) {
        if KustomizeBuild.isChart(tree, at: target.overlay) {
          result = try KustomizeBuild.chart(
            tree, at: target.overlay, release: parameters.app, namespace: parameters.namespace,
            services: services, cache: cache)
        } else {
          result = try KustomizeBuild.build(
            tree, at: target.overlay,
            options: BuildOptions(compatibility: parameters.compatibility), services: services,
            cache: cache)
        }
      } catch { throw OverlayFault(error) }
      var key: Digest?
      if result.isConfidential {
        do throws(DecryptionError) { key = try services.decryption?.key() } catch {
          throw OverlayFault(error.message)
        }
      }
      return Built(
        result: result,
        assembly: try TargetAssembly(
          result.objects, namespace: parameters.namespace, substitutes: isShared, key: key))
    }
    if isShared {
      let objects = if case .success(let built) = built { built.assembly.count } else { 1 }
      shared.store(built, for: overlay, cost: objects)
    }
    return try built.get()
  }
}
