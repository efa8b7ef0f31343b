"""The table of counting rules: each rule counts the same in SQL and on a timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.engine.day_numbers import END, day
from projections.returns.cases import CELLS
from projections.returns.conditions import in_words
from projections.returns.counting_rules import (
    CATEGORY_4_SNAPSHOT,
    CATEGORY_4_YEARLY,
    OCCURRENCES,
    RATE,
    RULES,
    SAYS,
    SNAPSHOT,
    YEARLY,
    Condition,
    Rule,
    counts,
    sql,
)
from projections.views.counts import STANDING
from projections.views.occurrences import OCCURRENCES as HAPPENED
from tracker.domain.meaning.occurrences import CountedRun, Occurrence
from tracker.store.database.interface import Cursor

ALL = (SNAPSHOT, YEARLY, CATEGORY_4_SNAPSHOT, CATEGORY_4_YEARLY, *OCCURRENCES)
FIRST, LAST = date(2022, 4, 1), date(2023, 3, 31)
NEAR = [FIRST - timedelta(40), FIRST - timedelta(1), FIRST, date(2022, 9, 9), LAST,
        LAST + timedelta(1), LAST + timedelta(40)]  # fmt: skip
Row = CountedRun | Occurrence

places = st.sampled_from(["community", "custody", "hospital", "abroad", "dead"])
categories, levels = st.sampled_from([1, 2, 3, 4]), st.sampled_from([None, 1, 2, 3])
days = st.sampled_from(NEAR)
runs = st.builds(
    CountedRun, st.just("cheshire"), places, categories, levels, days, st.none() | days
)  # fmt: skip
happenings = st.builds(
    Occurrence, st.sampled_from([rule.kind for rule in OCCURRENCES]), days, st.just("R1"),
    st.just("cheshire"), places, st.none() | categories, levels, st.just(()),
)  # fmt: skip


@pytest.fixture(scope="module")
def cursor(make: Callable[[], Any]) -> Iterator[Cursor]:
    """The empty tables of both views, on SQLite and PostgreSQL."""
    with make().opened() as log, log.database.working() as c:
        for table in (STANDING, HAPPENED):
            table.create(c, log.database.kind)
        yield c


def in_sql(c: Cursor, rule: Rule, rows: list[Row], first: date, last: date) -> list[int]:
    """The indexes of the rows that the rule's SQL selects from the table of its view."""
    table = HAPPENED if rule.kind else STANDING
    c.execute(f"DELETE FROM {table.name}")
    c.load(
        table.name,
        table.column_names,
        [("C-1", 0, n, END, *table.row(r)) for n, r in enumerate(rows)],
    )
    c.execute(
        f"SELECT n FROM {table.name} WHERE {sql(rule)} ORDER BY n",
        {"first": day(first), "last": day(last)},
    )
    return [row[0] for row in c.fetchall()]


def in_python(rule: Rule, rows: list[Row], first: date, last: date) -> list[int]:
    return [number for number, row in enumerate(rows) if counts(rule, row, first, last)]


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: f"{rule.row}-{rule.conditions[-1].sql}")
def test_a_rule_counts_the_same_in_sql_and_on_a_timeline(cursor: Cursor, rule: Rule) -> None:
    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(st.lists(happenings if rule.kind else runs, max_size=30), days, days)
    def same(rows: list[Row], first: date, last: date) -> None:
        assert in_sql(cursor, rule, rows, first, last) == in_python(rule, rows, first, last)

    same()


def every_row(rule: Rule) -> list[Row]:
    """A row for every location, category and level, on a day that counts."""
    found: list[Row] = []
    for place in ("community", "custody", "hospital", "abroad", "dead"):
        for category in (1, 2, 3, 4):
            for level in (None, 1, 2, 3):
                if rule.kind:
                    what = "cheshire", place, category, level, ()
                    found.append(Occurrence(rule.kind, LAST, "R1", *what))
                else:
                    found.append(CountedRun("cheshire", place, category, level, FIRST, None))
    return found


@pytest.mark.parametrize(
    ("rule", "number"),
    [(rule, number) for rule in ALL for number in range(len(rule.conditions))],
    ids=lambda x: x.row if isinstance(x, Rule) else str(x),
)
def test_a_change_in_the_table_changes_both(cursor: Cursor, rule: Rule, number: int) -> None:
    """Each condition is left out in turn, then replaced by another."""
    rows = every_row(rule)
    before = in_python(rule, rows, FIRST, LAST)
    assert before, "a rule that counts nobody proves nothing"
    left_out = (*rule.conditions[:number], *rule.conditions[number + 1 :])
    other = Condition(rule.conditions[number].column, ("dead",) if number == 0 else (7,))
    if other.column != "location":
        other = other._replace(among=(7,))
    for changed in (left_out, (*left_out, other)):
        made = rule._replace(conditions=changed)
        after = in_python(made, rows, FIRST, LAST)
        assert after != before or rule.conditions[number].test == "known", "it makes no difference"
        assert in_sql(cursor, made, rows, FIRST, LAST) == after


def test_every_cell_has_its_rule_in_the_table() -> None:
    rows = {cell if cell in RULES else cell.partition(".")[0] for cell in CELLS}
    assert rows == {*RULES, RATE} == set(SAYS)


def test_the_words_for_a_condition_come_from_the_table() -> None:
    assert [in_words(condition) for condition in YEARLY.conditions] == [
        "in the community, custody or hospital", "in category 1 or 2 or 3", "at level 2 or 3",
    ]  # fmt: skip
    assert in_words(Condition("category", (4,), "none of")) == "not in category 4"
