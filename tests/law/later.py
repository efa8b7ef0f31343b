"""The tables as shipped with a change: a later version of a rule, or a rule or kind that ended.

Used by the tests of the law as at a day.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from spec import SUBJECT
from tracker.domain.answers.review_process import review_answer
from tracker.domain.answers.show import show
from tracker.domain.answers.why import why
from tracker.domain.judging.warnings import warnings
from tracker.domain.law.tables import Law
from tracker.domain.meaning import flagging
from tracker.domain.meaning.outstanding import turning_days
from tracker.domain.meaning.timeline import timeline
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.settings import configuration

FAR = date(2190, 1, 1)  # after every fact of every test
Files = dict[str, dict[str, Any]]


def tables(change: Callable[[Files], None]) -> Law:
    files = copy.deepcopy(configuration.law_files())
    change(files)
    return Law(files, frozenset(configuration.areas()))


def _last_versions(files: Files) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    for content in files.values():
        rows = {row["id"]: row for row in content.get("rule", [])}
        yield from ((content["rule"], row) for row in rows.values())


def with_later_version(rule: str | None, day: date, number: str | None = None) -> Law:
    """The tables with a later version of one rule, or of all: with other numbers and other words.

    Its section, what it says and what changes it differ too, so that an answer that names the
    wrong version is noticed.
    """

    def change(files: Files) -> None:
        for rules, row in list(_last_versions(files)):
            if rule in (None, row["id"]):
                numbers = {
                    name: 2 * n + 1 if number in (None, name) else n
                    for name, n in row.get("numbers", {}).items()
                }
                later = {"from": day, "numbers": numbers, "section": "s.999",
                         "says": "Otherwise.", "changed_by": "something else"}  # fmt: skip
                rules.append({k: v for k, v in row.items() if k != "until"} | later)

    return tables(change)


def ended(rule: str, last_day: date) -> Law:
    """The tables with a rule whose last version ends on a day."""

    def change(files: Files) -> None:
        for _, row in _last_versions(files):
            if row["id"] == rule:
                row["until"] = last_day

    return tables(change)


def answers(entries: Sequence[Entry], rules: Law) -> dict[str, Any]:
    """All answers about one record, on the day of each fact and long after."""
    known = timeline(SUBJECT, entries, rules)
    if known is None:
        return {}
    days = {e.fact.on + timedelta(days=n) for e in entries for n in (0, 2)}
    days |= {date(year, 1, 1) for year in (2005, 2013, 2021, 2031)}
    at = entries[-1].recorded_at
    told = {
        str(day): (show(known, day, at), why(known, day), review_answer(known, day, at))
        for day in sorted(days)
    }
    history = History(SUBJECT, entries)
    return told | {
        "flags": flagging.flag_actions(known),
        "turns": turning_days(known, date(1990, 1, 1)),
        "warnings": [warnings(history, e, rules) for e in history.counting],
    }
