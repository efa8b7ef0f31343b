"""The findings of a return that need its year or the year before."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from population import fill, folded, moments, recorded
from projections import Engine, all_views
from projections.returns import return_findings
from projections.returns.annual_return import Year
from projections.returns.cases import cases_of_person
from projections.returns.computed_return import ComputedReturn
from running import Tracker
from tracker.domain.facts import MeetingHeld
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline
from tracker.settings import configuration
from tracker.settings.configuration import ReportSettings
from tracker.store.log import Log
from wire import Event, Written, convicted, event, level, made, registered, void

AFTER = "2023-09-30"
FINE = {"kind": "fine"}
Findings = Callable[..., list[Any]]


@pytest.fixture
def found(tracker: Tracker, file: Written) -> Findings:
    """The findings of one kind in the return of Cheshire for 2022-23, from a few facts."""

    def answer(
        kind: str,
        *facts: Event,
        area: str = "cheshire",
        known_at: str = AFTER,
        year: str = "2022-23",
    ) -> list[Any]:
        if facts:
            tracker("import", file(*facts), "--trust-times").done()
        ask = ("return", area, year, "--known-at", known_at, "--format", "json")
        return [one for one in tracker(*ask).json()["findings"] if one["finding"] == kind]

    return answer


# --- level 2 or 3 and no meeting ------------------------------------------------------------------


def met(id: str, on: str, **given: Any) -> Event:
    about = {"meeting_id": id, "level": 2, "invited": ["police"], "attended": ["police"]}
    return event(id, "meeting.held", on, **{**about, **given})


def managed(at: int = 2, since: str = "2022-05-02", until: str | None = None) -> list[Event]:
    """A person subject for five years, at a level for a time, at level 1 before and after."""
    facts = [registered(), convicted(disposal=FINE), level("up", since, at)]
    return [*facts, *([level("down", until, 1)] if until else [])]


class TestNoMeetingInTheYear:
    def unmet(self, found: Findings, *facts: Event, **ask: Any) -> list[str]:
        return [one["subject"] for one in found("no_meeting_in_year", *facts, **ask)]

    @pytest.mark.parametrize("at", [2, 3])
    def test_names_the_person_the_start_of_the_level_and_its_entries(
        self, found: Findings, at: int
    ) -> None:
        assert found("no_meeting_in_year", *managed(at)) == [
            {"finding": "no_meeting_in_year", "subject": "CHE-1", "ref": None,
             "from": "2022-05-02", "entries": ["/cheshire/ppu up"]}
        ]  # fmt: skip

    def test_gives_the_start_of_the_last_level_in_the_year(self, found: Findings) -> None:
        first, second, up, down = managed(2, "2022-05-02", "2022-08-01")
        facts = [first, second, up, level("again", "2022-07-04", 3), down]
        (one,) = found("no_meeting_in_year", *facts)
        assert (one["from"], one["entries"]) == ("2022-07-04", ["/cheshire/ppu again"])

    def test_nobody_at_level_1(self, found: Findings) -> None:
        assert self.unmet(found, registered(), convicted()) == []

    @pytest.mark.parametrize(
        ("on", "unmet"),
        [("2022-03-31", ["CHE-1"]), ("2022-04-01", []), ("2023-03-31", []),
         ("2023-04-01", ["CHE-1"])],
    )  # fmt: skip
    def test_a_meeting_in_the_year_is_one_from_april_to_march(
        self, found: Findings, on: str, unmet: list[str]
    ) -> None:
        assert self.unmet(found, *managed(since="2022-03-01"), met("m", on)) == unmet

    @pytest.mark.parametrize(
        ("since", "until", "unmet"),
        [("2021-05-01", "2022-04-01", []), ("2021-05-01", "2022-04-02", ["CHE-1"]),
         ("2023-03-31", None, ["CHE-1"]), ("2023-04-01", None, [])],
    )  # fmt: skip
    def test_at_the_level_on_any_day_of_the_year(
        self, found: Findings, since: str, until: str | None, unmet: list[str]
    ) -> None:
        assert self.unmet(found, *managed(2, since, until)) == unmet

    def test_a_meeting_that_was_voided_was_not_held(self, found: Findings) -> None:
        assert self.unmet(found, *managed(), met("m", "2022-06-01")) == []
        assert self.unmet(found, void("v", "m", "2023-04-17")) == ["CHE-1"]
        assert self.unmet(found, known_at="2023-04-16") == []

    def test_a_meeting_recorded_late_was_held(self, found: Findings) -> None:
        late = met("m", "2022-06-01", time="2023-04-17T09:00:00Z")
        assert self.unmet(found, *managed(), late, known_at="2023-04-16") == ["CHE-1"]
        assert self.unmet(found) == []

    def test_a_meeting_in_any_area_counts(self, found: Findings) -> None:
        """Two areas count the person at level 2 in the year; a meeting in either is enough."""
        moved = event("t", "individual.transferred", "2022-10-03", to_area="merseyside")
        areas = ("cheshire", "merseyside")
        found("no_meeting_in_year", *managed(), moved)
        assert [self.unmet(found, area=area) for area in areas] == [["CHE-1"], ["CHE-1"]]
        found("no_meeting_in_year", met("m", "2022-11-01", source="/merseyside/ppu"))
        assert [self.unmet(found, area=area) for area in areas] == [[], []]

    def test_in_a_year_not_yet_over_counts_up_to_its_day(self, found: Findings) -> None:
        facts = [*managed(since="2022-02-01"), met("m", "2022-12-01")]
        assert self.unmet(found, *facts, known_at="2022-11-30") == ["CHE-1"]
        assert self.unmet(found, known_at="2022-12-01") == []
        assert self.unmet(found, known_at="2022-03-01") == [], "the year has not begun"


def test_everybody_in_row_2_without_a_meeting_in_the_year_is_a_finding(
    log: Log, law: Law, chance: random.Random
) -> None:
    """Compared with brute force: person by person, meeting by meeting."""
    entries = recorded(law, chance, people=25, facts=600)
    fill(log, entries)
    Engine(log, law, all_views()).catch_up()
    unmet = 0
    with log.database.reading() as c:
        for at in [*moments(chance, entries, 4), entries[-1].recorded_at]:
            people = folded(entries, law, at)
            for text in ("2021-22", "2022-23"):
                for area in ("cheshire", "merseyside"):
                    r = ComputedReturn(c, area, Year.parse(text), at)
                    should = set()
                    for t in people:
                        cases = cases_of_person(t, area, r.year.start, r.day)
                        if any(case.cell.startswith("yearly_level2_3") for case in cases):
                            held = any(r.year.start <= on <= r.day for on in meetings(t))
                            should |= set() if held else {t.subject}
                    told = return_findings.findings(c, r, r.figures(), ReportSettings())
                    kinds = [x["subject"] for x in told if x["finding"] == "no_meeting_in_year"]
                    assert kinds == sorted(should), (area, text, at)
                    unmet += len(should)
    assert unmet, "nobody proves nothing"


def meetings(t: Timeline) -> list[date]:
    return [entry.fact.on for entry in t.entries if isinstance(entry.fact, MeetingHeld)]


def test_findings_about_people_come_by_subject_then_those_about_cells(
    found: Findings, tracker: Tracker
) -> None:
    of_two = [
        registered("r2", subject="CHE-2"),
        event("k2", "category.assigned", "2022-05-02", subject="CHE-2", category=3),
    ]
    news = [one for n in range(12) for one in subject(f"X-{n:02}", "2022-05-02")]
    found("any", *managed(), *of_two, *news, *subject("OLD", "2021-05-02"))
    ask = ("return", "cheshire", "2022-23", "--known-at", AFTER, "--format", "json")
    told = [(one["finding"], one["subject"]) for one in tracker(*ask).json()["findings"]]
    assert told == [
        ("no_meeting_in_year", "CHE-1"), ("category_3_at_level_1", "CHE-2"), ("cell_moved", None)
    ]  # fmt: skip


# --- cells that moved -----------------------------------------------------------------------------


def subject(who: str, on: str, at: int = 1) -> list[Event]:
    """A person who became subject for five years on a day, at a level from then on."""
    return [
        registered(f"r{who}", on, subject=who),
        convicted(f"c{who}", on, subject=who, disposal=FINE),
        level(f"l{who}", on, at, subject=who),
    ]


def people(last: int, this: int) -> list[Event]:
    """People of whom `last` are in last year's snapshot and `this` in this year's."""
    days = ["2021-05-03" if n < last else "2022-05-02" for n in range(max(last, this))]
    facts = [one for n, on in enumerate(days) for one in subject(f"P-{n:03}", on)]
    return facts + [
        event(f"d{n}", "individual.died", "2022-07-01", subject=f"P-{n:03}")
        for n in range(this, last)
    ]


def moved(found: Findings, *facts: Event, **ask: Any) -> dict[str, tuple[int, int]]:
    return {one["cell"]: (one["was"], one["is"]) for one in found("cell_moved", *facts, **ask)}


LEVEL_1 = "snapshot.level1.cat1"


class TestCellsThatMoved:
    @pytest.mark.parametrize(
        ("last", "this", "told"),
        [(40, 50, False), (39, 49, True), (40, 51, True), (40, 30, False), (39, 29, True),
         (4, 13, False), (4, 14, True), (4, 4, False)],
    )  # fmt: skip
    def test_by_more_than_a_quarter_and_by_ten_at_least(
        self, found: Findings, last: int, this: int, told: bool
    ) -> None:
        assert moved(found, *people(last, this)) == ({LEVEL_1: (last, this)} if told else {})

    def test_is_a_finding_about_nobody_with_the_cell_named(self, found: Findings) -> None:
        assert found("cell_moved", *people(1, 12)) == [
            {"finding": "cell_moved", "subject": None, "ref": None, "from": "2023-03-31",
             "entries": [], "cell": LEVEL_1, "was": 1, "is": 12}
        ]  # fmt: skip

    def test_a_total_only_if_no_cell_in_it_moved(self, found: Findings) -> None:
        """Six more people at each level: no cell differs by ten, but the totals do."""
        facts = [*people(2, 2), *(one for n in range(18) for one in subject(
            f"N-{n:02}", "2022-05-02", 1 + n % 3))]  # fmt: skip
        assert moved(found, *facts) == {
            "snapshot.total.cat1": (2, 20), "yearly_level2_3.total.cat1": (0, 12),
        }  # fmt: skip

    def test_in_a_year_not_yet_over_only_the_snapshot(self, found: Findings) -> None:
        orders = [
            made(f"o{n}", "2021-06-01", order_id="S1", subject=f"P-{n:03}") for n in range(15)
        ]
        earlier = [*subject("OLD", "2020-05-04"), made("o", "2020-06-01", subject="OLD")]
        facts = [*people(15, 15), *orders, *earlier]
        assert moved(found, *facts) == {"orders.shpo": (15, 0)}
        assert moved(found, known_at="2022-12-31") == {}
        fewer = [event(f"x{n}", "individual.died", "2022-05-02", subject=f"P-{n:03}")
                 for n in range(12)]  # fmt: skip
        assert moved(found, *fewer, known_at="2022-12-31") == {LEVEL_1: (16, 4)}

    def test_not_compared_with_a_year_in_which_nobody_was_counted(self, found: Findings) -> None:
        assert moved(found, *people(0, 12)) == {}

    def test_both_years_as_known_at_one_moment(self, found: Findings) -> None:
        """A person recorded late is counted last year too."""
        late = [one | {"time": "2023-05-02T09:00:00Z"} for one in people(14, 14)]
        assert moved(found, *subject("OLD", "2021-05-02"), *late, known_at=AFTER) == {}

    @pytest.mark.parametrize(
        ("share", "last", "this", "told"),
        [(0.25, 10, 13, True), (0.3, 10, 13, False), (0.25, 10, 12, False),
         (0.28, 100, 129, True), (0.29, 100, 129, False)],
    )  # fmt: skip
    def test_by_the_share_and_number_of_the_settings(
        self, found: Findings, share: float, last: int, this: int, told: bool
    ) -> None:
        """The share is exact: 0.29 of 100 is 29, without the error of a binary fraction."""
        with settings(f"[report]\nmoved_share = {share}\nmoved_least = 3"):
            assert moved(found, *people(last, this)) == ({LEVEL_1: (last, this)} if told else {})


@contextmanager
def settings(text: str) -> Iterator[None]:
    """The settings of a user with this text in the settings file."""
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "mappa-tracker" / "settings.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    configuration.clear_cache()
    try:
        yield
    finally:
        file.unlink()
        configuration.clear_cache()
