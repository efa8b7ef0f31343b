"""`tracker show`: one person on a day, and why each date is what it is. Called by `main`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tracker.cli.context import opened
from tracker.cli.parsing import asks_for_json, day_option, moment_option
from tracker.cli.showing import cell, print_json, print_rows, say
from tracker.service import people

if TYPE_CHECKING:
    from tracker.domain.answers.person_shapes import ShowAnswer


def show(subject: str, on: str | None, known_at: str | None, why: bool, format_: str) -> None:
    wants_json, day, at = asks_for_json(format_), day_option(on), moment_option(known_at)
    with opened() as app:
        answer = people.summary(app, subject, day, at, why)
    if wants_json:
        print_json(answer)
    else:
        _print(answer, day)


def _until(last_day: str | None) -> str:
    return last_day or "no end"


def _print(a: ShowAnswer, day: date) -> None:
    status, notification, review = a["status"], a["notification"], a["review"]
    say(f"{a['subject']} {a['name']}, born {a['date_of_birth']}")
    say(
        f"on {day}, as known at {a['known_at']}: {status['area'] or 'no area'}, "
        f"category {status['category'] or '-'}, level {status['level'] or '-'}, "
        f"{status['location']}"
    )
    if notification["subject"]:
        kind = "indefinite" if notification["indefinite"] else _until(notification["last_day"])
        say(f"Subject to notification from {notification['from']}: {kind}")
    else:
        say("Not subject to notification requirements")
    if review["qualifying_on"] or review["needs"]:
        state = "may apply now" if review["eligible"] else "may not apply"
        barred = f", barred by {', '.join(review['blocked_by'])}" if review["blocked_by"] else ""
        date_ = review["qualifying_on"] or f"none: {review['needs']}"
        say(f"Review: qualifying date {date_}; {state}{barred}")
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
        say()
        print_rows(title, columns, ([cell(row.get(c)) for c in columns] for row in rows))
    for reason in a.get("why", ()):
        say()
        say(reason["sentence"])
