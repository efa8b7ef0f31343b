"""Writes the text of a message: subject line with counts, a section for each kind, a line an item.

Called by the digest. The most urgent kind comes first. Lines have references, dates and rules; a
long section is cut, and says how to list the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from scheduler.items import Item

LINES = 200  # items listed in a section; further ones are only counted
COUNTED = 4  # kinds counted one by one in a subject line
END = "This message holds references and counts, no names. {}\n"
RECORD = "To look at a record:\ntracker show REFERENCE --why"
TRACKER = "To look at the tracker itself:\ntracker status"


@dataclass(frozen=True, slots=True)
class Kind:
    """The words for a kind of item.

    `one` and `many` name it after a number, `when` goes round its day, and `command` lists all.
    """

    one: str
    many: str
    heading: str
    when: str = "{}"
    command: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """The text of a message: a subject line and a body of lines."""

    subject: str
    body: str


_DIARY, _ELIGIBLE = "tracker diary --area {}", "tracker eligible --area {}"
# in order of urgency
KINDS = {
    "log": Kind("alarm of the log", "alarms of the log", "The log"),
    "job": Kind("job that goes on failing", "jobs that go on failing", "Jobs that go on failing"),
    "review_withdrawn": Kind(
        "flag withdrawn", "flags withdrawn", "Flag of eligibility for review withdrawn", "was {}"
    ),
    "overdue": Kind("overdue", "overdue", "Overdue", "was due {}", _DIARY),
    "review_eligible": Kind(
        "may apply for review", "may apply for review", "May apply for review", "since {}",
        _ELIGIBLE,
    ),
    "due": Kind("falling due", "falling due", "Falling due", "due {}", _DIARY),
    "review_ahead": Kind(
        "soon to qualify for review", "soon to qualify for review", "Soon to qualify for review",
        "on {}", f"{_ELIGIBLE} --within P1Y",
    ),
    "ended": Kind("ended", "ended", "Ended", "ended by {}"),
    "duplicate": Kind("possible duplicate", "possible duplicates", "Possible duplicates"),
    "finding": Kind("finding", "findings", "Findings"),
    "year_end": Kind("line on the return", "lines on the return", "Annual return"),
}  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


def write_letter(items: Sequence[Item], area: str, called: str, on: date, urgent: bool) -> Letter:
    """The message of a day with these items; `area` is the area's id, `called` its name."""
    sections = _sections(items)
    counts = [_count(kind, len(listed)) for kind, listed in sections]
    more = sum(len(listed) for _, listed in sections[COUNTED:])
    summary = ", ".join([*counts[:COUNTED], *([f"{more} more"] if more else [])])
    parts = [f"{called}, {on:%A} {long_date(on)}\n{', '.join(counts)}"]
    parts += [_section(kind, listed, area) for kind, listed in sections]
    parts.append(END.format(RECORD if area else TRACKER))
    mark = "URGENT: " if urgent else ""
    return Letter(f"{mark}MAPPA {called}, {long_date(on)}: {summary}", "\n\n".join(parts))


def long_date(day: date) -> str:
    """A day as written in text: 5 January 2027."""
    return f"{day.day} {day:%B %Y}"


def _sections(items: Sequence[Item]) -> list[tuple[str, list[Item]]]:
    """The items of each kind, the most urgent kind first; within a kind by day and reference."""
    ordered = sorted(
        items,
        key=lambda i: (_RANK.get(i.kind, len(_RANK)), i.kind, i.due or date.max, i.subject, i.key),
    )
    return [(kind, list(group)) for kind, group in groupby(ordered, key=lambda i: i.kind)]


def _kind(name: str) -> Kind:
    words = name.replace("_", " ")
    return KINDS.get(name) or Kind(words, words, words.capitalize())


def _count(name: str, number: int) -> str:
    kind = _kind(name)
    return f"{number} {kind.one if number == 1 else kind.many}"


def _section(name: str, items: Sequence[Item], area: str) -> str:
    kind, listed = _kind(name), items[:LINES]
    rows = [
        (i.subject, kind.when.format(long_date(i.due)) if i.due else "", " ".join(i.detail.split()))
        for i in listed
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{kind.heading}: {len(items)}", ""]
    lines += [_line(row, widths) for row in rows]
    if more := len(items) - len(listed):
        how = f": {kind.command.format(area)}" if kind.command and area else ""
        lines.append(f"  and {more} more{how}")
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Reference, day and detail in columns; a column of width 0 is left out."""
    cells = [text.ljust(width) for text, width in zip(row, widths, strict=False) if width]
    return "  " + "  ".join([*cells, row[2]]).rstrip()
