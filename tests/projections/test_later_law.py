"""A later version of every rule changes no recorded fact and no row of any view."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

from law.later import FAR, with_later_version
from population import recorded, refilled
from projections import Engine, all_views
from projections.views import diary, eligibility
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.store.database.interface import Cursor

PEOPLE, FACTS = 20, 500
ASKED, AHEAD = date(2022, 12, 1), date(2040, 1, 1)


def rows(c: Cursor) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every view, without the digest of the law it was built with."""
    c.execute("SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'view_%'")
    tables = [row[0] for row in c.fetchall() if row[0] != "view_positions"]
    found: dict[str, list[tuple[Any, ...]]] = {}
    for table in tables:
        c.execute(f"SELECT * FROM {table}")
        found[table] = sorted(map(tuple, c.fetchall()), key=repr)
    return found


def asked_of(path: Path, entries: list[Entry], law: Law) -> Any:
    at = entries[-1].recorded_at
    with refilled(path, entries) as log:
        Engine(log, law, all_views()).catch_up()
        with log.database.reading() as c:
            open_to_all = law.in_force("soa2003.s91a", ASKED)
            return (
                rows(c),
                diary.diary(log, c, law, None, ASKED, AHEAD, at),
                eligibility.eligible(c, None, ASKED, AHEAD, at, open_to_all),
            )


def test_a_later_version_of_every_rule_changes_nothing(law: Law, tmp_path: Path) -> None:
    later = with_later_version(None, FAR)
    entries = recorded(law, random.Random(7), PEOPLE, FACTS)
    assert recorded(later, random.Random(7), PEOPLE, FACTS) == entries
    as_shipped = asked_of(tmp_path / "shipped.db", entries, law)
    views, due, may_apply = as_shipped
    assert len([table for table, held in views.items() if held]) >= 5
    assert {line["what"] for line in due} >= {"order_ends", "periodic_notification"}
    assert may_apply
    assert asked_of(tmp_path / "later.db", entries, later) == as_shipped
