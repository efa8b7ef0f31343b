-- What a store on PostgreSQL has beside its tables: the log refuses change, and one function
-- appends in one round trip. Ids follow the size of the log under the writers' lock, which is
-- released only once the commit can be seen: readers never pass over an entry.

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

-- Appends entries to a log of the size expected and returns NULL; on a log of another size
-- nothing is done and the head is returned, so that the caller can sign anew. Raises
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

-- Least privilege, where whoever migrates may make roles: grant `tracker_app` to those who record
-- and read, `tracker_reader` to those who only look at figures. Neither can change the log, and the
-- reader sees no key. The app makes and drops tables of views, which are derived, and nothing else;
-- what the scheduler did and has to send is the app's own to change.
DO $$
BEGIN
  IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
    BEGIN
      CREATE ROLE tracker_app NOLOGIN;
      CREATE ROLE tracker_reader NOLOGIN;
      -- whoever migrates may give the tables of keys to the app
      EXECUTE format('GRANT tracker_app TO %I', current_user);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- roles are of the whole server: another store has made them
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tracker_app') THEN
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO tracker_app', current_schema);
    GRANT SELECT, INSERT ON stored_events, individuals, entry_keys, checkpoints TO tracker_app;
    GRANT SELECT, UPDATE ON log_head TO tracker_app;
    GRANT SELECT ON store_schema TO tracker_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON scheduler_runs, scheduler_items, outbox, return_drafts
      TO tracker_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tracker_reader') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO tracker_reader', current_schema);
    GRANT SELECT ON stored_events, individuals, entry_keys, checkpoints, log_head, store_schema
      TO tracker_reader;
  END IF;
END $$;
