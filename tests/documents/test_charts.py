"""The charts of a report: what they draw, what they say in words, and the figures beside them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from documents.page_reports import ANSWER, MOVEMENT, TREND, figure, report, whole, year
from projections.returns.movement import JOINING, LEAVING
from tracker.documents.charts import REASONS, charts
from tracker.documents.charts_base import CATEGORIES, Chart
from tracker.documents.charts_drawing import Panel, panels
from tracker.documents.report import Report

LEVELS = ("level1", "level2", "level3")
WHITE = 1.05  # relative luminance of white and the share of ambient light


def chart(of: Report, id: str) -> Chart:
    return next(chart for chart in charts(of) if chart.id == id)


def texts(of: Chart) -> list[str]:
    """The texts in a drawing."""
    root = ElementTree.fromstring(of.svg)
    return ["".join(e.itertext()) for e in root.iter() if e.tag.endswith("}text")]


def strokes(of: Chart) -> list[str]:
    """The lines of a line chart: long paths in a colour, without those of grid and axes."""
    found = re.findall(r'<path d="([^"]+)"[^>]*style="fill: none; stroke: #([0-9a-f]{6})', of.svg)
    return [path for path, colour in found if colour not in ("cccccc", "000000")]


def test_names_are_drawn_as_they_are_and_never_as_a_formula() -> None:
    name = "$x^2$ [/] :x: \\frac"
    drawn = panels("drawn", [Panel(name, [(name, 1)], 1)])
    assert drawn.count(f">{name}</text>") == 2


class TestLevelByCategory:
    def test_shows_every_figure_of_the_snapshot(self) -> None:
        drawn = chart(report(), "level-by-category")
        written = texts(drawn)
        for level in LEVELS:
            for cat in CATEGORIES:
                value = figure(f"snapshot.{level}.{cat}")
                assert ("not applicable" if value is None else f"{value:,}") in written
        assert [t for t in written if t.startswith("Level")] == ["Level 1", "Level 2", "Level 3"]

    def test_says_the_same_in_words(self) -> None:
        assert chart(report(), "level-by-category").alt == (
            "Bar chart of individuals at each level on 31 March 2023. "
            "Level 1: Category 1 1,417, Category 2 341, Category 3 not applicable. "
            "Level 2: Category 1 5, Category 2 9, Category 3 13. "
            "Level 3: Category 1 2, Category 2 2, Category 3 2."
        )

    def test_stands_below_the_table_that_has_its_figures(self) -> None:
        drawn = chart(report(), "level-by-category")
        assert (drawn.table, drawn.figures) == ("snapshot", None)

    def test_of_a_year_not_yet_over_names_the_day_that_was_counted(self) -> None:
        answer = {**ANSWER, "complete": False, "known_at": "2022-12-31T23:59:59.999999Z"}
        assert chart(report(answer), "level-by-category").title.endswith("on 31 December 2022")

    def test_of_an_area_without_anybody(self) -> None:
        nobody = dict.fromkeys((*CATEGORIES, "total"), 0)
        answer = {**ANSWER, "snapshot": dict.fromkeys((*LEVELS, "total"), nobody)}
        assert texts(chart(report(answer), "level-by-category")).count("0") == 9


class TestMovement:
    def test_leads_from_last_year_to_this(self) -> None:
        drawn = chart(report(movement=MOVEMENT), "movement")
        assert drawn.title == "How 1,733 individuals on 31 March 2022 became 1,791 on 31 March 2023"
        assert drawn.figures is not None
        (_, first), *moved, (_, last) = drawn.figures.rows
        numbers = [int(n.replace(",", "").replace("−", "-")) for _, n in moved]
        assert int(first.replace(",", "")) + sum(numbers) == int(last.replace(",", ""))
        assert len(numbers) == 9

    def test_draws_who_joined_and_who_left_with_a_sign(self) -> None:
        written = texts(chart(report(movement=MOVEMENT), "movement"))
        assert {"+131", "−79", "Became subject to notification", "Died"} <= set(written)

    def test_names_nobody(self) -> None:
        assert "CHE-" not in repr(charts(report(movement=MOVEMENT)))

    def test_of_a_year_in_which_nobody_came_or_went(self) -> None:
        still = {"cell": "snapshot.total.total", "last": 5, "joined": {}, "left": {}, "this": 5}
        drawn = charts(report(movement={**MOVEMENT, "cells": [still]}))
        assert [c.id for c in drawn] == ["level-by-category"]

    def test_of_a_year_in_which_somebody_came_and_nobody_went(self) -> None:
        came = {"cell": "snapshot.total.total", "last": 5, "joined": {"released": 1}, "left": {}}
        drawn = chart(report(movement={**MOVEMENT, "cells": [{**came, "this": 6}]}), "movement")
        assert "Joined: Left custody or hospital 1. Left: nobody." in drawn.alt

    @pytest.mark.parametrize("reason", sorted({*JOINING, *LEAVING}))
    def test_every_reason_has_its_words(self, reason: str) -> None:
        assert REASONS[reason]


class TestOverTheYears:
    @pytest.mark.parametrize("trend", [(), [year(2030)], [year(2001)]])
    def test_there_is_no_chart_without_an_earlier_return(self, trend: Any) -> None:
        assert [c.id for c in charts(report(trend=trend))] == ["level-by-category"]

    def test_one_earlier_return_is_enough(self) -> None:
        ids = [c.id for c in charts(report(trend=[year(2021)]))]
        assert ids == ["level-by-category", "trend", "rate"]

    def test_shows_the_ten_years_up_to_this_one(self) -> None:
        drawn = chart(report(trend=[year(2010), year(2012), *TREND, year(2024)]), "trend")
        assert drawn.figures is not None
        years = [row[0] for row in drawn.figures.rows]
        assert (years[0], years[-1], len(years)) == ("2013-14", "2022-23", 10)
        assert drawn.figures.rows[0] == ("2013-14", "1,013", "213", "8", "2,013")
        assert drawn.figures.rows[-1] == ("2022-23", "1,424", "352", "15", "1,791")

    def test_this_year_is_as_the_return_says_it(self) -> None:
        drawn = chart(report(trend=[*TREND, year(2022)]), "trend")
        assert drawn.figures is not None
        assert drawn.figures.rows[-1] == ("2022-23", "1,424", "352", "15", "1,791")

    def test_each_category_has_a_line_a_marker_and_its_name(self) -> None:
        drawn = chart(report(trend=TREND), "trend")
        assert len(strokes(drawn)) == 3
        assert {"Category 1", "Category 2", "Category 3"} <= set(texts(drawn))
        markers = re.findall(r'<path id="(m[0-9a-f]+)"', drawn.svg)
        ticks = 2  # of the two axes
        assert len(set(markers)) == 3 + ticks

    def test_no_line_is_drawn_across_a_year_that_is_not_held(self) -> None:
        kept = [held for held in TREND if held["year"] != "2017-18"]
        assert all(path.count("M") == 1 for path in strokes(chart(report(trend=TREND), "trend")))
        broken = chart(report(trend=kept), "trend")
        assert all(path.count("M") == 2 for path in strokes(broken))
        assert "broken" in broken.note

    def test_the_rate_needs_two_years_that_have_one(self) -> None:
        trend = [year(2020, None), year(2021, None)]
        assert "rate" not in [c.id for c in charts(report(trend=trend))]
        drawn = chart(report(trend=[year(2019, 0), *trend]), "rate")
        assert drawn.figures is not None
        assert drawn.figures.rows == (("2019-20", "0"), ("2022-23", "145"))
        assert "0 in 2019-20, 145 in 2022-23" in drawn.alt


class TestEveryDrawing:
    def test_shares_no_id_with_another(self) -> None:
        ids = [id for c in charts(whole()) for id in re.findall(r'\bid="([^"]+)"', c.svg)]
        assert ids
        assert len(ids) == len(set(ids))

    def test_refers_to_nothing_but_itself(self) -> None:
        for drawn in charts(whole()):
            found = re.findall(r'(?:href="|url\()([^")]+)', drawn.svg)
            assert all(target.startswith("#") for target in found)

    def test_has_words_for_whoever_cannot_see_it(self) -> None:
        for drawn in charts(whole()):
            assert len(drawn.alt) > 40
            assert drawn.figures is not None or drawn.table is not None

    def test_stands_out_from_the_page(self) -> None:
        """WCAG 1.4.11 asks three to one of what is drawn, 1.4.3 four and a half of words."""
        for drawn in charts(whole()):
            for colour in re.findall(r"(?:fill|stroke): #([0-9a-f]{6})", drawn.svg):
                if colour != "cccccc":  # the grid, which says nothing that is not written
                    assert WHITE / (luminance(colour) + 0.05) >= 3
            written = re.findall(r"<text style=\"[^\"]*fill: #([0-9a-f]{6})", drawn.svg)
            assert all(WHITE / (luminance(colour) + 0.05) >= 4.5 for colour in written)

    def test_writes_years_that_do_not_run_into_one_another(self) -> None:
        places = [
            float(x)
            for x in re.findall(r'x="([\d.]+)"[^>]*>\d{4}-\d\d<', chart(whole(), "trend").svg)
        ]
        assert len(places) >= 4
        assert all(after - before > 50 for before, after in pairwise(places))


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it, of a colour in hexadecimal."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
