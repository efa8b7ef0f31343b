"""`verify` folds the whole log again and compares it with the tables."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from population import fill
from projections import Engine, all_views
from projections.engine.view_checks import Difference
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry

TABLES = {view.tables[0].name: view.name for view in all_views()}


@pytest.mark.parametrize("people_at_once", [1, 5, 256])
def test_correct_views_have_no_difference(filled: Any, law: Law, people_at_once: int) -> None:
    told: list[int] = []
    with filled.opened() as log, mock.patch("projections.engine.folding.PEOPLE", people_at_once):
        engine = Engine(log, law, all_views(), page=50)
        engine.catch_up()
        assert list(engine.verify(told.append)) == []
    assert told[-1] == 100


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM {table} WHERE subject='P-1'",
        "UPDATE {table} SET known_until=known_until-1 WHERE subject='P-1'",
        "UPDATE {table} SET known_from=known_from-1 WHERE subject='P-1'",
        "UPDATE {table} SET subject='P-1', n=n+100 WHERE subject='P-2'",
    ],
)
def test_an_individual_whose_rows_were_changed_is_named(
    filled: Any, law: Law, table: str, change: str
) -> None:
    with filled.opened() as log:
        engine = Engine(log, law, all_views())
        engine.catch_up()
        before = filled.rows[table]
        filled.spoil(change.format(table=table))
        touched = {row[0] for row in set(before) ^ set(filled.rows[table])}
        found = list(engine.verify())
        assert {d.subject for d in found} == touched
        assert {(d.view, d.table) for d in found} <= {(TABLES[table], table)}
        engine.rebuild()
        assert list(engine.verify()) == []


def test_rows_of_a_person_who_is_not_in_the_log_are_named(filled: Any, law: Law) -> None:
    with filled.opened() as log:
        engine = Engine(log, law, all_views())
        engine.catch_up()
        filled.spoil(
            "UPDATE view_standing SET subject='NOBODY' WHERE subject='P-1'",
        )
        found = list(engine.verify())
    assert Difference("counts", "view_standing", "NOBODY") in found
    assert Difference("counts", "view_standing", "P-1") in found
    assert len(found) == 2


def test_views_behind_the_log_are_compared_up_to_their_position(
    make: Any, law: Law, people: list[Entry]
) -> None:
    store = make()
    with store.opened() as log:
        fill(log, people[:100])
        spells, *others = all_views()
        Engine(log, law, all_views()).catch_up()
        fill(log, people[100:])
        Engine(log, law, others).catch_up()
        assert list(Engine(log, law, all_views()).verify()) == []
        store.spoil("DELETE FROM view_spells WHERE subject='P-1'")
        found = list(Engine(log, law, [spells, *others]).verify())
    assert found == [Difference("spells", "view_spells", "P-1")]
