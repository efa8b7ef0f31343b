"""Frozen returns: freezes, signs off, restates and verifies one. Called by `tracker return`.

A frozen return never changes. A restatement adds a version; the last version is the current one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from projections.returns.populations import population_for
from projections.returns.years import Year
from scheduler.open_store import App
from tracker.domain.answers.show import moment
from tracker.domain.errors import TrackerError
from tracker.domain.judging.frozen_returns import Version
from tracker.intake import return_records
from tracker.intake.return_records import Computed
from tracker.service.areas import check_area

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import VerifiedReturnAnswer
    from tracker.domain.answers.figure_shapes import (
        FrozenBy,
        Restatement,
        ReturnAnswer,
        ReturnFinding,
    )


def versions(app: App, area: str, year: Year) -> list[Version]:
    """The frozen versions of a return, oldest first, the last one current; [] if never frozen."""
    return return_records.frozen_versions(app.log, area, year.text)


def default_known_at(app: App, area: str, year: Year, known_at: datetime | None) -> datetime | None:
    """`known_at`, or if that is None the moment of the current frozen version, if there is one."""
    if known_at is None and (frozen := versions(app, area, year)):
        return frozen[-1].known_at
    return known_at


def freeze(app: App, area: str, year: Year, known_at: datetime | None, by: str) -> ReturnAnswer:
    """Freezes the return as known at a moment, in the name of `by`; returns the frozen return.

    Raises Refused if it is frozen already or the year is not over.
    """
    check_area(area)
    figures = _computed_now(app, area, year, known_at)
    return_records.freeze(app.log, app.law, figures, by, app.clock())
    return frozen_answer(app, versions(app, area, year))


def restate(
    app: App, area: str, year: Year, known_at: datetime | None, reason: str, by: str
) -> ReturnAnswer:
    """Adds a version with the figures as known at a moment, for a reason; it becomes current.

    Raises Refused if the return is not frozen or no figure differs from the current version.
    """
    check_area(area)
    figures = _computed_now(app, area, year, known_at)
    return_records.restate(app.log, app.law, figures, reason, by, app.clock())
    return frozen_answer(app, versions(app, area, year))


def sign_off(app: App, area: str, year: Year, reasons: Mapping[str, str], by: str) -> ReturnAnswer:
    """Signs off the current version; each of its findings needs a reason for accepting it.

    A key of `reasons` is a kind of finding (`silent`) or a single one (`silent:CHE-1`). Raises
    TrackerError if a finding has no reason or the return is not frozen, and Refused if `by` is who
    froze it.
    """
    check_area(area)
    version = _current(app, area, year)
    answer, _ = return_and_position(app, area, year, version.known_at)
    accepted = accepted_findings(answer["findings"], reasons)
    return_records.sign_off(app.log, app.law, area, year.text, accepted, by, app.clock())
    return frozen_answer(app, versions(app, area, year))


def verify(app: App, area: str, year: Year) -> VerifiedReturnAnswer:
    """Computes every version again from the log alone and lists what differs.

    Raises TrackerError if the return is not frozen; a difference raises nothing.
    """
    from projections.returns.recomputing import verify_version

    check_area(area)
    _current(app, area, year)
    results = [verify_version(app.log, app.law, version) for version in versions(app, area, year)]
    return {"area": area, "year": year.text, "verified": all(one["verified"] for one in results),
            "versions": results}  # fmt: skip


def return_and_position(
    app: App, area: str, year: Year, known_at: datetime | None
) -> tuple[ReturnAnswer, int]:
    """The return read from the views, and the log position that all of them are up to date with."""
    from projections.engine import registry
    from projections.returns import annual_return as view

    while True:
        with app.reading(known_at) as (c, at):
            states = registry.read(c, app.database.kind)
            positions = {states[one.name].position for one in app.engine.views}
            if len(positions) == 1:  # otherwise only some views have the newest entries: read again
                answer = view.annual_return(
                    c,
                    area,
                    year,
                    at,
                    population_for(area, year, app.populations),
                    app.settings.report,
                )
                return answer, positions.pop()


def _computed_now(app: App, area: str, year: Year, known_at: datetime | None) -> Computed:
    from projections.returns.annual_return import NOT_DIGESTED, canonical

    answer, position = return_and_position(app, area, year, known_at)
    text = canonical({k: v for k, v in answer.items() if k not in NOT_DIGESTED})
    return Computed(area, year.text, text, position)


def _current(app: App, area: str, year: Year) -> Version:
    """The current version; raises TrackerError if the return was never frozen."""
    frozen = versions(app, area, year)
    if not frozen:
        raise TrackerError(f"the return of {area} {year.text} is not frozen", remedy="freeze")
    return frozen[-1]


def accepted_findings(
    findings: Sequence[ReturnFinding], reasons: Mapping[str, str]
) -> list[dict[str, str]]:
    """Each finding with the reason for accepting it, by its own name or else by its kind.

    Raises TrackerError if a finding has none.
    """
    accepted, still_open = list[dict[str, str]](), list[str]()
    for one in findings:
        kind = one["finding"]
        named = {"subject": one["subject"], "cell": one.get("cell")}
        about = {name: ref for name, ref in named.items() if ref}
        name = ":".join((kind, *about.values()))
        if name not in reasons and kind not in reasons:
            still_open.append(name)
            continue
        accepted.append({"finding": kind, "reason": reasons.get(name) or reasons[kind], **about})
    if still_open:
        more = f" and {len(still_open) - 10} more" if len(still_open) > 10 else ""
        raise TrackerError(
            f"open findings, {len(still_open)}: {', '.join(still_open[:10])}{more}; "
            "correct what is wrong and restate, or accept each with a reason",
            remedy="accept",
        )
    return accepted


# --- the answer ----------------------------------------------------------------------------------


def frozen_answer(app: App, versions: Sequence[Version]) -> ReturnAnswer:
    """The answer for a frozen return: the current version, who froze and signed it, and when.

    It lists what each restatement changed. Each finding has the reason why it was accepted, or
    None if it is open.
    """
    from projections.returns.annual_return import in_order

    version = versions[-1]
    year = Year.parse(version.figures["year"])
    answer, _ = return_and_position(app, version.figures["area"], year, version.known_at)
    return {
        **in_order(version.figures),
        "status": version.status,
        "digest": version.digest,
        "findings": [{**one, "accepted": _reason(version, one)} for one in answer["findings"]],
        "frozen": _history(version),
        "restated": [_restated(*pair) for pair in pairwise(versions)],
    }


def _reason(version: Version, finding: ReturnFinding) -> str | None:
    named = (finding["finding"], finding["subject"], finding.get("cell"))
    reasons = (a.reason for a in version.accepted if (a.finding, a.subject, a.cell) == named)
    return next(reasons, None)


def _history(version: Version) -> FrozenBy:
    return {
        "by": version.by,
        "at": moment(version.at),
        "last_entry": version.last_entry,
        "signed_off_by": version.signed_by,
        "signed_off_at": moment(version.signed_at) if version.signed_at else None,
    }


def _restated(before: Version, after: Version) -> Restatement:
    """What a restatement changed, cell by cell, and why; who froze and signed what it replaced."""
    from projections.returns.annual_return import in_order
    from projections.returns.differing_cells import differing_cells

    was, is_ = in_order(before.figures), in_order(after.figures)
    return {
        "at": moment(after.at),
        "by": after.by,
        "reason": after.reason,
        "replaces": before.digest,
        "known_at": moment(before.known_at),
        "before": _history(before),
        "cells": [
            {"cell": one.cell, "was": one.was, "is": one.now}
            for one in differing_cells(was, is_, leave_out=("known_at",))
        ],
    }
