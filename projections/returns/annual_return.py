"""The annual return of an area: its figures, its digest, and who is counted in each cell.

The counting rules are section 4 of the contract (`cases`); the return's keys are documented in
`docs/json.md`. Called by the service and the scheduler.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

from projections.returns import return_findings
from projections.returns.cases import Case as Case
from projections.returns.cases import figures_of
from projections.returns.computed_return import ComputedReturn as ComputedReturn
from projections.returns.explaining import NoSuchCell as NoSuchCell
from projections.returns.explaining import explain as explain
from projections.returns.years import Year as Year
from tracker.domain.answers.show import moment
from tracker.settings.configuration import ReportSettings
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import (
        AttachedPopulation,
        DigestedReturn,
        Figures,
        RatedFigures,
        ReturnAnswer,
        WhenFrozen,
    )

NOT_DIGESTED = ("digest", "status", "findings")
_HEADING = ("area", "year", "period_start", "period_end", "complete", "known_at")
_TEMPLATE: Mapping[str, object] = {**dict.fromkeys(_HEADING), **figures_of(())}


def rate_per_100k(people: int, residents: int) -> int:
    """People per 100,000 residents (row 9), rounded to the nearest integer, halves up."""
    return (people * 200_000 + residents) // (2 * residents)


def rated(figures: Figures, population: AttachedPopulation | None) -> RatedFigures:
    """The figures with the population and row 9 added; both None if none is attached."""
    rate = None
    if population:
        rate = rate_per_100k(figures["snapshot"]["total"]["cat1"], population["aged_10_plus"])
    return {**figures, "rate_per_100k": rate, "population": population}


def annual_return(
    c: Cursor,
    area: str,
    year: Year,
    known_at: datetime,
    population: AttachedPopulation | None,
    report: ReportSettings = ReportSettings(),
) -> ReturnAnswer:
    """The return of an area and year as known at a moment, with its digest and findings.

    `report` says how much a cell must differ from last year's to be a finding.
    """
    computed = ComputedReturn(c, area, year, known_at)
    answer: DigestedReturn = {
        "area": area,
        "year": year.text,
        "period_start": year.start.isoformat(),
        "period_end": year.end.isoformat(),
        "complete": computed.complete,
        "known_at": moment(known_at),
        **rated(computed.figures(), population),
    }
    not_frozen: WhenFrozen = {}
    return {
        **answer,
        "status": "draft",
        "digest": digest(answer),
        "findings": return_findings.findings(c, computed, answer, report),
        **not_frozen,
    }


def in_order(frozen: Mapping[str, object]) -> DigestedReturn:
    """A return loaded from canonical JSON, its keys put back in the order of `annual_return`."""
    return cast("DigestedReturn", _like(frozen, _TEMPLATE))


def _like(value: object, template: object) -> object:
    """The value with its keys in the order of the template, then any others."""
    if not (isinstance(value, Mapping) and isinstance(template, Mapping)):
        return value
    keys = [*(key for key in template if key in value), *(k for k in value if k not in template)]
    return {key: _like(value[key], template.get(key)) for key in keys}


def canonical(value: Mapping[str, object]) -> str:
    """Canonical JSON: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(answer: Mapping[str, object]) -> str:
    """The SHA-256, in hex, of a return's canonical JSON without digest, status and findings."""
    kept = {k: v for k, v in answer.items() if k not in NOT_DIGESTED}
    return hashlib.sha256(canonical(kept).encode()).hexdigest()
