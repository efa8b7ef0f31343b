"""`tracker show`: one individual on a day, and why each date is what it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tracker.cli.context import (
    App,
    as_json,
    as_of_now,
    day_asked,
    moment_asked,
    opened,
    print_json,
    print_rows,
)
from tracker.domain.answers.show import show as answer_of
from tracker.domain.answers.why import why as reasons
from tracker.domain.errors import TrackerError
from tracker.domain.facts.personal import without_name
from tracker.domain.meaning.timeline import Timeline, timeline

if TYPE_CHECKING:
    from tracker.domain.answers.person_shapes import ShowAnswer
    from tracker.domain.answers.review_shapes import ReviewAnswer


def _known(app: App, subject: str, known_at: str | None) -> tuple[Timeline, datetime]:
    history = app.log.history(subject)
    at = moment_asked(known_at) or as_of_now(history.last_recorded_at)
    entries = history.entries
    if history.restricted is not None:  # now, whatever moment is asked about
        entries = [e._replace(fact=without_name(e.fact)) for e in entries]
    t = timeline(subject, entries, app.law, at)
    if t is None:
        raise TrackerError(f"{subject} is not known{f' at {known_at}' if known_at else ''}")
    return t, at


def show(subject: str, on: str | None, known_at: str | None, why: bool, format_: str) -> None:
    wants_json, day = as_json(format_), day_asked(on)
    with opened() as app:
        t, at = _known(app, subject, known_at)
    answer = answer_of(t, day, at)
    if why:
        answer["why"] = reasons(t, day)
    if wants_json:
        print_json(answer)
    else:
        _print(answer, day)


def review(subject: str, on: str | None, known_at: str | None, format_: str) -> None:
    from tracker.domain.answers.review_process import process

    wants_json, day = as_json(format_), day_asked(on)
    with opened() as app:
        t, at = _known(app, subject, known_at)
    answer = process(t, day, at)
    if wants_json:
        print_json(answer)
    else:
        _print_review(answer)


def _print_review(a: ReviewAnswer) -> None:
    standing = a["review"]
    print(f"{a['subject']} on {a['on']}: {a['stage'].replace('_', ' ')}")
    due = standing["qualifying_on"] or standing["needs"] or "-"
    print(f"Qualifying date: {due}")
    if standing["blocked_by"]:
        print(f"Barred by: {', '.join(standing['blocked_by'])}")
    for application in a["applications"]:
        columns = ("step", "body", "done_on", "by", "due_on", "overdue", "rule")
        rows = [[_cell(s.get(k)) for k in columns] for s in application["steps"]]
        print()
        print_rows(f"Application {application['review_id']}: {application['stage']}", columns, rows)
        if application["missing"]:
            print(f"Missing: {', '.join(application['missing'])}")


def _until(last_day: str | None) -> str:
    return last_day or "no end"


def _print(a: ShowAnswer, day: date) -> None:
    status, notification, review = a["status"], a["notification"], a["review"]
    print(f"{a['subject']} {a['name']}, born {a['date_of_birth']}")
    print(
        f"on {day}, as known at {a['known_at']}: {status['area'] or 'no area'}, "
        f"category {status['category'] or '-'}, level {status['level'] or '-'}, "
        f"{status['location']}"
    )
    if notification["subject"]:
        kind = "indefinite" if notification["indefinite"] else _until(notification["last_day"])
        print(f"Subject to notification from {notification['from']}: {kind}")
    else:
        print("Not subject to notification requirements")
    if review["qualifying_on"] or review["needs"]:
        state = "may apply now" if review["eligible"] else "may not apply"
        barred = f", barred by {', '.join(review['blocked_by'])}" if review["blocked_by"] else ""
        date_ = review["qualifying_on"] or f"none: {review['needs']}"
        print(f"Review: qualifying date {date_}; {state}{barred}")
    for title, rows, columns in (
        ("Grounds", notification["grounds"], ("ground", "ref", "from", "last_day", "rule")),
        ("Orders", a["orders"], ("order_id", "kind", "from", "last_day", "in_force")),
        ("Outstanding", a["deadlines"], ("due_on", "what", "ref", "rule")),
        ("Findings", a["findings"], ("finding", "ref", "from")),
        ("Overrides", a["overrides"], ("entry", "rule", "reason", "by")),
        ("Spells", a["spells"], ("track", "value", "ref", "from", "until", "rule")),
    ):
        if not rows:
            continue
        print()
        print_rows(title, columns, ([_cell(row.get(c)) for c in columns] for row in rows))
    for reason in a.get("why", ()):
        print()
        print(reason["sentence"])


def _cell(value: Any) -> str:
    return "" if value is None else {True: "yes", False: "no"}.get(value, str(value))
