"""Lists of people, figures of a day, and the questions about areas that cannot be answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tracker.domain.errors import InvalidQuestion
from tracker.service import figures, frozen, lists, publishing, returns, trends
from tracker.service.app import App
from tracker.service.returns import Year

pytestmark = pytest.mark.usefixtures("people")

DAY, YEAR = date(2023, 3, 31), Year.parse("2022-23")
KNOWN_AT = datetime(2023, 6, 1, 9, tzinfo=UTC)
QUESTIONS: dict[str, Callable[[App, str], object]] = {
    "counts": lambda app, area: figures.counts(app, area, DAY),
    "eligible": lambda app, area: lists.eligible(app, area, DAY, DAY),
    "diary": lambda app, area: lists.diary(app, area, DAY, DAY),
    "annual_return": lambda app, area: returns.annual_return(app, area, YEAR),
    "computed": lambda app, area: returns.computed(app, area, YEAR),
    "explained": lambda app, area: returns.explained(app, area, YEAR, None, "orders.shpo"),
    "why": lambda app, area: returns.why_counted(app, area, YEAR, None, "orders.shpo", "CHE-1"),
    "changes": lambda app, area: returns.changes(app, area, YEAR, KNOWN_AT),
    "freeze": lambda app, area: frozen.freeze(app, area, YEAR, None, "ann"),
    "restate": lambda app, area: frozen.restate(app, area, YEAR, None, "so", "ann"),
    "sign_off": lambda app, area: frozen.sign_off(app, area, YEAR, {}, "bob"),
    "verify": lambda app, area: frozen.verify(app, area, YEAR),
    "movement": lambda app, area: trends.movement(app, area, YEAR),
    "trend": trends.trend,
    "forecast": lambda app, area: trends.forecast(app, area, 2),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_an_area_that_there_is_not_is_a_question_put_wrongly(
    app: App, question: Callable[[App, str], object]
) -> None:
    with pytest.raises(InvalidQuestion, match="there is no area 'camelot'; areas: "):
        question(app, "camelot")


def test_counts_of_an_area_and_of_all(app: App) -> None:
    answer = figures.counts(app, "cheshire", DAY)
    assert answer["snapshot"]["total"]["total"] == 2
    assert (answer["area"], answer["on"], answer["known_at"]) == (
        "cheshire", "2023-03-31", "2023-06-01T09:00:00Z",
    )  # fmt: skip
    assert figures.counts(app, None, DAY)["snapshot"]["level2"]["cat1"] == 1
    assert figures.counts(app, "gwent", DAY)["snapshot"]["total"]["total"] == 0
    before = datetime(2023, 5, 31, tzinfo=UTC)
    assert figures.counts(app, "cheshire", DAY, before)["snapshot"]["total"]["total"] == 0


def test_what_is_due_as_a_list_and_as_a_calendar(app: App, tmp_path: Path) -> None:
    listed = lists.diary(app, "cheshire", date(2020, 1, 8), date(2021, 1, 31))
    assert listed.known_at == KNOWN_AT
    assert {row["subject"] for row in listed.rows} == {"CHE-1", "CHE-2"}
    lists.write_calendar(listed, tmp_path / "diary.ics")
    written = (tmp_path / "diary.ics").read_bytes()
    assert written.count(b"BEGIN:VEVENT") == len(listed.rows)
    assert b"Robin" not in written
    assert lists.diary(app, "gwent", date(2020, 1, 8), date(2021, 1, 31)).rows == []


def test_who_may_apply(app: App) -> None:
    """Nobody has been told of the requirements yet: there is no qualifying date."""
    assert lists.eligible(app, "cheshire", DAY, date(2050, 1, 1)).rows == []


def test_files_that_nothing_is_written_as() -> None:
    with pytest.raises(InvalidQuestion, match=r"'f\.gif': a chart is"):
        trends.check_chart("f.gif")
    with pytest.raises(InvalidQuestion, match=r"'r\.doc' ends in none of"):
        publishing.check_file(Path("r.doc"))
