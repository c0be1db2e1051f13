internal import Foundation
internal import GRDB

// A cache beside the log: what target states were made from and what came out. Losing it costs
// time and nothing else.

extension HubDatabase {
  /// Target states that a renderer of this version made, those first that were not used for
  /// longest, and all pieces.
  public func renderedStates(
    rendererVersion: String
  ) throws -> (states: [StoredTargetState], pieces: [StoredPiece]) {
    try read("reading what was rendered") { database in
      let states = try Row.fetchCursor(
        database,
        sql: """
          SELECT key, overlay, parameters, dependencies, digest, objects, claims
          FROM rendered_states
          WHERE renderer = ? ORDER BY used, rowid
          """, arguments: [rendererVersion])
      var found: [StoredTargetState] = []
      while let row = try states.next() {
        found.append(
          StoredTargetState(
            key: row.bytes(0), rendererVersion: rendererVersion, overlay: row[1],
            parameters: row.bytes(2), dependencies: row.bytes(3), digest: row.bytes(4),
            objects: row[5], claims: row.bytes(6)))
      }
      let pieces = try Row.fetchCursor(database, sql: "SELECT name, body FROM rendered_pieces")
      var bodies: [StoredPiece] = []
      while let row = try pieces.next() {
        bodies.append(StoredPiece(name: row.bytes(0), body: row.bytes(1)))
      }
      return (found, bodies)
    }
  }

  /// Adds rows, or notes that they are in use. `time` is that of this use and never goes back.
  /// Answers whether more is stored than `limits` allow.
  public func storeRendered(
    _ states: [StoredTargetState], _ pieces: [StoredPiece], at time: Int64,
    limits: RenderCacheLimits
  ) throws -> Bool {
    try write("storing what was rendered") { database in
      let insertState = try database.cachedStatement(
        sql: """
          INSERT INTO rendered_states
            (key, renderer, overlay, parameters, dependencies, digest, objects, claims, used)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (key) DO UPDATE SET
            digest = excluded.digest, objects = excluded.objects, claims = excluded.claims,
            used = excluded.used
          """)
      for state in states {
        try insertState.execute(arguments: [
          state.key.data, state.rendererVersion, state.overlay, state.parameters.data,
          state.dependencies.data, state.digest.data, state.objects, state.claims.data, time,
        ])
      }
      let insertPiece = try database.cachedStatement(
        sql: """
          INSERT INTO rendered_pieces (name, body, used) VALUES (?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET used = excluded.used
          """)
      for piece in pieces {
        try insertPiece.execute(arguments: [piece.name.data, piece.body.data, time])
      }
      let rows = try Int.fetchOne(database, sql: "SELECT count(*) FROM rendered_states") ?? 0
      return try rows > limits.rows || HubDatabase.pieceBytes(database) > limits.bytes
    }
  }

  /// Removes what was not used for longest until a quarter of `limits` is free, and what no
  /// renderer of this version made.
  public func pruneRendered(
    rendererVersion: String, limits: RenderCacheLimits
  ) throws {
    try write("removing what was rendered long ago") { database in
      try database.execute(
        sql: "DELETE FROM rendered_states WHERE renderer <> ?", arguments: [rendererVersion])
      try database.execute(
        sql: """
          DELETE FROM rendered_states WHERE key IN (
            SELECT key FROM rendered_states ORDER BY used DESC, rowid DESC LIMIT -1 OFFSET ?)
          """, arguments: [limits.rows / 4 * 3])
      // A piece in use is younger than all that are not.
      var excess = try HubDatabase.pieceBytes(database) - limits.bytes / 4 * 3
      let oldest = try Row.fetchAll(
        database, sql: "SELECT name, length(body) FROM rendered_pieces ORDER BY used, rowid")
      for row in oldest {
        guard excess > 0 else { break }
        try database.cachedStatement(sql: "DELETE FROM rendered_pieces WHERE name = ?")
          .execute(arguments: [row.bytes(0).data])
        excess -= row[1]
      }
      try database.execute(
        sql: """
          DELETE FROM rendered_states
          WHERE dependencies NOT IN (SELECT name FROM rendered_pieces)
          """)
    }
  }

  private static func pieceBytes(_ database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "SELECT sum(length(body)) FROM rendered_pieces") ?? 0
  }
}

extension Row {
  fileprivate func bytes(_ column: Int) -> [UInt8] {
    let data: Data = self[column]
    return Array(data)
  }
}

extension [UInt8] {
  fileprivate var data: Data { Data(self) }
}
