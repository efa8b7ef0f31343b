"""The errors for a wrong form: they name the file, the key and the reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tracker.documents.form import form, forms
from tracker.settings import configuration
from tracker.settings.configuration import ConfigurationError

SHIPPED = "2022-23"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The forms of a configuration of our own, which has that of 2022-23."""
    shipped = configuration.config_dir()
    shutil.copytree(shipped, tmp_path / "config", ignore=shutil.ignore_patterns("returns"))
    made = tmp_path / "config" / "returns"
    made.mkdir()
    shutil.copy(shipped / "returns" / f"{SHIPPED}.toml", made)
    monkeypatch.setenv("TRACKER_CONFIG", str(tmp_path / "config"))
    return made


def refused(folder: Path, year: str, text: str, said: str) -> None:
    """A file with this text is refused, saying its name and this."""
    (folder / f"{year}.toml").write_text(text)
    with pytest.raises(ConfigurationError) as refusal:
        form(year)
    assert f"{year}.toml" in str(refusal.value)
    assert said in str(refusal.value)


class TestANewYear:
    def test_is_a_new_file(self, folder: Path) -> None:
        (folder / "2026-27.toml").write_text('like = "2022-23"\npeople = { text = "persons", '
                                             'source = "seen" }\n')  # fmt: skip
        assert list(forms()) == ["2022-23", "2026-27"]
        found = form("2026-27")
        assert found.tables[0].title == "MAPPA-eligible persons on 31 March 2027"
        assert (found.people.source, found.tables[0].source) == ("seen", "inferred")

    def test_without_a_file_is_refused(self, folder: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"2026-27\.toml: there is no form of 2026-27"):
            form("2026-27")

    def test_is_no_path_into_another_folder(self, folder: Path) -> None:
        (folder.parent / "elsewhere.toml").write_text('like = "2022-23"')
        with pytest.raises(ConfigurationError, match="there is no form"):
            form("../elsewhere")

    def test_no_forms_at_all_are_refused(self, folder: Path) -> None:
        (folder / f"{SHIPPED}.toml").unlink()
        with pytest.raises(ConfigurationError, match=r"returns: there is no form of a year"):
            forms()


WRONG = [
    ('colour = "red"', "colour: unknown key"),
    ("title = ", "Invalid value"),
    ("title = 7", "title: "),
    ('title = " "', "title: "),
    ('title = "{yeer}"', "title: 'yeer' cannot be filled in"),
    ('title = "{"', "title: "),
    ('like = "2021-22"', "like: there is no form of '2021-22'"),
    ('like = "../2022-23"', "like: there is no form of '../2022-23'"),
    ("like = 7", "like: there is no form of 7"),
    ('like = "2026-27"', "like: goes in a circle: 2026-27 is like 2026-27"),
    ('tables = ["snapshot", "sopo"]', "tables: there is no table 'sopo'"),
    ('tables = ["rate", "rate"]', "tables: 'rate' appears twice"),
    ('notes = ["period", "shrubs"]', "notes: there is no note 'shrubs'"),
    ('notes = ["eligible"]', "footnotes: 'notification' is not a note with a letter"),
    ('cannot_be = ["snapshot.level4.cat3"]', "cannot_be: the return has no figure"),
    ('counting.yearly_level2_3 = "each_level"', "counting.yearly_level2_3: "),
    ('people = { text = "people", source = "heard" }', "people.source: "),
    ('category.cat2 = { text = "Total", source = "seen" }', "'Total' appears twice"),
    ('category.cat5 = { text = "More", source = "seen" }', "category.cat5: unknown key"),
    ('table.rate.rows = [{ cells = "rate" }]',
     "table.rate.rows #1.cells: the return has no figure 'rate'"),
    ('table.rate.rows = [{ label = "Rate" }]',
     "table.rate.rows #1: a row without cells needs a footnote that says why"),
    ('table.rate.rows = [{ cells = "rate_per_100k", footnotes = ["period"] }]',
     "table.rate.rows #1.footnotes: 'period' is not a note with a letter"),
    ('table.snapshot.rows = [{ label = "All", cells = "orders" }]',
     "table.snapshot.rows #1.cells: the return has no figure 'orders.cat1'"),
    ("table.rate.rows = []", "table.rate.rows: "),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_a_wrong_file_names_file_key_and_reason(folder: Path, line: str, said: str) -> None:
    like = "" if line.startswith("like") else f'like = "{SHIPPED}"\n'
    refused(folder, "2026-27", like + line, said)


def test_a_file_that_is_no_year_is_refused(folder: Path) -> None:
    refused(folder, "2026-28", f'like = "{SHIPPED}"', "not a reporting year")


def test_a_circle_of_years_is_refused(folder: Path) -> None:
    (folder / "2024-25.toml").write_text('like = "2025-26"')
    (folder / "2025-26.toml").write_text('like = "2024-25"')
    said = r"2024-25\.toml: like: .* circle: 2025-26 is like 2024-25 is like 2025-26"
    with pytest.raises(ConfigurationError, match=said):
        form("2025-26")


def test_a_fault_taken_from_another_year_names_both(folder: Path) -> None:
    (folder / "2024-25.toml").write_text('like = "2022-23"\ntitle = "{yeer}"')
    refused(folder, "2025-26", 'like = "2024-25"', "2025-26.toml (like 2024-25, 2022-23): title: ")


def test_an_empty_form_says_everything_that_is_missing(folder: Path) -> None:
    refused(folder, "2026-27", "", "tables: missing")
