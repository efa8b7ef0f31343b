-- The key store: every person's key and the log's secrets, each wrapped by the master key.
CREATE SCHEMA IF NOT EXISTS tracker_keys;

-- One row: the id of the key store, how many keys were destroyed in it, and whether (1) the log
-- has ever held an entry.
CREATE TABLE tracker_keys.key_store (id TEXT NOT NULL, generation BIGINT NOT NULL, begun BIGINT NOT NULL);

-- What the log is signed and sealed with, by name; `epoch` names the master key that wraps it.
CREATE TABLE tracker_keys.secrets (name TEXT COLLATE "C" PRIMARY KEY, epoch TEXT NOT NULL, wrapped BYTEA NOT NULL);

-- A person's key, and the id by which what it sealed knows it.
CREATE TABLE tracker_keys.person_keys (
  originator_id TEXT COLLATE "C" PRIMARY KEY,
  kid BYTEA NOT NULL,
  epoch TEXT NOT NULL,
  wrapped BYTEA NOT NULL
);

-- Whose key was destroyed, when (RFC 3339), and what stands for the dates of birth, as JSON.
CREATE TABLE tracker_keys.destroyed_keys (
  originator_id TEXT COLLATE "C" PRIMARY KEY,
  destroyed_at TEXT NOT NULL,
  born TEXT NOT NULL
);

-- For a master key that only wraps and unwraps: the key of each epoch, wrapped by it.
CREATE TABLE tracker_keys.epoch_keys (epoch TEXT COLLATE "C" PRIMARY KEY, wrapped BYTEA NOT NULL);
