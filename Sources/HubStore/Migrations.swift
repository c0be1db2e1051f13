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
    return migrator
  }
}
