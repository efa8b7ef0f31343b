"""An annual return that was frozen: its versions, who answers for them, what may be recorded of it.

A return's record is that of a subject of its own (`return.cheshire.2022-23`). Called by
`individual.judge`, by the intake that freezes, and by whoever shows or verifies a return.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.facts import Accepted, ReturnFrozen, ReturnRestated, ReturnSignedOff
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import DigestedReturn

PREFIX = "return."
Status = Literal["frozen", "signed_off"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a frozen return, with who froze or restated it and who signed it off.

    `reason` is why it was restated, empty for the first.
    """

    known_at: datetime
    last_entry: int
    law: str
    text: str
    digest: str
    by: str
    at: datetime
    entry: str
    reason: str = ""
    signed_by: str | None = None
    signed_at: datetime | None = None
    accepted: tuple[Accepted, ...] = ()

    @property
    def figures(self) -> DigestedReturn:
        """The return as it was published, without digest, status and findings."""
        found: DigestedReturn = json.loads(self.text)
        return found

    @property
    def status(self) -> Status:
        return "signed_off" if self.signed_by else "frozen"


def subject_of(area: str, year: str) -> str:
    """The subject of the record of a return."""
    return f"{PREFIX}{area}.{year}"


def is_return(subject: str) -> bool:
    return subject.startswith(PREFIX)


def digest_of(text: str) -> str:
    """SHA-256 over the UTF-8 of a return's canonical JSON."""
    return hashlib.sha256(text.encode()).hexdigest()


def versions(entries: Sequence[Entry]) -> list[Version]:
    """Every version of a return, in the order recorded; the last one stands."""
    found: list[Version] = []
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, ReturnSignedOff):
            found[-1] = _signed(found[-1], entry, fact)
        elif isinstance(fact, ReturnFrozen | ReturnRestated):
            reason = fact.reason if isinstance(fact, ReturnRestated) else ""
            found.append(
                Version(
                    datetime.fromisoformat(fact.known_at), fact.last_entry, fact.law, fact.figures,
                    fact.digest, entry.recorded_by, entry.recorded_at, entry.name, reason,
                )
            )  # fmt: skip
    return found


def _signed(version: Version, entry: Entry, fact: ReturnSignedOff) -> Version:
    return Version(
        version.known_at, version.last_entry, version.law, version.text, version.digest, version.by,
        version.at, version.entry, version.reason, entry.recorded_by, entry.recorded_at,
        fact.accepted,
    )  # fmt: skip


# --- what may be recorded -------------------------------------------------------------------------


def judge(history: History, entry: Entry) -> None:
    """Raises Refused where a fact of a return may not be recorded. Changes nothing."""
    fact, held = entry.fact, versions(history.entries)
    if isinstance(fact, ReturnFrozen):
        _frozen(history, entry, fact, held)
    elif not held:
        raise Refused("not_frozen", f"{history.subject} is not frozen", field="subject")
    elif isinstance(fact, ReturnSignedOff):
        _signing(entry, fact, held[-1])
    elif isinstance(fact, ReturnRestated):
        if fact.replaces != held[-1].digest:
            raise Refused("other_version", "another version of the return stands", field="replaces")
        _sound(fact, entry, held[0].figures["area"], held[0].figures["year"])
        if _without_moment(fact.figures) == _without_moment(held[-1].text):
            raise Refused(
                "nothing_changed", "no figure is another: there is nothing to restate",
                field="figures", entries=(held[-1].entry,),
            )  # fmt: skip


def _frozen(history: History, entry: Entry, fact: ReturnFrozen, held: list[Version]) -> None:
    if history.subject != subject_of(fact.area, fact.year):
        raise Refused(
            "other_return", f"the subject of this return is {subject_of(fact.area, fact.year)}",
            field="subject",
        )  # fmt: skip
    if held:
        raise Refused(
            "frozen_already",
            f"the return of {fact.area} {fact.year} is frozen: it never changes; restate it",
            field="subject",
            entries=(held[0].entry,),
        )
    if history.entries:
        raise Refused("other_return", f"{history.subject} is an individual", field="subject")
    _sound(fact, entry, fact.area, fact.year)


def _sound(fact: ReturnFrozen | ReturnRestated, entry: Entry, area: str, year: str) -> None:
    """The figures are those of this return, over, as known at that moment, with that digest."""
    if digest_of(fact.figures) != fact.digest:
        raise Refused("digest", "the digest is not that of the figures", field="digest")
    known_at = datetime.fromisoformat(fact.known_at)
    if known_at.tzinfo is None or known_at > entry.recorded_at:
        raise Refused("future", "known_at is a moment up to the recording", field="known_at")
    try:
        said = json.loads(fact.figures)
        same = (said["area"], said["year"], said["complete"]) == (area, year, True)
        same = same and datetime.fromisoformat(said["known_at"]) == known_at
        over = civil(known_at) > date.fromisoformat(said["period_end"])
    except (ValueError, KeyError, TypeError):
        raise Refused("figures", "these are not the figures of a return", field="figures") from None
    if not over:
        raise Refused("year_not_over", f"the year {year} was not over then", field="known_at")
    if not same:
        raise Refused("figures", "the figures are those of another return", field="figures")


def _signing(entry: Entry, fact: ReturnSignedOff, version: Version) -> None:
    if fact.digest != version.digest:
        raise Refused("other_version", "another version of the return stands", field="digest")
    if version.signed_by is not None:
        raise Refused("signed_off_already", f"{version.signed_by} has signed it off",
                      field="digest", entries=(version.entry,))  # fmt: skip
    if entry.recorded_by == version.by:
        raise Refused(
            "same_person", f"{version.by} froze it: another person signs it off",
            field="recordedby", entries=(version.entry,),
        )  # fmt: skip


def _without_moment(text: str) -> dict[str, object]:
    return {k: v for k, v in json.loads(text).items() if k != "known_at"}
