"""The form of each year: what it prints, in which words, and how sure we are of them."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest

from projections.returns.cases import CELLS
from tracker.documents.form import Form, Table, form, forms
from tracker.documents.report import Report

YEARS = [f"{year}-{(year + 1) % 100}" for year in range(2013, 2026)]
SHPO, TRAVEL = "orders.shpo", "orders.shpo_foreign_travel"
SRO = "sro_breach_became_subject"
CATEGORIES = [
    "Category 1: Subject to sex offender notification requirements",
    "Category 2: Violent offenders",
    "Category 3: Other dangerous offenders",
    "Total",
]
LEVELS = ["Level 2", "Level 3", "Total"]
ORDERS = [
    "Sexual Harm Prevention Order (SHPO)",
    "SHPO with foreign travel restriction",
    "Notification Order",
]
# The tables as printed for 2022-23, in their order: title, rows, columns.
PRINTED = [
    ("MAPPA-eligible individuals on 31 March 2023", ["Level 1", *LEVELS], CATEGORIES),
    (
        "MAPPA-eligible offenders in Levels 2 and 3 by category (yearly total)",
        LEVELS,
        CATEGORIES,
    ),
    ("Category 1 cautioned or convicted for breach of notification requirements", None, None),
    ("Category 1 who have had their lifetime notification revoked on application", None, None),
    ("Restrictive orders for Category 1 offenders", ORDERS, None),
    (
        "Number of individuals who became subject to sex offender notification requirements "
        "following a breach(es) of a Sexual Risk Order (SRO)",
        None,
        None,
    ),
    (
        "Level 2 and 3 individuals returned to custody: Returned to custody for breach of licence",
        LEVELS,
        CATEGORIES,
    ),
    ("Level 2 and 3 individuals returned to custody: Breach of SHPO", LEVELS, None),
    (
        "Total number of individuals subject to sex offender notification requirements per "
        "100,000 population",
        None,
        None,
    ),
]


def cells(form: Form) -> list[str]:
    """The figures that a form prints, in its order."""
    rows = chain.from_iterable(table.rows for table in form.tables)
    return [cell for row in rows for cell in row.cells if cell is not None]


def table(form: Form, id: str) -> Table:
    return next(table for table in form.tables if table.id == id)


def note(form: Form, id: str) -> str:
    return form.note(id).text


class TestEveryYear:
    def test_from_2013_to_2026_has_a_form(self) -> None:
        assert list(forms()) == YEARS

    @pytest.mark.parametrize("year", YEARS)
    def test_prints_no_figure_twice_and_none_that_the_return_has_not(self, year: str) -> None:
        printed = cells(form(year))
        assert len(set(printed)) == len(printed)
        assert set(printed) <= CELLS

    @pytest.mark.parametrize("year", YEARS)
    def test_prints_every_figure_that_there_could_be(self, year: str) -> None:
        not_yet = {SHPO, TRAVEL, SRO} if year == "2013-14" else set()
        assert set(cells(form(year))) == CELLS - not_yet

    @pytest.mark.parametrize("year", YEARS)
    def test_has_a_column_for_each_cell_of_a_row(self, year: str) -> None:
        for found in form(year).tables:
            assert all(len(row.cells) == len(found.columns) for row in found.rows), found.id

    @pytest.mark.parametrize("year", YEARS)
    def test_cannot_have_anybody_in_category_3_at_level_1(self, year: str) -> None:
        assert form(year).cannot_be == {"snapshot.level1.cat3"}

    @pytest.mark.parametrize("year", YEARS)
    def test_letters_its_notes_in_order_and_refers_to_those_alone(self, year: str) -> None:
        found = form(year)
        lettered = [note for note in found.notes if note.letter]
        assert "".join(note.letter for note in lettered) == "abcdefghijklm"[: len(lettered)]
        rows = chain.from_iterable(table.rows for table in found.tables)
        named = chain.from_iterable(part.footnotes for part in (*found.tables, *rows))
        assert set(named) == {note.id for note in lettered}

    @pytest.mark.parametrize("year", YEARS)
    def test_names_the_days_of_its_own_period(self, year: str) -> None:
        last = f"31 March {int(year[:4]) + 1}"
        assert form(year).tables[0].title.endswith(f"on {last}")
        assert f"from 1 April {year[:4]} to {last}" in note(form(year), "period")

    @pytest.mark.parametrize("year", [year for year in YEARS if year not in ("2022-23", "2014-15")])
    def test_claims_to_have_been_seen_only_where_a_report_was_read(self, year: str) -> None:
        found = form(year)
        words: list[Any] = [
            found.people, found.category_4, *found.categories.values(), *found.levels.values(),
            *found.tables, *found.notes, *found.introduction,
        ]  # fmt: skip
        assert "seen" not in {word.source for word in words}


class TestTheYear2022To2023:
    def test_prints_its_tables_in_the_order_and_words_of_the_published_report(self) -> None:
        found = [
            (
                table.full_title,
                None if len(table.rows) == 1 else [row.label for row in table.rows],
                None if len(table.columns) == 1 else [column.label for column in table.columns],
            )
            for table in form("2022-23").tables
        ]
        assert found == PRINTED

    def test_letters_its_notes_as_the_published_report_does(self) -> None:
        lettered = {n.letter: n.id for n in form("2022-23").notes if n.letter <= "j"}
        assert lettered == {
            "": "period", "a": "eligible", "b": "notification", "c": "violent", "d": "dangerous",
            "e": "category_4", "f": "licence", "g": "shpo", "h": "notification_order", "i": "sro",
            "j": "lifetime",
        }  # fmt: skip

    def test_was_seen(self) -> None:
        assert {table.source for table in form("2022-23").tables} == {"seen"}


class TestWhatChangedFromYearToYear:
    @pytest.mark.parametrize("year", YEARS)
    def test_offenders_became_individuals(self, year: str) -> None:
        assert form(year).people.text == ("offenders" if year < "2022-23" else "individuals")

    @pytest.mark.parametrize("year", YEARS)
    def test_category_1_changed_its_name(self, year: str) -> None:
        registered = "registered sexual offenders" in form(year).categories["cat1"].text.lower()
        assert registered == (year < "2022-23")

    @pytest.mark.parametrize("year", YEARS)
    def test_category_4_is_explained_from_when_it_came(self, year: str) -> None:
        explained = "category_4" in {note.id for note in form(year).notes}
        assert explained == (year >= "2022-23")
        assert "Category 4" in form(year).category_4.text

    def test_sopo_gave_way_to_shpo(self) -> None:
        labels = {year: [row.label for row in table(form(year), "orders").rows] for year in YEARS}
        before = ["Sexual Offences Prevention Order (SOPO)", "Foreign Travel Order (FTO)"]
        assert labels["2013-14"] == [*before, "Notification Order"]
        assert labels["2014-15"] == [*before, *ORDERS]
        assert all(labels[year] == ORDERS for year in YEARS[2:])
        breaches = [table(form(year), "returned_shpo").title for year in YEARS[:3]]
        assert breaches == ["Breach of SOPO", "Breach of SOPO or SHPO", "Breach of SHPO"]

    def test_orders_that_the_return_does_not_count_say_so(self) -> None:
        for year in YEARS[:2]:
            for row in table(form(year), "orders").rows[:2]:
                assert row.cells == (None,)
                assert "not available" in note(form(year), row.footnotes[0])

    def test_the_act_behind_an_sro_is_proved_otherwise_since_29_november_2022(self) -> None:
        criminal, balance = "criminal standard", "balance of probabilities"
        for year in YEARS[1:]:
            said = note(form(year), "sro")
            assert (criminal in said) == (year <= "2022-23"), year
            assert (balance in said) == (year >= "2022-23"), year

    def test_the_population_behind_the_rate(self) -> None:
        bases = {year: form(year).population.base for year in YEARS}
        of = "usual residents aged 10 and over"
        assert {year: base for year, base in bases.items() if base} == {
            "2018-19": f"ONS mid-2019 {of}",
            "2019-20": f"ONS mid-2019 {of}",
            "2020-21": f"ONS mid-2020 {of}",
            "2021-22": f"ONS Census 2021 {of}",
            "2022-23": f"ONS mid-2021 {of}",
        }
        assert all(f"of {y} rest has not been established" in form(y).population.note
                   for y in YEARS if not bases[y])  # fmt: skip


def test_a_form_fits_the_return(report: Report) -> None:
    for cell in cells(report.form):
        assert report.cell(cell).path == cell
