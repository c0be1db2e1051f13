internal import Foundation
internal import GRDB
public import Manifests

/// One chance to ask to become the agent of a cluster.
public struct StoredInvitation: Sendable, Hashable {
  public var id: String
  public var cluster: String
  /// SHA-256 of the token's secret.
  public var proof: Digest
  /// Milliseconds since 1970-01-01T00:00:00Z; after that nobody may ask any more.
  public var expires: Int64
  /// Who asked, once somebody has.
  public var asked: Asked?

  public struct Asked: Sendable, Hashable {
    /// A certificate request, PEM.
    public var request: String
    /// Fingerprint of the key in it.
    public var key: String
    /// From where, and with which version.
    public var origin: String
    public var at: Int64

    public init(request: String, key: String, origin: String, at: Int64) {
      self.request = request
      self.key = key
      self.origin = origin
      self.at = at
    }
  }

  public init(id: String, cluster: String, proof: Digest, expires: Int64, asked: Asked? = nil) {
    self.id = id
    self.cluster = cluster
    self.proof = proof
    self.expires = expires
    self.asked = asked
  }
}

extension HubDatabase {
  /// Adds an invitation, which takes the place of every other for that cluster. Those that expired
  /// unused before `now` go as well.
  public func invite(_ invitation: StoredInvitation, now: Int64) throws {
    try write("writing an invitation") { database in
      try database.execute(
        sql: """
          DELETE FROM agent_invitations WHERE cluster = ? OR (expires < ? AND request IS NULL)
          """, arguments: [invitation.cluster, now])
      try database.execute(
        sql: "INSERT INTO agent_invitations (id, cluster, proof, expires) VALUES (?, ?, ?, ?)",
        arguments: [
          invitation.id, invitation.cluster, Data(invitation.proof.bytes), invitation.expires,
        ])
    }
  }

  public func invitation(_ id: String) throws -> StoredInvitation? {
    try invitation(where: "id = ?", id)
  }

  /// The invitation of a cluster that somebody used.
  public func invitation(askedFor cluster: String) throws -> StoredInvitation? {
    try invitation(where: "request IS NOT NULL AND cluster = ?", cluster)
  }

  /// Uses an invitation up; `false` where somebody else has.
  public func use(_ id: String, _ asked: StoredInvitation.Asked) throws -> Bool {
    try write("using an invitation") { database in
      try database.execute(
        sql: """
          UPDATE agent_invitations SET request = ?, key = ?, origin = ?, asked = ?
          WHERE id = ? AND request IS NULL
          """, arguments: [asked.request, asked.key, asked.origin, asked.at, id])
      return database.changesCount == 1
    }
  }

  /// Forgets every invitation for a cluster, used or not.
  public func withdrawInvitations(for cluster: String) throws {
    try write("withdrawing an invitation") { database in
      try database.execute(
        sql: "DELETE FROM agent_invitations WHERE cluster = ?", arguments: [cluster])
    }
  }

  private func invitation(where condition: String, _ value: String) throws -> StoredInvitation? {
    try read("reading an invitation") { database in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT id, cluster, proof, expires, request, key, origin, asked
          FROM agent_invitations WHERE \(condition)
          """, arguments: [value])
      guard let row else { return nil }
      let proof: Data = row[2]
      guard let proof = Digest(bytes: Array(proof)) else {
        throw StoreError.corrupt(path: "agent_invitations", reason: "a proof is no digest")
      }
      var asked: StoredInvitation.Asked?
      if let request: String = row[4] {
        asked = StoredInvitation.Asked(
          request: request, key: row[5] ?? "", origin: row[6] ?? "", at: row[7] ?? 0)
      }
      return StoredInvitation(
        id: row[0], cluster: row[1], proof: proof, expires: row[3], asked: asked)
    }
  }
}
