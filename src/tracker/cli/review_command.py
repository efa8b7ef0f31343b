"""`tracker review`: the steps of a person's review of indefinite requirements. Called by `main`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.cli.context import opened
from tracker.cli.parsing import asks_for_json, day_option, moment_option
from tracker.cli.showing import cell, print_json, print_rows, say
from tracker.service import reviews

if TYPE_CHECKING:
    from tracker.domain.answers.review_shapes import ReviewAnswer


def review(subject: str, on: str | None, known_at: str | None, format_: str) -> None:
    wants_json, day, at = asks_for_json(format_), day_option(on), moment_option(known_at)
    with opened() as app:
        answer = reviews.review(app, subject, day, at)
    if wants_json:
        print_json(answer)
    else:
        _print_review(answer)


def _print_review(a: ReviewAnswer) -> None:
    review_state = a["review"]
    say(f"{a['subject']} on {a['on']}: {a['stage'].replace('_', ' ')}")
    due = review_state["qualifying_on"] or review_state["needs"] or "-"
    say(f"Qualifying date: {due}")
    if review_state["blocked_by"]:
        say(f"Barred by: {', '.join(review_state['blocked_by'])}")
    for application in a["applications"]:
        columns = ("step", "body", "done_on", "by", "due_on", "overdue", "rule")
        rows = [[cell(s.get(k)) for k in columns] for s in application["steps"]]
        say()
        print_rows(f"Application {application['review_id']}: {application['stage']}", columns, rows)
        if application["missing"]:
            say(f"Missing: {', '.join(application['missing'])}")
