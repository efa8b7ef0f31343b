"""A return that never changes: frozen, signed off, restated beside, computed again to verify it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from projections.returns.populations import attached
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
    """The versions of a return, the last of which stands; none where it was never frozen."""
    return return_records.frozen_versions(app.log, area, year.text)


def moment_of(app: App, area: str, year: Year, known_at: datetime | None) -> datetime | None:
    """The moment asked about: where none is, that of the frozen return, if there is one."""
    if known_at is None and (found := versions(app, area, year)):
        return found[-1].known_at
    return known_at


def freeze(app: App, area: str, year: Year, known_at: datetime | None, by: str) -> ReturnAnswer:
    """Freezes the return as known at a moment; raises Refused where it may not be frozen."""
    check_area(area)
    figures = _to_record(app, area, year, known_at)
    return_records.freeze(app.log, app.law, figures, by, app.clock())
    return shown(app, versions(app, area, year))


def restate(
    app: App, area: str, year: Year, known_at: datetime | None, reason: str, by: str
) -> ReturnAnswer:
    """Puts other figures beside those that stand; raises Refused where none is another."""
    check_area(area)
    figures = _to_record(app, area, year, known_at)
    return_records.restate(app.log, app.law, figures, reason, by, app.clock())
    return shown(app, versions(app, area, year))


def sign_off(app: App, area: str, year: Year, reasons: Mapping[str, str], by: str) -> ReturnAnswer:
    """Signs the version that stands off, each finding accepted for a reason.

    `reasons` by finding, such as `silent`, or by one finding alone, such as `silent:CHE-1`. Raises
    TrackerError where a finding has none, Refused where whoever froze it signs.
    """
    check_area(area)
    version = _standing(app, area, year)
    answer, _ = at_one_position(app, area, year, version.known_at)
    accepted = accepting(answer["findings"], reasons)
    return_records.sign_off(app.log, app.law, area, year.text, accepted, by, app.clock())
    return shown(app, versions(app, area, year))


def verify(app: App, area: str, year: Year) -> VerifiedReturnAnswer:
    """Every version computed again from the log alone; raises nothing, says what differs."""
    from projections.returns.recomputing import verified

    check_area(area)
    _standing(app, area, year)
    found = [verified(app.log, app.law, version) for version in versions(app, area, year)]
    return {"area": area, "year": year.text, "verified": all(one["verified"] for one in found),
            "versions": found}  # fmt: skip


def at_one_position(
    app: App, area: str, year: Year, known_at: datetime | None
) -> tuple[ReturnAnswer, int]:
    """The return of the views, and the position in the log up to which all of them had come."""
    from projections.engine import registry
    from projections.returns import annual_return as view

    while True:
        with app.reading(known_at) as (c, at):
            states = registry.read(c, app.database.kind)
            reached = {states[one.name].position for one in app.engine.views}
            if len(reached) == 1:  # else some took in what was recorded just now, and some not yet
                answer = view.annual_return(
                    c, area, year, at, attached(area, year, app.populations), app.settings.report
                )
                return answer, reached.pop()


def _to_record(app: App, area: str, year: Year, known_at: datetime | None) -> Computed:
    from projections.returns.annual_return import NOT_DIGESTED, canonical

    answer, position = at_one_position(app, area, year, known_at)
    text = canonical({k: v for k, v in answer.items() if k not in NOT_DIGESTED})
    return Computed(area, year.text, text, position)


def _standing(app: App, area: str, year: Year) -> Version:
    """The version that stands; raises TrackerError where the return was never frozen."""
    found = versions(app, area, year)
    if not found:
        raise TrackerError(f"the return of {area} {year.text} is not frozen: --freeze does that")
    return found[-1]


def accepting(
    findings: Sequence[ReturnFinding], reasons: Mapping[str, str]
) -> list[dict[str, str]]:
    """Each finding with the reason for which it is accepted: of its kind, or of it alone.

    Raises TrackerError where a finding has none.
    """
    accepted, left = list[dict[str, str]](), list[str]()
    for one in findings:
        kind = one["finding"]
        named = {"subject": one["subject"], "cell": one.get("cell")}
        about = {name: ref for name, ref in named.items() if ref}
        name = ":".join((kind, *about.values()))
        if name not in reasons and kind not in reasons:
            left.append(name)
            continue
        accepted.append({"finding": kind, "reason": reasons.get(name) or reasons[kind], **about})
    if left:
        more = f" and {len(left) - 10} more" if len(left) > 10 else ""
        raise TrackerError(
            f"open findings, {len(left)}: {', '.join(left[:10])}{more}; put right what is wrong "
            "and restate, or accept each with --accept FINDING=REASON"
        )
    return accepted


# --- the answer ----------------------------------------------------------------------------------


def shown(app: App, versions: Sequence[Version]) -> ReturnAnswer:
    """A frozen return as it is answered: what stands, who answers for it, what stood before.

    Each finding has the reason for which it was accepted, null where it is open.
    """
    from projections.returns.annual_return import in_order

    version = versions[-1]
    year = Year.parse(version.figures["year"])
    findings = at_one_position(app, version.figures["area"], year, version.known_at)[0]["findings"]
    return {
        **in_order(version.figures),
        "status": version.status,
        "digest": version.digest,
        "findings": [{**one, "accepted": _reason(version, one)} for one in findings],
        "frozen": _history(version),
        "restated": [_restated(*pair) for pair in pairwise(versions)],
    }


def _reason(version: Version, finding: ReturnFinding) -> str | None:
    named = (finding["finding"], finding["subject"], finding.get("cell"))
    found = (a.reason for a in version.accepted if (a.finding, a.subject, a.cell) == named)
    return next(found, None)


def _history(version: Version) -> FrozenBy:
    return {
        "by": version.by,
        "at": moment(version.at),
        "last_entry": version.last_entry,
        "signed_off_by": version.signed_by,
        "signed_off_at": moment(version.signed_at) if version.signed_at else None,
    }


def _restated(before: Version, after: Version) -> Restatement:
    """What a restatement changed, cell by cell, and why; who answered for what stood before."""
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
