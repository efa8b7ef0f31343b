"""Where a review stands: every step of ss.91A-91E with its day, its deadline and what is missing.

Called by the service. Pure; the dates come from `law.review_deadlines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from tracker.domain import facts as f
from tracker.domain.answers.show import iso, moment, pending, review
from tracker.domain.law import review_deadlines as by
from tracker.domain.law.review import Application
from tracker.domain.meaning.outstanding import deadlines
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.record.entry import Entry, K, of_type

if TYPE_CHECKING:
    from tracker.domain.answers import review_shapes as shapes
    from tracker.domain.answers.person_shapes import ReviewStanding

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


def _of(entries: Sequence[Entry], kind: type[K], ref: str) -> list[Entry[K]]:
    return [e for e in of_type(entries, kind) if getattr(e.fact, "review_id", "") == ref]


def _step(
    name: shapes.StepName,
    done: Entry | None,
    by_when: by.DueDay | by.DeterminationDue | None,
    rule: str,
    on: date,
    who: str | None = None,
) -> shapes.Step:
    due = None if by_when is None else by_when.day
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


def _bodies(t: Timeline, known: Sequence[Entry], ref: str, on: date) -> list[shapes.Step]:
    replies = {e.fact.body: e for e in _of(known, f.ReviewBodyReplied, ref)}
    steps: list[shapes.Step] = []
    for entry in _of(known, f.ReviewBodyNotified, ref):
        body = entry.fact.body
        due = by.body_replies_by(entry.fact.on, t.law)
        reply = _step("body_replied", replies.get(body), due, by.DETERMINE, on)
        notified = _step("body_notified", entry, None, by.ACKNOWLEDGE, on)
        steps += [{**notified, "body": body}, {**reply, "body": body}]
    return steps


def _first(entries: Sequence[Entry[K]]) -> Entry[K] | None:
    return entries[0] if entries else None


def _determination(t: Timeline, known: Sequence[Entry], ref: str, on: date) -> shapes.Step:
    notified = [e.fact.on for e in _of(known, f.ReviewBodyNotified, ref)]
    due = by.determine_by(notified, t.law)
    done = _first(_of(known, f.ReviewDetermined, ref))
    if done is None:
        return _step("determined", None, due, by.DETERMINE, on)
    fact = done.fact
    who, named = f"{fact.determined_by} ({fact.rank})", [x.factor for x in fact.factors]
    return {
        **_step("determined", done, due, by.DETERMINE, on, who),
        "outcome": fact.outcome,
        "factors": [{"factor": letter, "considered": FACTORS[letter]} for letter in named],
        "factors_missing": [letter for letter in FACTORS if letter not in named],
    }


def _application(t: Timeline, a: Application, on: date) -> shapes.ReviewApplication:
    known = [e for e in t.entries if e.fact.on <= on]
    ref = a.review_id
    applied = _first(_of(known, f.ReviewApplied, ref))
    acknowledged = _first(_of(known, f.ReviewAcknowledged, ref))
    due = by.acknowledge_by(a.applied_on, t.law)
    determined = _determination(t, known, ref, on)
    notice = _first(_of(known, f.ReviewNoticeReceived, ref))
    steps = [
        _step("applied", applied, None, by.APPLICATION, on),
        _step("acknowledged", acknowledged, due, by.ACKNOWLEDGE, on),
        *_bodies(t, known, ref, on),
        determined,
        _step("notice_received", notice, None, "soa2003.s91c.4", on),
    ]
    appealed = _first(_of(known, f.ReviewAppealed, ref))
    decided = _first(_of(known, f.ReviewAppealDecided, ref))
    if determined.get("outcome") == "continues":
        last = by.appeal_by(notice.fact.on, t.law) if notice else None
        appeal = _step("appealed", appealed, last, by.APPEAL, on)
        steps.append({**appeal, "overdue": False})
        if appealed is not None:
            steps.append(_step("appeal_decided", decided, None, by.APPEAL, on))
    stage = _stage(determined.get("outcome"), notice, appealed, decided, acknowledged)
    waiting: list[shapes.StepName] = [
        s["step"] for s in steps if s["done_on"] is None and s["step"] != "appealed"
    ]
    return {"review_id": ref, "stage": stage, "steps": steps, "missing": waiting}


def _stage(
    outcome: str | None,
    notice: Entry | None,
    appealed: Entry | None,
    decided: Entry[f.ReviewAppealDecided] | None,
    acknowledged: Entry | None,
) -> shapes.Stage:
    if outcome is None:
        return "acknowledged" if acknowledged else "applied"
    if decided is not None:
        return "revoked" if decided.fact.outcome == "allowed" else "continues"
    if appealed is not None:
        return "appealed"
    if notice is None:
        return "determined"
    return "revoked" if outcome == "revoked" else "continues"


def review_answer(t: Timeline, on: date, known_at: datetime) -> shapes.ReviewAnswer:
    """Where the review of one person stands on a day, as known at a moment.

    `stage` is the stage of the last application, `continues` until another may be made. Before the
    first application, and when another may be made, it says whether the person may apply.
    """
    applications = [_application(t, a, on) for a in t.applications if a.applied_on <= on]
    standing = review(t, on)
    return {
        "subject": t.subject,
        "on": iso(on),
        "known_at": moment(known_at),
        "stage": _stage_on(t, on, standing, applications[-1]["stage"] if applications else None),
        "review": standing,
        "applications": applications,
        "deadlines": [
            {"what": d.what, "due_on": iso(d.due_on), "rule": d.rule, "ref": d.ref}
            for d in deadlines(t, on)
            if d.what.startswith("review_")
        ],
    }


def _stage_on(
    t: Timeline, on: date, standing: ReviewStanding, last: shapes.Stage | None
) -> shapes.Stage:
    """The stage of a person; `last` is the stage of the last application, if there is one."""
    if t.review_on(on) is None:
        return "revoked" if last == "revoked" else "not_indefinite"
    if last is not None and (pending(t, on) is not None or last in ("determined", "appealed")):
        return last
    if standing["qualifying_on"] is None:
        return "needs_date"
    if standing["eligible"]:
        return "eligible"
    if standing["blocked_by"]:
        return "barred"
    return "continues" if last == "continues" else "waiting"
