-- Run by `tracker migrate` and after a restore; to run it again does no harm.
-- The app owns the tables of keys: only an owner may have PostgreSQL rewrite one without its dead.
DO $$
DECLARE
  held text;
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tracker_app')
     AND EXISTS (SELECT FROM pg_namespace WHERE nspname = 'tracker_keys') THEN
    GRANT USAGE, CREATE ON SCHEMA tracker_keys TO tracker_app;
    FOR held IN SELECT tablename FROM pg_tables WHERE schemaname = 'tracker_keys' LOOP
      BEGIN
        EXECUTE format('ALTER TABLE tracker_keys.%I OWNER TO tracker_app', held);
      EXCEPTION WHEN insufficient_privilege THEN
        EXECUTE format('GRANT ALL ON tracker_keys.%I TO tracker_app', held);
      END;
    END LOOP;
  END IF;
END $$;
