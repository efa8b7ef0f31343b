-- What all who use the store agree on: with which law (a digest) and counting setting its figures
-- are made. Whoever adopts another adds a row; the row with the highest `n` is in force.
-- `adopted_at`: microseconds since 1970, UTC. `release`: the release of the tracker that added it.
CREATE TABLE agreements (
  n INTEGER PRIMARY KEY,
  law TEXT NOT NULL,
  category_4 TEXT NOT NULL,
  adopted_by TEXT NOT NULL,
  adopted_at BIGINT NOT NULL,
  release TEXT NOT NULL
);

CREATE OR REPLACE FUNCTION tracker_agreements_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'agreements are append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER agreements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreements
  FOR EACH STATEMENT EXECUTE FUNCTION tracker_agreements_append_only();
