"""The digest: each item goes once to the right desks, in words a co-ordinator can work with."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from scheduler import digest, outbox
from scheduler.items import Item, queue_items
from scheduler.wording import LINES, write_letter
from scheduler_world import Place
from tracker.settings import configuration
from tracker.settings.configuration import Desk
from wire import convicted, registered

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)
TODAY = date(2026, 1, 10)
AREAS = configuration.areas()
DAY = timedelta(days=1)


def desk(area: str = "cheshire", name: str = "duty", **given: Any) -> Desk:
    return Desk(
        area=area, name=name, via="smtp", to=f"{name}@{area.replace('*', 'any')}.example", **given
    )


def item(n: int, area: str = "cheshire", kind: str = "due", **given: Any) -> Item:
    return Item(f"{kind}:{area}:{n}", area, kind, f"CHE-{n}", **given)


def queue(place: Place, *items: Item) -> None:
    with place.database.working() as c:
        queue_items(c, items, NOW)


def messages(place: Place) -> dict[str, tuple[str, str, str]]:
    """The messages in the outbox by key: the sender's name, the recipient and the body."""
    found = place.rows("SELECT key, via, recipient, body FROM outbox ORDER BY key")
    return {key: (via, to, body) for key, via, to, body in found}


class TestWhoIsTold:
    def test_each_desk_of_its_own_area(self, place: Place) -> None:
        queue(place, item(1), item(2, "merseyside"))
        desks = [desk(), desk("merseyside", "unit")]
        assert digest.compose(place.database, desks, TODAY, NOW, AREAS) == {
            "messages": 2,
            "items": 2,
        }
        found = messages(place)
        assert {key: where[:2] for key, where in found.items()} == {
            "digest:cheshire:2026-01-10:duty": ("smtp", "duty@cheshire.example"),
            "digest:merseyside:2026-01-10:unit": ("smtp", "unit@merseyside.example"),
        }
        assert "CHE-1" in found["digest:cheshire:2026-01-10:duty"][2]
        assert "CHE-2" not in found["digest:cheshire:2026-01-10:duty"][2]

    def test_every_desk_of_an_area_that_has_several(self, place: Place) -> None:
        queue(place, item(1), item(2))
        desks = [desk(), desk(name="unit"), desk("merseyside")]
        assert digest.compose(place.database, desks, TODAY, NOW, AREAS) == {
            "messages": 2,
            "items": 2,
        }
        found = messages(place)
        assert list(found) == ["digest:cheshire:2026-01-10:duty", "digest:cheshire:2026-01-10:unit"]
        assert len({body for _, _, body in found.values()}) == 1

    def test_the_desk_of_every_area_where_an_area_has_none(self, place: Place) -> None:
        queue(place, item(1), item(2, "merseyside"))
        digest.compose(place.database, [desk(), desk("*", "all")], TODAY, NOW, AREAS)
        assert {key: to for key, (_, to, _) in messages(place).items()} == {
            "digest:cheshire:2026-01-10:duty": "duty@cheshire.example",
            "digest:merseyside:2026-01-10:all": "all@any.example",
        }

    def test_the_folder_where_there_is_no_desk(self, place: Place) -> None:
        queue(place, item(1))
        digest.compose(place.database, [desk("merseyside")], TODAY, NOW, AREAS)
        assert [(key, via, to) for key, (via, to, _) in messages(place).items()] == [
            ("digest:cheshire:2026-01-10:folder", "folder", "")
        ]

    def test_the_folder_where_no_desk_takes_a_digest(self, place: Place) -> None:
        queue(place, item(1))
        digest.compose(place.database, [desk(digest=False)], TODAY, NOW, AREAS)
        assert list(messages(place)) == ["digest:cheshire:2026-01-10:folder"]

    def test_the_operators_of_what_is_wrong_with_the_tracker(self, place: Place) -> None:
        queue(place, Item("log:1", "", "log", "", "3 findings (leaf): run `tracker verify`"))
        digest.compose(
            place.database, [desk("operators", "it"), desk("*", "all")], TODAY, NOW, AREAS
        )
        (key, (_, to, body)), *rest = messages(place).items()
        assert (key, to, rest) == ("digest:operators:2026-01-10:it", "it@operators.example", [])
        assert "3 findings (leaf): run `tracker verify`" in body


class TestOnce:
    def test_nothing_new_is_no_message(self, place: Place) -> None:
        assert digest.compose(place.database, [], TODAY, NOW, AREAS) == {"messages": 0, "items": 0}
        assert messages(place) == {}

    def test_a_second_run_of_a_day_makes_nothing_more(self, place: Place) -> None:
        queue(place, item(1))
        digest.compose(place.database, [desk()], TODAY, NOW, AREAS)
        before = messages(place)
        again = digest.compose(place.database, [desk()], TODAY, NOW, AREAS)
        assert again == {"messages": 0, "items": 0}
        assert messages(place) == before

    def test_what_comes_after_the_digest_of_a_day_is_in_the_next(self, place: Place) -> None:
        queue(place, item(1))
        digest.compose(place.database, [desk()], TODAY, NOW, AREAS)
        queue(place, item(2))
        digest.compose(place.database, [desk(name="new")], TODAY, NOW, AREAS)
        assert list(messages(place)) == ["digest:cheshire:2026-01-10:duty"]
        digest.compose(place.database, [desk()], TODAY + DAY, NOW + DAY, AREAS)
        _, _, body = messages(place)["digest:cheshire:2026-01-11:duty"]
        assert "CHE-2" in body
        assert "CHE-1" not in body

    def test_items_are_marked_with_their_message_or_not_at_all(self, place: Place) -> None:
        queue(place, item(1))
        desks = [desk(), desk(name="unit")]
        enqueue = outbox.enqueue

        def broken(c: Any, key: str, *rest: Any) -> None:
            if key.endswith("unit"):
                raise RuntimeError("the power went")
            enqueue(c, key, *rest)

        with mock.patch.object(outbox, "enqueue", broken), pytest.raises(RuntimeError):
            digest.compose(place.database, desks, TODAY, NOW, AREAS)
        assert messages(place) == {}
        assert place.rows("SELECT message FROM scheduler_items") == [(None,)]
        digest.compose(place.database, desks, TODAY, NOW, AREAS)
        assert place.rows("SELECT message FROM scheduler_items") == [
            ("digest:cheshire:2026-01-10",)
        ]

    def test_who_comes_second_to_a_digest_leaves_the_rest_for_the_next(self, place: Place) -> None:
        """As where another made it between the look for it and the writing."""
        queue(place, item(1))
        digest.compose(place.database, [desk()], TODAY, NOW, AREAS)
        queue(place, item(2))
        with mock.patch.object(outbox, "has_message", return_value=False):
            second = digest.compose(place.database, [desk()], TODAY, NOW, AREAS)
        assert second == {"messages": 0, "items": 0}
        assert place.rows("SELECT key FROM scheduler_items WHERE message IS NULL") == [
            ("due:cheshire:2",)
        ]

    def test_several_who_compose_at_once_tell_each_item_once(self, place: Place) -> None:
        queue(place, *(item(n, area) for n in range(60) for area in ("cheshire", "merseyside")))
        queue(place, *(item(n, kind="overdue", urgent=True) for n in range(60, 90)))
        start, counts = threading.Barrier(4), list[dict[str, int]]()

        def work() -> None:
            start.wait()
            counts.append(digest.compose(place.database, [desk(), desk("*")], TODAY, NOW, AREAS))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(counts) == 4
        assert sum(one["items"] for one in counts) == 150
        assert sum(one["messages"] for one in counts) == 3
        bodies = " ".join(body for _, _, body in messages(place).values()).split()
        assert all(bodies.count(f"CHE-{n}") == (2 if n < 60 else 1) for n in range(90))


class TestUrgent:
    def test_goes_at_once_in_a_message_of_its_own_and_in_no_digest(self, place: Place) -> None:
        queue(place, item(1), item(2, kind="overdue", urgent=True))
        assert digest.compose_urgent(place.database, [desk()], NOW, AREAS) == {
            "messages": 1,
            "items": 1,
        }
        assert list(messages(place)) == ["urgent:cheshire:20260110T060000000000Z:duty"]
        digest.compose(place.database, [desk()], TODAY, NOW, AREAS)
        found = messages(place)
        assert "CHE-2" not in found["digest:cheshire:2026-01-10:duty"][2]
        assert "CHE-1" not in found["urgent:cheshire:20260110T060000000000Z:duty"][2]
        assert place.rows("SELECT urgent FROM outbox ORDER BY key") == [(0,), (1,)]

    def test_is_one_message_for_all_that_came_together(self, place: Place) -> None:
        queue(place, *(item(n, kind="overdue", urgent=True) for n in range(5)))
        assert digest.compose_urgent(place.database, [desk()], NOW, AREAS) == {
            "messages": 1,
            "items": 5,
        }
        later = NOW + timedelta(minutes=1)
        assert digest.compose_urgent(place.database, [desk()], later, AREAS) == {
            "messages": 0,
            "items": 0,
        }

    def test_goes_to_the_desks_that_want_it(self, place: Place) -> None:
        queue(place, item(1, urgent=True))
        desks = [desk(urgent=False), desk(name="night", digest=False)]
        digest.compose(place.database, desks, TODAY, NOW, AREAS)
        assert list(messages(place)) == ["urgent:cheshire:20260110T060000000000Z:night"]

    def test_comes_with_the_digest_where_no_desk_wants_it_at_once(self, place: Place) -> None:
        queue(place, item(1, urgent=True))
        desks = [desk(urgent=False), desk("*")]
        assert digest.compose_urgent(place.database, desks, NOW, AREAS) == {
            "messages": 0,
            "items": 0,
        }
        digest.compose(place.database, desks, TODAY, NOW, AREAS)
        assert list(messages(place)) == ["digest:cheshire:2026-01-10:duty"]

    def test_waits_for_no_job_but_the_digest(self, place: Place) -> None:
        """Where urgent messages are not looked for, the digest does."""
        queue(place, item(1, urgent=True))
        assert digest.compose(place.database, [desk()], TODAY, NOW, AREAS) == {
            "messages": 1,
            "items": 1,
        }
        assert list(messages(place)) == ["urgent:cheshire:20260110T060000000000Z:duty"]

    def test_that_comes_while_a_digest_is_made_is_left_for_its_own_message(
        self, place: Place
    ) -> None:
        queue(place, item(1))
        desks, urgent = [desk()], digest.compose_urgent

        def then_queue(*given: Any) -> dict[str, int]:
            counts = urgent(*given)
            queue(place, item(2, urgent=True))
            return counts

        with mock.patch.object(digest, "compose_urgent", then_queue):
            counts = digest.compose(place.database, desks, TODAY, NOW, AREAS)
        assert counts == {"messages": 1, "items": 1}
        assert digest.compose_urgent(place.database, desks, NOW, AREAS) == {
            "messages": 1,
            "items": 1,
        }


OF_A_DAY = [
    item(300, kind="due", due=date(2026, 1, 20), detail="order_ends S1 (soa2003.s103c)"),
    item(40, kind="due", due=date(2026, 1, 12), detail="periodic_notification (soa2003.s85.1)"),
    item(7, kind="overdue", due=date(2026, 1, 8), detail="initial_notification  (soa2003.s83.1)"),
    item(8, kind="review_eligible", due=date(2026, 1, 9), detail="qualified (soa2003.s91b.2)"),
    item(9, kind="finding", detail="level 1, nothing recorded since 2024-12-01"),
    item(10, kind="finding", detail="category_3_without_level\nsince 2025-02-01"),
    item(11, kind="something_new", detail="of a later release"),
]
WORDS = """\
Cheshire, Saturday 10 January 2026
1 overdue, 1 may apply for review, 2 falling due, 2 findings, 1 something new

Overdue: 1

  CHE-7  was due 8 January 2026  initial_notification (soa2003.s83.1)

May apply for review: 1

  CHE-8  since 9 January 2026  qualified (soa2003.s91b.2)

Falling due: 2

  CHE-40   due 12 January 2026  periodic_notification (soa2003.s85.1)
  CHE-300  due 20 January 2026  order_ends S1 (soa2003.s103c)

Findings: 2

  CHE-10  category_3_without_level since 2025-02-01
  CHE-9   level 1, nothing recorded since 2024-12-01

Something new: 1

  CHE-11  of a later release

This message holds references and counts, no names. To look at a record:
tracker show REFERENCE --why
"""


class TestWording:
    def test_begins_with_what_is_most_urgent_and_gives_each_item_a_line(self) -> None:
        said = write_letter(OF_A_DAY, "cheshire", "Cheshire", TODAY, False)
        assert said.body == WORDS
        assert said.subject == (
            "MAPPA Cheshire, 10 January 2026: "
            "1 overdue, 1 may apply for review, 2 falling due, 2 findings, 1 more"
        )

    def test_marks_what_is_urgent(self) -> None:
        said = write_letter([item(1, kind="review_withdrawn")], "cheshire", "Cheshire", TODAY, True)
        assert said.subject == "URGENT: MAPPA Cheshire, 10 January 2026: 1 flag withdrawn"

    def test_an_alarm_has_no_reference(self) -> None:
        alarm = Item("log:1", "", "log", "", "3 findings (leaf): run `tracker verify`")
        said = write_letter([alarm], "", "tracker operators", TODAY, True)
        assert "\n  3 findings (leaf): run `tracker verify`\n" in said.body
        assert said.body.endswith("To look at the tracker itself:\ntracker status\n")
        assert said.subject.endswith("tracker operators, 10 January 2026: 1 alarm of the log")

    def test_a_long_section_is_cut_and_says_how_to_list_the_rest(self) -> None:
        many = [item(n, kind="overdue", due=TODAY) for n in range(LINES + 17)]
        said = write_letter(many, "cheshire", "Cheshire", TODAY, False)
        assert f"Overdue: {LINES + 17}" in said.body
        assert "  and 17 more: tracker diary --area cheshire\n" in said.body
        assert said.body.count("  CHE-") == LINES

    def test_a_digest_calls_the_area_by_its_name(self, place: Place) -> None:
        queue(place, item(1, "avon-and-somerset"))
        digest.compose(place.database, [], TODAY, NOW, AREAS)
        assert place.rows("SELECT subject FROM outbox") == [
            ("MAPPA Avon and Somerset, 10 January 2026: 1 falling due",)
        ]


PERSONAL = ("Morgan", "Fairley", "1969-09-14", "14 September 1969", "Sexual assault", "V/1234567")


@pytest.fixture
def known(place: Place) -> Place:
    """A store that knows who a person is."""
    place.record(
        registered(
            name="Morgan Fairley", date_of_birth="1969-09-14",
            identifiers={"visor": "V/1234567"},
        ),
        convicted(offence="Sexual assault"),
    )  # fmt: skip
    return place


def test_a_message_holds_a_reference_and_no_name(known: Place) -> None:
    queue(known, item(1, kind="overdue", due=TODAY, urgent=True), item(1), item(1, kind="ended"))
    digest.compose(known.database, [desk()], TODAY, NOW, AREAS)
    found = known.rows("SELECT key, recipient, subject, body FROM outbox")
    found += known.rows("SELECT key, area, subject, detail FROM scheduler_items")
    assert len(found) == 5
    text = " ".join(" ".join(row) for row in found).casefold()
    assert "che-1" in text
    assert not [one for one in PERSONAL if one.casefold() in text]
