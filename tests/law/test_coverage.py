"""Every rule has its boundaries, every number in the tables is used, every inference is marked.

A number, a date or a word of the tables changed by one must fail at least one boundary.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from law.boundaries import BOUNDARIES, acts, clocks, notification, recall, review_steps, reviews
from law.boundaries.base import Boundary, Check, Facts, recorded
from spec import convicted, law, made, registered
from tracker.domain.answers.why import why
from tracker.domain.law.shapes import OrderLaw
from tracker.domain.law.tables import Law
from tracker.settings import configuration

Files = dict[str, dict[str, Any]]
Change = Callable[[Files], None]
RULES = {rule.id: rule for rule in law().rules}

# Rules whose first day decides something; of the others it is shown as the rule's version.
COMMENCED = (
    "soa2003.s81", "soa2003.s83.1", "soa2003.s85.5", "soa2003.s91a", "soa2003.s96za",
    "cja2003.s254", "cja2003.s255b.14", "cja2003.s255b.28",
    "cja2003.s255ba", "sa2020.s343", "soa2003.proof", "asbcpa2014.s114",
)  # fmt: skip

# Rules by whose boundaries a word in the table of kinds is tested, besides those it names.
WORDS = {
    "bars_review": "soa2003.s91a",
    "breach_makes_subject": "soa2003.s122i",
}


# Rules that a kind could be said to rest on instead, with the number that such a rule must have.
OTHER_RULES = {
    "rule": ["soa2003.s80"],
    "ground_rule": ["soa2003.s80"],
    "minimum_rule": ["soa2003.s103c.2", "soa2003.s104"],
    "discharge_rule": ["soa2003.s103e.7", "soa2003.s108.6"],
    "travel_rule": ["soa2003.s103d.1", "soa2003.s122c.1"],
}


def _rows(files: Files, table: str) -> Iterator[dict[str, Any]]:
    for content in files.values():
        yield from content.get(table, [])


def _changed(change: Change) -> Law:
    """The tables as shipped, with one change."""
    files = copy.deepcopy(configuration.law_files())
    change(files)
    return Law(files, frozenset(configuration.areas()))


def _noticed(changed: Law, boundaries: list[Boundary]) -> bool:
    """Whether a boundary fails under the changed tables."""
    checks = (check for boundary in boundaries for check in boundary.checks.values())
    return any(_fails(check, changed) for check in checks)


def _fails(check: Check, changed: Law) -> bool:
    try:
        check(changed)
    except AssertionError:
        return True
    return False


def _of(*rules: str | None) -> list[Boundary]:
    return [b for b in BOUNDARIES if b.rule in rules]


def _set(table: str, key: str, name: str, value: Any) -> Change:
    """Sets another value, under a dotted name, in the last version of a row of a table."""

    def change(files: Files) -> None:
        row = [r for r in _rows(files, table) if key in (r.get("id"), r.get("kind"))][-1]
        *outer, last = name.split(".")
        for part in outer:
            row = row[part]
        row[last] = value

    return change


def _steps(value: int | date) -> list[int | date]:
    one = timedelta(days=1) if isinstance(value, date) else 1
    return [value - one, value + one]  # type: ignore[operator]


def _changes_of_rules() -> Iterator[tuple[str, Change, list[Boundary]]]:
    for rule in RULES.values():
        for name, number in rule.numbers.items():
            for value in _steps(number):
                change = _set("rule", rule.id, f"numbers.{name}", value)
                yield f"{rule.id}-{name}-{value}", change, _of(rule.id)
        for last in _steps(rule.until) if rule.until is not None else ():
            yield f"{rule.id}-until-{last}", _set("rule", rule.id, "until", last), _of(rule.id)
        if rule.id in COMMENCED:
            for value in _steps(rule.in_force):
                change = _set("rule", rule.id, "from", value)
                # The day on which Part 2 began bears on the review alone.
                bears_on = "soa2003.s91b.2" if rule.id == "soa2003.s83.1" else rule.id
                yield f"{rule.id}-from-{value}", change, _of(bears_on)


def _changes_of_kind(kind: OrderLaw) -> Iterator[tuple[str, Change, list[Boundary]]]:
    rule_of = {
        "made_from": kind.rule,
    }
    for name, rule in rule_of.items():
        value = getattr(kind, name)
        for other in _steps(value) if value is not None else ():
            change = _set("kind", kind.kind, name, other)
            yield f"{kind.kind}-{name}-{other}", change, _of(rule)
    for name, rule in WORDS.items():
        other = not getattr(kind, name)
        yield f"{kind.kind}-{name}-{other}", _set("kind", kind.kind, name, other), _of(rule)
    for ended in sorted(kind.ends):
        change = _set("kind", kind.kind, "ends", sorted(kind.ends - {ended}))
        rules = ("soa2003.s103c.6", law().kinds[ended].rule)
        yield f"{kind.kind}-ends-no-{ended}", change, _of(*rules)
    if kind.ground is not None:
        change = _set("kind", kind.kind, "ground", None)
        yield f"{kind.kind}-no-ground", change, _of(kind.ground_rule)
    for name, others in OTHER_RULES.items():
        value = getattr(kind, name)
        if value is not None:
            change = _set("kind", kind.kind, name, next(r for r in others if r != value))
            yield f"{kind.kind}-{name}-another", change, _of(value)


CHANGES = [
    *_changes_of_rules(),
    *(change for kind in law().kinds.values() for change in _changes_of_kind(kind)),
]


@pytest.mark.parametrize(
    ("change", "boundaries"), [pytest.param(c, b, id=name) for name, c, b in CHANGES]
)
def test_a_table_changed_by_one_fails_a_boundary(
    change: Change, boundaries: list[Boundary]
) -> None:
    assert _noticed(_changed(change), boundaries)


def test_unchanged_tables_fail_none() -> None:
    unchanged = _changed(lambda files: None)
    assert unchanged.digest == law().digest
    assert not _noticed(unchanged, _of("soa2003.s82.1", "soa2003.s82.2"))


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_a_boundary(rule: str) -> None:
    assert _of(rule), f"{rule}: write its boundaries in tests/law/boundaries"


@pytest.mark.parametrize("rule", sorted({b.rule for b in BOUNDARIES}))
def test_every_boundary_names_a_rule_of_the_tables(rule: str) -> None:
    assert rule in RULES


def _order(kind: str, on: str, **data: Any) -> Facts:
    return (registered(), made(on, kind, **data))


# A record, and a day, whose answer has a date by each rule that is inferred.
INFERRED: dict[str, tuple[Facts, str]] = {
    "soa2003.s82.2": (notification.young(kind="fine"), notification.DAY),
    "soa2003.s91b.8": (reviews.APPLIED, "2022-02-02"),
    "soa2003.s91c.1": (review_steps.NOTIFIED, "2022-02-10"),
    "soa2003.s104": (_order("sopo", "2014-03-03"), "2014-03-03"),
    "soa2003.s109": (_order("interim_sopo", "2014-03-03", ends_on="2014-04-01"), "2014-03-03"),
    "soa2003.s114": (_order("fto", "2014-03-03", ends_on="2014-09-02"), "2014-03-03"),
    "soa2003.s123": (_order("rosho", "2014-03-03"), "2014-03-03"),
    "soa2003.s132.3": (
        (registered(), convicted("2020-03-02", "imprisonment", "P1Y", threshold=True)),
        "2020-03-02",
    ),
    "soa2003.proof": (_order("shpo", "2020-03-02"), "2020-03-02"),
    "asbcpa2014.s114": (acts.old_order("sopo"), "2021-03-08"),
    "person.qualifying_date_set": (review_steps.BY_A_PERSON, "2014-02-01"),
    "mappa.meeting": (clocks.MET, clocks.DAY),
    "cja2003.s255b.28": (
        recall.returned("fixed_term_28", "2020-03-02", "2020-03-02"),
        "2020-03-02",
    ),
    "cja2003.s255ba": (
        recall.returned("fixed_term_56", "2026-04-07", "2026-04-07"),
        "2026-04-07",
    ),
}
# Rules that refuse or warn, and give no date.
WITHOUT_DATE = {
    "soa2003.s108.6", "soa2003.s125", "bfda1971.s1", "record.sense", "practice.retention",
}  # fmt: skip


def _named(rule: str, reason: dict[str, Any]) -> bool:
    return reason["rule"] == rule or f"[{rule}," in reason["sentence"]


@pytest.mark.parametrize("rule", sorted(INFERRED))
def test_a_date_by_an_inferred_rule_is_marked(rule: str) -> None:
    facts, on = INFERRED[rule]
    reasons = why(recorded(law(), facts).timeline, date.fromisoformat(on))
    named = [reason for reason in reasons if _named(rule, reason)]
    assert named, f"no date of {on} names {rule}"
    for reason in named:
        by_it = reason["rule"] == rule
        assert reason["confidence"] == "inferred" if by_it else ", inferred]" in reason["sentence"]
        assert "inferred" in reason["sentence"]


def test_every_inferred_rule_is_tried() -> None:
    inferred = {rule.id for rule in law().rules if rule.confidence == "inferred"}
    assert inferred == INFERRED.keys() | WITHOUT_DATE


def test_a_date_by_a_rule_read_is_not_marked() -> None:
    facts = notification.disposed("fine")
    reasons = why(recorded(law(), facts).timeline, date.fromisoformat(notification.DAY))
    assert reasons
    assert all(RULES[r["rule"]].confidence == r["confidence"] == "text" for r in reasons)
    assert not any("inferred" in reason["sentence"] for reason in reasons)
