"""The log on disk: how it is kept, numbered and named, and what is said of one that is broken."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from running import Tracker
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.store.keys.people_keys import KeyStore, open_keys
from tracker.store.log import Log, time_ordered_ids
from tracker.store.opening import open_log
from wire import Written, convicted, level, registered

FACTS = [registered(), convicted(), registered("e3", subject="CHE-2")]


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(*FACTS)).done()
    return tracker


@contextmanager
def by_hand(tracker: Tracker) -> Iterator[sqlite3.Connection]:
    """A connection that can change the store: the triggers that refuse changes are dropped."""
    with closing(sqlite3.connect(tracker.store)) as connection, connection:
        triggers = "SELECT name FROM sqlite_master WHERE type='trigger'"
        for (trigger,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        yield connection


def rows(tracker: Tracker, columns: str) -> list[tuple[object, ...]]:
    with by_hand(tracker) as connection:
        return connection.execute(
            f"SELECT {columns} FROM stored_events ORDER BY notification_id"
        ).fetchall()


def test_a_first_entry_recorded_while_a_store_is_opened_is_no_emptied_log(
    tracker: Tracker, law: Law, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size was read just before, its keys just after another recorded the first entry."""
    url = f"sqlite:///{tracker.store}"
    with open_log(url, lambda: datetime.now(UTC)) as first:

        def slowly(*args: Any) -> KeyStore:
            record_together(first, law, [parse_event(registered())], datetime.now(UTC))
            return open_keys(*args)

        monkeypatch.setattr("tracker.store.opening.open_keys", slowly)
        with open_log(url, lambda: datetime.now(UTC)) as second:
            assert len(second.history("CHE-1").entries) == 1


class TestConnections:
    def test_every_one_waits_for_the_disk_and_keeps_a_write_ahead_log(self, log: Log) -> None:
        with ExitStack() as stack:
            cursors = [stack.enter_context(log.database.reading()) for _ in range(4)]
            cursors.append(stack.enter_context(log.database.working()))
            for cursor in cursors:
                assert settings(cursor) == ("wal", 2)
        with log.writing(), log.database.reading() as cursor:
            assert settings(cursor) == ("wal", 2)

    def test_a_store_is_one_file_when_nobody_uses_it(self, filled: Tracker) -> None:
        filled("counts").done()
        assert [f.name for f in filled.store.parent.glob("tracker.db*")] == ["tracker.db"]

    def test_only_its_owner_may_read_it(self, filled: Tracker) -> None:
        for file in filled.store.parent.glob("tracker.db*"):
            assert file.stat().st_mode & 0o077 == 0, file.name

    def test_a_write_that_fails_leaves_the_connection_usable(self, log: Log) -> None:
        for _ in range(20):
            with pytest.raises(ZeroDivisionError), log.writing():
                raise ZeroDivisionError
        with log.writing():
            pass


def settings(cursor: object) -> tuple[str, int]:
    found = []
    for pragma in ("journal_mode", "synchronous"):
        cursor.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
        found.append(cursor.fetchone()[0])  # type: ignore[attr-defined]
    return found[0], found[1]


class TestNumbers:
    def test_a_position_is_never_used_again(self, filled: Tracker, file: Written) -> None:
        """Whoever removes the last entry stops the log: the next would take its number."""
        with by_hand(filled) as connection:
            for table in ("entry_keys", "stored_events"):
                connection.execute(f"DELETE FROM {table} WHERE notification_id=3")
            connection.execute("DELETE FROM individuals WHERE subject='CHE-2'")
        fact = file(registered("n4", subject="N-4"), name="n.jsonl")
        for option in (["--trust-times"], []):
            filled("import", fact, *option).refused("its last entry is not the one")
        record = ("record", "level.set", "level=2", "--subject", "CHE-1")
        filled(*record).refused("its last entry is not the one")
        assert rows(filled, "notification_id") == [(1,), (2,)]

    def test_positions_and_sequences_are_gapless(self, filled: Tracker, file: Written) -> None:
        filled("import", file(level("bad", "2020-02-01", 9), name="bad.jsonl")).refused()
        filled("record", "level.set", "level=2", "--subject", "CHE-1").done()
        filled("import", file(level("e5", "2020-02-01", 2, subject="CHE-2"), name="m.jsonl")).done()
        assert rows(filled, "notification_id") == [(1,), (2,), (3,), (4,), (5,)]
        assert len({*rows(filled, "originator_id")}) == 2, "one aggregate for each individual"
        assert [v for (v,) in rows(filled, "originator_version")] == [1, 2, 1, 3, 2]

    def test_the_database_itself_refuses_a_second_entry(self, filled: Tracker) -> None:
        with by_hand(filled) as connection:
            for statement in (
                "INSERT INTO stored_events SELECT notification_id+9, originator_id,"
                " originator_version, topic, state, leaf FROM stored_events",
                "INSERT INTO entry_keys SELECT source, id, 99 FROM entry_keys",
                "INSERT INTO individuals SELECT subject, 'x' FROM individuals",
                "INSERT INTO individuals SELECT 'x' || subject, originator_id FROM individuals",
            ):
                with pytest.raises(sqlite3.IntegrityError):
                    connection.execute(statement)


class TestNames:
    def test_the_topic_is_the_type_on_the_wire(self, filled: Tracker) -> None:
        assert rows(filled, "topic") == [(fact["type"],) for fact in FACTS]

    def test_aggregates_are_in_time_order(self, tracker: Tracker, file: Written) -> None:
        many = [registered(f"r{n}", subject=f"P-{n}") for n in range(50)]
        tracker("import", file(*many)).done()
        for n in range(3):
            arguments = ("area=cheshire", "name=A", "date_of_birth=1980-01-01", f"--subject=Q-{n}")
            tracker("record", "individual.registered", *arguments, "--on", "2020-01-06").done()
        ids = [str(row[0]) for row in rows(tracker, "originator_id")]
        assert len(ids) == len(set(ids)) == 53
        assert ids == sorted(ids)
        assert {UUID(one).version for one in ids} == {7}

    def test_aggregates_are_in_time_order_while_the_clock_stops_or_runs_back(self) -> None:
        start = datetime(2023, 3, 26, 1, 0, tzinfo=UTC)
        clock = iter([start, start, start - timedelta(hours=1), start, start + timedelta(days=1)])
        fresh = time_ordered_ids(lambda: next(clock))
        ids = [fresh().hex for _ in range(5)]
        assert ids == sorted(set(ids))

    def test_the_index_leads_to_each_individual(self, filled: Tracker, log: Log) -> None:
        with by_hand(filled) as connection:
            index = dict(connection.execute("SELECT subject, originator_id FROM individuals"))
        assert set(index) == {"CHE-1", "CHE-2"}
        assert [entry.id for entry in log.history("CHE-1").entries] == ["e1", "e2"]
        assert log.history("CHE-3").entries == []

    def test_a_source_and_id_lead_to_the_entry(self, filled: Tracker, log: Log) -> None:
        found = log.known("/cheshire/ppu", "e2")
        assert found is not None
        assert (found.subject, found.sequence) == ("CHE-1", 2)
        assert log.known("/cheshire/ppu", "e9") is None
        assert log.known("/merseyside/ppu", "e2") is None


class TestPages:
    @pytest.mark.parametrize("size", [1, 2, 3, 100])
    def test_have_the_whole_log_in_order(self, filled: Tracker, log: Log, size: int) -> None:
        pages = list(log.pages(size=size))
        assert all(len(page) <= size for page in pages)
        found = [(position, entry.id) for page in pages for position, entry in page]
        assert found == [(1, "e1"), (2, "e2"), (3, "e3")]
        assert log.position() == 3

    def test_begin_after_a_position_and_stop_at_one(self, filled: Tracker, log: Log) -> None:
        assert [position for position, _ in log.page(1, 10)] == [2, 3]
        assert [position for position, _ in log.page(0, 10, stop=2)] == [1, 2]
        assert log.page(3, 10) == []


class TestBroken:
    """What a store that cannot be read says, without a word of what is in it."""

    COMMANDS = (
        ["export"],
        ["show", "CHE-1"],
        ["counts"],
        ["rebuild"],
        ["record", "level.set", "level=2", "--subject", "CHE-1"],
    )

    def says(self, tracker: Tracker, *said: str) -> None:
        for command in self.COMMANDS:
            ran = tracker(*command).refused(*said)
            assert ran.out == ""
            assert "Robin" not in ran.err
            assert "1980" not in ran.err

    def test_an_unknown_type(self, filled: Tracker) -> None:
        with by_hand(filled) as connection:
            connection.execute(
                "UPDATE stored_events SET topic='uk.mappa.order.lifted' WHERE originator_version=2"
            )
        self.says(filled, "unknown type 'uk.mappa.order.lifted'", "newer release")

    @pytest.mark.parametrize(
        "state",
        [
            b"{",
            b"\xff\xfe",
            b"[]",
            b"null",
            b'{"subject":"CHE-1"}',
            json.dumps({"subject": "CHE-1", "name": "Robin", "data": {"level": "Robin"}}).encode(),
        ],
    )
    def test_a_broken_state(self, filled: Tracker, state: bytes) -> None:
        with by_hand(filled) as connection:
            connection.execute(
                "UPDATE stored_events SET state=? WHERE originator_version=2", (state,)
            )
        self.says(filled, "uk.mappa.conviction.recorded", "cannot be read")

    def test_a_field_of_a_newer_release(self, tracker: Tracker, file: Written) -> None:
        plain = Tracker(tracker.store, {"TRACKER_SEALING": "off"})
        plain("import", file(*FACTS)).done()
        with by_hand(plain) as connection:
            connection.execute(
                "UPDATE stored_events SET"
                """ state=CAST(replace(state, '"area"', '"Robin":1,"area"') AS BLOB)"""
            )
        self.says(plain, "uk.mappa.individual.registered", "cannot be read")

    def test_an_open_part_changed_beside_what_is_sealed(self, filled: Tracker) -> None:
        with by_hand(filled) as connection:
            connection.execute(
                "UPDATE stored_events SET state=CAST(replace(state, 'cheshire', 'norfolk') AS BLOB)"
            )
        self.says(filled, "uk.mappa.individual.registered", "does not open")

    def test_a_table_that_is_gone(self, filled: Tracker) -> None:
        with by_hand(filled) as connection:
            connection.execute("ALTER TABLE individuals RENAME COLUMN subject TO person")
        filled("show", "CHE-1").refused("the store could not be used")

    @pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite://x.db", "x.db", "mysql://h/d"])
    def test_an_address_that_is_none(self, url: str) -> None:
        with pytest.raises(TrackerError, match=r"sqlite:///path/to/tracker\.db"):
            open_log(url, lambda: datetime.now(UTC))


def test_facts_recorded_together_are_one_transaction(
    filled: Tracker, law: Law, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of two facts cannot be inserted: the first is not there either."""
    facts = [parse_event(level(f"n{n}", "2020-02-01", n)) for n in (1, 2)]
    with by_hand(filled) as connection:
        connection.execute(
            "CREATE TRIGGER fails BEFORE INSERT ON entry_keys WHEN NEW.id='n2'"
            " BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"
        )
    with pytest.raises(Exception, match="disk on fire"):
        record_together(log, law, facts, datetime.now(UTC))
    assert [entry.id for entry in log.history("CHE-1").entries] == ["e1", "e2"]
