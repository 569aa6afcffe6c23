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

  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    token INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX leases_by_expiry ON leases (expires_at);

  -- AUTOINCREMENT: a position is part of receipts and never given out twice.
  CREATE TABLE queue_items (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'done', 'dead')),
    until_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    error TEXT,
    UNIQUE (queue, id)
  );
  CREATE INDEX queue_items_waiting ON queue_items (queue, position) WHERE state = 'waiting';
  CREATE INDEX queue_items_claimed ON queue_items (queue, until_ms) WHERE state = 'claimed';
  CREATE INDEX queue_items_over ON queue_items (queue, until_ms) WHERE state IN ('done', 'dead');

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
