-- An append names the head that it was signed upon, not its size alone: a head that somebody else
-- wrote is never extended.
DROP FUNCTION tracker_append_one(bigint, text, integer, text, bytea, bytea, text, text, text,
  bytea, text, bytea, bytea);
DROP FUNCTION tracker_append(bigint, text[], integer[], text[], bytea[], bytea[], text[], text[],
  text[], text[], bytea, text, bytea, bytea);

-- Appends entries to a log with the head expected, in one round trip, and returns no row; on a log
-- with another head nothing is done, and that head is returned with the last entry, so that the
-- caller can check them and sign again. Raises unique_violation where an entry, its source and id,
-- or an individual is there already.
CREATE OR REPLACE FUNCTION tracker_append(
  expected bigint, expected_frontier bytea, expected_note text,
  originators text[], versions integer[], topics text[], states bytea[],
  leaves bytea[], sources text[], ids text[], subjects text[], news text[],
  head_frontier bytea, head_note text, head_root bytea, head_mac bytea
) RETURNS TABLE (at_size bigint, at_frontier bytea, at_note text, last_number bigint,
  last_originator text, last_version integer, last_topic text, last_state bytea, last_leaf bytea
) LANGUAGE plpgsql AS $$
DECLARE
  held log_head%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(8390876135376122369);
  SELECT * INTO held FROM log_head;
  IF (held.size, held.frontier, held.note)
      IS DISTINCT FROM (expected, expected_frontier, expected_note) THEN
    RETURN QUERY SELECT held.size, held.frontier, held.note, e.*
      FROM (SELECT 1) AS one LEFT JOIN (
        SELECT notification_id, originator_id, originator_version, s.topic, s.state, s.leaf
        FROM stored_events AS s ORDER BY notification_id DESC LIMIT 1
      ) AS e ON true;
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
  expected bigint, expected_frontier bytea, expected_note text,
  originator text, version integer, topic text, state bytea, leaf bytea,
  source text, id text, new_subject text,
  head_frontier bytea, head_note text, head_root bytea, head_mac bytea
) RETURNS TABLE (at_size bigint, at_frontier bytea, at_note text, last_number bigint,
  last_originator text, last_version integer, last_topic text, last_state bytea, last_leaf bytea
) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT * FROM tracker_append(
    expected, expected_frontier, expected_note, ARRAY[originator], ARRAY[version], ARRAY[topic],
    ARRAY[state], ARRAY[leaf],
    ARRAY[source], ARRAY[id], array_remove(ARRAY[new_subject], NULL),
    CASE WHEN new_subject IS NULL THEN ARRAY[]::text[] ELSE ARRAY[originator] END,
    head_frontier, head_note, head_root, head_mac);
END $$;
