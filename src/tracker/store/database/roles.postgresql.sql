-- Run after the migrations, whenever any was applied; to run it again does no harm.
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
    GRANT SELECT, INSERT ON stored_events, individuals, entry_keys, checkpoints, agreements
      TO tracker_app;
    GRANT SELECT, UPDATE ON log_head TO tracker_app;
    GRANT SELECT ON store_schema TO tracker_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON scheduler_runs, scheduler_items, outbox, return_drafts
      TO tracker_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tracker_reader') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO tracker_reader', current_schema);
    GRANT SELECT ON stored_events, individuals, entry_keys, checkpoints, log_head, store_schema,
      agreements TO tracker_reader;
  END IF;
END $$;
