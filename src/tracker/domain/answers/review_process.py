"""Where a review stands: every step of ss.91A-91E with its day, its deadline and what is missing.

Called by `tracker review`. Pure; the dates come from `law.review` and `law.clocks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from tracker.domain import facts as f
from tracker.domain.answers.show import iso, moment, pending, review
from tracker.domain.dates import last_day_beginning_with, last_day_of
from tracker.domain.law.review import Application
from tracker.domain.meaning.outstanding import deadlines
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.record.entry import Entry

# The factors of s.91D(2) that a determination takes into account, by their letters.
FACTORS = {
    "a": "seriousness of the offence",
    "b": "time since the offence",
    "c": "offences under section 3 of the 1997 Act",
    "d": "offences under section 91",
    "e": "age at the qualifying date",
    "f": "age at the time of the offence",
    "g": "age of the victim and difference in age",
    "h": "assessments of risk under the MAPPA arrangements",
    "i": "submission from the victim",
    "j": "other Schedule 3 convictions and findings",
    "k": "Schedule 3 cautions",
    "l": "convictions abroad with behaviour since that shows risk",
    "m": "any other evidence of risk",
    "n": "evidence given by the applicant",
    "o": "any other matter thought appropriate",
}


def _of(entries: Sequence[Entry], kind: type[f.Fact], ref: str) -> list[Entry]:
    return [
        e for e in entries if isinstance(e.fact, kind) and getattr(e.fact, "review_id", "") == ref
    ]


def _step(
    name: str, done: Entry | None, due: date | None, rule: str, on: date, who: str | None = None
) -> dict[str, Any]:
    return {
        "step": name,
        "done_on": iso(done.fact.on) if done else None,
        "by": (who or done.recorded_by) if done else None,
        "due_on": iso(due),
        "overdue": done is None and due is not None and due < on,
        "late": done is not None and due is not None and done.fact.on > due,
        "rule": rule,
        "entries": [done.name] if done else [],
    }


def _bodies(t: Timeline, known: Sequence[Entry], ref: str, on: date) -> list[dict[str, Any]]:
    replies = {
        e.fact.body: e
        for e in _of(known, f.ReviewBodyReplied, ref)
        if isinstance(e.fact, f.ReviewBodyReplied)
    }
    days = t.law.number("soa2003.s91c.1", "days_body")
    found: list[dict[str, Any]] = []
    for entry in _of(known, f.ReviewBodyNotified, ref):
        assert isinstance(entry.fact, f.ReviewBodyNotified)
        body = entry.fact.body
        due = last_day_of(entry.fact.on, days)
        reply = _step("body_replied", replies.get(body), due, "soa2003.s91c.1", on)
        found += [_step("body_notified", entry, None, "soa2003.s91b.8", on) | {"body": body},
                  reply | {"body": body}]  # fmt: skip
    return found


def _first(entries: Sequence[Entry]) -> Entry | None:
    return entries[0] if entries else None


def _determination(t: Timeline, known: Sequence[Entry], ref: str, on: date) -> dict[str, Any]:
    notified = [e.fact.on for e in _of(known, f.ReviewBodyNotified, ref)]
    number = t.law.number
    days = number("soa2003.s91c.1", "days_body") + number("soa2003.s91c.1", "days")
    due = last_day_of(max(notified), days) if notified else None
    done = _first(_of(known, f.ReviewDetermined, ref))
    fact = done.fact if done else None
    by = f"{fact.determined_by} ({fact.rank})" if isinstance(fact, f.ReviewDetermined) else None
    step = _step("determined", done, due, "soa2003.s91c.1", on, by)
    if isinstance(fact, f.ReviewDetermined):
        named = {x.factor for x in fact.factors}
        step |= {
            "outcome": fact.outcome,
            "factors": [
                {"factor": x.factor, "considered": FACTORS[x.factor]} for x in fact.factors
            ],
            "factors_missing": [k for k in FACTORS if k not in named],
        }
    return step


def _application(t: Timeline, a: Application, on: date) -> dict[str, Any]:
    known = [e for e in t.entries if e.fact.on <= on]
    ref, number = a.review_id, t.law.number
    applied = _first(_of(known, f.ReviewApplied, ref))
    acknowledged = _first(_of(known, f.ReviewAcknowledged, ref))
    due = last_day_of(a.applied_on, number("soa2003.s91b.8", "days"))
    determined = _determination(t, known, ref, on)
    notice = _first(_of(known, f.ReviewNoticeReceived, ref))
    steps = [
        _step("applied", applied, None, "soa2003.s91a", on),
        _step("acknowledged", acknowledged, due, "soa2003.s91b.8", on),
        *_bodies(t, known, ref, on),
        determined,
        _step("notice_received", notice, None, "soa2003.s91c.4", on),
    ]
    appealed = _first(_of(known, f.ReviewAppealed, ref))
    decided = _first(_of(known, f.ReviewAppealDecided, ref))
    if determined.get("outcome") == "continues":
        days = number("soa2003.s91e.2", "days")
        last = last_day_beginning_with(notice.fact.on, days) if notice else None
        appeal = _step("appealed", appealed, last, "soa2003.s91e.2", on)
        steps.append(appeal | {"overdue": False})
        if appealed is not None:
            steps.append(_step("appeal_decided", decided, None, "soa2003.s91e.2", on))
    stage = _stage(determined.get("outcome"), notice, appealed, decided, acknowledged)
    waiting = [s["step"] for s in steps if s["done_on"] is None and s["step"] != "appealed"]
    return {"review_id": ref, "stage": stage, "steps": steps, "missing": waiting}


def _stage(
    outcome: str | None,
    notice: Entry | None,
    appealed: Entry | None,
    decided: Entry | None,
    acknowledged: Entry | None,
) -> str:
    if outcome is None:
        return "acknowledged" if acknowledged else "applied"
    if decided is not None and isinstance(decided.fact, f.ReviewAppealDecided):
        return "revoked" if decided.fact.outcome == "allowed" else "continues"
    if appealed is not None:
        return "appealed"
    if notice is None:
        return "determined"
    return "revoked" if outcome == "revoked" else "continues"


def process(t: Timeline, on: date, known_at: datetime) -> dict[str, Any]:
    """Where the review of one individual stands on a day, as known at a moment.

    `stage`: not_indefinite, needs_date, waiting, barred, eligible, or the stage of the last
    application: applied, acknowledged, determined, appealed, continues (until one may be made
    again), revoked.
    """
    applications = [_application(t, a, on) for a in t.applications if a.applied_on <= on]
    standing = review(t, on)
    if t.review_on(on) is None:
        revoked = bool(applications) and applications[-1]["stage"] == "revoked"
        stage = "revoked" if revoked else "not_indefinite"
    elif pending(t, on) is not None or (
        applications and applications[-1]["stage"] in ("determined", "appealed")
    ):
        stage = applications[-1]["stage"]
    elif standing["qualifying_on"] is None:
        stage = "needs_date"
    elif standing["eligible"]:
        stage = "eligible"
    elif standing["blocked_by"]:
        stage = "barred"
    else:
        refused = bool(applications) and applications[-1]["stage"] == "continues"
        stage = "continues" if refused else "waiting"
    return {
        "subject": t.subject,
        "on": iso(on),
        "known_at": moment(known_at),
        "stage": stage,
        "review": standing,
        "applications": applications,
        "deadlines": [
            {"what": d.what, "due_on": iso(d.due_on), "rule": d.rule, "ref": d.ref}
            for d in deadlines(t, on)
            if d.what.startswith("review_")
        ],
    }
