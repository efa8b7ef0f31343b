"""The returns of all areas and the national figures, which count each person once.

Each area counts its own days, so a person who moved within the year may be in rows 2, 3, 7 and 8 of
two areas: the national figures count people, not the sums of areas. Category 4 is added. Called for
`tracker return --all`. It reads area by area, with the index that one query for all would use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from projections.engine.day_numbers import KNOWN, day, instant
from projections.returns.annual_return import rated
from projections.returns.cases import ORDERS, Case, figures, last_day, tally
from projections.returns.computed_return import ComputedReturn
from projections.returns.counted_people import table
from projections.returns.counting_rules import (
    CATEGORIES,
    CATEGORY_4_SNAPSHOT,
    CATEGORY_4_YEARLY,
    LEVELS,
    Rule,
    sql,
)
from projections.returns.years import Year
from tracker.domain.answers.show import moment
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import (
        AttachedPopulation,
        LevelRow,
        ReturnAnswer,
        Snapshot,
    )
    from tracker.domain.answers.overview_shapes import (
        AllReturnsAnswer,
        Category4Figures,
        NationalFigures,
    )


def all_returns(
    c: Cursor, year: Year, known_at: datetime, returns: Sequence[ReturnAnswer], category_4: str
) -> AllReturnsAnswer:
    """The answer of `tracker return --all`: the areas' returns and the national figures.

    Each area is counted as known at its own return's `known_at`: a frozen return has its own.
    `category_4` is the setting under which these returns leave category 4 out.
    """
    return {
        "year": year.text,
        "period_start": year.start.isoformat(),
        "period_end": year.end.isoformat(),
        "complete": all(one["complete"] for one in returns),
        "known_at": moment(known_at),
        "areas": list(returns),
        "national": national_figures(c, year, returns, category_4),
    }


def national_figures(
    c: Cursor, year: Year, returns: Sequence[ReturnAnswer], category_4: str
) -> NationalFigures:
    """Rows 1 to 9 for all areas together, with the keys of a return, and `category_4`."""
    moments = {one["area"]: datetime.fromisoformat(one["known_at"]) for one in returns}
    cases = [
        case
        for area, known_at in moments.items()
        for case in ComputedReturn(c, area, year, known_at).yearly_cases()
    ]
    rows = figures(tally(each_person_once(cases)), _merged(one["snapshot"] for one in returns))
    category_4_figures = _category_4(c, year, moments, category_4)
    return {**rated(rows, population(returns)), "category_4": category_4_figures}


def each_person_once(cases: Iterable[Case]) -> list[Case]:
    """The cases of several areas, with each person once in a row; orders are all counted.

    A person counts at the highest level reached in any area, by the last case at that level.
    """
    orders: list[Case] = []
    best: dict[tuple[str, str], Case] = {}
    for case in cases:
        if case.cell in ORDERS:
            orders.append(case)
            continue
        whose = case.subject, case.cell.partition(".")[0]
        before = best.get(whose)
        if before is None or _rank(case) > _rank(before):
            best[whose] = case
    return [*orders, *best.values()]


def _rank(case: Case) -> tuple[list[str], str]:
    """(level, day) of a case, to compare; the level is empty in a row without levels."""
    return case.cell.split(".")[1:2], case.on


def _merged(snapshots: Iterable[Snapshot]) -> Snapshot:
    """The sum of several snapshots: nobody is in the snapshot of two areas."""
    return table(
        (level, category, number)
        for one in snapshots
        for level, row in zip(LEVELS, (one["level1"], one["level2"], one["level3"]), strict=True)
        for category, number in zip(CATEGORIES, _by_category(row), strict=True)
        if number
    )


def _by_category(row: LevelRow) -> tuple[int, int, int | None]:
    return row["cat1"], row["cat2"], row["cat3"]


def population(returns: Iterable[ReturnAnswer]) -> AttachedPopulation | None:
    """The residents of all areas together; None if any area has no population attached."""
    populations = [one["population"] for one in returns]
    attached = [one for one in populations if one is not None]
    if not attached or len(attached) < len(populations):
        return None
    return {
        "aged_10_plus": sum(one["aged_10_plus"] for one in attached),
        "base": "; ".join(dict.fromkeys(one["base"] for one in attached)),
        "source": f"the sum of the populations attached to {len(attached)} areas",
    }


# --- category 4 ----------------------------------------------------------------------------------


def _category_4(
    c: Cursor, year: Year, moments: Mapping[str, datetime], setting: str
) -> Category4Figures:
    """People in category 4 in all areas: on the last day, and at level 2 or 3 in the year.

    A person in category 4 may have no level: `no_level` counts them.
    """
    on_last_day: Counter[int | None] = Counter()
    highest: dict[str, int] = {}
    for known_at in sorted(set(moments.values())):
        areas = [area for area, at in moments.items() if at == known_at]
        days = year.start, last_day(year, known_at)
        on_last_day.update(n for _, n in _counted(c, CATEGORY_4_SNAPSHOT, areas, *days, known_at))
        for subject, level in _counted(c, CATEGORY_4_YEARLY, areas, *days, known_at):
            highest[subject] = max(level or 0, highest.get(subject, 0))
    reached = Counter(highest.values())
    return {
        "setting": setting,
        "snapshot": {
            "level1": on_last_day[1], "level2": on_last_day[2], "level3": on_last_day[3],
            "no_level": on_last_day[None], "total": on_last_day.total(),
        },
        "yearly_level2_3": {
            "level2": reached[2], "level3": reached[3], "total": reached.total(),
        },
    }  # fmt: skip


def _counted(
    c: Cursor, rule: Rule, areas: Sequence[str], first: date, last: date, known_at: datetime
) -> list[tuple[str, int | None]]:
    """(subject, level) of each run that a rule counts in these areas."""
    named = {f"area{number}": area for number, area in enumerate(areas)}
    c.execute(
        f"SELECT subject, level FROM view_standing WHERE area IN ({_placeholders(named)})"
        f" AND {sql(rule)} AND {KNOWN}",
        {**named, "first": day(first), "last": day(last), "known": instant(known_at)},
    )
    return [(row[0], row[1]) for row in c.fetchall()]


def _placeholders(names: Iterable[str]) -> str:
    return ",".join(f":{name}" for name in names)
