internal import GRDB

/// The schema, step by step. A step that has landed is never edited: a change is a new step.
enum Migrations {
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
    return migrator
  }
}
