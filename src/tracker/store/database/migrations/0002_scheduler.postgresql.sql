-- What the scheduler did and has to do: not of the log, and no fact is in it alone.
-- Moments are microseconds since 1970, UTC.

-- A row for each time at which a job was meant to run.
CREATE TABLE scheduler_runs (
  job TEXT COLLATE "C" NOT NULL,
  intended BIGINT NOT NULL,
  run TEXT COLLATE "C" NOT NULL,
  holder TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  started BIGINT NOT NULL,
  ended BIGINT,
  outcome TEXT NOT NULL,
  counts TEXT NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (job, intended)
);

-- What a desk is to be told, once each, by a key that says what it is about.
CREATE TABLE scheduler_items (
  key TEXT COLLATE "C" PRIMARY KEY,
  area TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  due INTEGER,
  detail TEXT NOT NULL,
  urgent INTEGER NOT NULL,
  made BIGINT NOT NULL,
  message TEXT COLLATE "C"
);
CREATE INDEX scheduler_items_new ON scheduler_items (area, made) WHERE message IS NULL;

-- Messages; `started` and `sent` are moments, null until then.
CREATE TABLE outbox (
  key TEXT COLLATE "C" PRIMARY KEY,
  area TEXT COLLATE "C" NOT NULL,
  via TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  urgent INTEGER NOT NULL,
  made BIGINT NOT NULL,
  tries INTEGER NOT NULL,
  next_try BIGINT NOT NULL,
  started BIGINT,
  sent BIGINT,
  error TEXT NOT NULL
);
CREATE INDEX outbox_waiting ON outbox (next_try) WHERE sent IS NULL;

-- What a return said on the night it was computed, as canonical JSON.
CREATE TABLE return_drafts (
  area TEXT COLLATE "C" NOT NULL,
  year TEXT COLLATE "C" NOT NULL,
  known_at BIGINT NOT NULL,
  digest TEXT NOT NULL,
  figures TEXT NOT NULL,
  PRIMARY KEY (area, year, known_at)
);
