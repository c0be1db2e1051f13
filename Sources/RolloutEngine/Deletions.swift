public import FleetModel
public import Manifests

// What a rollout deletes. No rollout deletes while it applies: objects that left a target state stay
// on their cluster, which says what stays, and go in a last wave of their own.

/// One object that is on a cluster and no longer in its target state.
public struct DeletedObject: Sendable, Hashable, Codable {
  public let identity: ResourceIdentity
  /// An old version of a generated ConfigMap or Secret, whose successor is there under another name.
  /// It is deleted like all, and counts as no loss; `nil` stands for no.
  public let isReplaced: Bool?

  public init(_ identity: ResourceIdentity, isReplaced: Bool = false) {
    self.identity = identity
    self.isReplaced = isReplaced ? true : nil
  }
}

/// What a cluster holds of an app beyond its target state, by complete lists.
public struct DeletionList: Sendable, Hashable, Codable {
  /// Sorted by kind, namespace and name.
  public let objects: [DeletedObject]
  /// Objects of the app on the cluster, these included.
  public let owned: Int

  public init(_ objects: [DeletedObject], owned: Int) {
    self.objects = objects.sorted { $0.identity < $1.identity }
    self.owned = owned
  }

  /// Names the list by its content; clusters with equal lists share one.
  public var digest: Digest {
    var text = "deletions \(owned)\n"
    for object in objects {
      let identity = object.identity
      text +=
        [
          identity.group, identity.kind, identity.namespace, identity.name,
          object.isReplaced == true ? "replaced" : "",
        ].joined(separator: "\t") + "\n"
    }
    return Digest(hashing: text)
  }

  /// Those that count against budgets.
  public var lost: [DeletedObject] { objects.filter { $0.isReplaced != true } }
}

/// What a plan says about deletions: the budget, and who agrees with more.
public struct DeletionRules: Sendable, Hashable, Codable {
  public let budget: DeletionBudget
  public let approvals: Approvals

  public init(budget: DeletionBudget, approvals: Approvals) {
    self.budget = budget
    self.approvals = approvals
  }

  /// All of it in one line: what a plan's digest is made of.
  var words: String {
    [
      budget.maxPerCluster.map { "\($0)" } ?? "-", budget.maxPercent.map { "\($0)" } ?? "-",
      budget.approvalFor.sorted().joined(separator: ","), approvals.words,
    ].joined(separator: " ")
  }

  /// Why these lists need somebody's agreement, one line per rule; empty where they do not.
  func objections(to lists: [(cluster: String, list: DeletionList)]) -> [String] {
    var tooMany: [String] = []
    var tooLarge: [String] = []
    var guarded: [String] = []
    var guardedClusters = Set<String>()
    for (cluster, list) in lists {
      let lost = list.lost
      if let most = budget.maxPerCluster, lost.count > most {
        tooMany.append("\(lost.count) objects on \(cluster), \(most) may be")
      }
      if let most = budget.maxPercent, lost.count * 100 > most * list.owned {
        tooLarge.append("\(lost.count) of \(list.owned) objects on \(cluster), \(most) % may be")
      }
      for object in lost where budget.approvalFor.contains(object.identity.kind) {
        guardedClusters.insert(cluster)
        let name = "\(object.identity)"
        if guarded.count < 4, !guarded.contains(name) { guarded.append(name) }
      }
    }
    func line(_ all: [String]) -> String? {
      all.first.map { all.count == 1 ? $0 : "\($0), and more than that on \(all.count - 1) others" }
    }
    var lines = [line(tooMany), line(tooLarge)].compactMap(\.self)
    if !guarded.isEmpty {
      let shown = guarded.prefix(3).joined(separator: ", ") + (guarded.count > 3 ? ", …" : "")
      lines.append(
        "\(shown) on \(guardedClusters.count == 1 ? "1 cluster" : "\(guardedClusters.count) clusters")"
      )
    }
    return lines
  }
}

/// What the wave of deletions deletes, all clusters together.
public struct WaveDeletions: Sendable, Hashable, Codable {
  /// Names the lists of all clusters; approvals of the wave are bound to it.
  public let digest: Digest
  public let clusters: Int
  public let objects: Int
  /// Why the wave needs an approval, one line per rule.
  public let objections: [String]

  /// `deletes 5 objects on 2 clusters (StatefulSet web/db on 1 cluster)`
  public var text: String {
    let objects = self.objects == 1 ? "1 object" : "\(self.objects) objects"
    let clusters = self.clusters == 1 ? "1 cluster" : "\(self.clusters) clusters"
    let why = objections.isEmpty ? "" : " (\(objections.joined(separator: "; ")))"
    return "deletes \(objects) on \(clusters)\(why)"
  }
}
