"""`tracker return --freeze`, `--sign-off`, `--restate`, `--verify`: a return that never changes."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import typer

from tracker.cli.context import App, attached, now
from tracker.domain.answers.show import moment
from tracker.domain.errors import TrackerError
from tracker.domain.judging.frozen_returns import Version
from tracker.intake import return_records as freezing
from tracker.intake.return_records import Computed

Answer = dict[str, Any]
ABOUT = ("subject", "cell")  # what a finding may be about


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done with the return of an area and year, and by whom."""

    freeze: bool = False
    sign_off: bool = False
    restate: str | None = None
    verify: bool = False
    by: str | None = None
    accept: Sequence[str] = ()

    @property
    def asked(self) -> int:
        return sum((self.freeze, self.sign_off, self.restate is not None, self.verify))

    @property
    def who(self) -> str:
        return self.by or getpass.getuser()


def act(app: App, area: str, year: Any, at: datetime | None, do: Act) -> Answer:
    """Does it, and gives the version that then stands (or what verifying found)."""
    if do.asked > 1:
        raise typer.BadParameter("--freeze, --sign-off, --restate and --verify: one at a time")
    if do.verify:
        return verified(app, area, year.text)
    if do.sign_off:
        return _signed_off(app, area, year, do)
    answer, last = computed(app, area, year, at)
    kept = Computed(area, year.text, _text(answer), last)
    if do.freeze:
        freezing.freeze(app.log, app.law, kept, do.who, now())
    else:
        freezing.restate(app.log, app.law, kept, do.restate or "", do.who, now())
    return shown(app, freezing.held(app.log, area, year.text))


def computed(app: App, area: str, year: Any, at: datetime | None) -> tuple[Answer, int]:
    """The return of the views, and the position in the log up to which all of them had come."""
    from projections.engine import registry
    from projections.returns import annual_return as view

    while True:
        with app.reading(at) as (c, known_at):
            states = registry.read(c, app.log.database.kind)
            reached = {states[one.name].position for one in app.engine.views}
            if len(reached) == 1:  # else some took in what was recorded just now, and some not yet
                answer = view.annual_return(c, area, year, known_at, attached(area, year.text))
                return answer, reached.pop()


def _text(answer: Answer) -> str:
    from projections.returns.annual_return import NOT_DIGESTED, canonical

    return canonical({k: v for k, v in answer.items() if k not in NOT_DIGESTED})


def standing(app: App, area: str, year: str) -> Version:
    """The version that stands; raises TrackerError where the return was never frozen."""
    held = freezing.held(app.log, area, year)
    if not held:
        raise TrackerError(f"the return of {area} {year} is not frozen: --freeze does that")
    return held[-1]


def verified(app: App, area: str, year: str) -> Answer:
    """Every version computed again from the log alone; raises nothing, says what differs."""
    from projections.returns.recomputing import verified as again

    held = freezing.held(app.log, area, year)
    standing(app, area, year)
    found = [again(app.log, app.law, version) for version in held]
    return {"area": area, "year": year, "verified": all(one["verified"] for one in found),
            "versions": found}  # fmt: skip


# --- signing off ----------------------------------------------------------------------------------


def _signed_off(app: App, area: str, year: Any, do: Act) -> Answer:
    version = standing(app, area, year.text)
    answer, _ = computed(app, area, year, version.known_at)
    accepted = accepting(answer["findings"], do.accept)
    freezing.sign_off(app.log, app.law, area, year.text, accepted, do.who, now())
    return shown(app, freezing.held(app.log, area, year.text))


def accepting(findings: Sequence[Answer], said: Sequence[str]) -> list[dict[str, str]]:
    """Each finding with the reason for which it is accepted: of its kind, or of it alone.

    `said` are texts such as `silent=checked by phone` or `silent:CHE-1=in hospital`. Raises
    TrackerError where one finding has none, BadParameter where a text is none of these.
    """
    reasons: dict[str, str] = {}
    for text in said:
        name, _, reason = text.partition("=")
        if not name.strip() or not reason.strip():
            raise typer.BadParameter(f"--accept {text!r}: write FINDING=REASON")
        reasons[name.strip()] = reason.strip()
    accepted, left = list[dict[str, str]](), list[str]()
    for one in findings:
        kind = one["finding"]
        about = {name: one[name] for name in ABOUT if one.get(name)}
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


# --- showing --------------------------------------------------------------------------------------


def shown(app: App, held: Sequence[Version]) -> Answer:
    """A frozen return as it is answered: what stands, who answers for it, what stood before.

    Each finding has the reason for which it was accepted, null where it is open.
    """
    from projections.returns.annual_return import Year, in_order

    version = held[-1]
    year = Year.parse(version.figures["year"])
    findings = computed(app, version.figures["area"], year, version.known_at)[0]["findings"]
    return {
        **in_order(version.figures),
        "status": version.status,
        "digest": version.digest,
        "findings": [one | {"accepted": _reason(version, one)} for one in findings],
        "frozen": _history(version),
        "restated": [_restated(*pair) for pair in pairwise(held)],
    }


def _reason(version: Version, finding: Answer) -> str | None:
    named = tuple(finding.get(name) for name in ("finding", *ABOUT))
    found = (a.reason for a in version.accepted if (a.finding, a.subject, a.cell) == named)
    return next(found, None)


def _history(version: Version) -> Answer:
    return {
        "by": version.by,
        "at": moment(version.at),
        "last_entry": version.last_entry,
        "signed_off_by": version.signed_by,
        "signed_off_at": moment(version.signed_at) if version.signed_at else None,
    }


def _restated(before: Version, after: Version) -> Answer:
    """What a restatement changed, cell by cell, and why; who answered for what stood before."""
    from projections.returns.annual_return import in_order
    from projections.returns.cases import flat

    was, now_ = flat(in_order(before.figures)), flat(in_order(after.figures))
    cells = [
        {"cell": cell, "was": was.get(cell), "is": now_.get(cell)}
        for cell in dict.fromkeys([*was, *now_])
        if was.get(cell) != now_.get(cell) and cell != "known_at"
    ]
    return {
        "at": moment(after.at),
        "by": after.by,
        "reason": after.reason,
        "replaces": before.digest,
        "known_at": moment(before.known_at),
        "before": _history(before),
        "cells": cells,
    }


def print_frozen(answer: Answer) -> None:
    """Who froze it and signed it off, and what was restated."""
    frozen = answer["frozen"]
    print(f"Frozen by {frozen['by']} at {frozen['at']}, up to entry {frozen['last_entry']}")
    if frozen["signed_off_by"]:
        print(f"Signed off by {frozen['signed_off_by']} at {frozen['signed_off_at']}")
    for one in answer["restated"]:
        print(f"Restated by {one['by']} at {one['at']}: {one['reason']}")
        for cell in one["cells"]:
            print(f"  {cell['cell']}: {_figure(cell['is'])}, was {_figure(cell['was'])}")


def print_verified(answer: Answer) -> None:
    """Each version: computed again to its digest, or what came out otherwise."""
    for one in answer["versions"]:
        how = "computed again: the same" if one["verified"] else f"NOT the same: {one['why']}"
        print(f"{answer['area']} {answer['year']}, as known at {one['known_at']}: {how}")
        print(f"  digest   {one['digest']}")
        if not one["verified"]:
            print(f"  computed {one['computed']}")
        for cell in one["differences"]:
            print(f"  {cell['cell']}: frozen {_figure(cell['frozen'])}, "
                  f"computed {_figure(cell['computed'])}")  # fmt: skip


def _figure(value: Any) -> str:
    return "-" if value is None else str(value)
