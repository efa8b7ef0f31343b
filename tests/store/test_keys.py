"""The key store: keys by person, wrapped by a master key, and destroyed for good."""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from postgres import postgres_server, postgres_url
from store.key_place import AT, PEOPLE, Place, epoch, fork, posix, wait, wrapped
from tracker.domain.errors import TrackerError
from tracker.store.database.sqlite import Sqlite, SqliteCursor
from tracker.store.keys import key_tables, seal
from tracker.store.keys import people_keys as keys
from tracker.store.keys.key_tables import SqliteKeys
from tracker.store.keys.master_key import WrongMasterKey
from tracker.store.keys.people_keys import KeyMissing, KeyStore, open_keys

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, place: Place) -> Iterator[Any]:
    """An empty database for keys, of each kind."""
    if request.param == "sqlite":
        made: Any = SqliteKeys(place.file)
    else:
        from tracker.store.database.postgres import Postgres

        made = Postgres(request.getfixturevalue("postgres_url"))
    yield made
    made.close()


class TestMadeAndOpened:
    def test_a_new_one_has_its_secrets_and_makes_the_users_own_master_key(
        self, place: Place
    ) -> None:
        store = place.opened()
        found = {name: store.secret(name) for name in ("signing", "history", "search")}
        assert {len(key) for key in found.values()} == {32}
        assert len(set(found.values())) == 3
        assert store.check() == []
        store.close()
        again = place.opened(log_in_use=True)
        assert {name: again.secret(name) for name in found} == found

    @posix
    def test_nobody_else_may_read_any_of_its_files(self, place: Place) -> None:
        old = os.umask(0)
        try:
            store = place.opened()
            store.make_keys(PEOPLE)
            files = [*place.folder.glob("tracker.db.keys*"), place.master]
            assert len(files) >= 3
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
            assert stat.S_IMODE(place.master.parent.stat().st_mode) == 0o700
        finally:
            os.umask(old)

    def test_every_connection_waits_for_the_disk_and_wipes_what_is_deleted(
        self, place: Place
    ) -> None:
        database = SqliteKeys(place.file)
        with database._connection() as one, database._connection() as other:
            for connection in (one, other):
                pragmas = [connection.execute(f"PRAGMA {name}").fetchone()[0]
                        for name in ("journal_mode", "synchronous", "secure_delete")]  # fmt: skip
                assert pragmas == ["wal", 2, 1]

    def test_one_that_is_missing_while_the_log_is_in_use_is_refused_and_not_made(
        self, place: Place
    ) -> None:
        with pytest.raises(KeyMissing, match=r"is missing: put its newest copy"):
            place.opened(log_in_use=True)
        assert not place.file.exists()
        assert not place.master.exists()

    def test_without_its_master_key_it_says_which_epoch_is_missing(self, place: Place) -> None:
        place.filled()
        place.master.write_text(epoch("other") + "\n")
        with pytest.raises(WrongMasterKey, match=r"lacks epoch '[0-9a-f]{8}-1' .* has: other"):
            place.opened(log_in_use=True)
        place.master.unlink()
        with pytest.raises(WrongMasterKey, match=r"cannot read the master key .*TRACKER_KEK_FILE"):
            place.opened(log_in_use=True)
        assert not place.master.exists(), "a new master key would open nothing"

    def test_another_master_key_of_the_same_name_is_refused(self, place: Place) -> None:
        place.filled()
        name, _, _ = place.master.read_text().partition(":")
        place.master.write_text(epoch(name))
        with pytest.raises(WrongMasterKey, match=r"secret\|canary does not open under epoch"):
            place.opened(log_in_use=True)

    def test_processes_that_make_it_at_once_make_one(self, place: Place) -> None:
        def one() -> None:
            place.opened().make_keys(PEOPLE)

        assert [wait(child) for child in [fork(one) for _ in range(6)]] == [0] * 6
        store = place.opened(log_in_use=True)
        assert store.check(PEOPLE) == []
        assert place.master.read_text().count("\n") == 1

    def test_the_file_of_several_key_stores_has_an_epoch_of_each(self, place: Place) -> None:
        other = Place(place.folder, "other.keys")
        kept = place.filled()
        other.opened()
        other.opened().rotate()
        assert place.opened(log_in_use=True).keys_of(PEOPLE) == kept
        place.opened().rotate()
        assert other.opened(log_in_use=True).check() == []
        assert place.master.read_text().count("\n") == 2


class TestKeysOfPeople:
    def test_each_has_their_own_and_keeps_it(self, database: Any, place: Place) -> None:
        store = open_keys(database, place.source, False)
        store.make_keys(PEOPLE)
        found = store.keys_of(PEOPLE)
        assert len({one.kid for one in found.values() if one}) == len(PEOPLE)
        assert len({one.key for one in found.values() if one}) == len(PEOPLE)
        store.make_keys(PEOPLE)
        again = KeyStore(database, place.source).open()
        assert again.keys_of(PEOPLE) == found
        assert again.key_of(PEOPLE[3]) == store.key_for_writing(PEOPLE[3]) == found[PEOPLE[3]]

    def test_somebody_new_gets_one_for_writing(self, database: Any, place: Place) -> None:
        store = open_keys(database, place.source, False)
        made = store.key_for_writing(PEOPLE[0])
        assert KeyStore(database, place.source).open().key_of(PEOPLE[0]) == made

    def test_many_are_made_in_one_commit(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, said = place.opened(), statements(monkeypatch)
        store.make_keys([f"{n:032x}" for n in range(5_000)])
        assert [one for one in said if one.startswith(("BEGIN", "COMMIT"))] == [
            "BEGIN IMMEDIATE", "COMMIT",
        ]  # fmt: skip
        said.clear()
        store.make_keys([f"{n:032x}" for n in range(100)])
        assert said == [], "known ones cost nothing"

    def test_never_made_is_not_the_same_as_destroyed(self, database: Any, place: Place) -> None:
        store = open_keys(database, place.source, False)
        store.make_keys(PEOPLE[:2])
        store.destroy(PEOPLE[0], AT)
        for one in (store, KeyStore(database, place.source).open()):
            assert one.key_of(PEOPLE[0]) is None
            with pytest.raises(TrackerError, match="was erased"):
                one.key_for_writing(PEOPLE[0])
            assert one.key_of(PEOPLE[1]) is not None
            with pytest.raises(KeyMissing, match=f"no key of {PEOPLE[2]}"):
                one.key_of(PEOPLE[2])
        with pytest.raises(KeyMissing):
            store.destroy(PEOPLE[2], AT)

    def test_they_are_kept_in_memory_but_not_without_bound(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keys, "CACHE_SIZE", 10)
        store = place.opened()
        store.make_keys(PEOPLE)
        for one in PEOPLE * 2:
            assert store.key_of(one) is not None
            assert len(store._cache) <= 10

    def test_a_row_moved_to_another_person_does_not_open(self, place: Place) -> None:
        place.filled()
        with SqliteKeys(place.file).working() as c:
            c.execute("UPDATE person_keys SET originator_id=? WHERE originator_id=?",
                      ("f" * 32, PEOPLE[0]))  # fmt: skip
        store = place.opened(log_in_use=True)
        with pytest.raises(WrongMasterKey, match="does not open"):
            store.key_of("f" * 32)
        assert len(store.check()) == 1

    def test_nothing_shows_key_material(self, place: Place) -> None:
        store = place.opened()
        store.make_keys(PEOPLE)
        key = store.key_for_writing(PEOPLE[0])
        shown = f"{key} {key!r} {key.key} {key.key!s} {store.secret('signing')!r} {store._cache}"
        shown += f"{store.__dict__} {place.source.__dict__} {store._wrapped.master.__dict__}"
        for secret in (key.key, store.secret("signing")):
            for pragmas in (secret.hex(), b64encode(secret).decode(), repr(bytes(secret))[2:-1]):
                assert pragmas not in shown


def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements executed on SQLite from now on."""
    said: list[str] = []

    def execute(self: Any, sql: str, *args: Any) -> Any:
        said.append(sql)
        return super(SqliteCursor, self).execute(sql, *args)

    monkeypatch.setattr(SqliteCursor, "execute", execute)
    return said


class TestDestroyed:
    def gone(self, place: Place) -> list[bool]:
        """Whether each wrapped key of ten destroyed, and of one not, is still on the disk."""
        place.filled()
        on_disk = wrapped(place)
        store = place.opened()
        assert on_disk[PEOPLE[0]] in place.everything()
        for one in PEOPLE[:10]:
            store.destroy(one, AT)
        left = place.everything()
        found = [on_disk[one] in left for one in PEOPLE[:11]]
        store.close()
        assert [on_disk[one] in place.everything() for one in PEOPLE[:11]] == found
        return found

    def test_nothing_of_the_key_is_left_on_the_disk(self, place: Place) -> None:
        assert self.gone(place) == [False] * 10 + [True]

    def test_without_wiping_it_would_be_left(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The search itself is checked: SQLite alone leaves what it deletes."""
        monkeypatch.setattr(SqliteKeys, "_connect", Sqlite._connect)
        with pytest.raises(AssertionError):
            assert self.gone(place) == [False] * 10 + [True]

    def test_without_emptying_the_write_ahead_log_it_would_be_left(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_tables, "scrub", lambda database: None)
        store = place.opened()
        store.make_keys(PEOPLE)
        on_disk = wrapped(place)[PEOPLE[0]]
        store.destroy(PEOPLE[0], AT)
        assert on_disk in place.everything()

    def test_a_reader_in_the_way_is_named_and_doing_it_again_finishes_it(
        self, place: Place
    ) -> None:
        place.filled()
        on_disk = wrapped(place)[PEOPLE[0]]
        store = open_keys(SqliteKeys(place.file, 0.1), place.source, True)
        with SqliteKeys(place.file).reading() as c:
            c.execute("SELECT * FROM person_keys")
            with pytest.raises(TrackerError, match="run the same command again"):
                store.destroy(PEOPLE[0], AT)
        store.destroy(PEOPLE[0], AT)
        assert on_disk not in place.everything()

    def test_another_process_lets_go_of_it_too(self, database: Any, place: Place) -> None:
        store = open_keys(database, place.source, False)
        store.make_keys(PEOPLE)
        other = KeyStore(database, place.source).open()
        assert other.key_of(PEOPLE[0]) is not None
        store.destroy(PEOPLE[0], AT)
        other.refresh()
        assert other.key_of(PEOPLE[0]) is None
        assert seal.cipher.cache_info().currsize == 0

    def test_a_copy_made_before_still_has_it_until_the_next_rotation(self, place: Place) -> None:
        kept = place.filled()
        store, copy = place.opened(), Place(place.folder, "copy")
        store.copy(copy.file)
        store.destroy(PEOPLE[0], AT)
        assert copy.opened(log_in_use=True).keys_of(PEOPLE) == kept
        assert stat.S_IMODE(copy.file.stat().st_mode) == 0o600
        store.rotate()
        with pytest.raises(WrongMasterKey, match="lacks epoch"):
            copy.opened(log_in_use=True)

    def test_rotating_a_copy_destroys_nothing_of_the_original(self, place: Place) -> None:
        kept = place.filled()
        copy = Place(place.folder, "copy")
        place.opened().copy(copy.file)
        assert len(copy.opened(log_in_use=True).rotate().left) == 1
        assert place.opened(log_in_use=True).keys_of(PEOPLE) == kept


class TestChecked:
    def test_it_says_what_is_wrong(self, database: Any, place: Place) -> None:
        store = open_keys(database, place.source, False)
        store.make_keys(PEOPLE)
        store.destroy(PEOPLE[1], AT)
        assert store.check(PEOPLE, erased=[PEOPLE[1]]) == []
        assert store.check(["f" * 32]) == [f"{'f' * 32} has no key, and none was destroyed"]
        assert store.check(erased=[PEOPLE[0]]) == [
            f"{PEOPLE[0]} was erased, but the key is here: erase again"
        ]
        prefix = "tracker_keys." if database.kind == "postgresql" else ""
        with database.working() as c:
            c.execute(f"UPDATE {prefix}person_keys SET epoch='gone' WHERE originator_id<?",
                      (PEOPLE[4],))  # fmt: skip
            c.execute(f"DELETE FROM {prefix}secrets WHERE name='search'")
        assert KeyStore(database, place.source).check() == [
            f"the master key {place.master} lacks epoch 'gone': 3 keys are shut",
            "the key store lacks the secret 'search'",
        ]
        with pytest.raises(KeyMissing, match="lacks search"):
            KeyStore(database, place.source).open()
