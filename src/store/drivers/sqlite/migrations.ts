/** The schema as steps; a database remembers how many it has had. A step that was released is never changed. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE records (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX records_by_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counters VALUES ('record_version', 0);

  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    token INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE queue_items (
    position INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    error TEXT,
    UNIQUE (queue, id)
  );
  CREATE INDEX queue_items_due ON queue_items (queue, state, until_ms);

  CREATE TABLE events (
    topic TEXT NOT NULL,
    position INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (topic, position)
  ) WITHOUT ROWID;
  CREATE TABLE topics (topic TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
  `,
];
