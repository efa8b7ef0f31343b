"""Arbitrary lawful histories: facts of every kind on any days, of which `judge` accepted some.

Used by `test_invariants`. Facts come late and on the same days, with voids and corrections.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from law.arbitrary import BIRTHS, COMMON, DATA, DAYS, one
from spec import OVERRIDE, SOURCE, SUBJECT, law, record_together
from tracker.domain import facts as f
from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.facts import CATALOGUE, PREFIX
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.intake.cloudevents import IncomingFact, parse_fact

RECORDED = datetime(2031, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """Something recorded next; a void or a correction is of the `of`-th entry that counts,
    never of the registration."""

    how: str
    kind: str
    on: str | int
    data: dict[str, Any]
    of: int


@st.composite
def steps(draw: st.DrawFn, how: str | None = None) -> Step:
    kind = draw(st.sampled_from(COMMON))
    data = draw(DATA[kind])
    if draw(st.integers(0, 2)) == 2:
        data = data | {"override": OVERRIDE}
    how = how or draw(one(*["fact"] * 18, "void", "correction"))
    return Step(how, kind, draw(DAYS), data, draw(st.integers(0, 50)))


class Recorder:
    """Records what `judge` accepts, two entries at each moment, as a writer would."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.history = History(SUBJECT, entries)

    def take(self, step: Step) -> bool:
        """Records a step if it is accepted; returns whether it was."""
        kept = list(self.history.entries)
        try:
            record_together(self.history, self._arrivals(step), law())
        except Refused:
            self.history = History(SUBJECT, kept)
            return False
        return True

    def force(self, step: Step) -> None:
        """Records a step without judging it, as later corrections might leave it."""
        with suppress(Refused):  # by its shape
            for arrived in self._arrivals(step):
                self.history.append(arrived.entry(arrived.at, self.history.next_sequence))

    def _arrivals(self, step: Step) -> list[IncomingFact]:
        on = self._day(step.on)
        data = {"on": on.isoformat(), **self._fitted(step.kind, step.data, on)}
        others = [e for e in self.history.counting if e is not self.history.registered]
        if step.how == "fact" or not others:
            return [self._arrived(step.kind, data, 0)]
        target = others[step.of % len(others)]
        at = civil(self._moment(0)).isoformat()
        void = {"on": at, "entry": target.id, "reason": "mistake"}
        if step.how == "void":
            return [self._arrived("entry.voided", void, 0)]
        right = target.fact.model_dump(mode="json", exclude_unset=True)
        if PREFIX + step.kind == target.fact.TYPE:
            defines = target.fact.DEFINES
            name = defines.field if defines else "on"
            right |= data | {name: right[name]}
        right |= {"on": data["on"], "corrects": target.id}
        kind = target.fact.TYPE.removeprefix(PREFIX)
        return [self._arrived("entry.voided", void, 0), self._arrived(kind, right, 1)]

    def _day(self, on: str | int) -> date:
        if isinstance(on, str):
            return date.fromisoformat(on)
        last = next((e.fact.on for e in reversed(self.history.entries) if not is_void(e)), None)
        return min((last or date(1996, 1, 1)) + timedelta(days=on), date(2030, 12, 31))

    def _fitted(self, kind: str, data: dict[str, Any], on: date) -> dict[str, Any]:
        """The data with unused ids, known references, and days counted from `on`."""
        model = CATALOGUE[PREFIX + kind]
        what, naming = (model.DEFINES.what, model.DEFINES.field) if model.DEFINES else ("", "")
        referring = {reference.field: reference.what for reference in model.REFERS_TO}
        fitted: dict[str, Any] = {}
        for field, value in data.items():
            if field == naming:
                fitted[field] = self._free(what, value)
            elif field == "overlaps":
                known = self._known("conviction", value["conviction_id"])
                fitted |= {field: value | {"conviction_id": known}} if known else {}
            elif field in referring:
                known = self._known(referring[field], value, field == "foreign_conviction_id")
                if known or model.model_fields[field].is_required():
                    fitted[field] = known or value
            elif isinstance(value, list):
                fitted[field] = [dated(part, on) for part in value]
            else:
                fitted[field] = value
        return dated(fitted, on)

    def _known(self, thing: str, ref: str, foreign: bool = False) -> str | None:
        known = sorted(
            name
            for (what, name), entry in self.history.defined.items()
            if what == thing and (not foreign or getattr(entry.fact, "foreign", False))
        )
        return known[int(ref[1:]) % len(known)] if known else None

    def _free(self, what: str, name: str) -> str:
        taken = {ref for kind, ref in self.history.defined if kind == what}
        return name if name not in taken else f"{name[0]}{len(taken) + 10}"

    def _moment(self, ahead: int) -> datetime:
        return RECORDED + timedelta(hours=(len(self.history.entries) + ahead) // 2)

    def _arrived(self, kind: str, data: dict[str, Any], ahead: int) -> IncomingFact:
        at = self._moment(ahead)
        name = f"e{len(self.history.entries) + ahead + 1}"
        fact = parse_fact(PREFIX + kind, data)
        return IncomingFact(SUBJECT, SOURCE, name, at.isoformat(), at, "ppu.officer7", fact)


def step(kind: str, on: str | int, /, **data: Any) -> Step:
    return Step("fact", kind, on, data, 0)


BEGINNINGS = [
    [],
    [  # subject indefinitely, released and notified: reviews can follow
        step("conviction.recorded", "2005-01-10", conviction_id="C1", finding="conviction",
             offence="Assault", schedule_3=True, disposal={"kind": "life"}),
        step("custody.entered", 0, kind="sentence", conviction_id="C1"),
        step("custody.left", 700, licence_for_life=True),
        step("notification.given", 1, kind="initial"),
    ],
    [  # a sexual risk order breached
        step("order.made", "2020-06-01", order_id="S1", kind="sro", ends_on=4000),
        step("breach.reported", 3, breach_id="B1", of="order", order_id="S1"),
        step("breach.concluded", 30, breach_id="B1", outcome="cautioned"),
    ],
    [  # convicted abroad, subject by an order or a notice
        step("conviction.recorded", "2018-01-31", conviction_id="C1", finding="conviction",
             offence="Assault", schedule_3=True, foreign=True, disposal={"kind": "ipp"}),
        step("order.made", "2022-11-29", order_id="S1", kind="s96za_notice",
             foreign_conviction_id="C1"),
    ],
]  # fmt: skip


@st.composite
def histories(draw: st.DrawFn, most: int = 40) -> list[Entry]:
    """The entries of one subject in the order recorded, all lawful at that moment."""
    recorder = Recorder()
    who = {"area": "cheshire", "name": "A", "date_of_birth": draw(st.sampled_from(BIRTHS))}
    recorder.take(step("individual.registered", "2003-06-01", **who))
    count = draw(st.integers(0, most))
    more = draw(st.lists(steps(), min_size=count, max_size=count))
    for said in [*draw(st.sampled_from(BEGINNINGS)), *more]:
        recorder.take(said)
    return recorder.history.entries


def dated(part: Any, on: date) -> Any:
    """The data with each offset in days replaced by the day that long after `on`."""
    if not isinstance(part, dict):
        return part
    return {
        field: (on + timedelta(days=value)).isoformat()
        if type(value) is int and field.endswith(("_on", "_until"))
        else value
        for field, value in part.items()
    }


def renumbered(entries: Iterable[Entry]) -> list[Entry]:
    """The same entries, numbered as if recorded in this order."""
    return [entry._replace(sequence=n) for n, entry in enumerate(entries, 1)]


def is_void(entry: Entry) -> bool:
    return isinstance(entry.fact, f.EntryVoided)
