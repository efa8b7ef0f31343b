"""Who a person is, as registered and amended. Called by `timeline`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tracker.domain import facts as f
from tracker.domain.record.entry import Entry

PARTICULARS_FACTS: frozenset[type[f.Fact]] = frozenset(
    {f.IndividualRegistered, f.IndividualAmended}
)


@dataclass(slots=True)
class Particulars:
    """Who a person is, after every amendment."""

    name: str
    date_of_birth: date
    sex: str | None
    lead_agency: str | None
    identifiers: dict[str, str]


def latest_particulars(entries: Sequence[Entry]) -> Particulars:
    """The particulars after every registration and amendment of `entries`, in acting order."""
    first = next((e.fact for e in entries if type(e.fact) is f.IndividualRegistered), None)
    if not isinstance(first, f.IndividualRegistered):
        return Particulars("", date.min, None, None, {})  # nobody is registered yet
    p = Particulars(
        first.name,
        first.date_of_birth,
        first.sex,
        first.lead_agency,
        _identifiers(first.identifiers),
    )
    for fact in (e.fact for e in entries if isinstance(e.fact, f.IndividualAmended)):
        p.name = fact.name or p.name
        p.date_of_birth = fact.date_of_birth or p.date_of_birth
        p.sex, p.lead_agency = fact.sex or p.sex, fact.lead_agency or p.lead_agency
        p.identifiers = p.identifiers | _identifiers(fact.identifiers)
    return p


def _identifiers(identifiers: f.Identifiers | None) -> dict[str, str]:
    return identifiers.model_dump(exclude_none=True) if identifiers else {}
