-- The key store: every person's key and the log's secrets, each wrapped by the master key.

-- One row: the id of the key store, how many keys were destroyed in it, and whether (1) the log
-- has ever held an entry.
CREATE TABLE key_store (id TEXT NOT NULL, generation INTEGER NOT NULL, begun INTEGER NOT NULL);

-- What the log is signed and sealed with, by name; `epoch` names the master key that wraps it.
CREATE TABLE secrets (name TEXT PRIMARY KEY, epoch TEXT NOT NULL, wrapped BLOB NOT NULL);

-- A person's key, and the id by which what it sealed knows it.
CREATE TABLE person_keys (
  originator_id TEXT PRIMARY KEY,
  kid BLOB NOT NULL,
  epoch TEXT NOT NULL,
  wrapped BLOB NOT NULL
) WITHOUT ROWID;

-- Whose key was destroyed, when (RFC 3339), and what stands for the dates of birth, as JSON.
CREATE TABLE destroyed_keys (
  originator_id TEXT PRIMARY KEY,
  destroyed_at TEXT NOT NULL,
  born TEXT NOT NULL
) WITHOUT ROWID;

-- For a master key that only wraps and unwraps: the key of each epoch, wrapped by it.
CREATE TABLE epoch_keys (epoch TEXT PRIMARY KEY, wrapped BLOB NOT NULL);
