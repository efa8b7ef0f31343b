-- What the scheduler did and has to do: not of the log, and no fact is in it alone.
-- Moments are microseconds since 1970, UTC.

-- A row for each time at which a job was meant to run.
CREATE TABLE scheduler_runs (
  job TEXT NOT NULL,
  intended INTEGER NOT NULL,
  run TEXT NOT NULL,
  holder TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  outcome TEXT NOT NULL,
  counts TEXT NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (job, intended)
) WITHOUT ROWID;

-- What a desk is to be told, once each, by a key that says what it is about.
CREATE TABLE scheduler_items (
  key TEXT PRIMARY KEY,
  area TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  due INTEGER,
  detail TEXT NOT NULL,
  urgent INTEGER NOT NULL,
  made INTEGER NOT NULL,
  message TEXT
) WITHOUT ROWID;
CREATE INDEX scheduler_items_new ON scheduler_items (area, made) WHERE message IS NULL;

-- Messages; `started` and `sent` are moments, null until then.
CREATE TABLE outbox (
  key TEXT PRIMARY KEY,
  area TEXT NOT NULL,
  via TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  urgent INTEGER NOT NULL,
  made INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  next_try INTEGER NOT NULL,
  started INTEGER,
  sent INTEGER,
  error TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_waiting ON outbox (next_try) WHERE sent IS NULL;

-- What a return said on the night it was computed, as canonical JSON.
CREATE TABLE return_drafts (
  area TEXT NOT NULL,
  year TEXT NOT NULL,
  known_at INTEGER NOT NULL,
  digest TEXT NOT NULL,
  figures TEXT NOT NULL,
  PRIMARY KEY (area, year, known_at)
) WITHOUT ROWID;
