"""Writes `docs/law.md` from the rule tables, the cases and the boundaries: `./run law`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from tracker.domain.law.shapes import GOVERNING_DAYS, OrderLaw, Rule
from tracker.domain.law.tables import Law
from tracker.settings import configuration

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "law.md"
TITLES = {"text": "text read", "inferred": "inferred"}

INTRODUCTION = """# The law in the tracker

Made from the tables in `config/law/` by `./run law`; a test fails when it is not up to date.
Every date that the tracker derives names one of these rules, its version (the day it came into
force) and the entries it rests on. *Inferred* means that the provision does not say it in terms,
or that its text was not read: `tracker show --why` marks every such date and asks for it to be
confirmed. None of this is legal advice."""

NOT_COVERED = """## What is not covered

- **Foreign travel** (s.86, SI 2004/1220): notifications of travel and return are recorded;
  whether one was due, 7 days or 12 hours before, is not computed, because the journey is known
  from the notification alone.
- **Changes of name, address, household, accounts and identity documents** (s.84, SI 2012/1876):
  only release starts a clock; nothing else is recorded from which one could be counted.
- **Directions to parents** (ss.89-90) and **Scottish and Northern Irish orders**.
- **Part 4 of the Counter-Terrorism Act 2008**: orders are recorded, periods are not computed;
  category 4 carries them.
- **The determination of a review for which no body was notified**: s.91C sets no end date, and
  none is made up.
- **People who first notified before 1 May 2004, and findings without custody**: s.91B leaves no
  date that could be computed; a person sets it (`review.qualifying_date_set`).
- **The Crime and Policing Act 2026** and the day on which s.32 of the Sentencing Act 2026 was
  commenced: their texts were not read.
- **Records of consultation under s.62 of the Data Protection Act 2018**: not part of this
  release."""

# What the cases marked as doubtful leave open: the reading taken, and the other one.
READINGS = {
    "NC03": (
        "The initial notification of a person sentenced at once is due 3 days "
        "beginning with release.",
        "Release also starts a clock of its own under s.84(1)(d); the two end on the same day.",
    ),
    "NC14": (
        "With no fixed address the 7 days are counted from the day after the notification.",
        "Counted with the day of the notification they end a day earlier.",
    ),
    "RP01": (
        "'Within 14 days of receipt' leaves out the day of receipt.",
        "Counted with the day of receipt the last day is a day earlier: the "
        "date to work to in doubt.",
    ),
    "RP04": (
        "Six weeks run from the end of the 28 days of the body notified last, first days left out.",
        "Counted with the first days the determination is due up to two days earlier.",
    ),
    "RP05": (
        "A body counts as having received its notice on the day it was notified.",
        "A notice in the post is received later, and the six weeks end later.",
    ),
    "RX28": (
        "A void of an entry unknown for the subject is refused.",
        "It could be kept until the entry arrives; nothing may lean on what is not known.",
    ),
    "RX37": (
        "An appeal after 21 days is refused unless overridden.",
        "A court may extend time; the override records that it did.",
    ),
    "RX58": (
        "An order that ends before one of its prohibitions is refused.",
        "The prohibition could be read as cut short with the order; the two "
        "dates contradict each other.",
    ),
}


def the_law() -> Law:
    return Law(configuration.law_files(), frozenset(configuration.areas()))


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(_cell(c) for c in cells) + " |"


def _rule(rule: Rule, tests: dict[str, int]) -> str:
    until = f" to {rule.until}" if rule.until else ""
    numbers = ", ".join(f"{name} {value}" for name, value in rule.numbers.items()) or "-"
    covered = tests.get(rule.id, 0)
    return _row(
        (
            f"`{rule.id}`", rule.section, rule.says, f"{rule.in_force}{until}", numbers,
            rule.governed_by, TITLES[rule.confidence], rule.source, f"{covered} boundaries",
        )
    )  # fmt: skip


def _rules(law: Law, tests: dict[str, int]) -> list[str]:
    lines: list[str] = []
    for instrument in sorted(set(law.instruments.values())):
        lines += [f"## {instrument}", ""]
        lines.append(
            _row(("rule", "section", "what it says", "in force", "numbers", "governed by",
                  "confidence", "source", "tests"))
        )  # fmt: skip
        lines.append(_row(["---"] * 9))
        lines += [_rule(r, tests) for r in law.rules if law.instruments[r.id] == instrument]
        lines.append("")
    return lines


def _days() -> list[str]:
    says = "The version of a rule that counts is the one in force on the day that its table names."
    lines = ["## Which day governs", "", says, "", _row(("word", "day")), _row(["---"] * 2)]
    return [*lines, *(_row((f"`{word}`", day)) for word, day in GOVERNING_DAYS.items()), ""]


def _years(law: Law, rule_id: str | None) -> str:
    numbers = [n for rule in law.rules if rule.id == rule_id for n in rule.numbers.values()]
    return f"{numbers[-1]} years (`{rule_id}`)" if numbers else "-"


def _kind(law: Law, kind: OrderLaw) -> str:
    made = f"{kind.made_from or ''} to {law.last_day(kind.rule) or ''}".strip()
    bounds = (kind.minimum_rule, kind.discharge_rule, kind.travel_rule)
    return _row(
        (
            f"`{kind.kind}`", kind.title, made if made != "to" else "-",
            *(_years(law, rule) for rule in bounds),
            f"yes (`{kind.ground_rule}`)" if kind.ground else "no",
            "yes" if kind.bars_review else "no", ", ".join(sorted(kind.ends)) or "-",
        )
    )  # fmt: skip


def _kinds(law: Law) -> list[str]:
    head = ("kind", "title", "made", "minimum", "no discharge before", "travel at most",
            "makes subject", "bars review", "ends")  # fmt: skip
    return ["## The kinds of order", "", _row(head), _row(["---"] * len(head)),
            *(_kind(law, k) for k in law.kinds.values()), ""]  # fmt: skip


def _doubts() -> list[str]:
    files = [ROOT / "tests/law" / name for name in ("cases.json", "cases-2.json")]
    cases = [c for file in files for c in json.loads(file.read_text("utf-8"))["cases"]]
    doubtful = {c["id"]: c["source"] for c in cases if c.get("doubt")}
    lines = ["## Doubts", "", "Where neither the Act nor the record's language settles it.", ""]
    lines += [_row(("case", "provision", "taken here", "the other reading")), _row(["---"] * 4)]
    for case, source in sorted(doubtful.items()):
        taken, other = READINGS[case.split("-")[0]]
        lines.append(_row((case, source, taken, other)))
    return [*lines, ""]


def _boundaries() -> dict[str, int]:
    from law.boundaries import BOUNDARIES

    found: dict[str, int] = {}
    for boundary in BOUNDARIES:
        found[boundary.rule] = found.get(boundary.rule, 0) + 1
    return found


def page() -> str:
    """The text that `docs/law.md` should have."""
    law = the_law()
    lines = [
        INTRODUCTION,
        "",
        *_days(),
        *_rules(law, _boundaries()),
        *_kinds(law),
        *_doubts(),
        NOT_COVERED,
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")
