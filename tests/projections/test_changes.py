"""What changed in a return between two moments, by person, with the entries that caused it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from population import moments, recorded, views
from projections.returns import changes
from projections.returns.annual_return import ComputedReturn, Year, annual_return
from projections.returns.cases import cases_of_person, flat, last_day
from spec import SUBJECT, FactSpec, convicted, fact, given, moment, registered, voided
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import fold
from tracker.domain.record.entry import Entry, as_known
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

YEAR = Year.parse("2022-23")
SINCE, AT = "2023-04-01", "2023-09-30"
Cells = Counter[str]


def test_the_changes_are_those_between_two_returns(
    log: Log, law: Law, chance: random.Random
) -> None:
    """Checks cells with both returns, people with their cases, entries by folding without them."""
    entries = recorded(law, chance, people=20, facts=500)
    blamed = 0
    with views(log, law, entries) as c:
        for _ in range(12):
            since, at = sorted(moments(chance, entries, 2))
            area = chance.choice(("cheshire", "merseyside"))
            year = Year.parse(chance.choice(("2021-22", "2022-23")))
            found = changes.changes(log, c, law, area, year, since, at)
            check_cells(c, found, area, year, since, at)
            check_people(c, found, area, year, since, at)
            for person in found["people"]:
                check_entries(person, entries, law, area, year, since, at)
                blamed += len(person["entries"])
    assert blamed, "nobody changed by an entry proves nothing"


def check_cells(
    c: Cursor, found: dict[str, Any], area: str, year: Year, since: datetime, at: datetime
) -> None:
    was, is_ = (flat(annual_return(c, area, year, t, None)) for t in (since, at))
    rows = ("snapshot", "yearly", "cat1", "orders", "sro", "returned", "breach")
    assert {cell["cell"]: (cell["was"], cell["is"]) for cell in found["cells"]} == {
        cell: (was[cell], is_[cell])
        for cell in is_
        if was[cell] != is_[cell] and cell.startswith(rows)
    }


def check_people(
    c: Cursor, found: dict[str, Any], area: str, year: Year, since: datetime, at: datetime
) -> None:
    def cases(known_at: datetime) -> Counter[tuple[str, str]]:
        read = ComputedReturn(c, area, year, known_at)
        return Counter((case.subject, case.cell) for case in read.cases())

    was, is_ = cases(since), cases(at)
    for name, expected in (("left", was - is_), ("joined", is_ - was)):
        listed = Counter((p["subject"], cell) for p in found["people"] for cell in p[name])
        assert listed == expected, name
    assert [p["subject"] for p in found["people"]] == sorted(
        {p["subject"] for p in found["people"]}
    )


def check_entries(
    person: dict[str, Any], entries: list[Entry], law: Law, area: str, year: Year,
    since: datetime, at: datetime,
) -> None:  # fmt: skip
    """The entries named give the same cells as all entries do; without any one they do not."""
    own = [e for e in entries if e.subject == person["subject"] and e.recorded_at <= at]
    new = {e.name: e for e in own if e.recorded_at > since}
    asked = {*person["left"], *person["joined"]}
    day = last_day(year, at)

    def cells(names: Sequence[str]) -> Cells:
        known = as_known([e for e in own if e.name not in new or e.name in names])
        t = fold(person["subject"], known, law)
        cases = cases_of_person(t, area, year.start, day)
        return Counter(case.cell for case in cases if case.cell in asked)

    did_it = person["entries"]
    assert set(did_it) <= set(new)
    assert cells(did_it) == cells(list(new)), person
    for units in together(did_it, new):
        assert cells([name for name in did_it if name not in units]) != cells(did_it), person


def together(names: Sequence[str], new: dict[str, Entry]) -> list[set[str]]:
    """The entries, each correction with the void of what it corrects."""
    voids = [n for n in names if new[n].fact.TYPE.endswith("voided")]
    right = [n for n in names if new[n].fact.corrects is not None]
    alone = [{n} for n in names if n not in voids and n not in right]
    return alone if voids and right else [*alone, *({n} for n in voids), *({n} for n in right)]


# --- entry by entry ------------------------------------------------------------------------------

REGISTERED = registered("2020-01-06")
LIFE = convicted("2020-01-07", "life")
LEVEL_1, LEVEL_2 = "snapshot.level1.cat1", "snapshot.level2.cat1"
YEARLY = "yearly_level2_3.level2.cat1"


def level(on: str, value: int, recorded: str | None = None) -> FactSpec:
    return fact("level.set", on, recorded=recorded, level=value)


def late(what: str, on: str, recorded: str, /, **data: Any) -> FactSpec:
    return fact(what, on, recorded=recorded, **data)


def names(*ids: str) -> list[str]:
    return [f"/cheshire/ppu {id}" for id in ids]


@pytest.mark.parametrize(
    ("before", "after", "left", "joined", "entries"),
    [
        # recorded late
        ([], [level("2023-01-09", 2, "2023-05-01")], [LEVEL_1], [LEVEL_2, YEARLY], ["e3"]),
        ([], [late("individual.died", "2023-03-30", "2023-04-20")], [LEVEL_1], [], ["e3"]),
        # other entries recorded then caused nothing
        ([], [fact("notification.given", "2023-05-01", kind="periodic"),
              late("custody.entered", "2023-03-31", "2023-05-02", kind="remand"),
              fact("level.set", "2023-05-03", level=3)], [LEVEL_1], [], ["e4"]),
        # the last level of a day counts; those before it caused nothing
        ([], [level("2023-01-09", 3, "2023-05-01"), level("2023-01-09", 2, "2023-05-02")],
         [LEVEL_1], [LEVEL_2, YEARLY], ["e4"]),
        # if either of two would be enough, the first is named
        ([], [late("custody.entered", "2023-03-01", "2023-05-01", kind="remand"),
              late("individual.departed", "2023-03-02", "2023-05-02")], [LEVEL_1], [], ["e3"]),
        # released and recalled again: the entries behind the final state are named
        ([], [late("custody.entered", "2023-01-01", "2023-05-01", kind="remand"),
              late("custody.left", "2023-02-01", "2023-05-02"),
              late("custody.entered", "2023-03-01", "2023-05-03", kind="remand")],
         [LEVEL_1], [], ["e5"]),
        # two entries that caused it only together
        ([fact("conviction.quashed", "2021-05-01", conviction_id="C1")],
         [late("category.assigned", "2023-01-01", "2023-05-01", category=3),
          late("level.set", "2023-02-01", "2023-05-02", level=2)],
         [], ["snapshot.level2.cat3", "yearly_level2_3.level2.cat3"], ["e4", "e5"]),
        # a void
        ([level("2022-05-01", 2)], [voided("2023-05-01", "e3")], [LEVEL_2, YEARLY], [LEVEL_1],
         ["e4"]),
        # a correction: the void and the corrected fact together
        ([level("2022-05-01", 2)],
         [(voided("2023-05-01", "e3"),
           late("level.set", "2022-05-01", "2023-05-01", level=3, corrects="e3"))],
         [LEVEL_2, YEARLY], ["snapshot.level3.cat1", "yearly_level2_3.level3.cat1"],
         ["e4", "e5"]),
        # a correction corrected: what was voided meanwhile is left out
        ([level("2022-05-01", 2)],
         [(voided("2023-05-01", "e3"),
           late("level.set", "2022-05-02", "2023-05-01", level=3, corrects="e3")),
          (voided("2023-05-02", "e5"),
           late("level.set", "2022-05-03", "2023-05-02", level=1, corrects="e5"))],
         [LEVEL_2, YEARLY], [LEVEL_1], ["e4", "e7"]),
        # an entry recorded and voided again caused nothing
        ([], [level("2023-01-09", 3, "2023-05-01"), voided("2023-05-02", "e3"),
              level("2023-01-10", 2, "2023-05-03")], [LEVEL_1], [LEVEL_2, YEARLY], ["e5"]),
        # orders are each counted
        ([], [late("order.made", "2022-05-01", "2023-05-01", order_id="S1", kind="shpo",
                   ends_on="2029-04-30"),
              late("order.made", "2022-06-01", "2023-05-02", order_id="S2", kind="shpo",
                   ends_on="2029-04-30")],
         [], ["orders.shpo", "orders.shpo"], ["e3", "e4"]),
        # a person unknown before: registration and conviction
        (None, [], [], [LEVEL_1], ["e1", "e2"]),
    ],
)  # fmt: skip
def test_the_entries_that_caused_it_are_named(
    log: Log, law: Law, before: list[FactSpec] | None, after: list[FactSpec | tuple[FactSpec, ...]],
    left: list[str], joined: list[str], entries: list[str],
) -> None:  # fmt: skip
    if before is None:
        begun = given(
            registered("2020-01-06", recorded="2023-05-01"), convicted("2020-01-07", "life")
        )
    else:
        begun = given(REGISTERED, LIFE, *before)
    for said in after:
        begun = begun.given(*(said if isinstance(said, tuple) else (said,)))
    with views(log, law, begun.entries) as c:
        found = changes.changes(log, c, law, "cheshire", YEAR, moment(SINCE), moment(AT))
    assert found["people"] == [
        {"subject": SUBJECT, "left": left, "joined": joined, "entries": names(*entries)}
    ]


def test_an_entry_recorded_at_the_moment_itself_was_known_then(log: Log, law: Law) -> None:
    """Without the conviction nobody would be counted."""
    before = given(REGISTERED, LIFE)
    record = before.given(fact("individual.died", "2023-03-30", recorded="2023-05-01"))
    since = before.entries[-1].recorded_at
    with views(log, law, record.entries) as c:
        found = changes.changes(log, c, law, "cheshire", YEAR, since, moment(AT))
    assert found["people"] == [
        {"subject": SUBJECT, "left": [LEVEL_1], "joined": [], "entries": names("e3")}
    ]


def test_if_only_the_day_counted_differs_no_entry_is_named(log: Log, law: Law) -> None:
    """A year not yet over is counted up to the civil day of `known_at`."""
    record = given(REGISTERED, convicted("2018-01-09", "fine"), level("2022-05-01", 2))
    with views(log, law, record.entries) as c:
        found = changes.changes(
            log, c, law, "cheshire", YEAR, moment("2022-12-31"), moment("2023-01-31")
        )
    assert found["days"] == {"was": "2022-12-31", "is": "2023-01-31"}
    assert found["people"] == [{"subject": SUBJECT, "left": [LEVEL_2], "joined": [], "entries": []}]
    assert {"cell": LEVEL_2, "was": 1, "is": 0} in found["cells"]


def test_a_change_of_rate_and_population_is_listed(log: Log, law: Law) -> None:
    """Compared with the stored return: an attached population has no `known_at`."""
    thousand = {"aged_10_plus": 1_000, "base": "mid-2021", "source": "made up"}
    doubled = thousand | {"aged_10_plus": 2_000}
    with views(log, law, given(REGISTERED, LIFE).entries) as c:
        kept = annual_return(c, "cheshire", YEAR, moment(SINCE), thousand)
        found = changes.changes(
            log, c, law, "cheshire", YEAR, moment(SINCE), moment(AT), doubled, kept
        )
        none = changes.changes(log, c, law, "cheshire", YEAR, moment(SINCE), moment(AT), None, kept)
    assert found["cells"] == [
        {"cell": "rate_per_100k", "was": 100, "is": 50},
        {"cell": "population.aged_10_plus", "was": 1_000, "is": 2_000},
    ]
    assert found["people"] == []
    gone = {cell["cell"]: cell["is"] for cell in none["cells"]}
    assert set(gone) == {"rate_per_100k", *(f"population.{name}" for name in thousand)}
    assert set(gone.values()) == {None}


def test_a_late_registration_changes_the_rate(log: Log, law: Law) -> None:
    late_one = registered("2020-01-06", recorded="2023-05-01")
    population = {"aged_10_plus": 1_000, "base": "mid-2021", "source": "made up"}
    with views(log, law, given(late_one, LIFE).entries) as c:
        found = changes.changes(
            log, c, law, "cheshire", YEAR, moment(SINCE), moment(AT), population
        )
    assert {"cell": "rate_per_100k", "was": 0, "is": 100} in found["cells"]


def test_only_the_people_whose_cases_differ_are_read(
    log: Log, law: Law, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = recorded(law, chance, people=20, facts=400)
    read: list[str] = []

    def records(c: Cursor, decode: Any, subjects: Sequence[str]) -> Any:
        read.extend(subjects)
        return changes_records(c, decode, subjects)

    changes_records = changes.records
    monkeypatch.setattr(changes, "records", records)
    since, at = entries[-60].recorded_at, entries[-1].recorded_at
    with views(log, law, entries) as c:
        found = changes.changes(log, c, law, "cheshire", Year.parse("2021-22"), since, at)
    assert read == [person["subject"] for person in found["people"]]
    assert len(read) < 20


def test_nothing_changes_between_a_moment_and_itself(log: Log, law: Law) -> None:
    with views(log, law, given(REGISTERED, LIFE).entries) as c:
        found = changes.changes(log, c, law, "cheshire", YEAR, moment(AT), moment(AT))
    assert found["cells"] == found["people"] == []
