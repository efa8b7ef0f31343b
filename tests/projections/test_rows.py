"""The rows of every table, as known at every moment, equal a fold of the log up to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections import Engine, all_views
from projections.engine.bitemporal import CurrentTable, HistoryTable
from projections.engine.day_numbers import END, FAR, date_of, day, end, instant, iso, moment_of
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import timeline
from tracker.domain.record.entry import Entry


@pytest.mark.parametrize("way", ["in the order of the log", "individual by individual"])
def test_rows_are_those_of_a_fold_at_every_moment(
    filled: Any, law: Law, people: list[Entry], way: str
) -> None:
    with filled.opened() as log:
        engine = Engine(log, law, all_views(), page=17 if way.startswith("in") else 1000)
        engine.catch_up() if way.startswith("in") else engine.rebuild()
    found, compared = filled.rows, 0
    for subject in sorted({entry.subject for entry in people}):
        entries = [entry for entry in people if entry.subject == subject]
        rows = {t.name: [r for r in found[t.name] if r[0] == subject]
                for v in all_views() for t in v.tables}  # fmt: skip
        for at in sorted({entry.recorded_at for entry in entries}):
            known, folded = instant(at), timeline(subject, entries, law, at)
            for table in (
                t for view in all_views() for t in view.tables if isinstance(t, HistoryTable)
            ):
                held = {r[4:] for r in rows[table.name] if r[1] <= known < r[3]}
                groups = table.groups(folded) if folded else ()
                assert held == {table.row(e) for group in groups for e in group}, (subject, at)
                compared += len(held)
        for table in (
            t for view in all_views() for t in view.tables if isinstance(t, CurrentTable)
        ):
            now = table.rows(folded, known) if folded else []
            assert sorted(rows[table.name]) == [
                (subject, 0, n, END, *row) for n, row in enumerate(now)
            ], (table.name, subject)
    assert compared > 2_000


def test_no_row_is_empty_and_no_two_are_the_same(expected: Any) -> None:
    for view in all_views():
        for table in view.tables:
            keys = [row[:3] for row in expected[table.name]]
            assert len(set(keys)) == len(keys)
            assert all(row[1] < row[3] for row in expected[table.name])


@given(st.dates())
def test_a_day_is_a_number_that_sorts(on: date) -> None:
    assert date_of(day(on)) == on
    assert iso(end(on)) == on.isoformat()
    assert day(on) < FAR == end(None)
    assert iso(FAR) is None


@given(
    st.datetimes(min_value=datetime(1850, 1, 1), max_value=datetime(2199, 12, 31)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_a_moment_is_a_number_to_the_microsecond(naive: datetime, minutes: int) -> None:
    at = naive.replace(tzinfo=UTC)
    assert moment_of(instant(at)) == at
    assert instant(at + timedelta(microseconds=1)) == instant(at) + 1
    elsewhere = at.astimezone(UTC) + timedelta(minutes=minutes)
    assert instant(elsewhere) - instant(at) == minutes * 60_000_000
    assert instant(at) < END
