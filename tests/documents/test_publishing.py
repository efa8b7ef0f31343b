"""`tracker return --to FILE`: a return of a real store as a file, whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from documents.reading import lines, sheets, table
from running import Tracker
from tracker.documents import report as report_module
from tracker.domain.errors import InvalidQuestion
from tracker.service.publishing import check_file, publish
from tracker.settings.configuration import ConfigurationError


@pytest.fixture(scope="module")
def printed(cheshire_template: Path) -> str:
    """The return of Cheshire as the command prints it."""
    args = ("cheshire", "2022-23", "--known-at", "2023-09-30", "--format", "json")
    return Tracker(cheshire_template)("return", *args).done().out


@pytest.fixture
def answer(printed: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(printed)
    return made


class TestTheFile:
    def test_json_is_what_the_command_prints(
        self, answer: dict[str, Any], printed: str, tmp_path: Path
    ) -> None:
        publish(answer, tmp_path / "return.json")
        assert (tmp_path / "return.json").read_text() == printed

    @pytest.mark.parametrize("name", ["return.ods", "return.xlsx", "RETURN.XLSX"])
    def test_workbook_holds_the_figures_of_the_store(
        self, answer: dict[str, Any], tmp_path: Path, name: str
    ) -> None:
        publish(answer, tmp_path / name)
        found = sheets((tmp_path / name).read_bytes(), Path(name).suffix.lower())
        assert table(found["Table 1"])[-1] == ["Total", 1424, 352, 15, 1791]
        assert table(found["Table 9"])[1][1] == 145

    def test_csv_holds_the_figures_of_the_store(
        self, answer: dict[str, Any], tmp_path: Path
    ) -> None:
        publish(answer, tmp_path / "return.csv")
        found = lines((tmp_path / "return.csv").read_bytes())
        rate = next(line for line in found if line["cell_path"] == "rate_per_100k")
        assert rate["value"] == "145"

    def test_is_named_when_it_is_there(self, answer: dict[str, Any], tmp_path: Path) -> None:
        assert publish(answer, tmp_path / "return.csv") == "MAPPA annual report 2022-23: Cheshire"

    def test_takes_the_place_of_an_earlier_one(
        self, answer: dict[str, Any], tmp_path: Path
    ) -> None:
        to = tmp_path / "return.csv"
        to.write_text("earlier")
        publish(answer, to)
        assert to.read_text().startswith("table,row,column,cell_path,value,shorthand")
        assert [file.name for file in tmp_path.iterdir()] == ["return.csv"]

    def test_may_be_read_by_whoever_may_read_a_new_file_there(
        self, answer: dict[str, Any], tmp_path: Path
    ) -> None:
        (tmp_path / "other").touch()
        publish(answer, tmp_path / "return.csv")
        assert (tmp_path / "return.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


class TestRefused:
    @pytest.mark.parametrize("name", ["return.docx", "return", "return.csv.gz", ".ods"])
    def test_a_file_of_another_kind_is_wrong_usage(
        self, answer: dict[str, Any], tmp_path: Path, name: str
    ) -> None:
        for attempt in (lambda: check_file(Path(name)), lambda: publish(answer, tmp_path / name)):
            with pytest.raises(InvalidQuestion, match=r"none of \.csv, \.html, \.json, \.ods"):
                attempt()
        assert not list(tmp_path.iterdir())

    def test_a_year_without_a_form_leaves_nothing(
        self, answer: dict[str, Any], tmp_path: Path
    ) -> None:
        with pytest.raises(ConfigurationError, match=r"2012-13\.toml: there is no form"):
            publish({**answer, "year": "2012-13"}, tmp_path / "return.ods")
        assert not list(tmp_path.iterdir())

    def test_what_breaks_off_leaves_the_earlier_file(
        self, answer: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        to = tmp_path / "return.csv"
        to.write_text("earlier")

        def fails(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fails)
        with pytest.raises(OSError, match="No space"):
            publish(answer, to)
        assert to.read_text() == "earlier"
        assert [file.name for file in tmp_path.iterdir()] == ["return.csv"]

    def test_a_return_without_a_figure_of_the_form_leaves_nothing(
        self, answer: dict[str, Any], tmp_path: Path
    ) -> None:
        del answer["orders"]
        with pytest.raises(report_module.NotThisReport, match=r"no figure 'orders\.shpo'"):
            publish(answer, tmp_path / "return.ods")
        assert not list(tmp_path.iterdir())
