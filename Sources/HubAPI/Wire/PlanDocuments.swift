/// What a change would do, or a rollout does: one plan per app.
public struct PlanPreviewDocument: Codable, Sendable, Hashable {
  /// `412 clusters, 3 distinct changes, 37 untouched`
  public var summary: String
  public var plans: [PlanDocument]
  public var canaries: CanaryDocument
  /// What is to be expected of each; only where that was asked for.
  public var simulations: [SimulationDocument]?
}

/// The intention of one rollout, and what it comes to.
public struct PlanDocument: Codable, Sendable, Hashable {
  /// The rollout that carries it out; missing for one that nobody asked for yet.
  public var rollout: String?
  public var app: String
  public var environment: String
  public var release: String
  /// The release that is stable there now.
  public var from: String?
  /// Names the plan by its content: the plan that is approved and the one that runs have one digest.
  public var digest: String
  public var summary: String
  /// How many clusters change.
  public var clusters: Int
  /// How many have the wanted target state already.
  public var unchanged: Int
  /// Every commit between what is there and what is wanted, oldest first.
  public var commits: [CommitDocument]
  /// The commits are taken back, because the wanted release is the older one.
  public var takesBack: Bool
  public var waves: [PlannedWaveDocument]
  /// The distinct changes; their place counted from 1 is what `tries` and `untried` name.
  public var classes: [ChangeClassDocument]
  public var blastRadius: BlastRadiusDocument
  /// Classes that other clusters get before any cluster of the first wave was changed that way.
  public var untried: [Int]
  /// What its strategy most likely does not do as it is meant.
  public var lints: [PlanLintDocument]
  /// Targets about which nothing can be said.
  public var failures: [PlanFailureDocument]
  /// Why a promotion would not be carried out now.
  public var refusal: PlanRefusalDocument?
  /// The open rollout that goes first.
  public var behind: String?
}

public struct CommitDocument: Codable, Sendable, Hashable {
  public var commit: String
  public var author: String
  public var subject: String
  public var committed: Timestamp
}

/// One wave of a plan.
public struct PlannedWaveDocument: Codable, Sendable, Hashable {
  public var name: String
  /// In the order of dispatch.
  public var clusters: [String]
  /// Missing: no limit.
  public var maxConcurrent: Int?
  public var maxFailures: Int
  public var maxUnreachable: Int
  public var progressDeadline: String
  public var soak: String
  /// `halt`, `rollbackWave` or `rollback`.
  public var onBreach: String
  public var before: [String]
  public var after: [String]
  /// Classes that no wave before it tries.
  public var tries: [Int]
}

/// A change that is the same on several clusters but for what is each one's own.
public struct ChangeClassDocument: Codable, Sendable, Hashable {
  public var app: String
  /// `added`, `changed` or `removed`: what happens to the app as a whole.
  public var change: String
  public var clusters: [String]
  /// The cluster whose change is shown.
  public var example: String
  /// What happens to the app, where that is more than changes of objects.
  public var headline: String?
  public var objects: [ChangedObjectDocument]
}

public struct ChangedObjectDocument: Codable, Sendable, Hashable {
  /// `created`, `changed` or `deleted`.
  public var change: String
  public var apiVersion: String
  public var kind: String
  public var namespace: String?
  public var name: String
  /// Kind, namespace and name as they are shown.
  public var title: String
  /// Gravest first: `dataLoss`, `deletion`, `refusal`, `replacement`, `restart`, `definition`,
  /// `permission`, `admission`.
  public var impacts: [String]
  public var remarks: [String]
  /// Whether nobody should agree without having read it.
  public var isGrave: Bool
  /// The change field by field; values of Secrets are masked.
  public var lines: [ChangeLineDocument]
}

public struct ChangeLineDocument: Codable, Sendable, Hashable {
  /// `place`, `before`, `after`, `context` or `gap`.
  public var kind: String
  public var text: String
}

/// All that a plan touches, counted over its clusters.
public struct BlastRadiusDocument: Codable, Sendable, Hashable {
  public var clusters: Int
  public var created: Int
  public var changed: Int
  public var deleted: Int
  /// What is to be known before anything else, gravest first.
  public var impacts: [ImpactDocument]
}

public struct ImpactDocument: Codable, Sendable, Hashable {
  /// As in the objects of a class.
  public var impact: String
  /// For people.
  public var phrase: String
  public var isGrave: Bool
  /// Objects on all clusters together.
  public var occurrences: Int
  public var clusters: Int
  /// Kind and name of each, once.
  public var objects: [String]
}

public struct PlanLintDocument: Codable, Sendable, Hashable {
  public var wave: String?
  public var message: String
  public var remedy: String
}

public struct PlanFailureDocument: Codable, Sendable, Hashable {
  public var cluster: String
  /// `before`: what is there cannot be told; `after`: what shall be there cannot.
  public var side: String
  public var message: String
}

public struct PlanRefusalDocument: Codable, Sendable, Hashable {
  public var why: String
  public var remedy: String
}

/// Clusters that together try every distinct change of a preview.
public struct CanaryDocument: Codable, Sendable, Hashable {
  public var clusters: [String]
  /// Of those, the ones that are cordoned or do not answer: no other cluster has their change.
  public var notReady: [String]
  /// No smaller set tries every change.
  public var isSmallest: Bool
  /// How many changes there are to try.
  public var changes: Int
}
