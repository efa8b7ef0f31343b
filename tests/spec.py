"""Given, when, then in the language of the field, on the domain alone: no store and no clock.

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
from tracker.intake.cloudevents import IncomingFact, parse_fact, parse_time
from tracker.settings import configuration

SUBJECT, SOURCE = "CHE-1", "/cheshire/ppu"
INSISTED = {"rule": "any", "reason": "the court ordered so", "by": "ppu.inspector1"}


@cache
def law(category_4: Literal["exclude", "beneath"] = "exclude") -> Law:
    """The tables of law as shipped, with every area."""
    return Law(configuration.law_files(), frozenset(configuration.areas()), category_4)


def moment(text: str) -> datetime:
    """A moment from RFC 3339 text, or the end of the civil day of a bare date."""
    return end_of_day(date.fromisoformat(text)) if len(text) == 10 else parse_time(text)


@dataclass(frozen=True)
class Said:
    """A fact as a test writes it; its shape is checked when it is recorded."""

    kind: str
    data: dict[str, Any]
    recorded: str | None = None
    id: str | None = None
    source: str = SOURCE

    def arrived(self, number: int, not_before: datetime | None) -> IncomingFact:
        """As it comes in: recorded at noon of its day, or a minute after the one before."""
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
) -> Said:
    """A fact by its type without the prefix, the day it takes effect, and its data."""
    return Said(kind, {"on": on, **data}, recorded, id, source)


def insisted(said: Said) -> Said:
    """The same fact with a person insisting on it."""
    return replace(said, data={**said.data, "override": INSISTED})


def registered(on: str = "1995-06-01", born: str = "1970-01-01", **data: Any) -> Said:
    data = {"area": "cheshire", "name": "A Person", "date_of_birth": born, **data}
    return fact("individual.registered", on, **data)


def convicted(on: str, kind: str | None = None, term: str | None = None, **data: Any) -> Said:
    """A Schedule 3 conviction C1, with its disposal where a kind is given."""
    data = {"conviction_id": "C1", "finding": "conviction", "schedule_3": True} | data
    if kind is not None:
        data["disposal"] = {"kind": kind, **({"term": term} if term else {})}
    return fact("conviction.recorded", on, offence="Sexual assault", **data)


def sentenced(on: str, kind: str, term: str | None = None, ref: str = "C1", **data: Any) -> Said:
    disposal = {"kind": kind, **({"term": term} if term else {})}
    return fact("conviction.sentenced", on, conviction_id=ref, disposal=disposal, **data)


def made(on: str, kind: str = "shpo", order_id: str = "S1", **data: Any) -> Said:
    return fact("order.made", on, order_id=order_id, kind=kind, **data)


def notified(on: str, kind: str = "initial", **data: Any) -> Said:
    return fact("notification.given", on, kind=kind, **data)


def voided(on: str, entry: str, **data: Any) -> Said:
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

    def given(self, *facts: Said) -> Record:
        """With further facts, recorded together; fails the test where one is refused."""
        outcome = self.when(*facts)
        assert outcome.refused is None, f"refused: {outcome.refused.code}: {outcome.refused}"
        return outcome.record

    def when(self, *facts: Said) -> Outcome:
        """What becomes of facts recorded together: all of them are, or none is."""
        history = History(SUBJECT, self.entries)
        try:
            _record(history, facts, self.law)
        except Refused as refused:
            return Outcome(self, refused)
        return Outcome(Record(history.entries, None, self.law), None)

    def cannot_be(self, said: Said, code: str, **says: str) -> None:
        """It is refused, and insisting on it does not help."""
        self.when(said).then_refused(code, **says)
        self.when(insisted(said)).then_refused(code, **says)

    def must_be_insisted_on(self, said: Said, code: str, **says: str) -> Record:
        """It is refused unless a person insists; the record with it."""
        self.when(said).then_refused(code, overridable=True, **says)
        return self.given(insisted(said))

    def known(self, at: str) -> Record:
        """The same record as known at a moment, or at the end of a day."""
        return Record(self.entries, moment(at), self.law)

    def under(self, category_4: Literal["exclude", "beneath"]) -> Record:
        """The same record under another setting for category 4."""
        return Record(self.entries, self.known_at, law(category_4))

    @property
    def timeline(self) -> Timeline:
        found = timeline(SUBJECT, self.entries, self.law, self.known_at)
        assert found is not None, "nothing was known"
        return found

    def on(self, day: str) -> dict[str, Any]:
        """The answer of `show` for a day."""
        at = self.known_at or self.entries[-1].recorded_at
        return show(self.timeline, date.fromisoformat(day), at)

    def spells(self, track: str) -> list[Spell]:
        return [s for s in self.timeline.spells if s.track == track]

    def subject(self, day: str) -> bool:
        return bool(self.on(day)["notification"]["subject"])

    def last_day(self, day: str) -> str | None:
        """The last day subject of the run that holds a day."""
        answer = self.on(day)["notification"]
        assert answer["subject"], f"not subject on {day}"
        last: str | None = answer["last_day"]
        return last

    def due(self, what: str, day: str) -> str | None:
        """When the first outstanding deadline of that name falls due, as on a day."""
        found = [d["due_on"] for d in self.on(day)["deadlines"] if d["what"] == what]
        return found[0] if found else None

    def findings(self, day: str) -> list[str]:
        return [f["finding"] for f in self.on(day)["findings"]]


@dataclass(frozen=True)
class Outcome:
    """What became of facts: the record with them, or the refusal of one."""

    record: Record
    refused: Refused | None

    def then_accepted(self) -> Record:
        assert self.refused is None, f"refused: {self.refused.code}: {self.refused}"
        return self.record

    def then_refused(self, code: str, *, overridable: bool = False, **says: str) -> Refused:
        """Refused with that code and, where given, that `field` and `rule`."""
        assert self.refused is not None, "accepted"
        assert self.refused.code == code, f"{self.refused.code}: {self.refused}"
        assert self.refused.overridable == overridable
        for name, value in says.items():
            assert getattr(self.refused, name) == value
        return self.refused


def _record(history: History, facts: Iterable[Said], rules: Law) -> None:
    """Judges facts that come together and takes them in, as every writer does."""
    arrived = []
    last = history.last_recorded_at
    for number, said in enumerate(facts, len(history.entries) + 1):
        arrived.append(said.arrived(number, last))
        last = arrived[-1].at
    record_together(history, arrived, rules)


def record_together(history: History, arrived: Iterable[IncomingFact], rules: Law) -> None:
    """A void and the right fact are judged on the record as known after both."""
    coming = list(arrived)
    together = {target for a in coming if (target := voids(a.entry(a.at, 0))) is not None}
    for a in coming:
        entry = a.entry(a.at, history.next_sequence)
        target = f"{entry.source} {entry.fact.corrects}"
        if target in together and history.entry(target) is not None:
            history.presume_void(target)
        judge(history, entry, rules, frozenset(together))
        history.append(entry)
    if not history.begins_with_registration():
        raise Refused("registration_voided", "the registration is voided alone", field="entry")


def given(*facts: Said) -> Record:
    """The record of one individual with these facts, each of them accepted."""
    return Record().given(*facts)
