-- The log: its entries, what leads to them, and what proves them. Nothing in it is ever changed.

-- An entry a row, numbered from 1 without gaps in the order recorded. `originator_id` is the record
-- that the entry belongs to (32 hexadecimal digits, in order of time), `originator_version` its
-- number there from 1, `topic` the type of the fact, `state` the fact and who recorded it, as JSON
-- with its personal part sealed, `leaf` the hash of all that (RFC 6962).
CREATE TABLE stored_events (
  notification_id BIGINT PRIMARY KEY,
  originator_id TEXT COLLATE "C" NOT NULL,
  originator_version INTEGER NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  state BYTEA NOT NULL,
  leaf BYTEA NOT NULL,
  UNIQUE (originator_id, originator_version)
);

-- The reference by which people know an individual, and the record that it names.
CREATE TABLE individuals (
  subject TEXT COLLATE "C" PRIMARY KEY,
  originator_id TEXT COLLATE "C" NOT NULL UNIQUE
);

-- The source and id under which an entry came: each once, whatever is sent twice.
CREATE TABLE entry_keys (
  source TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  notification_id BIGINT NOT NULL,
  PRIMARY KEY (source, id)
);

-- The root of the Merkle tree at each size at which a transaction ended, under a MAC.
CREATE TABLE checkpoints (
  size BIGINT PRIMARY KEY,
  root BYTEA NOT NULL,
  mac BYTEA NOT NULL
);

-- One row: how many entries there are, the right edge of the tree, the newest signed checkpoint.
CREATE TABLE log_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  size BIGINT NOT NULL,
  frontier BYTEA NOT NULL,
  note TEXT NOT NULL
);
INSERT INTO log_head (id, size, frontier, note) VALUES (1, 0, '', '');

-- One row: the number of the last migration applied, and the name under which the log signs.
CREATE TABLE store_schema (version INTEGER NOT NULL, log_id TEXT NOT NULL);

-- Whoever would change or remove what was recorded is refused.
CREATE OR REPLACE FUNCTION tracker_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER stored_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_events
  FOR EACH STATEMENT EXECUTE FUNCTION tracker_append_only();
CREATE TRIGGER individuals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON individuals
  FOR EACH STATEMENT EXECUTE FUNCTION tracker_append_only();
CREATE TRIGGER entry_keys_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_keys
  FOR EACH STATEMENT EXECUTE FUNCTION tracker_append_only();
CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION tracker_append_only();

-- Appends entries to a log of the size expected, in one round trip, and returns no row; on a log of
-- another size nothing is done and the head is returned, so that the caller can sign again. Raises
-- unique_violation where an entry, its source and id, or an individual is there already.
CREATE OR REPLACE FUNCTION tracker_append(
  expected bigint, originators text[], versions integer[], topics text[], states bytea[],
  leaves bytea[], sources text[], ids text[], subjects text[], news text[],
  head_frontier bytea, head_note text, head_root bytea, head_mac bytea
) RETURNS TABLE (size bigint, frontier bytea) LANGUAGE plpgsql AS $$
DECLARE
  held log_head%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(8390876135376122369);
  SELECT * INTO held FROM log_head;
  IF held.size <> expected THEN
    RETURN QUERY SELECT held.size, held.frontier;
    RETURN;
  END IF;
  INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state, leaf)
    SELECT expected + n, o, v, t, s, l
    FROM unnest(originators, versions, topics, states, leaves) WITH ORDINALITY AS e(o, v, t, s, l, n);
  INSERT INTO entry_keys (source, id, notification_id)
    SELECT k, i, expected + n FROM unnest(sources, ids) WITH ORDINALITY AS e(k, i, n);
  IF cardinality(subjects) > 0 THEN
    INSERT INTO individuals (subject, originator_id) SELECT * FROM unnest(subjects, news);
  END IF;
  UPDATE log_head SET size = expected + cardinality(originators),
    frontier = head_frontier, note = head_note;
  INSERT INTO checkpoints VALUES (expected + cardinality(originators), head_root, head_mac);
  PERFORM pg_notify('tracker_log', '');
END $$;

-- The same for a single entry, which is how officers record: the caller need not make arrays.
-- `new_subject` is NULL where the individual is known already.
CREATE OR REPLACE FUNCTION tracker_append_one(
  expected bigint, originator text, version integer, topic text, state bytea, leaf bytea,
  source text, id text, new_subject text,
  head_frontier bytea, head_note text, head_root bytea, head_mac bytea
) RETURNS TABLE (size bigint, frontier bytea) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT * FROM tracker_append(
    expected, ARRAY[originator], ARRAY[version], ARRAY[topic], ARRAY[state], ARRAY[leaf],
    ARRAY[source], ARRAY[id], array_remove(ARRAY[new_subject], NULL),
    CASE WHEN new_subject IS NULL THEN ARRAY[]::text[] ELSE ARRAY[originator] END,
    head_frontier, head_note, head_root, head_mac);
END $$;
