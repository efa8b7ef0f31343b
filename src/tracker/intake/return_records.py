"""Freezes, signs off and restates annual returns: facts of a record of their own, in the log.

The figures are computed by whoever calls (`tracker.service.frozen`); here they are judged and
recorded, on the very record that they add to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.facts import Fact, ReturnFrozen, ReturnRestated, ReturnSignedOff
from tracker.domain.judging.frozen_returns import PREFIX, Version, digest_of, subject_of, versions
from tracker.domain.judging.judge import with_its_rule
from tracker.domain.law.tables import Law
from tracker.domain.record.history import History
from tracker.intake.appending import append_facts
from tracker.intake.cloudevents import Arrived
from tracker.store import log_rows
from tracker.store.agreement_check import check
from tracker.store.log import Known, Log

SOURCE = "/tracker/returns"
Making = Callable[[Sequence[Version]], Fact]


@dataclass(frozen=True, slots=True)
class Computed:
    """A return as computed: canonical JSON without digest, status and findings; what it rests on.

    `last_entry` is the position of the log up to which entries were looked at.
    """

    area: str
    year: str
    text: str
    last_entry: int

    @property
    def data(self) -> dict[str, str | int]:
        known_at = json.loads(self.text)["known_at"]
        return {"known_at": known_at, "last_entry": self.last_entry, "figures": self.text,
                "digest": digest_of(self.text)}  # fmt: skip


def held(log: Log, area: str, year: str) -> list[Version]:
    """The versions of a return, the last of which stands; none where it was never frozen."""
    return versions(log.history(subject_of(area, year)).entries)


def freeze(log: Log, law: Law, computed: Computed, by: str, now: datetime) -> Version:
    """Freezes a return; raises Refused where it is frozen already, or the year not over."""

    def make(_: Sequence[Version]) -> Fact:
        named = {"area": computed.area, "year": computed.year, "law": law.digest_with_setting}
        return ReturnFrozen.model_validate({**_on(now), **named, **computed.data})

    return _record(log, law, computed.area, computed.year, make, by, now)


def sign_off(
    log: Log, law: Law, area: str, year: str, accepted: Sequence[Mapping[str, str]], by: str,
    now: datetime,
) -> Version:  # fmt: skip
    """Signs the version that stands off; raises Refused where whoever froze it does so."""

    def make(known: Sequence[Version]) -> Fact:
        digest = known[-1].digest if known else "0" * 64
        data = {**_on(now), "digest": digest, "accepted": [dict(one) for one in accepted]}
        return ReturnSignedOff.model_validate(data)

    return _record(log, law, area, year, make, by, now)


def restate(log: Log, law: Law, computed: Computed, reason: str, by: str, now: datetime) -> Version:
    """Puts other figures beside those that stand; raises Refused where none is another."""

    def make(known: Sequence[Version]) -> Fact:
        replaces = known[-1].digest if known else "0" * 64
        own = {"reason": reason, "replaces": replaces, "law": law.digest_with_setting}
        return ReturnRestated.model_validate({**_on(now), **own, **computed.data})

    return _record(log, law, computed.area, computed.year, make, by, now)


def _on(now: datetime) -> dict[str, str]:
    return {"on": civil(now).isoformat()}


def _record(
    log: Log, law: Law, area: str, year: str, make: Making, by: str, now: datetime
) -> Version:
    subject = subject_of(area, year)
    with log.database.reading() as c:
        check(c, law, "no return is frozen, signed off or restated")

    def chosen(history: History, stamp: datetime, known: Known) -> list[Arrived]:
        fact = make(versions(history.entries))
        what = fact.TYPE.rpartition(".")[2]
        name = f"{what}:{area}.{year}:{history.next_sequence}"
        return [Arrived(subject, SOURCE, name, stamp.isoformat(), stamp, by, fact)]

    append_facts(log, law, subject, chosen, now)
    return held(log, area, year)[-1]


def not_before(log: Log) -> datetime | None:
    """The latest moment as known at which any return is frozen: nothing is dated back before it."""
    with log.database.reading() as c:
        subjects = log_rows.subjects_with_prefix(c, PREFIX)
        frozen = [v.known_at for s in subjects for v in versions(log.history(s).entries)]
    return max(frozen, default=None)


def refuse_before(moment: datetime | None, at: datetime, law: Law) -> None:
    """Raises Refused for a trusted time that would rewrite what was known in a frozen return."""
    if moment is not None and at <= moment:
        raise with_its_rule(
            Refused(
                "rewrites_frozen",
                f"`time` reaches back to {moment.isoformat()}, as known at which a return is "
                "frozen: import it without --trust-times",
                field="time",
            ),
            law,
            civil(at),
        )
