internal import Foundation
internal import GRDB
internal import Manifests

/// The schema, step by step. A step that has landed is never edited: a change is a new step.
enum Migrations {
  /// Since this step events are chained.
  static let chain = "0003 events are chained"

  static var all: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("0001 events, projections, outbox") { database in
      try database.execute(
        sql: """
          CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
          ) STRICT, WITHOUT ROWID;

          -- The log. Everything else in this file can be made from it.
          CREATE TABLE events (
            sequence INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,          -- milliseconds since 1970, UTC
            actor TEXT NOT NULL,
            reason TEXT,
            type TEXT NOT NULL,
            body TEXT NOT NULL            -- JSON
          ) STRICT;

          -- What the log folds to, one row per object.
          CREATE TABLE projections (
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            body TEXT NOT NULL,           -- canonical JSON
            PRIMARY KEY (kind, key)
          ) STRICT, WITHOUT ROWID;

          -- What is to be done to the world and is not known to be done.
          CREATE TABLE outbox (
            key TEXT PRIMARY KEY,
            sequence INTEGER NOT NULL,    -- the event that caused it
            body TEXT NOT NULL            -- JSON
          ) STRICT, WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("0002 what was rendered") { database in
      try database.execute(
        sql: """
          -- A cache: names of contents, never contents. All names are SHA-256 values.
          CREATE TABLE rendered_states (
            key BLOB NOT NULL UNIQUE,     -- names all that the target state was made from
            renderer TEXT NOT NULL,       -- version
            overlay TEXT NOT NULL,
            parameters BLOB NOT NULL,
            dependencies BLOB NOT NULL,   -- the piece that says what it was made from
            digest BLOB NOT NULL,
            objects INTEGER NOT NULL,
            claims BLOB NOT NULL,         -- hashes of the objects' identities
            used INTEGER NOT NULL         -- milliseconds since 1970, UTC
          ) STRICT;

          -- Paths and object ids that target states were made from.
          CREATE TABLE rendered_pieces (
            name BLOB NOT NULL UNIQUE,
            body BLOB NOT NULL,
            used INTEGER NOT NULL
          ) STRICT;
          """)
    }
    migrator.registerMigration(chain) { database in
      try database.execute(
        sql: """
          -- SHA-256 over the hash of the event before and the body; 32 bytes.
          ALTER TABLE events ADD COLUMN hash BLOB NOT NULL DEFAULT x'';

          -- What is to be done follows from the state, so it is not stored as well.
          DROP TABLE outbox;
          """)
      try chainAll(database)
    }
    migrator.registerMigration("0004 agents are invited") { database in
      try database.execute(
        sql: """
          -- Chances to join as the agent of a cluster. Who was let in stands in the log.
          CREATE TABLE agent_invitations (
            id TEXT PRIMARY KEY,
            cluster TEXT NOT NULL,
            proof BLOB NOT NULL,          -- SHA-256 of the token's secret
            expires INTEGER NOT NULL,     -- milliseconds since 1970, UTC
            request TEXT,                 -- the certificate request of who used it, PEM
            key TEXT,                     -- fingerprint of the key in it
            origin TEXT,                  -- address and version of who used it
            asked INTEGER                 -- milliseconds since 1970, UTC
          ) STRICT, WITHOUT ROWID;
          """)
    }
    return migrator
  }

  /// Chains what is there, as it is there: the chain tells of changes from now on.
  private static func chainAll(_ database: Database) throws {
    var head = LogHead.start
    while true {
      let rows = try Row.fetchAll(
        database,
        sql: "SELECT sequence, body FROM events WHERE sequence > ? ORDER BY sequence LIMIT 1000",
        arguments: [head.sequence])
      if rows.isEmpty { break }
      let update = try database.cachedStatement(
        sql: "UPDATE events SET hash = ? WHERE sequence = ?")
      for row in rows {
        head = head.following(row[1])
        guard row[0] == head.sequence else {
          throw StoreError.sequence(expected: head.sequence, found: row[0])
        }
        try update.execute(arguments: [Data(head.hash.bytes), head.sequence])
      }
    }
    guard head.sequence > 0 else { return }
    try database.execute(
      sql: "INSERT INTO meta (key, value) VALUES ('chainedByUpgrade', ?)",
      arguments: [String(head.sequence)])
  }
}
