"""Why a person is, or is not, counted in a cell: the rule in words, with the entries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as hypothetically
from hypothesis import settings
from hypothesis import strategies as st

from law.strategies import histories
from population import fill, moments, recorded
from projections import Engine, all_views
from projections.returns.annual_return import NoSuchCell, Year, annual_return, explain
from projections.returns.cases import CELLS, cases_of_person, covers
from projections.returns.why_not import reason, why
from spec import SUBJECT, FactSpec, convicted, fact, given, made, moment, registered
from spec import law as shipped
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import timeline
from tracker.domain.record.entry import Entry
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

YEAR = Year.parse("2022-23")
LICENCE = "returned_to_custody_breach_of_licence.total.total"
AT = "2023-09-30"


@contextmanager
def views(log: Log, law: Law, entries: list[Entry]) -> Iterator[Cursor]:
    fill(log, entries)
    Engine(log, law, all_views()).catch_up()
    with log.database.reading() as c:
        yield c


def test_exactly_the_people_counted_are_said_to_be_counted(
    log: Log, law: Law, chance: random.Random
) -> None:
    """Every cell of the return and every person, including people not yet known."""
    entries = recorded(law, chance, people=15, facts=400)
    subjects = sorted({entry.subject for entry in entries})
    with views(log, law, entries) as c:
        for at in [*moments(chance, entries, 2), entries[-1].recorded_at + timedelta(days=200)]:
            area = chance.choice(("cheshire", "merseyside"))
            year = Year.parse(chance.choice(("2021-22", "2022-23")))
            figures = annual_return(c, area, year, at, None)
            for cell in sorted(CELLS):
                behind = explain(c, area, year, at, cell, figures)["cases"]
                for who in subjects:
                    said = why(log, c, law, area, year, at, cell, who)
                    assert said["counted"] == (who in {case["subject"] for case in behind})
                    assert said["cases"] == [case for case in behind if case["subject"] == who]
                    assert said["reason"]
                    if said["counted"]:
                        assert said["entries"], (cell, who)


@settings(max_examples=60, deadline=None)
@hypothetically(histories(), st.integers(1996, 2031), st.integers(-40, 400))
def test_there_is_a_reason_whatever_the_history(
    entries: list[Entry], first: int, days: int
) -> None:
    start = date(first, 4, 1)
    t = timeline(SUBJECT, entries, shipped())
    day = start + timedelta(days=days)
    for area in ("cheshire", "merseyside"):
        counted = cases_of_person(t, area, start, day)
        for cell in CELLS - {"rate_per_100k"}:
            if not any(covers(cell, case.cell) for case in counted):
                said = reason(t, cell, counted, area, start, day)
                assert said.text
                assert set(said.entries) <= {entry.name for entry in entries}


# --- in words ------------------------------------------------------------------------------------

REGISTERED = registered("2020-01-06")
LIFE = convicted("2020-01-07", "life")
CAT_2 = fact("category.assigned", "2020-01-07", category=2)
CAT_3 = fact("category.assigned", "2020-01-07", category=3)


def level(on: str, value: int) -> FactSpec:
    return fact("level.set", on, level=value)


def recalled(on: str, **data: Any) -> FactSpec:
    return fact("custody.entered", on, kind="recall", **data)


def reported(of: str = "notification") -> FactSpec:
    return fact("breach.reported", "2022-05-01", breach_id="B1", of=of)


def concluded(on: str, outcome: str) -> FactSpec:
    return fact("breach.concluded", on, breach_id="B1", outcome=outcome)


BREACH = "cat1_cautioned_or_convicted_breach"
SNAPSHOT, YEARLY = "snapshot.total.total", "yearly_level2_3.total.total"
IN_YEAR = "from 2022-04-01 to 2023-03-31"
MOVED = fact("individual.transferred", "2022-06-01", to_area="warwickshire")
DIED = fact("individual.died", "2022-06-01")
GONE = fact("individual.departed", "2022-02-01")


@pytest.mark.parametrize(
    ("facts", "cell", "said", "entries"),
    [
        ([LIFE, MOVED], SNAPSHOT, "managed by warwickshire on 2023-03-31", ["e3"]),
        ([LIFE, recalled("2023-03-31")], SNAPSHOT, "in custody on 2023-03-31", ["e3"]),
        ([LIFE, recalled("2023-03-01"), fact("custody.entered", "2023-03-02", kind="hospital")],
         SNAPSHOT, "in hospital on 2023-03-31", ["e4"]),
        ([LIFE, GONE], SNAPSHOT, "abroad on 2023-03-31", ["e3"]),
        ([LIFE, DIED], SNAPSHOT, "dead on 2023-03-31", ["e3"]),
        ([], SNAPSHOT, "in no category on 2023-03-31", []),
        ([CAT_2, fact("category.ended", "2022-06-01", category=2)], SNAPSHOT,
         "in no category on 2023-03-31: category 2 ended on 2022-06-01", ["e2", "e3"]),
        ([convicted("2018-01-09", "fine")], SNAPSHOT, "in no category on 2023-03-31: notification "
         "requirements ended on 2023-01-09", ["e2"]),
        ([CAT_3, level("2022-05-01", 1)], SNAPSHOT,
         "in no category on 2023-03-31: category 3 at level 1 is none", ["e2", "e3"]),
        ([CAT_3], SNAPSHOT, "in no category on 2023-03-31: category 3 with no level is none",
         ["e2"]),
        ([LIFE, fact("category.assigned", "2022-05-01", category=4)], SNAPSHOT,
         "in category 4 on 2023-03-31, which is left out of an area's return", ["e3"]),
        ([LIFE], "snapshot.level2.cat1", "at level 1 on 2023-03-31", ["e2"]),
        ([LIFE, level("2022-05-01", 2)], "snapshot.level1.cat1", "at level 2 on 2023-03-31",
         ["e3"]),
        ([LIFE], "snapshot.level1.cat2", "in category 1 on 2023-03-31", ["e2"]),
        ([LIFE], "snapshot.level1.cat3", "in category 1 on 2023-03-31", ["e2"]),
        # the yearly total
        ([LIFE], YEARLY, f"on no day {IN_YEAR} managed by cheshire, in the community, custody or "
         "hospital, in category 1 or 2 or 3, at level 2 or 3: at level 1 on 2023-03-31", ["e2"]),
        ([LIFE, MOVED], YEARLY, f"on no day {IN_YEAR} managed by cheshire, in the community, "
         "custody or hospital, in category 1 or 2 or 3, at level 2 or 3: at level 1 on 2022-05-31",
         ["e2"]),
        ([LIFE, level("2022-01-01", 2), GONE], YEARLY, f"on no day {IN_YEAR} managed by cheshire, "
         "in the community, custody or hospital: abroad on 2023-03-31", ["e4"]),
        ([LIFE, level("2022-05-01", 3)], "yearly_level2_3.level2.total",
         "counted once in the row: in yearly_level2_3.level3.cat1, as on 2023-03-31", ["e3"]),
        # breaches
        ([LIFE], BREACH, "no breach of notification requirements is recorded", []),
        ([LIFE, reported()], BREACH, "breach of notification requirements not concluded", ["e3"]),
        ([LIFE, reported(), concluded("2022-06-01", "acquitted")], BREACH,
         "breach of notification requirements concluded as acquitted", ["e3", "e4"]),
        ([LIFE, reported(), concluded("2023-04-01", "cautioned")], BREACH,
         "cautioned or convicted for breach on 2023-04-01, not from 2022-04-01 to 2023-03-31",
         ["e3", "e4"]),
        ([LIFE, reported(), MOVED, concluded("2023-01-01", "cautioned")], BREACH,
         "cautioned or convicted for breach on 2023-01-01, but managed by warwickshire on "
         "2023-01-01", ["e3", "e5", "e4"]),
        # revocation
        ([LIFE], "cat1_lifetime_revoked", "no revocation on application is recorded", []),
        # orders
        ([LIFE], "orders.shpo", "no SHPO is recorded", []),
        ([LIFE, made("2022-05-01", "interim_shpo", ends_on="2022-08-01")], "orders.shpo",
         "no SHPO is recorded, only interim_shpo", ["e3"]),
        ([LIFE, made("2022-05-01", ends_on="2029-04-30")], "orders.shpo_foreign_travel",
         "the SHPO had no travel prohibition when made", ["e3"]),
        ([LIFE, made("2022-03-31", ends_on="2029-04-30")], "orders.shpo",
         f"SHPO made on 2022-03-31, not {IN_YEAR}", ["e3"]),
        ([LIFE], "orders.notification_order",
         "no notification order or s.96ZA notice is recorded", []),
        # a Sexual Risk Order breached
        ([LIFE], "sro_breach_became_subject",
         "no breach of a Sexual Risk Order made the person subject", []),
        # returns to custody
        ([LIFE], LICENCE, "no entry into custody is recorded", []),
        ([LIFE, fact("custody.entered", "2022-06-01", kind="remand")], LICENCE,
         "entered custody for another reason, last on 2022-06-01", ["e3"]),
        ([LIFE, recalled("2022-06-01")], LICENCE, "returned for breach of licence on 2022-06-01, "
         "but at level 1 on 2022-05-31, the day before", ["e3", "e2"]),
        ([LIFE, level("2022-05-01", 2), fact("custody.entered", "2022-05-20", kind="hospital"),
          recalled("2022-06-01")], LICENCE, "returned for breach of licence on 2022-06-01, but in "
         "hospital on 2022-05-31, the day before", ["e5", "e4"]),
        ([LIFE, level("2022-05-01", 2), recalled("2022-06-01")],
         "returned_to_custody_breach_of_licence.level3.cat1", "counted once in the row: in "
         "returned_to_custody_breach_of_licence.level2.cat1, as on 2022-06-01", ["e4"]),
    ],
)  # fmt: skip
def test_the_first_condition_that_fails_is_named_with_its_entries(
    facts: list[FactSpec], cell: str, said: str, entries: list[str]
) -> None:
    t = given(REGISTERED, *facts).known(AT).timeline
    counted = cases_of_person(t, "cheshire", YEAR.start, YEAR.end)
    assert not any(covers(cell, case.cell) for case in counted)
    found = reason(t, cell, counted, "cheshire", YEAR.start, YEAR.end)
    assert found.text == said
    assert list(found.entries) == names(*entries)


def names(*ids: str) -> list[str]:
    return [f"/cheshire/ppu {id}" for id in ids]


# --- the answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "counted", "entries"),
    [
        (SNAPSHOT, ["snapshot.level1.cat1"], ["e1", "e2", "e4"]),
        ("rate_per_100k", ["snapshot.level1.cat1"], ["e1", "e2", "e4"]),
        (YEARLY, ["yearly_level2_3.level2.cat1"], ["e1", "e2", "e3"]),
        ("orders.shpo", ["orders.shpo", "orders.shpo"], ["e5", "e6"]),
        ("orders.shpo_foreign_travel", ["orders.shpo_foreign_travel"], ["e6"]),
    ],
)
def test_a_person_counted_is_explained_with_cases_and_entries(
    log: Log, law: Law, cell: str, counted: list[str], entries: list[str]
) -> None:
    record = given(
        REGISTERED, LIFE, level("2022-05-01", 2), level("2022-06-01", 1),
        made("2022-07-01", ends_on="2029-04-30"),
        made("2022-08-01", order_id="S2", ends_on="2029-04-30", travel_ends_on="2023-04-30"),
    )  # fmt: skip
    with views(log, law, record.entries) as c:
        answer = why(log, c, law, "cheshire", YEAR, moment(AT), cell, SUBJECT)
    assert answer["counted"] is True
    assert answer["reason"] == f"counted in {', '.join(counted)}"
    assert [case["cell"] for case in answer["cases"]] == counted
    assert set(names(*entries)) <= set(answer["entries"])
    assert answer["rule"].startswith(("each", "category 1 of the snapshot"))


def test_a_day_at_level_2_is_explained_by_the_spells_of_that_day(log: Log, law: Law) -> None:
    """The explanation is about that day, not the end of the year."""
    record = given(REGISTERED, LIFE, level("2022-05-01", 2), level("2022-06-01", 1))
    with views(log, law, record.entries) as c:
        case = why(log, c, law, "cheshire", YEAR, moment(AT), YEARLY, SUBJECT)["cases"][0]
    assert case["on"] == "2022-05-31"
    assert {s["track"]: s["value"] for s in case["spells"]}["level"] == "2"


def test_a_person_not_known_at_the_moment_is_not_counted(log: Log, law: Law) -> None:
    record = given(REGISTERED, LIFE)
    with views(log, law, record.entries) as c:
        for who, at in ((SUBJECT, "2019-12-31"), ("CHE-2", AT)):
            answer = why(log, c, law, "cheshire", YEAR, moment(at), SNAPSHOT, who)
            assert answer["counted"] is False
            assert answer["reason"] == "not known to the tracker at that moment"
            assert answer["entries"] == answer["cases"] == []


def test_a_path_that_names_no_figure_is_refused(log: Log, law: Law) -> None:
    with views(log, law, []) as c, pytest.raises(NoSuchCell, match="no figure 'orders'"):
        why(log, c, law, "cheshire", YEAR, moment(AT), "orders", SUBJECT)


def test_before_the_year_begins_nothing_is_counted(log: Log, law: Law) -> None:
    record = given(REGISTERED, LIFE, level("2022-01-01", 2))
    with views(log, law, record.entries) as c:
        answer = why(log, c, law, "cheshire", YEAR, moment("2022-03-30"), YEARLY, SUBJECT)
        figures = annual_return(c, "cheshire", YEAR, moment("2022-03-30"), None)
    assert answer["reason"] == "the year had not begun on 2022-03-30"
    assert figures["yearly_level2_3"]["total"]["total"] == 0
    assert figures["snapshot"]["total"]["total"] == 1
