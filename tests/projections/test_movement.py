"""The movement between two snapshots: who joined and left, by reason. It always balances."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as hypothetically
from hypothesis import settings
from hypothesis import strategies as st

from law.arbitrary import TELLING
from law.strategies import histories
from population import moments, recorded, views
from projections.returns import movement
from projections.returns.annual_return import Year
from projections.returns.cases import cases_of_person, flat
from projections.returns.counted_people import snapshot
from projections.returns.movement import CELLS, JOINING, LEAVING, RECORDED_LATE, joining, leaving
from spec import SUBJECT, FactSpec, convicted, fact, given, moment, registered, with_override
from spec import law as shipped
from tracker.domain.answers.figure_shapes import Snapshot
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.domain.record.entry import Entry
from tracker.store.log import Log

YEAR = Year.parse("2022-23")
LAST, DAY, AT = date(2022, 3, 31), date(2023, 3, 31), "2023-09-30"


def test_it_balances_between_any_two_days_as_known_at_any_moment(
    log: Log, law: Law, chance: random.Random
) -> None:
    """In every cell and total, with last year's snapshot as published or as known now."""
    entries = recorded(law, chance, people=25, facts=600)
    late = 0
    with views(log, law, entries) as c:
        for _ in range(25):
            told, at = sorted(moments(chance, entries, 2))
            last, day = sorted(at.date() + timedelta(chance.randrange(-900, 300)) for _ in range(2))
            area, published = chance.choice(("cheshire", "merseyside")), chance.choice((told, None))
            found = movement.between(c, log, law, area, last, day, at, published)
            before = snapshot(c, area, last, published or at)
            check_balance(found, before, snapshot(c, area, day, at))
            check_people(found)
            late += sum(move["reason"] == RECORDED_LATE for move in found["people"])
    assert late, "nothing recorded late proves nothing"


def check_balance(found: dict[str, Any], before: Snapshot, after: Snapshot) -> None:
    last, this = flat({"snapshot": before}), flat({"snapshot": after})
    assert [row["cell"] for row in found["cells"]] == list(CELLS)
    for row in found["cells"]:
        assert (row["last"], row["this"]) == (last[row["cell"]], this[row["cell"]])
        joined, left = sum(row["joined"].values()), sum(row["left"].values())
        assert row["last"] + joined - left == row["this"], row
        assert set(row["joined"]) <= set(JOINING)
        assert set(row["left"]) <= set(LEAVING)


def check_people(found: dict[str, Any]) -> None:
    """Each person has one reason per cell and direction; the people match the figures."""
    for direction in ("left", "joined"):
        moves = [move for move in found["people"] if move[direction]]
        once = Counter((move["subject"], move[direction]) for move in moves)
        assert set(once.values()) <= {1}
        for row in found["cells"]:
            if "total" not in row["cell"]:
                reasons = Counter(m["reason"] for m in moves if m[direction] == row["cell"])
                assert row[direction] == reasons
    for move in found["people"]:
        assert move["left"] != move["joined"]


def snapshot_cell(t: Timeline, day: date) -> tuple[int, int] | None:
    for case in cases_of_person(t, "cheshire", day, day):
        if case.cell.startswith("snapshot"):
            return int(case.cell[-6]), int(case.cell[-1])
    return None


@settings(max_examples=100, deadline=None)
@hypothetically(histories(), st.lists(st.sampled_from(TELLING), min_size=2, max_size=2))
def test_every_history_has_one_of_the_reasons(entries: list[Entry], days: list[str]) -> None:
    t = timeline(SUBJECT, entries, shipped())
    assert t is not None
    last, day = sorted(map(date.fromisoformat, days))
    was, now = snapshot_cell(t, last), snapshot_cell(t, day)
    if was and not now:
        assert leaving(t, "cheshire", was[1], last, day) in LEAVING[:-1]
    if now and not was:
        assert joining(t, "cheshire", now[1], last) in JOINING[:-1]


# --- the reasons ---------------------------------------------------------------------------------

REGISTERED = registered("2020-01-06")
LIFE = convicted("2020-01-07", "life")
INSIDE = fact("custody.entered", "2020-01-08", kind="sentence", conviction_id="C1")
OUTSIDE = fact("custody.left", "2021-01-08", licence_for_life=True)
CAT_2 = fact("category.assigned", "2020-01-07", category=2)
CAT_3 = fact("category.assigned", "2020-01-07", category=3)
L1, L2 = "snapshot.level1.cat1", "snapshot.level2.cat1"
L1_2, L2_2, L2_3 = "snapshot.level1.cat2", "snapshot.level2.cat2", "snapshot.level2.cat3"
IN_YEAR = "2022-06-01"


def level(on: str, value: int) -> FactSpec:
    return fact("level.set", on, level=value)


def moved(to_area: str, on: str = IN_YEAR) -> FactSpec:
    return fact("individual.transferred", on, to_area=to_area)


def category(on: str, value: int, how: str = "assigned") -> FactSpec:
    return fact(f"category.{how}", on, category=value)


REVOKED = [
    with_override(fact("review.qualifying_date_set", "2022-04-05", qualifying_on="2022-04-06",
                  authorised_by="supt.1", reason="set")),
    fact("review.applied", "2022-04-07", review_id="R1"),
    with_override(fact("review.determined", "2022-05-30", review_id="R1", outcome="revoked",
                  determined_by="supt.1", rank="superintendent")),
    fact("review.notice_received", "2022-06-01", review_id="R1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "left", "reason"),
    [
        ([LIFE, fact("individual.died", IN_YEAR)], L1, "died"),
        ([LIFE, fact("custody.entered", IN_YEAR, kind="recall")], L1, "custody"),
        ([LIFE, fact("custody.entered", IN_YEAR, kind="hospital")], L1, "custody"),
        ([LIFE, fact("individual.departed", IN_YEAR)], L1, "abroad"),
        ([LIFE, moved("warwickshire")], L1, "transferred_out"),
        ([LIFE, *REVOKED], L1, "revoked"),
        ([convicted("2017-06-01", "fine")], L1, "notification_ended"),
        ([CAT_2, category(IN_YEAR, 2, "ended")], L1_2, "category_ended"),
        ([LIFE, category(IN_YEAR, 4)], L1, "category_changed"),
        ([CAT_3, level("2021-01-01", 2), level(IN_YEAR, 1)], L2_3, "level_changed"),
        ([CAT_3, level("2021-01-01", 2), category(IN_YEAR, 3, "ended")], L2_3, "category_ended"),
        # of several reasons the first is used: area, death, category and level, location
        ([LIFE, moved("warwickshire"), fact("individual.died", "2022-07-01")], L1,
         "transferred_out"),
        ([LIFE, fact("custody.entered", IN_YEAR, kind="recall"),
          fact("individual.died", "2022-07-01")], L1, "died"),
        ([CAT_2, fact("custody.entered", IN_YEAR, kind="recall"),
          category("2022-07-01", 2, "ended")], L1_2, "category_ended"),
    ],
)  # fmt: skip
def test_people_who_left_are_listed_with_the_reason(
    log: Log, law: Law, facts: list[FactSpec], left: str, reason: str
) -> None:
    with views(log, law, given(REGISTERED, *facts).entries) as c:
        found = movement.movement(c, log, law, "cheshire", YEAR, moment(AT))
    assert found["people"] == [{"subject": SUBJECT, "left": left, "joined": None, "reason": reason}]
    cells = {row["cell"]: row for row in found["cells"]}
    assert cells[left] == {
        "cell": left, "last": 1, "joined": {}, "left": {reason: 1}, "this": 0
    }  # fmt: skip
    assert cells["snapshot.total.total"]["left"] == {reason: 1}


@pytest.mark.parametrize(
    ("facts", "joined", "reason"),
    [
        ([convicted(IN_YEAR, "life")], L1, "became_subject"),
        ([category(IN_YEAR, 2)], L1_2, "category_began"),
        ([LIFE, INSIDE, fact("custody.left", IN_YEAR, licence_for_life=True)], L1, "released"),
        ([LIFE, fact("individual.departed", "2021-01-01"), fact("individual.returned", IN_YEAR)],
         L1, "returned"),
        ([LIFE, moved("warwickshire", "2021-01-01"), moved("cheshire")], L1, "transferred_in"),
        ([LIFE, category("2021-01-01", 4), category(IN_YEAR, 4, "ended")], L1,
         "category_changed"),
        ([CAT_3, level(IN_YEAR, 2)], L2_3, "level_changed"),
        # of several reasons the first is used
        ([LIFE, INSIDE, moved("warwickshire", "2021-01-01"), moved("cheshire"),
          fact("custody.left", "2022-07-01", licence_for_life=True)], L1, "transferred_in"),
        ([fact("custody.entered", "2022-03-01", kind="remand"), convicted(IN_YEAR, "life"),
          fact("custody.left", "2022-07-01", licence_for_life=True)], L1, "became_subject"),
    ],
)  # fmt: skip
def test_people_who_joined_are_listed_with_the_reason(
    log: Log, law: Law, facts: list[FactSpec], joined: str, reason: str
) -> None:
    with views(log, law, given(REGISTERED, *facts).entries) as c:
        found = movement.movement(c, log, law, "cheshire", YEAR, moment(AT))
    assert found["people"] == [
        {"subject": SUBJECT, "left": None, "joined": joined, "reason": reason}
    ]


def test_the_reason_is_the_one_that_was_known_at_the_moment(log: Log, law: Law) -> None:
    record = given(
        REGISTERED, LIFE, fact("custody.entered", IN_YEAR, kind="recall"),
        fact("individual.died", "2022-07-01", recorded="2023-10-05"),
    )  # fmt: skip
    with views(log, law, record.entries) as c:
        for known_at, reason in ((AT, "custody"), ("2023-10-05", "died")):
            found = movement.movement(c, log, law, "cheshire", YEAR, moment(known_at))
            assert [move["reason"] for move in found["people"]] == [reason]


def test_people_subject_before_the_area_registered_them(log: Log, law: Law) -> None:
    record = given(registered(IN_YEAR), convicted("2020-01-07", "life"))
    with views(log, law, record.entries) as c:
        found = movement.movement(c, log, law, "cheshire", YEAR, moment(AT))
    assert [move["reason"] for move in found["people"]] == ["registered_first"]


@pytest.mark.parametrize(
    ("facts", "left", "joined", "reason"),
    [
        ([LIFE, level(IN_YEAR, 2)], L1, L2, "level_changed"),
        ([CAT_2, convicted(IN_YEAR, "life")], L1_2, L1, "category_changed"),
        ([CAT_2, level("2021-01-01", 2), convicted(IN_YEAR, "life"), level("2022-07-01", 1)],
         L2_2, L1, "category_changed"),
    ],
)  # fmt: skip
def test_people_who_changed_cell_left_one_and_joined_another(
    log: Log, law: Law, facts: list[FactSpec], left: str, joined: str, reason: str
) -> None:
    with views(log, law, given(REGISTERED, *facts).entries) as c:
        found = movement.movement(c, log, law, "cheshire", YEAR, moment(AT))
    assert found["people"] == [
        {"subject": SUBJECT, "left": left, "joined": joined, "reason": reason}
    ]
    cells = {row["cell"]: row for row in found["cells"]}
    assert cells["snapshot.total.total"]["left"] == {}, "who stays in a margin does not leave it"
    level_row = f"{left.rpartition('.')[0]}.total"
    stays = left.rpartition(".")[0] == joined.rpartition(".")[0]
    assert cells[level_row]["left"] == ({} if stays else {"level_changed": 1})


def test_facts_recorded_since_publication_have_a_reason_of_their_own(log: Log, law: Law) -> None:
    """What happened in the year is counted from last year's snapshot as known now."""
    record = given(
        REGISTERED, LIFE,
        fact("level.set", "2022-03-01", recorded="2022-06-01", level=2),
        fact("level.set", "2022-09-01", level=1),
    )  # fmt: skip
    published = moment("2022-04-30")
    with views(log, law, record.entries) as c:
        found = movement.movement(c, log, law, "cheshire", YEAR, moment(AT), published)
        now = movement.movement(c, log, law, "cheshire", YEAR, moment(AT))
    late = {"subject": SUBJECT, "left": L1, "joined": L2, "reason": RECORDED_LATE}
    since = {"subject": SUBJECT, "left": L2, "joined": L1, "reason": "level_changed"}
    assert found["people"] == [late, since]
    assert now["people"] == [since]
    cells = {row["cell"]: row for row in found["cells"]}
    assert cells[L1] == {
        "cell": L1, "last": 1, "joined": {"level_changed": 1}, "left": {RECORDED_LATE: 1},
        "this": 1,
    }  # fmt: skip
    assert (found["last_known_at"], found["known_at"]) == (
        "2022-04-30T22:59:59.999999Z", "2023-09-30T22:59:59.999999Z"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("known_at", "days"),
    [
        (AT, ("2022-03-31", "2023-03-31")),
        ("2022-10-01", ("2022-03-31", "2022-10-01")),
        ("2022-02-01", ("2022-02-01", "2022-02-01")),
    ],
)
def test_it_runs_from_the_last_day_of_the_year_before(
    log: Log, law: Law, known_at: str, days: tuple[str, str]
) -> None:
    with views(log, law, given(REGISTERED, LIFE).entries) as c:
        found = movement.movement(c, log, law, "cheshire", YEAR, moment(known_at))
    assert found["days"] == {"last": days[0], "this": days[1]}
    assert found["people"] == []
    assert {row["last"] for row in found["cells"]} == {0, 1}
