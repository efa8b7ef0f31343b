"""A frozen annual return: its versions, who signed them off, and which facts it may get.

A return has a record under a subject of its own (`return.cheshire.2022-23`). Called by
`judge.judge`, by the intake that freezes, and by whatever shows or verifies a return.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.facts import Accepted, ReturnFrozen, ReturnRestated, ReturnSignedOff
from tracker.domain.open_json import JsonObject
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History

PREFIX = "return."
Status = Literal["frozen", "signed_off"]


class Version(NamedTuple):
    """One version of a frozen return.

    `text` is its canonical JSON and `digest` the SHA-256 of it. `by` and `at` say who froze or
    restated it and when, in the entry named `entry`; `signed_by` and `signed_at` who signed it off.
    `reason` is why it was restated, empty for the first version.
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
    def figures(self) -> JsonObject:
        """The published return, parsed, without digest, status and findings."""
        figures: JsonObject = json.loads(self.text)
        return figures

    @property
    def status(self) -> Status:
        return "signed_off" if self.signed_by else "frozen"


def subject_of(area: str, year: str) -> str:
    """The subject of the record of a return, such as `return.cheshire.2022-23`."""
    return f"{PREFIX}{area}.{year}"


def is_return(subject: str) -> bool:
    """Whether a subject is that of a return, not of an individual."""
    return subject.startswith(PREFIX)


def digest_of(text: str) -> str:
    """SHA-256 of a return's canonical JSON in UTF-8, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def versions(entries: Sequence[Entry]) -> list[Version]:
    """The versions in a return's record, in the order recorded; the last one is current."""
    result: list[Version] = []
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, ReturnSignedOff):
            result[-1] = _signed(result[-1], entry, fact)
        elif isinstance(fact, ReturnFrozen | ReturnRestated):
            reason = fact.reason if isinstance(fact, ReturnRestated) else ""
            result.append(
                Version(
                    datetime.fromisoformat(fact.known_at), fact.last_entry, fact.law, fact.figures,
                    fact.digest, entry.recorded_by, entry.recorded_at, entry.name, reason,
                )
            )  # fmt: skip
    return result


def _signed(version: Version, entry: Entry, fact: ReturnSignedOff) -> Version:
    return Version(
        version.known_at, version.last_entry, version.law, version.text, version.digest, version.by,
        version.at, version.entry, version.reason, entry.recorded_by, entry.recorded_at,
        fact.accepted,
    )  # fmt: skip


# --- what may be recorded -------------------------------------------------------------------------


def judge(history: History, entry: Entry) -> None:
    """Raises Refused where a fact may not be added to the record of a return. Changes nothing."""
    fact, known = entry.fact, versions(history.entries)
    if isinstance(fact, ReturnFrozen):
        _check_freeze(history, entry, fact, known)
    elif not known:
        raise Refused("not_frozen", f"{history.subject} is not frozen", field="subject")
    elif isinstance(fact, ReturnSignedOff):
        _check_sign_off(entry, fact, known[-1])
    elif isinstance(fact, ReturnRestated):
        if fact.replaces != known[-1].digest:
            raise Refused(
                "other_version", "another version of the return is current", field="replaces"
            )
        _check_figures(fact, entry, known[0].figures["area"], known[0].figures["year"])
        if _without_known_at(fact.figures) == _without_known_at(known[-1].text):
            raise Refused(
                "nothing_changed", "no figure has changed: there is nothing to restate",
                field="figures", entries=(known[-1].entry,),
            )  # fmt: skip


def _check_freeze(history: History, entry: Entry, fact: ReturnFrozen, known: list[Version]) -> None:
    if history.subject != subject_of(fact.area, fact.year):
        raise Refused(
            "other_return", f"the subject of this return is {subject_of(fact.area, fact.year)}",
            field="subject",
        )  # fmt: skip
    if known:
        raise Refused(
            "frozen_already",
            f"the return of {fact.area} {fact.year} is frozen: it never changes; restate it",
            field="subject",
            entries=(known[0].entry,),
        )
    if history.entries:
        raise Refused("other_return", f"{history.subject} is an individual", field="subject")
    _check_figures(fact, entry, fact.area, fact.year)


def _check_figures(fact: ReturnFrozen | ReturnRestated, entry: Entry, area: str, year: str) -> None:
    """Refuses figures of another return, moment or digest, and those of a year not yet over."""
    if digest_of(fact.figures) != fact.digest:
        raise Refused("digest", "the digest is not that of the figures", field="digest")
    known_at = datetime.fromisoformat(fact.known_at)
    if known_at.tzinfo is None or known_at > entry.recorded_at:
        raise Refused(
            "future", "known_at is after the time of recording, or has no offset", field="known_at"
        )
    try:
        figures = json.loads(fact.figures)
        same = (figures["area"], figures["year"], figures["complete"]) == (area, year, True)
        same = same and datetime.fromisoformat(figures["known_at"]) == known_at
        over = civil(known_at) > date.fromisoformat(figures["period_end"])
    except (ValueError, KeyError, TypeError):
        raise Refused("figures", "these are not the figures of a return", field="figures") from None
    if not over:
        raise Refused("year_not_over", f"the year {year} was not over then", field="known_at")
    if not same:
        raise Refused("figures", "the figures are those of another return", field="figures")


def _check_sign_off(entry: Entry, fact: ReturnSignedOff, version: Version) -> None:
    if fact.digest != version.digest:
        raise Refused("other_version", "another version of the return is current", field="digest")
    if version.signed_by is not None:
        raise Refused("signed_off_already", f"{version.signed_by} has signed it off",
                      field="digest", entries=(version.entry,))  # fmt: skip
    if entry.recorded_by == version.by:
        raise Refused(
            "same_person", f"{version.by} froze it: another person has to sign it off",
            field="recordedby", entries=(version.entry,),
        )  # fmt: skip


def _without_known_at(text: str) -> dict[str, object]:
    return {k: v for k, v in json.loads(text).items() if k != "known_at"}
