"""A store in which every command can answer with all of its keys, and those answers as JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from running import Tracker
from wire import Event, convicted, event, level, made, registered, written

YEAR = "2021-22"
JSON = ("--format", "json")
RETURN = ("return", "cheshire", YEAR)
CELLS = (
    "snapshot.level2.cat1", "snapshot.total.total", "yearly_level2_3.total.total", "orders.shpo",
    "returned_to_custody_breach_of_licence.total.total", "rate_per_100k",
)  # fmt: skip
Answers = dict[str, list[Any]]


def lifer(subject: str) -> Iterator[Event]:
    """Somebody subject for life, who may apply for review from late 2020."""
    who = {"subject": subject}
    yield registered(f"{subject}-1", "2005-01-04", **who)
    yield convicted(f"{subject}-2", "2005-01-05", disposal={"kind": "life"}, **who)
    inside = {"kind": "sentence", "conviction_id": "C1"}
    yield event(f"{subject}-3", "custody.entered", "2005-01-05", **inside, **who)
    yield event(f"{subject}-4", "custody.left", "2005-09-01", licence_for_life=True, **who)
    yield event(f"{subject}-5", "notification.given", "2005-09-02", kind="initial", **who)


def reviewed(subject: str) -> Iterator[Event]:
    """A review with all its steps, up to the decision on appeal."""
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("applied", "2021-03-01", {}),
        ("acknowledged", "2021-03-04", {}),
        ("body_notified", "2021-03-05", {"body": "probation"}),
        ("body_replied", "2021-03-12", {"body": "probation"}),
        ("determined", "2021-05-10", {
            "outcome": "continues", "determined_by": "Supt Grey", "rank": "superintendent",
            "factors": [{"factor": "a"}],
        }),
        ("notice_received", "2021-05-12", {}),
        ("appealed", "2021-05-20", {}),
        ("appeal_decided", "2021-08-01", {"outcome": "dismissed"}),
    ]  # fmt: skip
    for step, on, more in steps:
        about = {"review_id": "V1", "subject": subject, **more}
        yield event(f"{subject}-{step}", f"review.{step}", on, **about)


def recalled(subject: str) -> Iterator[Event]:
    """Recalled from licence within the year, at level 2, and released again."""
    who = {"subject": subject}
    yield from lifer(subject)
    yield level(f"{subject}-6", "2021-04-05", 2, **who)
    recalled_as = {"recall_id": "R1", "kind": "fixed_term_28"}
    yield event(f"{subject}-7", "recall.decided", "2021-06-01", **recalled_as, **who)
    inside = {"kind": "recall", "recall_id": "R1", "because_of": "licence"}
    yield event(f"{subject}-8", "custody.entered", "2021-06-02", **inside, **who)
    yield event(f"{subject}-9", "custody.left", "2021-06-29", licence_for_life=True, **who)


def people() -> Iterator[Event]:
    """Forty people, half of whom went to level 2 in the year, and some with more facts."""
    for n in range(40):
        who = {"subject": f"P-{n}"}
        yield registered(f"r{n}", **who)
        yield convicted(f"c{n}", **who)
        if n % 2:
            yield level(f"l{n}", "2021-06-01", 2, **who)
    yield from lifer("L-1")
    yield from reviewed("L-1")
    yield from lifer("L-2")
    yield made("bar", "2019-05-01", "S1", subject="L-2", ends_on="2029-04-30",
               travel_ends_on="2023-04-30")  # fmt: skip
    yield from lifer("L-3")
    yield event("four", "category.assigned", "2021-04-02", category=4, subject="P-2")
    yield event("pending", "review.applied", "2021-03-01", review_id="V3", subject="L-3")
    yield from recalled("L-4")
    yield made("s", "2021-05-04", "S2", subject="P-1", ends_on="2027-05-03")
    said = {"rule": "soa2003.s103e", "reason": "the court said so", "by": "Supt Grey"}
    yield made("o", "2021-05-04", "S3", subject="P-3", ends_on="2022-05-03", override=said)
    actions = [{"action_id": "A1", "text": "Visit", "owner": "police", "due_on": "2021-09-01"}]
    yield event("m", "meeting.held", "2021-07-01", meeting_id="M1", level=2, invited=["police"],
                attended=["police"], next_review_on="2021-10-01", actions=actions,
                subject="P-5")  # fmt: skip
    yield registered("t", subject="T-1")
    yield event("t3", "category.assigned", "2021-06-01", category=3, subject="T-1")


def asked(folder: Path) -> Answers:
    """The answers of every command, by its name in the table of answers."""
    tracker = Tracker(folder / "tracker.db", {"TRACKER_SEALING": "off"})
    tracker("import", written(folder / "in.jsonl", people())).done()
    found: Answers = {}

    def ask(named: str, *args: str, status: int = 0) -> Any:
        ran = tracker(*args, *(() if args[0] == "prove" else JSON))
        assert ran.status == status, ran.err
        found.setdefault(named, []).append(json.loads(ran.out))
        return found[named][-1]

    for on in ("2021-03-20", "2021-05-20", "2021-09-10"):
        for subject in ("L-1", "L-2", "L-3", "L-4", "P-0", "P-1", "P-3", "P-5", "T-1"):
            ask("show REF", "show", subject, "--on", on, *(("--why",) if subject != "P-0" else ()))
            ask("review REF", "review", subject, "--on", on)
        for area in ((), ("--area", "cheshire")):
            ask("counts", "counts", "--on", on, *area)
            ask("eligible", "eligible", "--on", on, "--within", "P60Y", *area)
            ask("diary", "diary", "--on", on, "--within", "P10Y", *area)
    tracker("restrict", "P-6", "--authorised-by", "ann", "--reason", "evidence").done()
    assert ask("show REF", "show", "P-6")["date_of_birth"] is None
    returns(tracker, folder, ask)
    ask("return --all YEAR", "return", "--all", YEAR)
    ask("trend AREA", "trend", "cheshire")
    ask("forecast AREA", "forecast", "cheshire")
    ask("schedule --once JOB", "schedule", "--once", "digest")
    ask("status", "status", status=1)
    ask("schedule --list", "schedule", "--list")
    ask("verify", "verify", "--views")
    ask("prove ENTRY", "prove", "1")
    touched(tracker, ask)
    return found


def returns(tracker: Tracker, folder: Path, ask: Any) -> None:
    """A return that is computed, explained, frozen, signed off and restated."""
    ask("return AREA YEAR", *RETURN)
    ask("return AREA YEAR", "return", "cheshire", "2022-23", "--known-at", "2022-06-01")
    for cell in CELLS:
        explained = ask("return AREA YEAR --explain CELL", *RETURN, "--explain", cell)
        for subject in {"P-0", *(case["subject"] for case in explained["cases"][:1])}:
            ask("return AREA YEAR --explain CELL --subject REF",
                *RETURN, "--explain", cell, "--subject", subject)  # fmt: skip
    frozen = ask("return AREA YEAR", *RETURN, "--freeze", "--by", "ann")
    accept = [f"--accept={one}=looked at" for one in {f["finding"] for f in frozen["findings"]}]
    ask("return AREA YEAR", *RETURN, "--sign-off", "--by", "bob", *accept)
    late = [level(f"late{n}", "2021-08-02", 3, subject=f"P-{n}") for n in (1, 5, 8)]
    tracker("import", written(folder / "late.jsonl", late)).done()
    since = ("--changes-since", frozen["known_at"])
    ask("return AREA YEAR --changes-since T", *RETURN, *since)
    ask("return AREA YEAR", *RETURN, "--restate", "facts came late", "--by", "ann")
    ask("return AREA YEAR --movement", *RETURN, "--movement")
    ask("return AREA YEAR --verify", *RETURN, "--verify")


def touched(tracker: Tracker, ask: Any) -> None:
    """The answers about a failed message, an unfinished run, and an altered log."""
    with sqlite3.connect(tracker.store) as db:
        db.execute(
            "INSERT INTO outbox (key, area, via, recipient, subject, body, urgent, made, tries,"
            " next_try, error) VALUES ('k','cheshire','smtp','a@b','s','b',0,1,3,2,'no route')"
        )
        db.execute(
            "INSERT INTO scheduler_runs (job, intended, run, holder, attempt, started, outcome,"
            " counts, error) VALUES ('backup',1,'backup-1','host:1',1,1,'running','{}','')"
        )
        db.execute("DROP TRIGGER stored_events_no_update")
        db.execute(
            "UPDATE stored_events SET state=replace(state, '\"level\":2', '\"level\":3')"
            " WHERE topic='uk.mappa.level.set'"
        )
    ask("status", "status", status=1)
    ask("verify", "verify", status=1)
    ask("return AREA YEAR --verify", *RETURN, "--verify", status=1)
