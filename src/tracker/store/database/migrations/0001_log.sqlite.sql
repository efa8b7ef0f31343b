-- The log: its entries, what leads to them, and what proves them. Nothing in it is ever changed.

-- An entry a row, numbered from 1 without gaps in the order recorded. `originator_id` is the record
-- that the entry belongs to (32 hexadecimal digits, in order of time), `originator_version` its
-- number there from 1, `topic` the type of the fact, `state` the fact and who recorded it, as JSON
-- with its personal part sealed, `leaf` the hash of all that (RFC 6962).
CREATE TABLE stored_events (
  notification_id INTEGER PRIMARY KEY,
  originator_id TEXT NOT NULL,
  originator_version INTEGER NOT NULL,
  topic TEXT NOT NULL,
  state BLOB NOT NULL,
  leaf BLOB NOT NULL,
  UNIQUE (originator_id, originator_version)
);

-- The reference by which people know an individual, and the record that it names.
CREATE TABLE individuals (
  subject TEXT PRIMARY KEY,
  originator_id TEXT NOT NULL UNIQUE
) WITHOUT ROWID;

-- The source and id under which an entry came: each once, whatever is sent twice.
CREATE TABLE entry_keys (
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  notification_id INTEGER NOT NULL,
  PRIMARY KEY (source, id)
) WITHOUT ROWID;

-- The root of the Merkle tree at each size at which a transaction ended, under a MAC.
CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY,
  root BLOB NOT NULL,
  mac BLOB NOT NULL
);

-- One row: how many entries there are, the right edge of the tree, the newest signed checkpoint.
CREATE TABLE log_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  size INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  note TEXT NOT NULL
);
INSERT INTO log_head (id, size, frontier, note) VALUES (1, 0, x'', '');

-- One row: the number of the last migration applied, and the name under which the log signs.
CREATE TABLE store_schema (version INTEGER NOT NULL, log_id TEXT NOT NULL);

CREATE TRIGGER stored_events_no_update BEFORE UPDATE ON stored_events
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER stored_events_no_delete BEFORE DELETE ON stored_events
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER individuals_no_update BEFORE UPDATE ON individuals
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER individuals_no_delete BEFORE DELETE ON individuals
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER entry_keys_no_update BEFORE UPDATE ON entry_keys
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER entry_keys_no_delete BEFORE DELETE ON entry_keys
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
