"""What is read of the log's tables; that nobody else reads them is in `unit/test_street.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from running import Tracker
from tracker.domain import facts as f
from tracker.store import log_rows
from tracker.store.log import Log
from tracker.store.opening import migrate, open_log
from wire import SOURCE, Written, convicted, level, registered

DAY = "2020-02-01"
REGISTERED, CONVICTED = f.IndividualRegistered.TYPE, f.ConvictionRecorded.TYPE


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, store: Path, file: Written) -> Iterator[Log]:
    """CHE-1 has entries 1, 2 and 4 of the log, CHE-2 has entry 3."""
    url = f"sqlite:///{store}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        migrate(url, lambda: datetime.now(UTC))
    tracker = Tracker(store, {"TRACKER_STORE": url})
    facts = (registered(), convicted(), registered("x:1", subject="CHE-2"), level("x:2", DAY, 2))
    tracker("import", file(*facts)).done()
    with open_log(url, lambda: datetime.now(UTC)) as opened:
        yield opened


def positions(rows: Iterable[log_rows.LogRow]) -> list[int]:
    return [row.position for row in rows]


def people(log: Log) -> tuple[str, str]:
    with log.database.reading() as c:
        one, two = log_rows.person_of(c, "CHE-1"), log_rows.person_of(c, "CHE-2")
    assert one is not None
    assert two is not None
    return one, two


def test_a_page_begins_after_a_position_and_ends_at_another(log: Log) -> None:
    with log.database.reading() as c:
        assert log_rows.size(c) == 4
        assert positions(log_rows.page(c, 1, 2)) == [2, 3]
        assert positions(log_rows.page(c, 1, 10, upto=3)) == [2, 3]
        assert log_rows.page(c, 4, 10) == []
        result = log_rows.row_at(c, 3)
        assert result is not None
        assert log.entry(*result[1:]).id == "x:1"
        assert log_rows.row_at(c, 5) is None
        assert "\n4\n" in log_rows.newest_checkpoint(c)


def test_the_rows_of_people(log: Log) -> None:
    one, two = people(log)
    with log.database.reading() as c:
        assert positions(log_rows.rows_of_person(c, one)) == [1, 2, 4]
        some = log_rows.rows_of_people(c, [two, one, "0" * 32], upto=3)
        assert [positions(rows) for rows in some] == [[1, 2], [3]]
        everybody = log_rows.rows_of_range(c, "", log_rows.AFTER_EVERYBODY, 4)
        assert [positions(rows) for rows in everybody] == [[1, 2, 4], [3]]
        without = log_rows.rows_of_range(c, "", two, 4, [CONVICTED])
        assert [positions(rows) for rows in without] == [[1, 4]]
        assert log_rows.person_of(c, "CHE-3") is None
    assert log_rows.range_starts(log.database, 1) == [one, two]
    assert log_rows.range_starts(log.database, 2) == [one]


def test_the_rows_of_types_of_fact(log: Log) -> None:
    one, _ = people(log)
    with log.database.reading() as c:
        types = [REGISTERED, CONVICTED]
        assert positions(log_rows.page_of_topics(c, types, ("", 0), 2)) == [1, 2]
        assert positions(log_rows.page_of_topics(c, types, (one, 1), 9)) == [2, 3]
    with log_rows.rows_of_topics(log.database, [REGISTERED], 2) as rows:
        assert positions(rows) == [1]


def test_the_rows_of_subjects(log: Log) -> None:
    one, two = people(log)
    with log.database.reading() as c:
        result = log_rows.rows_of_subjects(c, ["CHE-2", "CHE-3", "CHE-1"])
        assert {subject: positions(rows) for subject, rows in result} == {
            "CHE-1": [1, 2, 4], "CHE-2": [3],
        }  # fmt: skip
        assert list(log_rows.rows_of_subjects(c, [])) == []
        assert log_rows.subjects_of_range(c, one, two) == ["CHE-1"]
        assert log_rows.subjects_with_prefix(c, "CHE-") == ["CHE-1", "CHE-2"]
        assert log_rows.subjects_with_prefix(c, "CHE-2") == ["CHE-2"]
        assert log_rows.subjects_with_prefix(c, "CHF") == []


def test_the_rows_of_sources_and_ids(log: Log) -> None:
    with log.database.reading() as c:
        assert log_rows.position_of(c, SOURCE, "x:2") == 4
        assert log_rows.position_of(c, "/elsewhere", "x:2") is None
        result = log_rows.rows_with_keys(c, [(SOURCE, "e2"), (SOURCE, "none"), (SOURCE, "x:1")])
        assert sorted((name[1], row.position) for name, row in result) == [("e2", 2), ("x:1", 3)]
        assert log_rows.rows_with_keys(c, []) == []
        row = log_rows.row_with_key(c, SOURCE, "e1")
        assert row is not None
        assert row.position == 1
        assert log_rows.ids_with_prefix(c, SOURCE, "x:") == ["x:1", "x:2"]
        assert log_rows.ids_with_prefix(c, "/elsewhere", "x:") == []
