"""Annual returns: computed, explained, frozen, signed off, restated, verified, published."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler_world import Clock
from service.conftest import Record
from tracker.domain.errors import InvalidQuestion, Refused, TrackerError
from tracker.service import frozen, publishing, returns, trends
from tracker.service.app import App
from tracker.service.returns import Year
from wire import level, made

YEAR = Year.parse("2022-23")
L1, L2 = "snapshot.level1.cat1", "snapshot.level2.cat1"

pytestmark = pytest.mark.usefixtures("people")


def test_a_return_and_who_is_behind_a_figure(app: App) -> None:
    answer = returns.annual_return(app, "cheshire", YEAR)
    assert answer["snapshot"]["total"]["total"] == 2
    assert answer["population"] is not None
    cases = returns.explained(app, "cheshire", YEAR, None, L2)["cases"]
    assert [case["subject"] for case in cases] == ["CHE-1"]
    assert returns.why_counted(app, "cheshire", YEAR, None, L2, "CHE-1")["counted"]
    assert not returns.why_counted(app, "cheshire", YEAR, None, L2, "CHE-2")["counted"]
    with pytest.raises(InvalidQuestion, match="no figure 'orders'"):
        returns.explained(app, "cheshire", YEAR, None, "orders")


def test_what_changed_between_two_moments(app: App, clock: Clock, record: Record) -> None:
    before = clock()
    clock.set(datetime(2023, 6, 2, tzinfo=UTC))
    record(level("a4", "2023-01-05", 1))
    result = returns.changes(app, "cheshire", YEAR, before)
    assert {"cell": L2, "was": 1, "is": 0} in result["cells"]
    assert result["people"][0]["entries"] == ["/cheshire/ppu a4"]
    with pytest.raises(InvalidQuestion, match="is after 2023-06-01T09:00:00Z"):
        returns.changes(app, "cheshire", YEAR, clock(), before)


def test_a_frozen_return_stands_until_it_is_restated(
    app: App, clock: Clock, record: Record
) -> None:
    first = frozen.freeze(app, "cheshire", YEAR, None, "ann")
    assert (first["status"], first["frozen"]["by"]) == ("frozen", "ann")
    clock.set(datetime(2023, 6, 2, tzinfo=UTC))
    record(level("a4", "2023-01-05", 1))
    assert returns.annual_return(app, "cheshire", YEAR)["digest"] == first["digest"]
    assert returns.explained(app, "cheshire", YEAR, None, L2)["figure"] == 1
    assert returns.computed(app, "cheshire", YEAR)["snapshot"]["level2"]["cat1"] == 0
    second = frozen.restate(app, "cheshire", YEAR, None, "recorded late", "ann")
    assert second["snapshot"]["level2"]["cat1"] == 0
    assert second["restated"][0]["reason"] == "recorded late"
    result = frozen.verify(app, "cheshire", YEAR)
    assert (result["verified"], len(result["versions"])) == (True, 2)
    every = returns.every_area(app, YEAR)
    by_area = {one["area"]: one for one in every["areas"]}
    assert by_area["cheshire"]["digest"] == second["digest"]
    assert every["national"]["snapshot"]["total"]["total"] == 2


def test_it_is_signed_off_by_another_person_who_accepts_each_finding(app: App) -> None:
    answer = frozen.freeze(app, "cheshire", YEAR, None, "ann")
    reasons = {one["finding"]: "checked by phone" for one in answer["findings"]}
    with pytest.raises(Refused) as refused:
        frozen.sign_off(app, "cheshire", YEAR, reasons, "ann")
    assert refused.value.code == "same_person"
    if reasons:
        with pytest.raises(TrackerError, match="open findings"):
            frozen.sign_off(app, "cheshire", YEAR, {}, "bob")
    signed = frozen.sign_off(app, "cheshire", YEAR, reasons, "bob")
    assert signed["frozen"]["signed_off_by"] == "bob"
    assert all(one["accepted"] == "checked by phone" for one in signed["findings"])


def test_what_was_never_frozen_is_neither_signed_nor_verified(app: App) -> None:
    with pytest.raises(TrackerError, match="is not frozen"):
        frozen.sign_off(app, "cheshire", YEAR, {}, "bob")
    with pytest.raises(TrackerError, match="is not frozen"):
        frozen.verify(app, "cheshire", YEAR)
    with pytest.raises(Refused) as refused:
        frozen.restate(app, "cheshire", YEAR, None, "so", "ann")
    assert refused.value.code == "not_frozen"


def test_over_the_years(app: App, record: Record) -> None:
    record(made("a4", "2021-06-01", ends_on="2026-06-01"))
    trend = trends.trend(app, "cheshire")["trend"]
    assert [one["year"] for one in trend][-1] == "2022-23"
    moved = trends.movement(app, "cheshire", YEAR)
    assert {cell["this"] for cell in moved["cells"] if cell["cell"] == L2} == {1}
    ahead = trends.forecast(app, "cheshire", 5)
    assert {"shpo": 1} in [year["order_ends"] for year in ahead["years"]]


def test_a_return_is_published_whole(app: App, tmp_path: Path) -> None:
    answer = returns.annual_return(app, "cheshire", YEAR)
    title = publishing.publish_return(app, answer, tmp_path / "return.csv")
    assert title == "MAPPA annual report 2022-23: Cheshire"
    assert [file.name for file in tmp_path.glob("return*")] == ["return.csv"]
