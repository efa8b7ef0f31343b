"""The numbered migrations: a store from before them is brought up to date, whole or not at all.

The stores in `releases/schema-2.*` were written by the program as it was before migrations had
numbers, on SQLite and on PostgreSQL, from the facts of release 0.1's store.
"""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from unittest import mock

import psycopg
import pytest

from running import Tracker
from tracker.store.address import database_of
from tracker.store.database import schema
from tracker.store.database.interface import Database, Kind, Unavailable
from tracker.store.database.schema import Migration
from tracker.store.migrating import migrate

RELEASES = Path(__file__).with_name("releases")
KEK = "then:" + b64encode(b"the master key of an old fixture").decode()
ON = ("--on", "2023-03-31", "--known-at", "2026-01-01T00:00:00Z", "--format", "json")


def now() -> datetime:
    return datetime.now(UTC)


def unpacked(name: str) -> bytes:
    return gzip.decompress((RELEASES / name).read_bytes())


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, store: Path) -> Tracker:
    """The command line on a store of before, with its keys."""
    environment = {"TRACKER_KEK": KEK}
    if request.param == "sqlite":
        store.write_bytes(unpacked("schema-2.db.gz"))
        store.with_name("old.keys").write_bytes(unpacked("schema-2.keys.gz"))
        environment["TRACKER_KEY_STORE"] = str(store.with_name("old.keys"))
    else:
        url = request.getfixturevalue("postgres_url")
        dumped = "-c check_function_bodies=off"  # the functions stand before their tables
        with psycopg.connect(url, autocommit=True, options=dumped) as connection:
            connection.execute(unpacked("schema-2.postgresql.sql.gz").decode(), prepare=False)
        environment["TRACKER_STORE"] = url
    return Tracker(store, environment)


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    held: dict[str, Any] = json.loads((RELEASES / "0.1.0.json").read_text())
    return held


def url_of(tracker: Tracker) -> str:
    return tracker.environment["TRACKER_STORE"]


@pytest.fixture
def database(old: Tracker) -> Iterator[Database]:
    with closing(database_of(url_of(old))) as opened:
        yield opened


@pytest.fixture
def fresh(request: pytest.FixtureRequest, old: Tracker, tmp_path: Path) -> Iterator[Database]:
    """A store that this release made, on the same kind of database."""
    if url_of(old).startswith("sqlite"):
        url = f"sqlite:///{tmp_path / 'fresh.db'}"
        migrate(url, now)
        with closing(database_of(url)) as opened:
            yield opened
        return
    with psycopg.connect(url_of(old), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA fresh")
    url = f"{url_of(old)}?options=-csearch_path%3Dfresh"
    with closing(database_of(url)) as opened:
        with opened.writing() as c:
            schema.create(c, "postgresql", "fresh")
        yield opened


def tables(database: Database) -> set[tuple[Any, ...]]:
    """Every column, index and trigger of the tables that are not views."""
    with database.reading() as c:
        if database.kind == "sqlite":
            c.execute(
                'SELECT m.name, t.cid, t.name, t.type, t."notnull", t.pk FROM sqlite_master m,'
                " pragma_table_info(m.name) t WHERE m.name NOT LIKE 'view_%'"
            )
            found = set(c.fetchall())
            c.execute("SELECT type, name, tbl_name FROM sqlite_master WHERE type<>'table'")
            return found | {row for row in c.fetchall() if not row[2].startswith("view_")}
        c.execute(
            "SELECT table_name, ordinal_position, column_name, data_type, is_nullable,"
            " collation_name FROM information_schema.columns"
            " WHERE table_schema=current_schema AND table_name NOT LIKE 'view_%'"
        )
        found = set(c.fetchall())
        c.execute(
            "SELECT tablename, indexname, replace(indexdef, current_schema || '.', '')"
            " FROM pg_indexes WHERE schemaname=current_schema AND tablename NOT LIKE 'view_%'"
        )
        found |= set(c.fetchall())
        c.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid=t.tgrelid"
            " WHERE NOT t.tgisinternal AND c.relnamespace=current_schema::regnamespace"
        )
        return found | set(c.fetchall())


class TestFiles:
    def test_are_numbered_without_gaps_and_the_same_for_both_databases(self) -> None:
        names = {kind: [m.name for m in schema.migrations(kind)] for kind in get_args(Kind)}
        assert names["sqlite"] == names["postgresql"]
        numbers = [int(name[:4]) for name in names["sqlite"]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 3

    def test_make_the_same_tables_and_columns_on_both_databases(self) -> None:
        def columns(kind: Kind) -> list[tuple[str, list[str]]]:
            script = "".join(m.script for m in schema.migrations(kind))
            found = re.findall(r"CREATE TABLE (\w+) \(\n(.*?)\n\)", script, re.DOTALL)
            return [(table, re.findall(r"^  ([a-z]\w*) ", body, re.M)) for table, body in found]

        assert columns("sqlite") == columns("postgresql")
        assert [table for table, _ in columns("sqlite")][:2] == ["stored_events", "individuals"]


class TestAStoreOfBefore:
    def test_is_refused_until_it_is_migrated(self, old: Tracker, database: Database) -> None:
        before = tables(database)
        old("counts", *ON).refused("earlier release", "tracker migrate")
        old("record", "level.set", "level=2", "--subject", "P-3").refused("tracker migrate")
        assert tables(database) == before

    def test_is_brought_up_to_date_and_answers_as_it_did(
        self, old: Tracker, answers: dict[str, Any]
    ) -> None:
        assert "0003_agreements, 0004_signed_head" in old("migrate").done().out
        assert old.export() == answers["export"]
        assert old("counts", *ON).json() == answers["counts"]
        assert "300 entries verified" in old("verify").done().out
        old("keys", "check").done()
        fields = ("level=2", "--subject", "P-3", "--on", "2023-04-03")
        old("record", "level.set", *fields).done()
        assert "nothing to do" in old("migrate").done().out

    def test_has_then_the_tables_of_a_new_store(
        self, old: Tracker, database: Database, fresh: Database
    ) -> None:
        assert tables(database) < tables(fresh)
        old("migrate").done()
        assert tables(database) == tables(fresh)

    def test_stays_as_it_is_where_a_step_fails(self, old: Tracker, database: Database) -> None:
        before, steps = tables(database), schema.migrations(database.kind)
        broken = Migration(4, "0004_broken", "CREATE TABLE half (n INTEGER);\nCREATE TABEL x;\n")
        with (
            mock.patch.object(schema, "migrations", return_value=(*steps, broken)),
            pytest.raises(Unavailable, match="TABEL"),
        ):
            migrate(url_of(old), now)
        assert tables(database) == before
        old("migrate").done()


def test_a_backup_of_before_is_restored_into_a_store_of_today(
    tracker: Tracker, answers: dict[str, Any], tmp_path: Path
) -> None:
    backup, keys = tmp_path / "backup.db", tmp_path / "backup.keys"
    backup.write_bytes(unpacked("schema-2.db.gz"))
    keys.write_bytes(unpacked("schema-2.keys.gz"))
    restored = Tracker(tracker.store, {"TRACKER_KEK": KEK})
    restored("restore", backup, "--keys", keys).done()
    assert restored.export() == answers["export"]
    with closing(sqlite3.connect(tracker.store)) as connection:
        version = connection.execute("SELECT version FROM store_schema").fetchone()
    assert version == (schema.newest("sqlite"),)
