"""The form of an area's annual report for a reporting year: its tables, rows, words and notes.

A form is data: each row says which cells of the return it shows, and nothing is computed here.
Called where a `report` is made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from string import ascii_lowercase
from typing import NoReturn

from projections.returns.cases import CELLS
from projections.returns.years import Year
from tracker.documents import form_files
from tracker.documents.form_files import Base as Base
from tracker.documents.form_files import Categories, FileRow, FileTable, FormFile, Kind, Source
from tracker.documents.form_files import Counting as Counting
from tracker.documents.form_files import Wording as Wording
from tracker.domain.errors import TrackerError
from tracker.settings.toml_file import ConfigurationError, Frozen

CATEGORIES = tuple(Categories.model_fields)
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Column(Frozen):
    """A column: `key` is a category (cat1, cat2, cat3, total), or `figure` for a single column."""

    key: str
    label: str
    source: Source


class Row(Frozen):
    """A row: `cells` has a dotted path in the return for each column, None if it has no figure."""

    label: str
    cells: tuple[str | None, ...]
    indent: int
    footnotes: tuple[str, ...]
    source: Source


class Table(Frozen):
    """A table as printed. `heading` is printed above it, once for consecutive tables that share it.

    `stub` is the header of the column of row labels; `footnotes` are ids of notes.
    """

    id: str
    heading: str | None
    title: str
    kind: Kind
    stub: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...]
    source: Source

    @property
    def full_title(self) -> str:
        """Heading and title together, for places where the table stands alone."""
        return f"{self.heading}: {self.title}" if self.heading else self.title


class Note(Frozen):
    """A note of the report; `letter` is "a", "b", … as printed, or "" if it has none."""

    id: str
    letter: str
    title: str
    text: str
    source: Source


class Form(Frozen):
    """All that a writer needs besides the figures, with every text ready to print.

    `cannot_be` has the paths of cells that are not applicable: printed `-`, never 0.
    """

    year: str
    title: str
    people: Wording
    introduction: tuple[Note, ...]
    tables: tuple[Table, ...]
    notes: tuple[Note, ...]
    cannot_be: frozenset[str]
    categories: Mapping[str, Wording]
    levels: Mapping[str, Wording]
    counting: Counting
    population: Base
    category_4: Wording

    def note(self, id: str) -> Note:
        """The background note with this id, as footnotes of tables and rows give it."""
        return next(note for note in self.notes if note.id == id)


def form(year: str) -> Form:
    """The form of a reporting year, such as 2022-23.

    Raises ConfigurationError if the year has no file or its file is wrong.
    """
    known = form_files.years()
    if year not in known:
        raise ConfigurationError(
            f"{form_files.folder() / f'{year}.toml'}: there is no form of {year}; "
            f"there is one for {known[0]} to {known[-1]}"
        )
    where, content = form_files.read_form_file(year)
    return _FormBuilder(year, where, content).form()


def forms() -> dict[str, Form]:
    """The form of every year that has one, in order; raises ConfigurationError as `form` does."""
    return {year: form(year) for year in form_files.years()}


class _FormBuilder:
    """Builds the form from a file: fills in words, and checks references between its parts."""

    def __init__(self, year: str, where: str, content: FormFile) -> None:
        self._year, self._where, self._content = year, where, content
        try:
            period = Year.parse(year)
        except TrackerError as error:
            raise ConfigurationError(f"{where}: {error}") from None
        self._words = {
            "year": year,
            "people": content.people.text,
            "first_day": long_date(period.start),
            "last_day": long_date(period.end),
            **{level: wording.text for level, wording in content.level},
        }

    def form(self) -> Form:
        c = self._content
        self._check_cells("cannot_be", c.cannot_be)
        for key, ids in (
            ("tables", c.tables),
            ("introduction", c.introduction),
            ("notes", c.notes),
        ):
            self._check_once(key, ids)
        # Notes first: the footnotes of tables and rows refer to them.
        notes = tuple(self._notes("notes", c.notes, lettered=True))
        return Form(
            year=self._year,
            title=self._fill_in("title", c.title),
            people=c.people,
            introduction=tuple(self._notes("introduction", c.introduction, lettered=False)),
            tables=tuple(self._tables()),
            notes=notes,
            cannot_be=frozenset(c.cannot_be),
            categories=dict(c.category),
            levels=dict(c.level),
            counting=c.counting,
            population=c.population.model_copy(
                update={"note": self._fill_in("population.note", c.population.note)}
            ),
            category_4=c.category_4.model_copy(
                update={"text": self._fill_in("category_4.text", c.category_4.text)}
            ),
        )

    def _tables(self) -> Iterator[Table]:
        for id in self._content.tables:
            if id not in self._content.table:
                self._wrong("tables", f"there is no table {id!r}")
            yield self._table(f"table.{id}", id, self._content.table[id])

    def _table(self, where: str, id: str, table: FileTable) -> Table:
        title = self._fill_in(f"{where}.title", table.title)
        columns = self._columns(table)
        self._check_once(f"{where}, its columns", (table.stub, *(c.label for c in columns)))
        return Table(
            id=id,
            heading=self._fill_in(f"{where}.heading", table.heading) if table.heading else None,
            title=title,
            kind=table.kind,
            stub=table.stub,
            columns=columns,
            rows=tuple(
                self._row(f"{where}.rows #{number}", table, row, title)
                for number, row in enumerate(table.rows, 1)
            ),
            footnotes=self._footnotes(where, table.footnotes),
            source=table.source,
        )

    def _columns(self, table: FileTable) -> tuple[Column, ...]:
        if table.by == "figure":
            return (Column(key="figure", label=table.figure, source=table.source),)
        return tuple(
            Column(key=key, label=wording.text, source=wording.source)
            for key, wording in self._content.category
        )

    def _row(self, where: str, table: FileTable, row: FileRow, title: str) -> Row:
        if row.cells is None and not row.footnotes:
            self._wrong(where, "a row without cells needs a footnote that says why")
        ends = [f".{key}" for key in CATEGORIES] if table.by == "category" else [""]
        cells = tuple(row.cells and row.cells + end for end in ends)
        self._check_cells(f"{where}.cells", [cell for cell in cells if cell])
        return Row(
            label=self._fill_in(f"{where}.label", row.label) if row.label else title,
            cells=cells,
            indent=row.indent,
            footnotes=self._footnotes(where, row.footnotes),
            source=row.source or table.source,
        )

    def _notes(self, key: str, ids: tuple[str, ...], *, lettered: bool) -> Iterator[Note]:
        letters = iter(ascii_lowercase)
        for id in ids:
            if (note := self._content.note.get(id)) is None:
                self._wrong(key, f"there is no note {id!r}")
            yield Note(
                id=id,
                letter=next(letters) if lettered and note.lettered else "",
                title=note.title,
                text=self._fill_in(f"note.{id}.text", note.text),
                source=note.source,
            )

    def _footnotes(self, where: str, ids: tuple[str, ...]) -> tuple[str, ...]:
        lettered = [id for id in self._content.notes if self._content.note[id].lettered]
        if strange := [id for id in ids if id not in lettered]:
            self._wrong(f"{where}.footnotes", f"{strange[0]!r} is not a note with a letter")
        return ids

    def _check_cells(self, where: str, cells: Iterable[str]) -> None:
        if strange := [cell for cell in cells if cell not in CELLS]:
            self._wrong(where, f"the return has no figure {strange[0]!r}")

    def _check_once(self, where: str, names: Sequence[str]) -> None:
        if twice := [name for name in names if names.count(name) > 1]:
            self._wrong(where, f"{twice[0]!r} appears twice")

    def _fill_in(self, where: str, text: str) -> str:
        try:
            return text.format_map(self._words)
        except (LookupError, ValueError, AttributeError) as error:
            self._wrong(where, f"{error} cannot be filled in; known: {', '.join(self._words)}")

    def _wrong(self, where: str, why: str) -> NoReturn:
        raise ConfigurationError(f"{self._where}: {where}: {why}")


def long_date(day: date) -> str:
    """A day as written in reports: 31 March 2023."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
