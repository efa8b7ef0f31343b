"""Items for the desks: each is queued once for ever, and never says who a person is."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scheduler.items import Item, claim, queue_items, waiting_areas
from scheduler_world import Place

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
OVERDUE = Item(
    "overdue:CHE-1:periodic_notification::2026-01-08", "cheshire", "overdue", "CHE-1",
    "periodic_notification (soa2003.s85.1)", date(2026, 1, 8), urgent=True,
)  # fmt: skip
ALARM = Item("log:2026-01-10", "", "log", "", "3 findings (leaf): run `tracker verify`")


def queue(place: Place, *items: Item) -> int:
    with place.database.working() as c:
        return queue_items(c, items, NOW)


def claimed(place: Place, area: str, message: str, least: int = 0, most: int = 1) -> list[Item]:
    with place.database.working() as c:
        return claim(c, area, message, least, most)


class TestTelling:
    def test_an_item_is_queued_once_for_ever(self, place: Place) -> None:
        assert queue(place, OVERDUE, ALARM) == 2
        assert queue(place, OVERDUE) == 0
        assert claimed(place, "cheshire", "digest:cheshire:2026-01-10") == [OVERDUE]
        assert queue(place, OVERDUE) == 0
        assert claimed(place, "cheshire", "digest:cheshire:2026-01-11") == []

    def test_only_what_is_new_is_counted(self, place: Place) -> None:
        queue(place, OVERDUE)
        assert queue(place, ALARM, OVERDUE, ALARM, replace(ALARM, key="log:2026-01-11")) == 2

    def test_the_first_item_of_a_key_stays(self, place: Place) -> None:
        queue(place, OVERDUE)
        queue(place, replace(OVERDUE, area="merseyside", detail="other"))
        assert claimed(place, "merseyside", "m") == []
        assert claimed(place, "cheshire", "m") == [OVERDUE]

    def test_a_great_many_are_queued_together(self, place: Place) -> None:
        many = [replace(OVERDUE, key=f"overdue:{n}") for n in range(20_000)]
        assert queue(place, *many, *many[:10]) == 20_000

    def test_no_items_queue_nothing(self, place: Place) -> None:
        assert queue(place) == 0

    def test_a_name_is_not_a_reference(self) -> None:
        for subject in ("A Person", "CHE-1, CHE-2", "Zoë", "x" * 65, "CHE-1\n"):
            with pytest.raises(ValueError, match="its subject is not a reference") as caught:
                replace(OVERDUE, subject=subject)
            assert subject not in str(caught.value)
        with pytest.raises(ValueError, match="its kind is not a name"):
            replace(OVERDUE, kind="Over due")


class TestClaiming:
    def test_returns_the_queued_items(self, place: Place) -> None:
        queue(place, OVERDUE, ALARM)
        assert claimed(place, "", "digest:operators:2026-01-10") == [ALARM]
        assert claimed(place, "cheshire", "digest:cheshire:2026-01-10") == [OVERDUE]

    def test_is_of_one_urgency_where_that_is_asked(self, place: Place) -> None:
        plain = replace(OVERDUE, key="due:CHE-2", urgent=False)
        queue(place, OVERDUE, plain)
        assert claimed(place, "cheshire", "d", most=0) == [plain]
        assert claimed(place, "cheshire", "u", least=1) == [OVERDUE]

    def test_leaves_nothing_untold(self, place: Place) -> None:
        queue(place, OVERDUE, ALARM, replace(OVERDUE, key="due:CHE-2", urgent=False))
        with place.database.reading() as c:
            assert sorted(waiting_areas(c)) == [
                ("", False),
                ("cheshire", False),
                ("cheshire", True),
            ]
        claimed(place, "cheshire", "m")
        with place.database.reading() as c:
            assert waiting_areas(c) == [("", False)]

    def test_by_several_at_once_gives_each_item_to_one(self, place: Place) -> None:
        items = [replace(OVERDUE, key=f"overdue:{n}") for n in range(500)]
        queue(place, *items)
        found: list[list[Item]] = []
        start = threading.Barrier(4)

        def work(n: int) -> None:
            start.wait()
            found.append(claimed(place, "cheshire", f"digest:{n}"))

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(i.key for one in found for i in one) == sorted(i.key for i in items)
        assert len(found) == 4
