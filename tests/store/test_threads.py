"""What the threads of one process share of an open log, each where it used to go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

import pytest

from postgres import postgres_server, postgres_url
from store.key_place import AT, PEOPLE, Place
from threads import at_once
from tracker.domain.law.tables import Law
from tracker.domain.record.history import History
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.store import recorder
from tracker.store.address import Options
from tracker.store.database.sqlite import CONNECTIONS
from tracker.store.history_cache import Cached, HistoryCache
from tracker.store.keys import people_keys
from tracker.store.log import Log, time_ordered_ids
from tracker.store.opening import migrate, open_log
from tracker.store.proof.verifying import verify_store
from wire import registered

__all__ = ["postgres_server", "postgres_url"]


def now() -> datetime:
    return datetime.now(UTC)


class TestIds:
    def test_no_two_threads_are_given_the_same(self) -> None:
        """Nor does an id sort before one that was made earlier."""
        fresh = time_ordered_ids(now)
        passed = at_once([lambda: [fresh() for _ in range(3_000)]] * 16)
        assert len({one for ids in passed for one in ids}) == 16 * 3_000
        assert all(ids == sorted(ids) for ids in passed)


class TestTheEndOfTheLog:
    @pytest.fixture
    def log(self, postgres_url: str) -> Iterator[Log]:
        """Only PostgreSQL is appended to without asking first how long the log is."""
        migrate(postgres_url, now)
        with open_log(postgres_url, now) as opened:
            yield opened

    def test_one_that_another_thread_changes_meanwhile_spoils_no_proof(
        self, log: Log, law: Law
    ) -> None:
        """A thread notes late where the log ended, just as another works out the next entry."""
        append, leaf_hash = log.recorder._at_once, recorder.leaf_hash
        assert append is not None
        appended, go_on = threading.Event(), threading.Event()

        def record(number: int) -> None:
            event = registered(f"e{number}", subject=f"CHE-{number}")
            record_together(log, law, [parse_event(event)], now())

        def slow(*passed: Any) -> Any:
            result = append(*passed)
            appended.set()
            assert go_on.wait(30)
            return result

        def meanwhile(*passed: Any) -> bytes:
            go_on.set()
            late.join(30)
            return leaf_hash(*passed)

        record(1)
        late = threading.Thread(target=record, args=(2,))
        with mock.patch.object(log.recorder, "_at_once", slow):
            late.start()
            assert appended.wait(30)
        record(3)
        with mock.patch.object(recorder, "leaf_hash", meanwhile):
            record(4)
        assert not late.is_alive()
        assert log.position() == 4
        assert verify_store(log.database, log.signer) == []


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tracker.db'}"
    result: str = request.getfixturevalue("postgres_url")
    migrate(result, now)
    return result


class TestConnections:
    def test_threads_that_read_while_they_read_wait_for_nobody(self, url: str, law: Law) -> None:
        """Every connection is taken, and each thread that has one needs another."""
        threads = CONNECTIONS
        with open_log(url, now, Options(lock_timeout=4, pool_most=threads)) as log:
            record_together(log, law, [parse_event(registered())], now())
            all_read = threading.Barrier(threads)

            def read() -> list[str]:
                with log.database.reading() as c:
                    c.execute("SELECT COUNT(*) FROM stored_events")
                    all_read.wait(10)
                    return [entry.id for entry in log.history("CHE-1").entries]

            for _ in range(2):  # what was taken is passed back
                assert at_once([read] * threads) == [["e1"]] * threads
                all_read.reset()

    def test_threads_that_wait_for_news_hear_of_it(self, url: str, law: Law) -> None:
        with open_log(url, now) as log:
            log.database.wait_for_append(0)  # from now on there is somebody who listens
            waiting = [lambda: log.database.wait_for_append(20)] * 4

            def record() -> bool:
                time.sleep(0.5)
                record_together(log, law, [parse_event(registered())], now())
                return True

            began = time.monotonic()
            assert at_once([*waiting, record]) == [True] * 5
            assert time.monotonic() - began < 15


class TestHistories:
    def record(self, cache: HistoryCache, entries: int = 1, subject: str = "CHE-1") -> Cached:
        invalidations = cache.invalidations
        history = History(subject)
        for n in range(entries):
            event = registered(f"e{n}", subject=subject)
            history.append(parse_event(event).entry(now(), history.next_sequence))
        return Cached(history, UUID(int=1), invalidations)

    def test_one_belongs_to_one_thread_at_a_time(self) -> None:
        cache = HistoryCache(8)
        for _ in range(200):
            cache.put(self.record(cache))
            taken = at_once([lambda: cache.take("CHE-1")] * 4)
            assert sum(one is not None for one in taken) == 1

    def test_one_that_was_let_go_of_meanwhile_is_not_put_back(self) -> None:
        """It may hold what was erased since."""
        cache = HistoryCache(8)
        for let_go in (cache.clear, lambda: cache.forget("CHE-1")):
            one = self.record(cache)
            let_go()
            cache.put(one)
            assert cache.take("CHE-1") is None

    def test_a_longer_one_stays(self) -> None:
        cache = HistoryCache(8)
        for entries in (2, 1):
            cache.put(self.record(cache, entries))
        result = cache.take("CHE-1")
        assert result is not None
        assert len(result.history.entries) == 2

    def test_no_more_are_kept_than_allowed(self) -> None:
        cache = HistoryCache(2)

        def work(number: int) -> None:
            for n in range(200):
                cache.put(self.record(cache, 1, f"CHE-{number}-{n}"))
                if n % 10 == 0:
                    cache.clear()

        at_once([lambda n=n: work(n) for n in range(8)])  # type: ignore[misc]
        result = [cache.take(f"CHE-{t}-{n}") for t in range(8) for n in range(200)]
        assert sum(one is not None for one in result) <= 2

    def test_that_of_an_erased_person_is_not_kept_by_who_recorded_just_before(
        self, log: Log, law: Law
    ) -> None:
        """Its entries are in memory with all that is personal in them."""
        begin = log.keys.begin

        def destroyed() -> None:
            begin()
            log.destroy_key("CHE-1", now())

        with mock.patch.object(log.keys, "begin", destroyed):
            record_together(log, law, [parse_event(registered())], now())
        assert log._histories.take("CHE-1") is None


class TestKeys:
    def test_one_that_is_destroyed_as_soon_as_it_is_made_is_not_used(self, tmp_path: Path) -> None:
        keys = Place(tmp_path).opened()
        changing = people_keys.changing

        @contextmanager
        def destroyed_at_once(database: Any) -> Iterator[Any]:
            with changing(database) as tables:
                yield tables
            patch.stop()
            keys.destroy(PEOPLE[0], AT)

        patch = mock.patch.object(people_keys, "changing", destroyed_at_once)
        patch.start()
        keys.make_keys([PEOPLE[0]])
        assert keys.key_of(PEOPLE[0]) is None
        keys.close()

    def test_threads_that_make_and_read_them(self, tmp_path: Path) -> None:
        """Of more people than are kept in memory, each has one key for all."""
        keys = Place(tmp_path).opened()

        def work() -> list[Any]:
            return [keys.key_for_writing(one) for one in PEOPLE]

        with mock.patch.object(people_keys, "CACHE_SIZE", 5):
            result = at_once([work] * 16)
        assert result == [result[0]] * 16
        assert keys.keys_of(PEOPLE) == dict(zip(PEOPLE, result[0], strict=True))
        keys.close()
