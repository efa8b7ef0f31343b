"""The store on PostgreSQL: tables made in one step, the least privilege, connections that go."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from running import Tracker
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.store.address import Options
from tracker.store.database.postgres_cursor import translated
from tracker.store.database.postgres_errors import without_password
from tracker.store.log import Log
from tracker.store.opening import migrate, open_log
from wire import Written, convicted, level, registered


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def tracker(postgres_url: str, tmp_path: Path) -> Tracker:
    """The command line on an empty database, migrated."""
    made = Tracker(tmp_path / "none", {"TRACKER_STORE": postgres_url})
    made("migrate").done()
    return made


@pytest.fixture
def log(postgres_url: str) -> Iterator[Log]:
    migrate(postgres_url, now)
    with open_log(postgres_url, now) as opened:
        yield opened


class TestMigrate:
    def test_no_command_makes_tables_by_itself(self, postgres_url: str, tmp_path: Path) -> None:
        tracker = Tracker(tmp_path / "none", {"TRACKER_STORE": postgres_url})
        for command in (["counts"], ["export"], ["keys", "check"], ["verify"]):
            tracker(*command).refused("has no tables yet", "tracker migrate")
        with psycopg.connect(postgres_url) as connection:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname='public'"
            assert connection.execute(tables).fetchone() == (0,)

    def test_says_what_it_did_and_does_it_once(self, tracker: Tracker) -> None:
        assert "nothing to do" in tracker("migrate").done().out

    def test_many_at_once_leave_one_store(self, postgres_url: str) -> None:
        errors: list[Exception] = []

        def go() -> None:
            try:
                migrate(postgres_url, now)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=go) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        with open_log(postgres_url, now) as log:
            assert log.position() == 0


class TestCommands:
    def test_a_day_in_the_life(self, tracker: Tracker, file: Written) -> None:
        tracker("import", file(registered(), convicted())).done()
        tracker("record", "level.set", "level=2", "--subject", "CHE-1", "--on", "2021-01-04").done()
        tracker("record", "level.set", "level=2", "--subject", "X", "--on", "2021-01-04").refused()
        counted = tracker("counts", "--on", "2021-02-01", "--format", "json").json()
        assert counted["snapshot"]["level2"]["cat1"] == 1
        assert tracker("show", "CHE-1", "--format", "json").json()["name"] == "Robin Ashe"
        tracker("rebuild").done()
        tracker("verify").done()
        tracker("keys", "check").done()
        assert tracker.stored() == 3


class TestPrivileges:
    @pytest.fixture
    def officer(self, tracker: Tracker, postgres_url: str) -> Iterator[str]:
        """A database user who may do what recording and reading need, and nothing more."""
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute("DROP ROLE IF EXISTS officer7")
            owner.execute("CREATE ROLE officer7 LOGIN IN ROLE tracker_app")
            yield postgres_url.replace("postgresql://postgres@", "postgresql://officer7@")
            owner.execute("DROP OWNED BY officer7")
            owner.execute("DROP ROLE officer7")

    def test_the_app_records_and_reads(self, officer: str, law: Law) -> None:
        with open_log(officer, now) as log:
            record_together(log, law, [parse_event(registered())], now())
            assert [e.id for e in log.history("CHE-1").entries] == ["e1"]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE stored_events SET state=''",
            "DELETE FROM stored_events",
            "TRUNCATE stored_events CASCADE",
            "DROP TABLE stored_events",
            "ALTER TABLE stored_events DISABLE TRIGGER ALL",
            "DELETE FROM log_head",
            "UPDATE store_schema SET version=1",
        ],
    )
    def test_the_app_cannot_undo_anything(self, officer: str, statement: str) -> None:
        with (
            psycopg.connect(officer) as connection,
            pytest.raises(psycopg.Error, match=r"denied|owner"),
        ):
            connection.execute(statement)

    def test_the_owner_is_refused_by_the_log_itself(
        self, tracker: Tracker, postgres_url: str
    ) -> None:
        for statement in ("UPDATE stored_events SET topic='x'", "DELETE FROM checkpoints",
                          "TRUNCATE entry_keys"):  # fmt: skip
            with (
                psycopg.connect(postgres_url) as connection,
                pytest.raises(psycopg.Error, match="append-only"),
            ):
                connection.execute(statement)

    def test_whoever_looks_at_figures_sees_no_key(
        self, tracker: Tracker, postgres_url: str
    ) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute("SET ROLE tracker_reader")
            owner.execute("SELECT count(*) FROM stored_events")
            with pytest.raises(psycopg.Error, match="denied"):
                owner.execute("SELECT * FROM tracker_keys.person_keys")


class TestConnections:
    def test_one_that_was_cut_is_replaced(self, log: Log, law: Law, postgres_url: str) -> None:
        record_together(log, law, [parse_event(registered())], now())
        with closing(psycopg.connect(postgres_url, autocommit=True)) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name='tracker' AND datname=current_database()"
            )
        # the fact whose connection was lost raises an error; the next is recorded
        for attempt in range(5):
            try:
                record_together(log, law, [parse_event(convicted())], now())
            except TrackerError:
                assert attempt < 4
            else:
                break
        assert [e.id for e in log.history("CHE-1").entries] == ["e1", "e2"]

    def test_a_lock_is_not_waited_for_for_ever(self, postgres_url: str, law: Law) -> None:
        migrate(postgres_url, now)
        with open_log(postgres_url, now, Options(lock_timeout=0.3)) as log, log.database.writing():
            failed: list[str] = []

            def go() -> None:
                try:
                    record_together(log, law, [parse_event(registered())], now())
                except TrackerError as error:
                    failed.append(str(error))

            thread = threading.Thread(target=go)
            thread.start()
            thread.join(20)
            assert "lock timeout" in failed[0]

    def test_nobody_there(self, tracker: Tracker) -> None:
        gone = Tracker(tracker.store, {"TRACKER_STORE": "postgresql://a:secret@127.0.0.1:1/db"})
        ran = gone("counts").refused("127.0.0.1:1/db")
        assert "secret" not in ran.err

    def test_readers_see_entries_in_the_order_of_their_ids(self, log: Log, law: Law) -> None:
        """While a slow writer holds its place, nobody reads past it."""
        record_together(log, law, [parse_event(registered())], now())
        began, go_on = threading.Event(), threading.Event()

        def slow() -> None:
            with log.writing() as unit:
                unit.look_up([("/cheshire/ppu", "slow", "CHE-1")])
                history = unit.history("CHE-1")
                unit.add(
                    parse_event(level("slow", "2021-01-04", 2)).entry(now(), history.next_sequence)
                )
                unit.flush()
                began.set()
                go_on.wait(10)

        writer = threading.Thread(target=slow)
        writer.start()
        began.wait(10)
        fast = threading.Thread(
            target=record_together,
            args=(log, law, [parse_event(registered("f", subject="CHE-2"))], now()),
        )
        fast.start()
        fast.join(0.3)
        assert [position for position, _ in log.page(1, 10)] == []
        go_on.set()
        writer.join()
        fast.join()
        assert [(n, e.id) for n, e in log.page(1, 10)] == [(2, "slow"), (3, "f")]


def test_a_statement_is_put_in_the_database_s_own_words() -> None:
    assert translated("a=? AND b=:known") == "a=%s AND b=%(known)s"
    assert translated("x::text LIKE 'v%' AND y=?") == "x::text LIKE 'v%%' AND y=%s"


def test_a_password_is_never_shown() -> None:
    assert without_password("postgresql://me:pw@h:5432/db?x=1") == "postgresql://me@h:5432/db"


def test_an_owner_who_is_no_superuser_migrates_and_the_app_erases(
    postgres_server: str, tmp_path: Path, file: Written
) -> None:
    """As in docs/operations.md: whoever migrates may make roles, the app owns the keys."""
    name = f"own_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN CREATEROLE")
        if admin.execute("SELECT 1 FROM pg_roles WHERE rolname='tracker_app'").fetchone():
            admin.execute(f"GRANT tracker_app TO {name}")
        admin.execute(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0")
        url = postgres_server.replace("postgres@", f"{name}@").replace("/postgres", f"/{name}")
        try:
            owner = Tracker(tmp_path / "none", {"TRACKER_STORE": url})
            owner("migrate").done()
            admin.execute(f"CREATE ROLE {name}_app LOGIN IN ROLE tracker_app")
            app = Tracker(
                tmp_path / "none", {"TRACKER_STORE": url.replace(f"{name}@", f"{name}_app@")}
            )
            app("import", file(registered(on="1990-01-08", date_of_birth="1900-01-01")),
                "--trust-times").done()  # fmt: skip
            with psycopg.connect(url) as connection:
                row = connection.execute("SELECT wrapped FROM tracker_keys.person_keys").fetchone()
                path = connection.execute(
                    "SELECT pg_relation_filenode('tracker_keys.person_keys')"
                ).fetchone()
            app("erase", "CHE-1", "--authorised-by", "A", "--reason", "a hundred years").done()
            with psycopg.connect(url) as connection:
                counted = "SELECT count(*) FROM tracker_keys.person_keys"
                again = connection.execute(
                    "SELECT pg_relation_filenode('tracker_keys.person_keys')"
                ).fetchone()
                assert connection.execute(counted).fetchone() == (0,)
            assert row is not None
            assert path != again, "the table was rewritten, without its dead rows"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            for role in (f"{name}_app", name):
                admin.execute(f"DROP OWNED BY {role}")
                admin.execute(f"DROP ROLE IF EXISTS {role}")
