"""Freezes, signs off and restates annual returns, each a record of its own in the log.

The caller (`tracker.service.frozen`) computes the figures; here they are judged and recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.facts import Fact, ReturnFrozen, ReturnRestated, ReturnSignedOff
from tracker.domain.judging.frozen_returns import PREFIX, Version, digest_of, subject_of, versions
from tracker.domain.law.tables import Law
from tracker.domain.record.history import History
from tracker.store import log_rows
from tracker.store.agreement_check import check
from tracker.store.log import Known, Log

if TYPE_CHECKING:
    from tracker.intake.cloudevents import IncomingFact

SOURCE = "/tracker/returns"
MakeFact = Callable[[Sequence[Version]], Fact]


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed return: `text` is its canonical JSON without digest, status and findings.

    `last_entry` is the log position of the last entry that was counted.
    """

    area: str
    year: str
    text: str
    last_entry: int

    @property
    def data(self) -> dict[str, str | int]:
        """The fields that freezing and restating have in common."""
        known_at = json.loads(self.text)["known_at"]
        return {"known_at": known_at, "last_entry": self.last_entry, "figures": self.text,
                "digest": digest_of(self.text)}  # fmt: skip


def frozen_versions(log: Log, area: str, year: str) -> list[Version]:
    """The frozen versions of a return, the current one last; empty if it was never frozen."""
    return versions(log.history(subject_of(area, year)).entries)


def freeze(log: Log, law: Law, computed: Computed, by: str, now: datetime) -> Version:
    """Freezes a return. Raises Refused if it is frozen already, or the year is not over."""

    def make(_: Sequence[Version]) -> Fact:
        named = {"area": computed.area, "year": computed.year, "law": law.digest_with_setting}
        return ReturnFrozen.model_validate({**_on(now), **named, **computed.data})

    return _record(log, law, computed.area, computed.year, make, by, now)


def sign_off(
    log: Log, law: Law, area: str, year: str, accepted: Sequence[Mapping[str, str]], by: str,
    now: datetime,
) -> Version:  # fmt: skip
    """Signs off the current version. Raises Refused if `by` is the person who froze it.

    `accepted` has the open findings that were accepted: `finding`, `reason`, `subject` or `cell`.
    """

    def make(known: Sequence[Version]) -> Fact:
        digest = known[-1].digest if known else "0" * 64
        data = {**_on(now), "digest": digest, "accepted": [dict(one) for one in accepted]}
        return ReturnSignedOff.model_validate(data)

    return _record(log, law, area, year, make, by, now)


def restate(log: Log, law: Law, computed: Computed, reason: str, by: str, now: datetime) -> Version:
    """Adds a version with new figures. Raises Refused if no figure changed, or none is frozen."""

    def make(known: Sequence[Version]) -> Fact:
        replaces = known[-1].digest if known else "0" * 64
        own = {"reason": reason, "replaces": replaces, "law": law.digest_with_setting}
        return ReturnRestated.model_validate({**_on(now), **own, **computed.data})

    return _record(log, law, computed.area, computed.year, make, by, now)


def _on(now: datetime) -> dict[str, str]:
    return {"on": civil(now).isoformat()}


def _record(
    log: Log, law: Law, area: str, year: str, make: MakeFact, by: str, now: datetime
) -> Version:
    # Imported here: showing a return judges and records nothing.
    from tracker.intake.appending import append_facts
    from tracker.intake.cloudevents import IncomingFact
    from tracker.intake.texts import check_texts

    subject = subject_of(area, year)
    with log.database.reading() as c:
        check(c, law, "no return is frozen, signed off or restated")

    def chosen(history: History, stamp: datetime, known: Known) -> list[IncomingFact]:
        fact = make(versions(history.entries))
        texts = fact.model_dump(mode="json", exclude={"figures"})
        check_texts({"recordedby": by, "data": texts}, type(fact))
        what = fact.TYPE.rpartition(".")[2]
        name = f"{what}:{area}.{year}:{history.next_sequence}"
        return [IncomingFact(subject, SOURCE, name, stamp.isoformat(), stamp, by, fact)]

    append_facts(log, law, subject, chosen, now)
    return frozen_versions(log, area, year)[-1]


def latest_frozen_moment(log: Log) -> datetime | None:
    """The latest `known_at` of all frozen returns; None if there are none.

    No trusted time may be at or before it.
    """
    with log.database.reading() as c:
        subjects = log_rows.subjects_with_prefix(c, PREFIX)
        frozen = [v.known_at for s in subjects for v in versions(log.history(s).entries)]
    return max(frozen, default=None)


def refuse_rewriting_frozen(moment: datetime | None, at: datetime, law: Law) -> None:
    """Raises Refused if a fact recorded `at` that time would change what a frozen return knew.

    `moment` is `latest_frozen_moment`.
    """
    if moment is not None and at <= moment:
        from tracker.domain.judging.judge import with_its_rule

        raise with_its_rule(
            Refused(
                "rewrites_frozen",
                f"`time` is not after {moment.isoformat()}, the moment as known at which a "
                "return is frozen: import it without --trust-times",
                field="time",
            ),
            law,
            civil(at),
        )
