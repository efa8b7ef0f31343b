"""Given, when, then for facts, on the domain alone: no store and no clock.

Used by every test of the law: `given(registered(), ...).when(fact(...)).then_refused("future")`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Literal

from tracker.domain.answers.show import show
from tracker.domain.dates import end_of_day
from tracker.domain.errors import Refused
from tracker.domain.facts import PREFIX
from tracker.domain.judging.judge import judge
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.domain.record.entry import Entry, voids
from tracker.domain.record.history import History
from tracker.domain.spells import Spell
from tracker.intake.cloudevents import IncomingFact, parse_fact
from tracker.intake.times import parse_time
from tracker.settings import configuration

SUBJECT, SOURCE = "CHE-1", "/cheshire/ppu"
OVERRIDE = {"rule": "any", "reason": "the court ordered so", "by": "ppu.inspector1"}


@cache
def law(category_4: Literal["exclude", "beneath"] = "exclude") -> Law:
    """The law tables as shipped, with every area; `category_4` is the counting setting."""
    return Law(configuration.law_files(), frozenset(configuration.areas()), category_4)


def moment(text: str) -> datetime:
    """Parses an RFC 3339 time; a date alone means the end of that day in London."""
    return end_of_day(date.fromisoformat(text)) if len(text) == 10 else parse_time(text)


@dataclass(frozen=True)
class FactSpec:
    """A fact as a test writes it. Its shape is validated when it is recorded."""

    kind: str
    data: dict[str, Any]
    recorded: str | None = None
    id: str | None = None
    source: str = SOURCE

    def incoming(self, number: int, not_before: datetime | None) -> IncomingFact:
        """The incoming fact, recorded at noon of its day, or a minute after `not_before` if later.

        `number` gives the id `e1`, `e2`, … where the test gives none.
        """
        parsed = parse_fact(PREFIX + self.kind, self.data)
        if self.recorded is None:
            at = datetime.combine(parsed.on, datetime.min.time(), UTC) + timedelta(hours=12)
            at = max(at, not_before + timedelta(minutes=1)) if not_before else at
        else:
            noon = "T12:00:00Z" if len(self.recorded) == 10 else ""
            at = parse_time(self.recorded + noon)
        name = self.id or f"e{number}"
        return IncomingFact(SUBJECT, self.source, name, at.isoformat(), at, "ppu.officer7", parsed)


def fact(
    kind: str,
    on: str,
    /,
    *,
    recorded: str | None = None,
    id: str | None = None,
    source: str = SOURCE,
    **data: Any,
) -> FactSpec:
    """A fact: its type without the prefix, the day on which it takes effect, and its data.

    `recorded` is the time or the day of recording.
    """
    return FactSpec(kind, {"on": on, **data}, recorded, id, source)


def with_override(said: FactSpec) -> FactSpec:
    """The same fact with an `override`."""
    return replace(said, data={**said.data, "override": OVERRIDE})


def registered(on: str = "1995-06-01", born: str = "1970-01-01", **data: Any) -> FactSpec:
    data = {"area": "cheshire", "name": "A Person", "date_of_birth": born, **data}
    return fact("individual.registered", on, **data)


def convicted(on: str, kind: str | None = None, term: str | None = None, **data: Any) -> FactSpec:
    """A Schedule 3 conviction C1; with a disposal if `kind` is not None."""
    data = {"conviction_id": "C1", "finding": "conviction", "schedule_3": True} | data
    if kind is not None:
        data["disposal"] = {"kind": kind, **({"term": term} if term else {})}
    return fact("conviction.recorded", on, offence="Sexual assault", **data)


def sentenced(
    on: str, kind: str, term: str | None = None, ref: str = "C1", **data: Any
) -> FactSpec:
    disposal = {"kind": kind, **({"term": term} if term else {})}
    return fact("conviction.sentenced", on, conviction_id=ref, disposal=disposal, **data)


def made(on: str, kind: str = "shpo", order_id: str = "S1", **data: Any) -> FactSpec:
    return fact("order.made", on, order_id=order_id, kind=kind, **data)


def notified(on: str, kind: str = "initial", **data: Any) -> FactSpec:
    return fact("notification.given", on, kind=kind, **data)


def voided(on: str, entry: str, **data: Any) -> FactSpec:
    return fact("entry.voided", on, entry=entry, reason="wrong person", **data)


class Record:
    """What is recorded of one individual, and what it means."""

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        known_at: datetime | None = None,
        rules: Law | None = None,
    ) -> None:
        self.entries = list(entries)
        self.known_at = known_at
        self.law = rules or law()

    def given(self, *facts: FactSpec) -> Record:
        """The record with more facts, recorded together. Fails the test if one is refused."""
        outcome = self.when(*facts)
        assert outcome.refused is None, f"refused: {outcome.refused.code}: {outcome.refused}"
        return outcome.record

    def when(self, *facts: FactSpec) -> Outcome:
        """Tries to record facts together: the outcome has all of them, or none."""
        history = History(SUBJECT, self.entries)
        try:
            _record(history, facts, self.law)
        except Refused as refused:
            return Outcome(self, refused)
        return Outcome(Record(history.entries, None, self.law), None)

    def refused_even_with_override(self, said: FactSpec, code: str, **says: str) -> None:
        """Asserts that a fact is refused, with and without an override."""
        self.when(said).then_refused(code, **says)
        self.when(with_override(said)).then_refused(code, **says)

    def needs_override(self, said: FactSpec, code: str, **says: str) -> Record:
        """Asserts that a fact is refused without an override; returns the record with it."""
        self.when(said).then_refused(code, overridable=True, **says)
        return self.given(with_override(said))

    def known(self, at: str) -> Record:
        """The same record as known at a time, or at the end of a day."""
        return Record(self.entries, moment(at), self.law)

    def under(self, category_4: Literal["exclude", "beneath"]) -> Record:
        """The same record under another setting for category 4."""
        return Record(self.entries, self.known_at, law(category_4))

    @property
    def timeline(self) -> Timeline:
        folded = timeline(SUBJECT, self.entries, self.law, self.known_at)
        assert folded is not None, "nothing was known"
        return folded

    def on(self, day: str) -> dict[str, Any]:
        """The answer of `show` for a day."""
        at = self.known_at or self.entries[-1].recorded_at
        return show(self.timeline, date.fromisoformat(day), at)

    def spells(self, track: str) -> list[Spell]:
        return [s for s in self.timeline.spells if s.track == track]

    def subject(self, day: str) -> bool:
        return bool(self.on(day)["notification"]["subject"])

    def last_day(self, day: str) -> str | None:
        """The last day of the run subject to notification that covers a day; None: no end."""
        answer = self.on(day)["notification"]
        assert answer["subject"], f"not subject on {day}"
        last: str | None = answer["last_day"]
        return last

    def due(self, what: str, day: str) -> str | None:
        """When the first deadline `what` outstanding on a day falls due; None if none is."""
        due = [d["due_on"] for d in self.on(day)["deadlines"] if d["what"] == what]
        return due[0] if due else None

    def findings(self, day: str) -> list[str]:
        return [f["finding"] for f in self.on(day)["findings"]]


@dataclass(frozen=True)
class Outcome:
    """The outcome of recording facts: the record with them, or the refusal of one."""

    record: Record
    refused: Refused | None

    def then_accepted(self) -> Record:
        assert self.refused is None, f"refused: {self.refused.code}: {self.refused}"
        return self.record

    def then_refused(self, code: str, *, overridable: bool = False, **says: str) -> Refused:
        """Asserts a refusal with this code; `says` are further attributes, such as `field`."""
        assert self.refused is not None, "accepted"
        assert self.refused.code == code, f"{self.refused.code}: {self.refused}"
        assert self.refused.overridable == overridable
        for name, value in says.items():
            assert getattr(self.refused, name) == value
        return self.refused


def _record(history: History, facts: Iterable[FactSpec], rules: Law) -> None:
    """Judges facts recorded together and adds them to the record, as `intake` does."""
    incoming: list[IncomingFact] = []
    last = history.last_recorded_at
    for number, said in enumerate(facts, len(history.entries) + 1):
        incoming.append(said.incoming(number, last))
        last = incoming[-1].at
    record_together(history, incoming, rules)


def record_together(history: History, incoming: Iterable[IncomingFact], rules: Law) -> None:
    """Judges and adds incoming facts; a void and the right fact as if both were recorded."""
    facts = list(incoming)
    together = {target for a in facts if (target := voids(a.entry(a.at, 0))) is not None}
    for a in facts:
        entry = a.entry(a.at, history.next_sequence)
        target = f"{entry.source} {entry.fact.corrects}"
        if target in together and history.entry(target) is not None:
            history.presume_void(target)
        judge(history, entry, rules, frozenset(together))
        history.append(entry)
    if not history.begins_with_registration():
        raise Refused("registration_voided", "the registration is voided alone", field="entry")


def given(*facts: FactSpec) -> Record:
    """The record of one individual with these facts. Fails the test if one is refused."""
    return Record().given(*facts)
