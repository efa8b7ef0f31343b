"""The report that every writer gets: its figures, or why there is none."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tracker.documents.report import NotThisReport, Report, write_report


def with_(report: Report, **changed: Any) -> Report:
    return dataclasses.replace(report, answer={**report.answer, **changed})


class TestACell:
    def test_has_its_figure(self, report: Report) -> None:
        cell = report.cell("snapshot.level1.cat1")
        assert (cell.value, cell.shorthand, cell.text) == (1417, "", "1417")

    def test_of_nobody_is_a_figure(self, report: Report) -> None:
        cell = report.cell("orders.notification_order")
        assert (cell.value, cell.shorthand, cell.text) == (0, "", "0")

    def test_that_cannot_be_is_not_applicable(self, report: Report) -> None:
        cell = report.cell("snapshot.level1.cat3")
        assert (cell.value, cell.shorthand, cell.text) == (None, "[z]", "[z]")

    def test_that_is_not_known_is_not_available(self, report: Report) -> None:
        cell = with_(report, rate_per_100k=None).cell("rate_per_100k")
        assert (cell.value, cell.shorthand, cell.text) == (None, "[x]", "[x]")

    def test_that_the_return_does_not_count_is_not_available(self, report: Report) -> None:
        assert report.cell(None).text == "[x]"

    def test_that_should_not_be_but_has_a_figure_shows_it(self, report: Report) -> None:
        snapshot = {**report.answer["snapshot"], "level1": {"cat3": 1}}
        assert with_(report, snapshot=snapshot).cell("snapshot.level1.cat3").text == "1"

    @pytest.mark.parametrize("path", ["snapshot.level4.cat1", "sopo", "cat1_lifetime_revoked.x"])
    def test_without_a_place_in_the_return_is_refused(self, report: Report, path: str) -> None:
        with pytest.raises(NotThisReport, match=path):
            report.cell(path)


class TestWhatAReaderMustKnow:
    def test_a_draft_says_so(self, report: Report) -> None:
        assert report.remarks() == ["This is a draft: the figures may still change."]

    @pytest.mark.parametrize("status", ["frozen", "signed_off"])
    def test_a_return_that_stands_says_nothing(self, report: Report, status: str) -> None:
        assert with_(report, status=status).remarks() == []

    def test_a_year_not_yet_over_says_so(self, report: Report) -> None:
        early = with_(report, complete=False, known_at="2022-12-31T23:59:59.999999Z")
        assert early.remarks() == [
            "The year was not yet over: the figures end on 31 December 2022."
        ]

    def test_no_population_is_said(self, report: Report) -> None:
        assert "so there is no rate" in with_(report, population=None).remarks()[-1]


class TestTheResidentsBehindTheRate:
    def test_are_named_with_their_source(self, report: Report) -> None:
        said = report.population_notes()
        assert said[0].startswith("ONS mid-2021 usual residents aged 10 and over: 981,022. Source:")
        assert said[1:] == [report.form.population.note]

    def test_of_another_base_than_the_published_one_are_told_apart(self, report: Report) -> None:
        population = {"aged_10_plus": 900_000, "base": "a count of our own", "source": "we counted"}
        said = with_(report, population=population).population_notes()
        assert said[0] == "a count of our own: 900,000. Source: we counted."
        assert said[1].startswith("The rates published for 2022-23 are based on ONS mid-2021")

    def test_that_are_not_attached_leave_the_note_on_the_base(self, report: Report) -> None:
        said = with_(report, population=None).population_notes()
        assert said == [report.form.population.note]


def test_the_way_of_counting_is_said(report: Report) -> None:
    said = " ".join(report.counting_notes())
    assert "the first of 1, 2, 3 that applies" in said
    assert "at Level 3" in said
    assert "interim orders, renewals and variations are not" in said


def test_another_kind_of_file_is_refused(report: Report) -> None:
    with pytest.raises(NotThisReport, match=r"'\.docx'; write \.csv, \.html, \.json, \.ods"):
        write_report(report, ".docx")
