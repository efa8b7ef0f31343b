"""Prints the tables over areas and years: every area, movement, trend and forecast.

Called by `years_command` and `return_command`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tracker.cli.return_tables import CATEGORIES, figure_at
from tracker.cli.showing import figure, print_rows, say

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import MovementAnswer, MovementCell, MovementDays
    from tracker.domain.answers.figure_shapes import Snapshot
    from tracker.domain.answers.overview_shapes import (
        AllReturnsAnswer,
        ForecastAnswer,
        TrendAnswer,
    )

# The figures of a return that are printed on one line, by their paths, with column titles.
LINE = {
    "snapshot.level1.total": "Level 1",
    "snapshot.level2.total": "Level 2",
    "snapshot.level3.total": "Level 3",
    "snapshot.total.cat1": "Cat 1",
    "snapshot.total.cat2": "Cat 2",
    "snapshot.total.cat3": "Cat 3",
    "snapshot.total.total": "Total",
    "rate_per_100k": "Rate",
    "yearly_level2_3.total.total": "Levels 2-3",
    "cat1_cautioned_or_convicted_breach": "Breach",
    "cat1_lifetime_revoked": "Revoked",
    "orders.shpo": "SHPO",
    "orders.shpo_foreign_travel": "Travel",
    "orders.notification_order": "Notif. order",
    "sro_breach_became_subject": "SRO breach",
    "returned_to_custody_breach_of_licence.total.total": "Licence breach",
    "breach_of_shpo.total": "SHPO breach",
}


def _line(figures: Mapping[str, object]) -> list[str]:
    return [figure(figure_at(figures, path)) for path in LINE]


def _columns(*first: str) -> list[str]:
    return [*first, *(f">{name}" for name in LINE.values())]


def print_every(answer: AllReturnsAnswer) -> None:
    """Prints a line for each area, and one for all areas."""
    state = "" if answer["complete"] else ", year not yet over"
    say(f"MAPPA annual returns, {answer['year']}{state}, as known at {answer['known_at']}\n")
    national = answer["national"]
    rows = [[one["area"], one["status"], *_line(one)] for one in answer["areas"]]
    print_rows("", _columns("Area", "Status"), [*rows, ["all areas", "", *_line(national)]])
    four = national["category_4"]
    say(
        f"\nCategory 4, all areas: {four['snapshot']['total']} in the community, "
        f"{four['yearly_level2_3']['total']} at level 2 or 3 in the year (setting category_4: "
        f"{four['setting']})"
    )
    say(
        "For all areas each person is counted once in the year; somebody who moved may be counted "
        "in two areas."
    )


def print_movement(answer: MovementAnswer) -> None:
    """Prints a table for each level, and one for all levels: each reason by category."""
    days, last_known_at = answer["days"], answer["last_known_at"]
    say(f"Movement, {answer['area']}, {answer['year']}, as known at {answer['known_at']}")
    if last_known_at != answer["known_at"]:
        say(f"From last year's snapshot as published, known at {last_known_at}")
    cells = {one["cell"]: one for one in answer["cells"]}
    for level in ("level1", "level2", "level3", "total"):
        row = [cells.get(f"snapshot.{level}.{category}") for category in CATEGORIES]
        title = level.replace("level", "Level ").replace("total", "All levels")
        say()
        print_rows(title, ["", *(f">{name}" for name in CATEGORIES.values())], _moved(row, days))


def _moved(cells: Sequence[MovementCell | None], days: MovementDays) -> list[list[str]]:
    """The rows of one table: the first day, a row for each reason, the last day."""
    return [
        [f"On {days['last']}", *(figure(cell and cell["last"]) for cell in cells)],
        *_reasons("joined: ", "+", [cell and cell["joined"] for cell in cells]),
        *_reasons("left: ", "-", [cell and cell["left"] for cell in cells]),
        [f"On {days['this']}", *(figure(cell and cell["this"]) for cell in cells)],
    ]


def _reasons(way: str, sign: str, cells: Sequence[Mapping[str, int] | None]) -> Iterator[list[str]]:
    for reason in dict.fromkeys(reason for cell in cells if cell for reason in cell):
        numbers = [None if cell is None else cell.get(reason, 0) for cell in cells]
        shown = [f"{sign}{n}" if n else figure(n) for n in numbers]
        yield [f"{way}{reason.replace('_', ' ')}", *shown]


def print_trend(answer: TrendAnswer) -> None:
    """Prints a line for each year."""
    known_at = answer["known_at"]
    say(f"{answer['area']}, year by year; years that are not frozen are as known at {known_at}\n")
    rows = [
        [one["year"], one["source"], *_line({**one, "rate_per_100k": one["rate"]})]
        for one in answer["trend"]
    ]
    print_rows("", _columns("Year", "Figures"), rows)


def print_forecast(answer: ForecastAnswer) -> None:
    """Prints a line for each coming year."""
    say(
        f"{answer['area']} from {answer['on']}, if nothing else changes; people in the community "
        "on 31 March\n"
    )
    now = [f"on {answer['on']}", "", "", "", *_by_category(answer["snapshot"])]
    rows = [
        [
            one["year"],
            str(one["review_qualifying"]),
            ", ".join(f"{kind} {number}" for kind, number in one["order_ends"].items()) or "0",
            str(one["notification_ends"]),
            *_by_category(one["snapshot"]),
        ]
        for one in answer["years"]
    ]
    ends = (">Qualify for review", "Orders end", ">Notification ends")
    columns = ["Year", *ends, *(f">{name}" for name in CATEGORIES.values())]
    print_rows("", columns, [now, *rows])


def _by_category(snapshot: Snapshot) -> list[str]:
    return [figure(figure_at(snapshot, f"total.{category}")) for category in CATEGORIES]
