"""The outbox: each message goes once, is tried until it does, and what fails is shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from unittest import mock

from outboxes import BODY, KEY, MINUTE, SIX_HOURS, TODAY, Post, status, wait
from projections.engine.day_numbers import moment_of
from scheduler import outbox
from scheduler.items import Item, claim, queue_items, waiting_areas
from scheduler.outbox import deliver
from scheduler.senders.base import Message, NotSent, Sender, Unreachable
from scheduler.senders.folder import FolderSender
from scheduler_world import Clock, Place
from tracker.settings.configuration import Desk
from tracker.store.database.interface import Cursor, Unavailable


class TestDelivering:
    def test_a_message_goes_once(self, place: Place, clock: Clock) -> None:
        wait(place)
        post = Post()
        assert deliver(place.database, {"smtp": post}, clock) == {"sent": 1, "failed": 0}
        clock.forward(SIX_HOURS)
        assert deliver(place.database, {"smtp": post}, clock) == {"sent": 0, "failed": 0}
        made = datetime(2026, 1, 10, 12, tzinfo=UTC)
        assert post.taken == [
            Message(KEY, "duty@cheshire.example", "MAPPA Cheshire", BODY, False, made)
        ]

    def test_urgent_messages_go_first_then_the_one_that_waited_longest(
        self, place: Place, clock: Clock
    ) -> None:
        for key, urgent in (("b", False), ("d", True), ("a", False)):
            wait(place, key, urgent=urgent)
            clock.forward(MINUTE)
        post = Post()
        deliver(place.database, {"smtp": post}, clock)
        assert post.tried == ["d", "b", "a"]

    def test_stops_between_two_messages_when_asked(self, place: Place, clock: Clock) -> None:
        wait(place, "a")
        wait(place, "b")
        post = Post()
        stopped = deliver(place.database, {"smtp": post}, clock, lambda: bool(post.taken))
        assert stopped == {"sent": 1, "failed": 0}
        deliver(place.database, {"smtp": post}, clock)
        assert post.tried == ["a", "b"]

    def test_goes_to_where_its_desk_is_now(
        self, place: Place, clock: Clock, tmp_path: Path
    ) -> None:
        wait(place)
        wait(place, "digest:cheshire:2026-01-10:gone")
        wait(place, "digest:cheshire:2026-01-09:all")
        desks = [
            Desk(area="*", name="duty", via="smtp", to="duty@any.example"),
            Desk(area="*", name="all", via="notify", to="all@any.example"),
            Desk(area="cheshire", name="duty", via="notify", to="new@cheshire.example"),
            Desk(area="merseyside", name="gone", via="notify", to="gone@merseyside.example"),
        ]
        post = Post()
        senders: dict[str, Sender] = {"notify": post, "folder": FolderSender(tmp_path / "out")}
        assert deliver(place.database, senders, clock, desks=desks) == {"sent": 3, "failed": 0}
        assert sorted((one.key, one.to) for one in post.taken) == [
            ("digest:cheshire:2026-01-09:all", "all@any.example"),
            (KEY, "new@cheshire.example"),
        ]
        assert place.rows("SELECT via, recipient FROM outbox WHERE key=?", KEY) == [
            ("notify", "new@cheshire.example")
        ]
        names = [path.name for path in (tmp_path / "out").iterdir()]
        assert names == ["digest+cheshire+2026-01-10+gone.txt"]

    def test_a_store_that_is_busy_after_the_sending_is_waited_for(
        self, place: Place, clock: Clock
    ) -> None:
        wait(place)
        post, working, troubles = Post(), place.database.working, [Unavailable("locked")]

        def busy() -> Any:
            if post.taken and troubles:
                raise troubles.pop()
            return working()

        with mock.patch.object(place.database, "working", busy):
            assert deliver(place.database, {"smtp": post}, clock) == {"sent": 1, "failed": 0}
        assert (troubles, status(place)["waiting"]) == ([], 0)


class Explained:
    """A cursor that asks the database how it would go about each statement."""

    def __init__(self, c: Cursor, explain: str) -> None:
        self.c, self.explain, self.plans = c, explain, list[str]()

    def execute(self, sql: str, params: Any = ()) -> Any:
        self.c.execute(f"{self.explain} {sql}", params)
        self.plans.append(" ".join(str(row[-1]) for row in self.c.fetchall()))
        return self.c.execute(sql, params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.c, name)


def test_of_a_long_history_only_what_waits_is_read(place: Place, clock: Clock) -> None:
    item = Item("", "cheshire", "due", "CHE-1", "periodic_notification (soa2003.s85.1)")
    for n in range(1_000):
        wait(place, f"sent {n}", "folder")
    with place.database.working() as c:
        queue_items(
            c, [replace(item, key=f"due:{n}", area=f"area-{n % 40}") for n in range(10_000)], TODAY
        )
        c.execute("UPDATE scheduler_items SET message='digest:cheshire:2026-01-09'")
        c.execute("UPDATE outbox SET sent=1")
        queue_items(c, [replace(item, key="new")], TODAY)
        c.execute("ANALYZE scheduler_items")
        c.execute("ANALYZE outbox")
    wait(place)
    explain = "EXPLAIN" if place.database.kind == "postgresql" else "EXPLAIN QUERY PLAN"
    with place.database.working() as held:
        explained = Explained(held, explain)
        c = cast(Cursor, explained)
        assert waiting_areas(c) == [("cheshire", False)]
        assert outbox.outbox_state(c, clock())["waiting"] == 1
        assert [row.key for row in outbox._due(cast(Any, _Giving(c)), clock(), None)] == [KEY]
        assert not outbox.has_message(c, "digest:cheshire:2026-01-10T")
        claim(c, "cheshire", "digest:cheshire:2026-01-10", 0, 1)
    indexes = ("scheduler_items_new", "outbox_waiting", "outbox_waiting", "outbox_waiting",
               "outbox", "scheduler_items_new")  # fmt: skip
    for plan, index in zip(explained.plans, indexes, strict=True):
        assert f"{index} " in f"{plan} ".replace("outbox_pkey", "outbox"), plan
        assert "Seq Scan" not in plan, plan
        assert not plan.startswith("SCAN") or "USING INDEX" in plan, plan


class _Giving:
    """A database that gives one cursor to whoever reads."""

    def __init__(self, c: Cursor) -> None:
        self._c = c

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        yield self._c


class TestFailing:
    def test_is_tried_again_after_longer_and_longer_pauses_and_never_given_up(
        self, place: Place, clock: Clock
    ) -> None:
        wait(place)
        post = Post(fails=lambda message: NotSent("mailbox full"))
        pauses = []
        for _ in range(40):
            assert deliver(place.database, {"smtp": post}, clock) == {"sent": 0, "failed": 1}
            since = clock()
            [(next_try,)] = place.rows("SELECT next_try FROM outbox")
            clock.set(moment_of(next_try))
            pauses.append((clock() - since) // MINUTE)
            clock.forward(-timedelta(microseconds=1))
            assert deliver(place.database, {"smtp": post}, clock) == {"sent": 0, "failed": 0}
            clock.forward(timedelta(microseconds=1))
        assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[360] * 31]
        post.fails = lambda message: None
        assert deliver(place.database, {"smtp": post}, clock) == {"sent": 1, "failed": 0}
        assert place.rows("SELECT tries, error FROM outbox") == [(41, "")]

    def test_is_shown_until_it_is_over(self, place: Place, clock: Clock) -> None:
        nothing = {"waiting": 0, "failed": 0, "oldest": None, "lag_seconds": 0, "failures": []}
        assert status(place) == nothing
        wait(place)
        clock.forward(MINUTE)
        wait(place, "other", "folder")
        wait(place, "another", "folder")
        post = Post(fails=lambda m: NotSent("mailbox full") if m.key == KEY else None)
        deliver(place.database, {"smtp": post}, clock)
        deliver(place.database, {"smtp": post}, clock)
        shown = status(place)
        assert (shown["waiting"], shown["failed"]) == (3, 3)
        assert (shown["oldest"], shown["lag_seconds"]) == ("2026-01-10T12:00:00Z", 60)
        assert {"key": KEY, "via": "smtp", "tries": 1, "next_try": "2026-01-10T12:02:00Z",
                "error": "mailbox full"} in shown["failures"]  # fmt: skip
        post.fails = lambda message: None
        clock.forward(SIX_HOURS)
        deliver(place.database, {"smtp": post, "folder": post}, clock)
        assert status(place) == nothing

    def test_of_one_message_keeps_no_other_from_going(self, place: Place, clock: Clock) -> None:
        for key in ("a", "b", "c"):
            wait(place, key)
        post = Post(fails=lambda message: NotSent("refused") if message.key == "b" else None)
        assert deliver(place.database, {"smtp": post}, clock) == {"sent": 2, "failed": 1}
        assert [message.key for message in post.taken] == ["a", "c"]

    def test_of_an_error_not_our_own_only_its_kind_is_shown(
        self, place: Place, clock: Clock
    ) -> None:
        wait(place)
        post = Post(fails=lambda message: ValueError("correct-horse-battery"))
        assert deliver(place.database, {"smtp": post}, clock) == {"sent": 0, "failed": 1}
        assert [one["error"] for one in status(place)["failures"]] == ["ValueError"]

    def test_where_a_way_is_closed_the_others_that_go_by_it_are_not_tried(
        self, place: Place, clock: Clock
    ) -> None:
        for key, via in (("a", "smtp"), ("b", "notify"), ("c", "smtp"), ("d", "notify")):
            wait(place, key, via)
        closed, post = Post(fails=lambda message: Unreachable("no answer in time")), Post()
        sent = deliver(place.database, {"smtp": closed, "notify": post}, clock)
        assert sent == {"sent": 2, "failed": 1}
        assert (closed.tried, post.tried) == (["a"], ["b", "d"])
        assert place.rows("SELECT tries FROM outbox WHERE key='c'") == [(0,)]
        closed.fails = lambda message: None
        assert deliver(place.database, {"smtp": closed}, clock) == {"sent": 1, "failed": 0}

    def test_an_error_is_shown_whatever_a_server_said(self, place: Place, clock: Clock) -> None:
        wait(place)
        post = Post(fails=lambda message: NotSent("550 \x00no\x1b[31m\n" + "x" * 10_000))
        deliver(place.database, {"smtp": post}, clock)
        (shown,) = status(place)["failures"]
        assert shown["error"].startswith("550  no [31m x")
        assert len(shown["error"]) == 500

    def test_while_a_clock_ran_ahead_is_tried_again_by_the_right_one(
        self, place: Place, clock: Clock
    ) -> None:
        right = clock()
        wait(place)
        clock.forward(timedelta(days=400))
        wait(place, "made then")
        post = Post(fails=lambda message: NotSent("mailbox full"))
        deliver(place.database, {"smtp": post}, clock)
        clock.set(right + MINUTE)
        assert deliver(place.database, {"smtp": Post()}, clock) == {"sent": 2, "failed": 0}

    def test_names_the_way_that_there_is_not(self, place: Place, clock: Clock) -> None:
        wait(place, via="pigeon")
        deliver(place.database, {}, clock)
        assert status(place)["failures"][0]["error"] == "there is no way to send by 'pigeon'"


class TestSeveralDeliverers:
    def test_only_one_is_at_work(self, place: Place, clock: Clock) -> None:
        for n in range(5):
            wait(place, f"message {n}")
        begun, go_on = threading.Event(), threading.Event()

        def slow(message: Message) -> None:
            begun.set()
            assert go_on.wait(30)

        first, second, counts = Post(fails=slow), Post(), list[dict[str, int]]()
        thread = threading.Thread(
            target=lambda: counts.append(deliver(place.database, {"smtp": first}, clock))
        )
        thread.start()
        assert begun.wait(30)
        assert deliver(place.database, {"smtp": second}, clock) == {"sent": 0, "failed": 0}
        go_on.set()
        thread.join()
        assert counts == [{"sent": 5, "failed": 0}]
        assert second.tried == []

    def test_a_message_that_another_has_started_is_left_to_it(
        self, place: Place, clock: Clock
    ) -> None:
        """As where the lock was lost with a connection, and both are at work."""
        wait(place)
        second = Post()

        def meanwhile(message: Message) -> None:
            found = outbox._due(place.database, clock(), None)
            assert found == []
            row = outbox._Row(KEY, "cheshire", "smtp", "duty@cheshire.example", 0)
            assert outbox._begin(place.database, row, clock()) is None

        first = Post(fails=meanwhile)
        assert deliver(place.database, {"smtp": first}, clock) == {"sent": 1, "failed": 0}
        assert second.tried == []
