-- What all who use the store agree on: with which law (a digest) and counting setting its figures
-- are made. Whoever adopts another adds a row; the row with the highest `n` is in force.
-- `adopted_at`: microseconds since 1970, UTC. `release`: the release of the tracker that added it.
CREATE TABLE agreements (
  n INTEGER PRIMARY KEY,
  law TEXT NOT NULL,
  category_4 TEXT NOT NULL,
  adopted_by TEXT NOT NULL,
  adopted_at INTEGER NOT NULL,
  release TEXT NOT NULL
);

CREATE TRIGGER agreements_no_update BEFORE UPDATE ON agreements
BEGIN SELECT RAISE(ABORT, 'agreements are append-only'); END;
CREATE TRIGGER agreements_no_delete BEFORE DELETE ON agreements
BEGIN SELECT RAISE(ABORT, 'agreements are append-only'); END;
