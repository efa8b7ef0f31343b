"""Doing again what failed in passing, and waiting: how often, how long, and for what."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from tracker.store.database import retrying
from tracker.store.database.interface import Conflict, Unavailable
from tracker.store.database.locks import file_lock
from tracker.store.database.retrying import ATTEMPTS, locked, no_pause, retry, wait_until


def failing(
    times: int, error: type[Exception] = Unavailable
) -> tuple[Callable[[], str], list[int]]:
    """An action that fails so many times, and the numbers of its calls."""
    calls: list[int] = []

    def action() -> str:
        calls.append(len(calls) + 1)
        if len(calls) <= times:
            raise error(f"call {len(calls)}")
        return "done"

    return action, calls


class TestRetry:
    @pytest.mark.parametrize("error", [Unavailable, Conflict])
    def test_goes_on_until_it_succeeds(self, error: type[Exception]) -> None:
        action, calls = failing(3, error)
        assert retry(action, between=no_pause) == "done"
        assert calls == [1, 2, 3, 4]

    def test_raises_the_last_error_after_so_many_attempts(self) -> None:
        action, calls = failing(100)
        with pytest.raises(Unavailable, match=f"call {ATTEMPTS}"):
            retry(action, between=no_pause)
        assert len(calls) == ATTEMPTS

    def test_raises_any_other_error_at_once(self) -> None:
        action, calls = failing(1, ValueError)
        with pytest.raises(ValueError, match="call 1"):
            retry(action, between=no_pause)
        assert calls == [1]
        assert retry(failing(1, ValueError)[0], on=(ValueError,), between=no_pause) == "done"

    def test_pauses_between_attempts_longer_and_longer(self) -> None:
        pauses: list[float] = []
        with mock.patch.object(retrying.time, "sleep", pauses.append):
            retry(failing(7)[0])
        assert len(pauses) == 7
        assert all(
            0.5 * (0.05 * 2**n) <= p <= min(2.0, 0.05 * 2**n) for n, p in enumerate(pauses[:5])
        )
        assert max(pauses) <= 2.0

    def test_says_how_many_failures_there_were_before(self) -> None:
        failures: list[int] = []
        retry(failing(3)[0], between=failures.append)
        assert failures == [0, 1, 2]


class TestWaiting:
    def test_until_it_is_so(self) -> None:
        looks = iter([False, False, True])
        assert wait_until(lambda: next(looks), 10, poll=0)

    def test_no_longer_than_said(self) -> None:
        began = time.monotonic()
        assert not wait_until(lambda: False, 0.05)
        assert 0.05 <= time.monotonic() - began < 5


class TestLocked:
    def test_waits_for_whoever_has_it(self, tmp_path: Path) -> None:
        lock, order = partial(file_lock, tmp_path / "lock"), list[str]()
        has_it, other = threading.Event(), list[threading.Thread]()

        def second() -> None:
            has_it.wait()
            with locked(lock, 10):
                order.append("second")

        other.append(threading.Thread(target=second))
        other[0].start()
        with locked(lock):
            has_it.set()
            time.sleep(0.05)
            order.append("first")
        other[0].join()
        assert order == ["first", "second"]

    def test_gives_up_in_time(self, tmp_path: Path) -> None:
        lock = partial(file_lock, tmp_path / "lock")
        with locked(lock), pytest.raises(TimeoutError), locked(lock, 0.05):
            pass
