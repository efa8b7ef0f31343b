"""Recall: from when each kind exists, and the last day inside of a fixed-term one."""

from __future__ import annotations

from collections.abc import Iterable

from law.boundaries.base import (
    Boundary,
    Facts,
    day,
    recall,
    unwarned,
    warned,
)
from spec import FactSpec, fact, registered

PERSON = (registered("2000-01-01"),)


def decided(kind: str, on: str) -> FactSpec:
    return fact("recall.decided", on, recall_id="R1", kind=kind)


def returned(kind: str, on: str, back: str) -> Facts:
    return (
        *PERSON,
        decided(kind, on),
        fact("custody.entered", back, kind="recall", recall_id="R1"),
    )


def existed_from(rule: str, kind: str, first: str) -> Boundary:
    """Recorded with a warning on a day before that kind of recall existed."""
    return Boundary(
        rule,
        f"{first}, {kind}",
        warned(PERSON, decided(kind, day(first, -1)), rule),
        unwarned(PERSON, decided(kind, first)),
        unwarned(PERSON, decided(kind, day(first, 1))),
    )


def lasts(rule: str, kind: str, on: str, last_day: str) -> Iterable[Boundary]:
    """The days inside, the first the day of return; the day before there is no last day."""
    last = recall(returned(kind, on, on), on, last_day, rule)
    later = recall(returned(kind, on, day(on, 1)), day(on, 1), day(last_day, 1), rule)
    yield Boundary(
        rule,
        f"the return, {kind}",
        recall((*PERSON, decided(kind, on)), on, None, rule),
        last,
        later,
    )


def no_last_day(kind: str) -> Boundary:
    """A recall that has no last day of its own, whatever the day of return."""
    rule, on = "cja2003.s254", "2020-03-02"
    return Boundary(
        rule,
        f"the return, {kind}",
        recall((*PERSON, decided(kind, on)), on, None, rule),
        recall(returned(kind, on, on), on, None, rule),
        recall(returned(kind, on, day(on, 1)), day(on, 1), None, rule),
    )


BOUNDARIES = (
    existed_from("cja2003.s254", "standard", "2005-04-04"),
    existed_from("cja2003.s254", "emergency", "2005-04-04"),
    no_last_day("standard"),
    no_last_day("emergency"),
    existed_from("cja2003.s255b.28", "fixed_term_28", "2008-07-14"),
    *lasts("cja2003.s255b.28", "fixed_term_28", "2020-03-02", "2020-03-29"),
    existed_from("cja2003.s255b.14", "fixed_term_14", "2015-02-02"),
    *lasts("cja2003.s255b.14", "fixed_term_14", "2020-03-02", "2020-03-15"),
    existed_from("cja2003.s255ba", "fixed_term_56", "2026-03-31"),
    *lasts("cja2003.s255ba", "fixed_term_56", "2026-04-07", "2026-06-01"),
)
