"""Reminders and data quality: each ending, deadline, finding and duplicate gives one item."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler_world import Clock, Place
from wire import convicted, event, level, made, registered


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2020, 2, 1, 9, tzinfo=UTC))


def queued(place: Place, *kinds: str) -> list[tuple[str, str, str, int]]:
    rows = place.rows(
        "SELECT kind, area, subject, detail, urgent FROM scheduler_items ORDER BY made, key"
    )
    return [row for row in rows if not kinds or row[0] in kinds]


def test_an_order_that_has_ended_gives_an_item_on_the_day_after(place: Place, clock: Clock) -> None:
    place.record(registered(), made("s", "2020-01-10", kind="shpo", ends_on="2026-06-30"))
    for day in (30, 31, 32, 33):
        clock.set(datetime(2026, 5, 31, 0, 15, tzinfo=UTC) + timedelta(days=day))
        place.run("ended")
    assert [(kind, detail) for kind, _, _, detail, _ in queued(place)] == [
        ("ended", "notification shpo S1 has ended (soa2003.s103g)"),
        ("ended", "order shpo S1 has ended (soa2003.s103a)"),
    ]


def test_a_ground_that_ends_beside_another_is_no_end(place: Place, clock: Clock) -> None:
    place.record(registered(), convicted(), made("s", "2020-01-10", ends_on="2026-06-30"))
    clock.set(datetime(2026, 7, 1, 0, 15, tzinfo=UTC))
    assert place.run("ended")["ended"] == 1
    assert [row[3] for row in queued(place)] == ["order shpo S1 has ended (soa2003.s103a)"]


def test_what_falls_due_and_what_is_overdue(place: Place, clock: Clock) -> None:
    """s.83(1), s.91: the first notification within three days, and an offence after them."""
    place.record(registered(), convicted("c", "2020-01-31", disposal={"kind": "fine"}))
    assert place.run("diary") == {"due": 1, "overdue": 0, "told": 1}
    clock.set(datetime(2020, 2, 3, 9, tzinfo=UTC))
    assert place.run("diary") == {"due": 0, "overdue": 1, "told": 1}
    assert place.run("diary")["told"] == 0
    assert [(kind, detail, urgent) for kind, _, _, detail, urgent in queued(place)] == [
        ("due", "initial_notification (soa2003.s83.1)", 0),
        ("overdue", "initial_notification (soa2003.s83.1)", 1),
    ]


def test_what_has_long_been_overdue_is_not_urgent_news(place: Place, clock: Clock) -> None:
    place.record(registered(), convicted("c", "2020-01-07", disposal={"kind": "fine"}))
    place.run("diary")
    assert [(kind, urgent) for kind, _, _, _, urgent in queued(place)] == [("overdue", 0)]


def test_findings_and_silent_cases(place: Place, clock: Clock) -> None:
    place.record(
        registered(), event("k", "category.assigned", "2020-01-08", category=3),
        level("l", "2020-01-08", 1),
    )  # fmt: skip
    place.record(registered("x", subject="CHE-2"), convicted("y", subject="CHE-2"))
    assert place.run("findings")["silent"] == 0
    clock.forward(timedelta(days=365))
    assert place.run("findings")["silent"] == 0
    clock.forward(timedelta(days=1))
    place.run("findings")
    place.run("findings")
    found = [(subject, detail) for _, _, subject, detail, _ in queued(place, "finding")]
    assert ("CHE-1", "category_3_at_level_1 since 2020-01-08") in found
    assert ("CHE-2", "level 1, nothing recorded since 2020-02-01") in found
    assert len(found) == len(set(found))


def test_records_that_may_be_of_one_person(place: Place, clock: Clock) -> None:
    people = {
        "A": {"name": "Robin Ashe", "date_of_birth": "1980-05-04"},
        "B": {"name": "ASHE, Robin", "date_of_birth": "1980-05-04"},
        "C": {"name": "Robin Ashe", "date_of_birth": "1981-05-04"},
        "D": {"name": "Sam Wold", "identifiers": {"pnc": "1999/0123456J"}},
        "E": {"name": "S. Wolde", "identifiers": {"pnc": "1999/0123456j"}},
    }
    for subject, given in people.items():
        place.record(registered(subject, subject=subject, **given))
    assert place.run("duplicates") == {"records": 5, "pairs": 2, "told": 2}
    assert place.run("duplicates")["told"] == 0
    assert [(s, detail) for _, _, s, detail, _ in queued(place)] == [
        ("A", "may be the same as B"), ("D", "may be the same as E"),
    ]  # fmt: skip
    texts = place.rows("SELECT key, detail FROM scheduler_items")
    assert not [t for t in texts if "Ashe" in str(t) or "1980" in str(t) or "0123456" in str(t)]


def test_the_same_number_written_otherwise_is_the_same(place: Place) -> None:
    numbers = [
        {"pnc": "2019/001235X"}, {"pnc": "19/1235x"}, {"cro": "012345/19A"}, {"cro": "12345/19 a"},
        {"cro": "SF39/12346B"}, {"cro": "sf39/012346b"}, {"pnc": "2019/0012346B"},
        {"pnc": "not known"}, {"pnc": "not known"},
    ]  # fmt: skip
    for n, identifiers in enumerate(numbers):
        who = {"name": f"Person {chr(97 + n)}", "identifiers": identifiers}
        place.record(registered(f"n{n}", subject=f"P{n}", **who))
    place.run("duplicates")
    assert [(s, detail) for _, _, s, detail, _ in queued(place)] == [
        ("P0", "may be the same as P1"), ("P2", "may be the same as P3"),
        ("P4", "may be the same as P5"),
    ]  # fmt: skip


def test_what_was_corrected_or_voided_is_compared_as_it_counts_now(place: Place) -> None:
    pnc = [{"identifiers": {"pnc": f"2010/000000{n}A"}} for n in (1, 2)]
    place.record(registered("a", subject="A"))
    place.record(
        registered("b", subject="B", date_of_birth="1980-04-05"),
        event("b2", "individual.amended", "2020-01-20", subject="B", date_of_birth="1980-05-04"),
    )
    place.record(registered("c", subject="C", name="Ian Cole", **pnc[0]))
    place.record(
        registered("d", subject="D", name="Jon Dole", **pnc[0]),
        event("d2", "individual.amended", "2020-01-20", subject="D", **pnc[1]),
    )
    place.record(registered("v", subject="V"))
    place.record(
        event("v2", "entry.voided", "2020-01-21", subject="V", entry="v", reason="registered twice")
    )
    assert place.run("duplicates") == {"records": 4, "pairs": 1, "told": 1}
    assert [(s, d) for _, _, s, d, _ in queued(place)] == [("A", "may be the same as B")]
