"""Rotating the master key: every key opens before, during and after, whatever is killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from postgres import postgres_server, postgres_url
from store.key_place import AT, PEOPLE, Place, epoch, fork, posix, wait, wrapped
from tracker.store.database.sqlite import SqliteCursor
from tracker.store.keys import key_tables, master_key
from tracker.store.keys.key_tables import KeyTables, SqliteKeys
from tracker.store.keys.master_key import FileSource, WrongMasterKey, source_of
from tracker.store.keys.people_keys import KeyStore, open_keys
from tracker.store.keys.seal import MasterKeys
from tracker.store.keys.wrapping import WrappedKeys

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


class TestRotated:
    def test_every_key_is_the_same_and_wrapped_anew(self, database: Any, place: Place) -> None:
        store = open_keys(database, place.source, False)
        store.make_keys(PEOPLE)
        kept, signing = store.keys_of(PEOPLE), store.secret("signing")
        store.destroy(PEOPLE[0], AT)
        before = place.master.read_text()
        done = store.rotate()
        assert (done.keys, len(done.destroyed), done.left) == (len(PEOPLE) - 1, 1, ())
        assert str(done).startswith(f"{len(PEOPLE) - 1} keys are wrapped under epoch {done.epoch}")
        again = KeyStore(database, place.source).open()
        assert again.secret("signing") == signing
        assert again.keys_of(PEOPLE) == kept | {PEOPLE[0]: None}
        assert again.check(PEOPLE) == []
        with key_tables.reading(database) as tables:
            assert {one.epoch for one in tables.people()} == {done.epoch}
        after = place.master.read_text()
        assert after.count("\n") == before.count("\n") == 1
        assert before.strip() not in after

    @posix
    def test_the_old_master_key_is_overwritten_not_only_let_go_of(self, place: Place) -> None:
        place.filled()
        old, content = place.folder / "old", place.master.read_bytes()
        os.link(place.master, old)
        place.opened().rotate()
        assert old.read_bytes() == bytes(len(content))

    def test_an_epoch_made_by_hand_is_left_and_named(self, place: Place) -> None:
        file = place.folder / "kek"
        file.touch(0o600)
        made = epoch("2030")
        file.write_text(f"# ours\n{made}\n")
        source = FileSource(file)
        store = place.opened(source)
        store.make_keys(PEOPLE)
        done = store.rotate()
        assert done.left == ("2030",)
        assert "destroy yourself, if nothing else needs it: 2030" in str(done)
        assert [line[:6] for line in file.read_text().splitlines()] == [
            "# ours", made[:6], done.epoch[:6],
        ]  # fmt: skip
        source.destroy_epochs(["2030"])
        assert "2030" not in file.read_text()
        assert place.opened(source, log_in_use=True).check(PEOPLE) == []
        assert store.rotate().left == ()

    def test_the_environment_gives_the_epoch_to_rotate_to(self, place: Place) -> None:
        first, second = epoch("one"), epoch("two")
        place.opened(source_of({"TRACKER_KEK": first})).make_keys(PEOPLE)
        with pytest.raises(WrongMasterKey, match="no epoch after 'one'"):
            place.opened(source_of({"TRACKER_KEK": first})).rotate()
        done = place.opened(source_of({"TRACKER_KEK": f"{first},{second}"})).rotate()
        assert (done.epoch, done.left) == ("two", ("one",))
        assert place.opened(source_of({"TRACKER_KEK": second}), True).check(PEOPLE) == []
        assert not place.master.exists()

    def test_what_does_not_open_stops_it_and_nothing_is_changed(self, place: Place) -> None:
        place.filled()
        with SqliteKeys(place.file).working() as c:
            c.execute("UPDATE person_keys SET wrapped=zeroblob(60) WHERE originator_id=?",
                      (PEOPLE[7],))  # fmt: skip
        before = wrapped(place)
        with pytest.raises(WrongMasterKey, match=f"person.{PEOPLE[7]}"):
            place.opened(log_in_use=True).rotate()
        assert wrapped(place) == before


KILLED = 9


def killed_at(step: int) -> None:
    """Ends this process, as a kill would, before its n-th step on a file or in the database."""
    left = [step]

    def dying(of: Any, name: str) -> None:
        real = getattr(of, name)

        def once(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os._exit(KILLED)
            return real(*args, **kwargs)

        setattr(of, name, once)

    for of, name in ((os, "fsync"), (os, "replace"), (os, "open"), (os, "chmod"), (os, "unlink"),
                     (SqliteCursor, "execute"), (SqliteCursor, "executemany")):  # fmt: skip
        dying(of, name)


def survives_being_killed_at_each_step(place: Place, work: Path) -> int:
    """Rotates, killed at the first step, the second …; how many steps there were."""
    kept, step = place.filled(), 0
    while True:
        step += 1
        shutil.rmtree(work, ignore_errors=True)
        there = place.copied_to(work)

        def rotated(there: Place = there, step: int = step) -> None:
            store = there.opened(log_in_use=True)
            killed_at(step)
            store.rotate()

        code = wait(fork(rotated))
        store = there.opened(log_in_use=True)
        assert store.keys_of(PEOPLE) == kept, f"lost at step {step}"
        assert store.check(PEOPLE) == []
        store.rotate()
        assert there.opened(log_in_use=True).keys_of(PEOPLE) == kept
        assert there.master.read_text().count("\n") == 1, "what was left behind is tidied up"
        if code == 0:
            return step
        assert code == KILLED


following = FileSource.next_epoch


def hasty(self: FileSource, store: str, used: str = "", /) -> str:
    """The deliberate fault: the old epoch is destroyed before the new one is in use."""
    made = following(self, store, used)
    if used:
        self.destroy_epochs([used])
    return made


def survives_being_killed_at_random(place: Place, chance: random.Random) -> None:
    store, people = place.opened(), [f"{n:032x}" for n in range(2_000)]
    store.make_keys(people)
    kept = store.keys_of(people)
    started = time.monotonic()
    store.rotate()
    longest = 2 * (time.monotonic() - started)
    store.close()

    begun, begin = os.pipe()

    def rotating() -> None:
        ours = place.opened(log_in_use=True)
        os.write(begin, b".")
        while True:
            ours.rotate()

    for _ in range(15):
        child = fork(rotating)
        os.read(begun, 1)  # on a busy machine it may take long until the first rotation
        time.sleep(chance.random() * longest)
        os.kill(child, signal.SIGKILL)
        assert wait(child) == -signal.SIGKILL
        again = place.opened(log_in_use=True)
        assert again.keys_of(people) == kept
        assert again.check(people) == []
        again.close()


@posix
class TestKilled:
    def test_at_any_step_of_a_rotation_every_key_opens(self, tmp_path: Path) -> None:
        place = Place(tmp_path / "place")
        assert survives_being_killed_at_each_step(place, tmp_path / "work") > 20

    def test_destroying_the_old_epoch_too_early_would_lose_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The test itself is checked: on a rotation that destroys before it has committed."""
        monkeypatch.setattr(FileSource, "next_epoch", hasty)
        with pytest.raises(WrongMasterKey, match="lacks epoch"):
            survives_being_killed_at_each_step(Place(tmp_path / "place"), tmp_path / "work")

    def test_at_a_random_moment_of_many_rotations(
        self, place: Place, chance: random.Random
    ) -> None:
        survives_being_killed_at_random(place, chance)

    def test_at_a_random_moment_a_hasty_rotation_would_lose_them(
        self, place: Place, chance: random.Random, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(FileSource, "next_epoch", hasty)
        with pytest.raises(WrongMasterKey, match="lacks epoch"):
            survives_being_killed_at_random(place, chance)

    def test_at_any_step_of_destroying_a_key_doing_it_again_finishes_it(
        self, tmp_path: Path
    ) -> None:
        place, code, step = Place(tmp_path / "place"), KILLED, 0
        kept = place.filled()
        on_disk = wrapped(place)[PEOPLE[0]]
        while code == KILLED:
            step += 1
            shutil.rmtree(tmp_path / "work", ignore_errors=True)
            there = place.copied_to(tmp_path / "work")

            def destroyed(there: Place = there, step: int = step) -> None:
                store = there.opened(log_in_use=True)
                killed_at(step)
                store.destroy(PEOPLE[0], AT)

            code = wait(fork(destroyed))
            store = there.opened(log_in_use=True)
            assert store.key_of(PEOPLE[0]) in (kept[PEOPLE[0]], None)
            store.destroy(PEOPLE[0], AT)
            assert on_disk not in there.everything()
            assert store.keys_of(PEOPLE) == kept | {PEOPLE[0]: None}
        assert (code, step > 5) == (0, True)


def used_while_rotating(place: Place) -> None:
    """New keys and old ones, by a process that knows nothing of the rotations of another."""
    kept, ours = place.filled(), place.opened(log_in_use=True)
    ready, go = os.pipe()

    def rotating() -> None:
        theirs = place.opened(log_in_use=True)
        theirs.rotate()
        os.write(go, b"1")
        for _ in range(11):
            theirs.rotate()

    child, made, running = fork(rotating), [], True
    os.read(ready, 1)
    while running:
        running = os.waitpid(child, os.WNOHANG) == (0, 0)
        made.append(f"{len(made) + 1000:032x}")
        ours.make_keys(made[-1:])
        ours._cache.clear()
        assert ours.keys_of(PEOPLE) == kept
        place.opened(log_in_use=True).close()
    fresh = place.opened(log_in_use=True)
    assert fresh.check([*PEOPLE, *made]) == []
    assert None not in fresh.keys_of(made).values()


def several_rotate_at_once(place: Place) -> None:
    """Four key stores of one user: each changes the same file of the master key."""
    stores = [Place(place.folder, f"{n}.keys") for n in range(4)]
    kept = [one.filled() for one in stores]

    def rotating(one: Place) -> None:
        ours = one.opened(log_in_use=True)
        for _ in range(20):
            ours.rotate()

    assert [wait(child) for child in [fork(lambda o=o: rotating(o)) for o in stores]] == [0] * 4  # type: ignore[misc]
    assert [one.opened(log_in_use=True).keys_of(PEOPLE) for one in stores] == kept
    assert place.master.read_text().count("\n") == 4


@posix
class TestUsedByMany:
    def test_a_rotation_is_not_noticed_by_others(self, place: Place) -> None:
        used_while_rotating(place)

    def test_wrapping_under_an_outdated_epoch_would_lose_keys(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The test itself is checked: on a writer that does not ask which epoch is in use."""
        ask, here = WrappedKeys.epoch_in_use, os.getpid()

        def outdated(self: WrappedKeys, tables: KeyTables) -> tuple[str, MasterKeys]:
            known = self.master.epochs[-1], self.master
            return known if os.getpid() == here else ask(self, tables)

        place.filled()
        monkeypatch.setattr(WrappedKeys, "epoch_in_use", outdated)
        with pytest.raises((AssertionError, WrongMasterKey)):
            used_while_rotating(place)

    def test_key_stores_with_one_master_key_rotate_at_once(self, place: Place) -> None:
        several_rotate_at_once(place)

    def test_without_taking_turns_one_would_lose_its_epoch(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(master_key, "locked", lambda lock, seconds: nullcontext())
        with pytest.raises((AssertionError, WrongMasterKey)):
            several_rotate_at_once(place)

    def test_threads_share_one(self, place: Place) -> None:
        store, failed = place.opened(), list[BaseException]()

        def work(n: int) -> None:
            try:
                for m in range(30):
                    one = f"{n:016x}{m:016x}"
                    assert store.key_for_writing(one) == store.key_of(one)
                    if m % 10 == 9:
                        store.destroy(one, AT)
                        assert store.key_of(one) is None
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(60)
        assert failed == []
        assert store.check() == []
