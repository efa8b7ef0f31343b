"""A boundary of a rule: what is true just before it, on it and just after it.

Every check is a function of the tables of law, so that it can be seen to fail with another table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from spec import SUBJECT, FactSpec, Record, with_override
from tracker.domain.answers.review_process import review_answer
from tracker.domain.judging.warnings import warnings
from tracker.domain.law.tables import Law
from tracker.domain.record.history import History

Check = Callable[[Law], None]
Facts = Sequence[FactSpec]


@dataclass(frozen=True)
class Boundary:
    """A boundary of a rule; `what` names the day, length or fact at which the answer changes."""

    rule: str
    what: str
    before: Check
    on: Check
    after: Check

    @property
    def checks(self) -> dict[str, Check]:
        """The three checks, by names such as `soa2003.s82.1-before-30-months`."""
        mark = re.sub(r"[^a-z0-9]+", "-", self.what.lower()).strip("-")
        sides = {"before": self.before, "on": self.on, "after": self.after}
        return {f"{self.rule}-{side}-{mark}": check for side, check in sides.items()}


def day(text: str, days: int = 0) -> str:
    """The day a number of days later."""
    return (date.fromisoformat(text) + timedelta(days=days)).isoformat()


def all_of(*checks: Check) -> Check:
    def check(law: Law) -> None:
        for one in checks:
            one(law)

    return check


def recorded(law: Law, facts: Facts, known: str | None = None) -> Record:
    """The record of these facts under these tables, as known at the end of a day."""
    record = Record(rules=law).given(*facts)
    return record.known(known) if known else record


def subject(
    facts: Facts,
    on: str,
    rule: str,
    last_day: str | None,
    *,
    indefinite: bool = False,
    known: str | None = None,
) -> Check:
    """Subject on a day by a ground that names the rule, with that last day."""

    def check(law: Law) -> None:
        grounds = recorded(law, facts, known).on(on)["notification"]["grounds"]
        found = [(g["rule"], g["last_day"], g["indefinite"]) for g in grounds]
        assert (rule, last_day, indefinite) in found, f"{found} on {on}"

    return check


def not_by(facts: Facts, on: str, rule: str) -> Check:
    """Not subject by a ground of that rule; perhaps by others."""

    def check(law: Law) -> None:
        grounds = recorded(law, facts).on(on)["notification"]["grounds"]
        assert rule not in [g["rule"] for g in grounds]

    return check


def free(facts: Facts, on: str, *, known: str | None = None) -> Check:
    """Not subject on a day."""

    def check(law: Law) -> None:
        assert not recorded(law, facts, known).subject(on), f"subject on {on}"

    return check


def due(facts: Facts, what: str, on: str, due_on: str, rule: str) -> Check:
    """Outstanding on a day, the first of that name due on another, by the rule it names."""

    def check(law: Law) -> None:
        deadlines = recorded(law, facts).on(on)["deadlines"]
        found = [(d["due_on"], d["rule"]) for d in deadlines if d["what"] == what]
        assert found[:1] == [(due_on, rule)], f"{what} as on {on}: {found}"

    return check


def not_due(facts: Facts, what: str, on: str) -> Check:
    """Nothing of that name is outstanding on a day."""

    def check(law: Law) -> None:
        assert recorded(law, facts).due(what, on) is None

    return check


def accepted(facts: Facts, *said: FactSpec) -> Check:
    """The fact is recorded without a warning."""
    return lambda law: recorded(law, facts).when(*said).then_accepted() and None


def refused(facts: Facts, said: FactSpec, code: str, rule: str, *, insist: bool = True) -> Check:
    """Refused by the rule that the refusal names; with an override recorded, or refused as well."""

    def check(law: Law) -> None:
        record = recorded(law, facts)
        refusal = record.when(said).then_refused(code, rule=rule, overridable=insist)
        on = refusal.governed_on or date.fromisoformat(said.data["on"])
        assert refusal.section == law.version(rule, on).section
        again = record.when(with_override(said))
        again.then_accepted() if insist else again.then_refused(code, rule=rule)

    return check


def order(
    facts: Facts, on: str, last_day: str | None, *, in_force: bool, rule: str, ref: str = "S1"
) -> Check:
    """The state of an order on a day, and the rule it names."""

    def check(law: Law) -> None:
        [found] = [o for o in recorded(law, facts).on(on)["orders"] if o["order_id"] == ref]
        assert (found["last_day"], found["in_force"]) == (last_day, in_force), on
        assert found["rule"] == rule

    return check


def review(facts: Facts, on: str, **expected: Any) -> Check:
    """The state of the review of indefinite requirements on a day."""

    def check(law: Law) -> None:
        found = recorded(law, facts).on(on)["review"]
        assert {k: found[k] for k in expected} == expected

    return check


def step(facts: Facts, on: str, name: str, rule: str, **expected: Any) -> Check:
    """The state on a day of the last step of that name in the first application."""

    def check(law: Law) -> None:
        record = recorded(law, facts)
        known_at = record.entries[-1].recorded_at
        answer = review_answer(record.timeline, date.fromisoformat(on), known_at)
        found = [s for s in answer["applications"][0]["steps"] if s["step"] == name][-1]
        assert found["rule"] == rule
        assert {k: found[k] for k in expected} == expected

    return check


def recall(facts: Facts, on: str, last_day: str | None, rule: str) -> Check:
    """The last day inside of the one recall decided by a day, and the rule it names."""

    def check(law: Law) -> None:
        [found] = recorded(law, facts).on(on)["recalls"]
        assert (found["last_day"], found["rule"]) == (last_day, rule)

    return check


def warned_of(record: Record, said: FactSpec) -> list[str]:
    """The warnings that a fact is recorded with."""
    entry = record.when(said).then_accepted().entries[-1]
    return warnings(History(SUBJECT, [*record.entries, entry]), entry, record.law)


def warned(facts: Facts, said: FactSpec, rule: str) -> Check:
    """Recorded with one warning, which names the rule."""

    def check(law: Law) -> None:
        found = warned_of(recorded(law, facts), said)
        assert [w.rpartition("[")[2] for w in found] == [f"{rule}]"], found

    return check


def unwarned(facts: Facts, said: FactSpec) -> Check:
    """Recorded without a warning."""

    def check(law: Law) -> None:
        assert warned_of(recorded(law, facts), said) == []

    return check


def begins(rule: str, what: str, facts: Facts, first: str, last_day: str | None) -> Boundary:
    """A ground from its first day on, which is the boundary; never indefinite."""
    return Boundary(
        rule,
        what,
        before=free(facts, day(first, -1)),
        on=subject(facts, first, rule, last_day),
        after=subject(facts, day(first, 1), rule, last_day),
    )


def ends(rule: str, what: str, facts: Facts, last_day: str) -> Boundary:
    """A ground up to its last day; the boundary is the first day no longer subject."""
    return Boundary(
        rule,
        what,
        before=subject(facts, last_day, rule, last_day),
        on=free(facts, day(last_day, 1)),
        after=free(facts, day(last_day, 2)),
    )


def falls_due(rule: str, what: str, facts: Facts, deadline: str, due_on: str) -> Boundary:
    """A deadline the day before it falls due, on the day, and overdue the day after."""
    before, on, after = (
        due(facts, deadline, day(due_on, days), due_on, rule) for days in (-1, 0, 1)
    )
    return Boundary(rule, what, before, on, after)
