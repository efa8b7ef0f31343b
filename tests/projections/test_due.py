"""The view of what falls due: which rows are read and written, and where it stops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest

from projections import Engine, View, all_views
from projections.engine import folding
from projections.engine.day_numbers import END, FAR, day
from projections.engine.registry import ViewStopped
from projections.engine.view_checks import Difference
from projections.views import diary, due
from spec import moment
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline
from tracker.store import log_rows
from wire import Written, convicted, event, level, registered

# --- what is written ------------------------------------------------------------------------------


def test_every_type_of_fact_may_be_the_last_entry() -> None:
    assert due.VIEW.skips == frozenset()


TOLD = event("r3", "notification.given", "2020-03-02", subject="R-1", kind="initial")
FACTS = [registered("r1", subject="R-1"), convicted("r2", subject="R-1"), TOLD,
         level("r4", "2020-05-04", 2, subject="R-1")]  # fmt: skip


def broken() -> list[View]:
    """All views; this one fails on a person's facts that act from March 2020 on."""

    def rows(t: Timeline, told: int) -> list[Any]:
        if t.subject == "R-1" and due.last_entry_day(t) >= date(2020, 3, 1):
            raise ValueError("what is this")
        return due.DUE.rows(t, told)

    tables = [replace(due.DUE, rows=rows), due.PRESENT]
    return [replace(v, tables=tables) if v is due.VIEW else v for v in all_views()]


@pytest.mark.parametrize("page", [1, 100, 1000])
def test_a_view_that_fails_stops_before_the_first_entry_that_it_fails_on(
    own: Any, law: Law, file: Written, page: int
) -> None:
    """Both by pages in log order and in a build, which makes rows only after the last entry."""
    own.tracker("import", file(*FACTS), "--trust-times").done()
    with own.opened() as log:
        engine = Engine(log, law, broken(), page)
        with mock.patch.object(log, "position", return_value=0):
            engine.catch_up()
        engine.catch_up()
        stopped = engine.states()["due"]
        assert (stopped.status, stopped.position) == ("stopped", 242)
        folded = folding.Range("", log_rows.AFTER_EVERYBODY, log.position())
        given = (log.decoder().entry, law)
        found = folding.fold_range(log.database, broken(), folded, *given)
        assert found.failed == {"due": 243}, "a build goes as far as that at once"
        before = own.rows
        with pytest.raises(ViewStopped, match="due"):
            engine.rebuild()
        assert own.rows == before
        with engine.reading("spells") as c, pytest.raises(ViewStopped):
            ask = (None, date(2022, 1, 1), date(2022, 1, 1), moment("2022-01-01"))
            diary.diary(log, c, law, *ask)
        mended = Engine(log, law, all_views())
        assert mended.catch_up() == 244
        assert list(mended.verify()) == []


@pytest.mark.parametrize("table", ["view_due", "view_present"])
def test_rows_that_were_changed_are_detected_and_repaired(
    filled: Any, law: Law, expected: Any, table: str
) -> None:
    with filled.opened() as log:
        engine = Engine(log, law, all_views())
        engine.catch_up()
        subject = expected[table][0][0]
        filled.spoil(f"UPDATE {table} SET until=until-1 WHERE subject='{subject}'")
        assert list(engine.verify()) == [Difference("due", table, subject)]
        engine.rebuild(["due"], beside=True)
    assert filled.rows == expected


def test_unchanged_rows_are_not_written(own: Any, law: Law, file: Written) -> None:
    """A recall recorded late changes no deadline that is outstanding."""
    own.tracker("import", file(*FACTS), "--trust-times").done()
    with own.opened() as log:
        Engine(log, law, all_views()).catch_up()
        kind = log.database.kind
    stood = own.rows
    own.spoil(*refusing(kind))
    late = event("r5", "recall.decided", "2020-02-04", subject="R-1", recall_id="X1",
                 kind="standard")  # fmt: skip
    own.tracker("import", file(late, name="late.jsonl")).done()
    with own.opened() as log:
        assert Engine(log, law, all_views()).catch_up() == 245
        assert list(Engine(log, law, all_views()).verify()) == []
    found = own.rows
    assert found["view_due"] == stood["view_due"]
    assert found["view_present"] != stood["view_present"], "the last entry is another"


def refusing(kind: str) -> list[str]:
    """SQL that makes the database refuse to write the table of the view."""
    if kind == "sqlite":
        return [
            f"CREATE TRIGGER no_{what} BEFORE {what} ON view_due"
            " BEGIN SELECT RAISE(ABORT, 'written'); END"
            for what in ("INSERT", "UPDATE", "DELETE")
        ]
    return [
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'written'; END $$",
        "CREATE TRIGGER no BEFORE INSERT OR UPDATE OR DELETE ON view_due"
        " FOR EACH ROW EXECUTE FUNCTION no()",
    ]


# --- what is read ---------------------------------------------------------------------------------

PEOPLE, TODAY, DAY = 40_000, date(2024, 3, 1), timedelta(days=1)
Row = tuple[Any, ...]


def of_what_falls_due(n: int) -> Iterator[Row]:
    """One person in a hundred has something overdue, as many something due within 28 days.

    Everybody had something overdue that has ended, and has something due much later.
    """
    today, area = day(TODAY), f"area-{n % 42:02}"
    begun = today - 3_000 + n % 900
    runs = [(begun + 300, begun + 400), (today + 100 + n % 4_000, FAR if n % 3 else today + 9_000)]
    if n % 100 == 0:
        runs.append((today - 9, FAR if n % 200 else today + 50))
    if n % 100 == 1:
        runs.append((today + n % 28, today + n % 28 + 1))
    for number, (by, until) in enumerate(runs):
        late = max(by + 1, begun)
        yield (f"X-{n}", 0, number, END, area, "w", "", by, "r", "[]", begun, until,
               late if late < until else None)  # fmt: skip


def of_where_they_stand(n: int) -> Iterator[Row]:
    """One person in a hundred is silent; the others have recent entries or an end."""
    today, silent = day(TODAY), n % 100 == 0
    last = today - 900 if silent or n % 2 else today - n % 300
    until = FAR if silent or n % 2 == 0 else today - 380
    yield (f"X-{n}", 0, 0, END, f"area-{n % 42:02}", 1, 1, "community", last, until, last, last,
           0)  # fmt: skip


@pytest.fixture(scope="module")
def crowded(make: Any, law: Law) -> Any:
    """Views of very many people, few with deadlines; these people are not in the log."""
    store = make()
    with store.opened() as log:
        Engine(log, law, all_views()).catch_up()
        with log.database.working() as c:
            for table, rows in ((due.DUE, of_what_falls_due), (due.PRESENT, of_where_they_stand)):
                c.load(
                    table.name, table.column_names, [row for n in range(PEOPLE) for row in rows(n)]
                )
        if log.database.kind == "postgresql":
            with log.database.plain() as c:
                c.execute("VACUUM (ANALYZE)")
    return store


def plan_of(kind: str, c: Any, ask: Callable[[Any], Any]) -> str:
    """The query plan of each statement of a question."""
    said: list[tuple[str, Any]] = []

    class Told:
        each = c.each

        def execute(self, sql: str, params: Any = ()) -> Any:
            said.append((sql, params))
            return c.execute(sql, params)

        def __getattr__(self, name: str) -> Any:
            return getattr(c, name)

    ask(Told())
    plan = ""
    for sql, params in said:
        how = "QUERY PLAN" if kind == "sqlite" else "(ANALYZE, TIMING OFF)"
        c.execute(f"EXPLAIN {how} {sql}", params)
        plan += "".join(f"{row[-1]}\n" for row in c.fetchall())
    return plan


AHEAD = "view_due_0? (area=? AND due_on>? AND due_on<?)"
LATE = ["view_due_1? (area=? AND late<?)", "view_due_2? (area=? AND until>? AND until<?)"]
SILENT = ["view_present_1? (last_entry<?)", "view_present_2? (until>? AND until<?)"]
QUESTIONS: dict[str, tuple[Callable[[Any], Any], int, list[str]]] = {
    "due": (lambda c: due.due(c, None, TODAY, TODAY + 28 * DAY), 800, [AHEAD, *LATE]),
    "due of an area": (
        lambda c: due.due(c, "area-10", TODAY, TODAY + 28 * DAY), 19, [AHEAD, *LATE],
    ),
    "overdue": (lambda c: due.overdue(c, TODAY), 400, LATE),
    "silent": (lambda c: due.silent_people(c, TODAY, TODAY - 365 * DAY), 400, SILENT),
    "the last to act": (lambda c: [diary.acted_after(c, TODAY)], 1, ["view_present_0?"]),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_query_reads_only_the_rows_it_answers_with(crowded: Any, question: str) -> None:
    ask, number, indexes = QUESTIONS[question]
    with crowded.opened() as log, log.database.reading() as c:
        assert len(ask(c)) == number
        kind, plan = log.database.kind, plan_of(log.database.kind, c, ask)
    print(plan)
    for index in indexes:
        name, _, columns = index.replace("?", "[abc]", 1).partition(" ")
        searched = f"{name} {re.escape(columns)}" if columns and kind == "sqlite" else name
        assert re.search(searched, plan), index
    assert "SCAN view" not in plan
    assert "Seq Scan on view" not in plan
    assert sum(map(int, re.findall(r"Rows Removed by [\w ]+: (\d+)", plan))) <= 1
