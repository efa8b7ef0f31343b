"""Reads the log's tables: rows as stored, by position, person, subject, or source and id.

The only module that reads them. Called by `log`, by the engine of the views and by others that read
many entries at once. Each function takes a cursor of the caller's snapshot. A position is the
number of an entry in the log, from 1 without gaps; a person is an `originator_id` of 32 hexadecimal
digits, which sort in order of time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple

from tracker.store.database.interface import Cursor, Database

END_OF_LOG = 2**62  # a position after every entry
AFTER_EVERYBODY = "~"  # sorts after every originator_id
COLUMNS = "notification_id, originator_id, originator_version, topic, state"
PLAIN = f"SELECT {COLUMNS} FROM stored_events"
PREFIXED = ", ".join(f"s.{column}" for column in COLUMNS.split(", "))


class LogRow(NamedTuple):
    """An entry as it is stored; `Log.entry` and `Decoder.entry` take `*row[1:]`."""

    position: int
    originator_id: str
    version: int
    topic: str
    state: bytes


# --- the log as a whole ---------------------------------------------------------------------------


def size(c: Cursor) -> int:
    """The number of entries in the log, which is the position of the last; 0 where it is empty."""
    c.execute("SELECT size FROM log_head")
    row = c.fetchone()
    return int(row[0]) if row else 0


def newest_checkpoint(c: Cursor) -> str:
    """The signed checkpoint of the whole log; empty where nothing was recorded yet."""
    c.execute("SELECT note FROM log_head")
    row = c.fetchone()
    return str(row[0]) if row else ""


# --- by position ----------------------------------------------------------------------------------


def row_at(c: Cursor, position: int) -> LogRow | None:
    """The entry at a position, if there is one."""
    c.execute(f"{PLAIN} WHERE notification_id=?", (position,))
    row = c.fetchone()
    return LogRow._make(row) if row else None


def page(c: Cursor, after: int, limit: int, upto: int = END_OF_LOG) -> list[LogRow]:
    """At most `limit` entries after position `after`, up to and including `upto`, in order."""
    c.execute(
        f"{PLAIN} WHERE notification_id>? AND notification_id<=? ORDER BY notification_id LIMIT ?",
        (after, upto, limit),
    )
    return [LogRow._make(row) for row in c.fetchall()]


# --- by person ------------------------------------------------------------------------------------


def range_starts(database: Database, people: int) -> list[str]:
    """The first id of each range when everybody, in order of id, is cut into ranges of `people`."""
    with database.streaming("SELECT originator_id FROM individuals ORDER BY 1") as rows:
        return [row[0] for number, row in enumerate(rows) if number % people == 0]


def rows_of_range(
    c: Cursor, low: str, high: str, upto: int, without: Sequence[str] = ()
) -> Iterator[list[LogRow]]:
    """Yields the entries of each person with low <= id < high, a list for each person.

    Each list is in the order recorded, without entries after position `upto` or of a topic in
    `without`. Rows are read from the cursor as the caller goes on: do not use it meanwhile.
    """
    left_out = f" AND topic NOT IN ({_places(without)})" if without else ""
    c.execute(
        f"{PLAIN} WHERE originator_id>=? AND originator_id<? AND notification_id<=?"
        f"{left_out} ORDER BY originator_id, originator_version",
        (low, high, upto, *without),
    )
    for _, rows in groupby(map(LogRow._make, c), key=lambda row: row.originator_id):
        yield list(rows)


def rows_of_people(c: Cursor, people: Sequence[str], upto: int) -> Iterator[list[LogRow]]:
    """Yields the entries of each of these people up to position `upto`, a list for each person."""
    c.execute(
        f"SELECT {PREFIXED} FROM {c.each} AS wanted CROSS JOIN stored_events s"
        " WHERE s.originator_id=wanted.value->>0 AND s.notification_id<=?"
        " ORDER BY s.originator_id, s.originator_version",
        (_array(people), upto),
    )
    rows = [LogRow._make(row) for row in c.fetchall()]
    for _, own in groupby(rows, key=lambda row: row.originator_id):
        yield list(own)


def rows_of_person(c: Cursor, person: str) -> list[LogRow]:
    """The entries of one person, in the order recorded."""
    c.execute(f"{PLAIN} WHERE originator_id=? ORDER BY originator_version", (person,))
    return [LogRow._make(row) for row in c.fetchall()]


def people_with_topic(c: Cursor, topic: str) -> set[str]:
    """The originator_ids of the people who have an entry of a topic."""
    c.execute("SELECT DISTINCT originator_id FROM stored_events WHERE topic=?", (topic,))
    return {str(row[0]) for row in c.fetchall()}


def page_of_topics(
    c: Cursor, topics: Sequence[str], after: tuple[str, int], limit: int
) -> list[LogRow]:
    """At most `limit` entries of some topics after (person, version), in that order."""
    c.execute(
        f"{PLAIN} WHERE (originator_id, originator_version)>(?,?) AND topic IN ({_places(topics)})"
        " ORDER BY originator_id, originator_version LIMIT ?",
        (*after, *topics, limit),
    )
    return [LogRow._make(row) for row in c.fetchall()]


@contextmanager
def rows_of_topics(
    database: Database, topics: Sequence[str], upto: int
) -> Iterator[Iterator[LogRow]]:
    """Every entry of some topics up to a position, in any order, streamed in constant memory."""
    sql = f"{PLAIN} WHERE topic IN ({_places(topics)}) AND notification_id<=?"
    with database.streaming(sql, (*topics, upto)) as rows:
        yield map(LogRow._make, rows)


# --- by subject -----------------------------------------------------------------------------------


def person_of(c: Cursor, subject: str) -> str | None:
    """The originator_id of a subject; None where nothing was recorded of it."""
    c.execute("SELECT originator_id FROM individuals WHERE subject=?", (subject,))
    row = c.fetchone()
    return str(row[0]) if row else None


def rows_of_subjects(c: Cursor, subjects: Sequence[str]) -> Iterator[tuple[str, list[LogRow]]]:
    """Yields each of these subjects that is in the log, with its entries in the order recorded."""
    if not subjects:
        return
    c.execute(
        f"SELECT i.subject, {PREFIXED} FROM {c.each} AS wanted CROSS JOIN individuals i"
        " JOIN stored_events s ON s.originator_id=i.originator_id"
        " WHERE i.subject=wanted.value->>0 ORDER BY i.subject, s.originator_version",
        (_array(subjects),),
    )
    for subject, rows in groupby(c.fetchall(), key=lambda row: str(row[0])):
        yield subject, [LogRow._make(row[1:]) for row in rows]


def subjects_of_range(c: Cursor, low: str, high: str) -> list[str]:
    """The subjects of the people with low <= originator_id < high."""
    c.execute(
        "SELECT subject FROM individuals WHERE originator_id>=? AND originator_id<?", (low, high)
    )
    return [str(row[0]) for row in c.fetchall()]


def subjects_by_person(c: Cursor) -> dict[str, str]:
    """The subject of every person in the log, by originator_id."""
    c.execute("SELECT originator_id, subject FROM individuals ORDER BY originator_id")
    return {str(person): str(subject) for person, subject in c.fetchall()}


def subjects_with_prefix(c: Cursor, prefix: str) -> list[str]:
    """The subjects that begin with a prefix, sorted."""
    c.execute(
        "SELECT subject FROM individuals WHERE subject>=? AND subject<? ORDER BY subject",
        (prefix, _after_prefix(prefix)),
    )
    return [str(row[0]) for row in c.fetchall()]


def unknown_subjects(c: Cursor, table: str) -> list[str]:
    """The values in column `subject` of a table that are no subject in the log."""
    c.execute(
        f"SELECT DISTINCT t.subject FROM {table} t WHERE NOT EXISTS"
        " (SELECT 1 FROM individuals i WHERE i.subject=t.subject) ORDER BY 1"
    )
    return [str(row[0]) for row in c.fetchall()]


# --- by source and id -----------------------------------------------------------------------------


def position_of(c: Cursor, source: str, entry_id: str) -> int | None:
    """The position of the entry with a source and id, if there is one."""
    c.execute("SELECT notification_id FROM entry_keys WHERE source=? AND id=?", (source, entry_id))
    row = c.fetchone()
    return int(row[0]) if row else None


def row_with_key(c: Cursor, source: str, entry_id: str) -> LogRow | None:
    """The entry with a source and id, if there is one."""
    c.execute(
        f"SELECT {PREFIXED} FROM entry_keys k"
        " JOIN stored_events s ON s.notification_id=k.notification_id"
        " WHERE k.source=? AND k.id=?",
        (source, entry_id),
    )
    row = c.fetchone()
    return LogRow._make(row) if row else None


def rows_with_keys(
    c: Cursor, names: Sequence[tuple[str, str]]
) -> list[tuple[tuple[str, str], LogRow]]:
    """Of these (source, id), those that are in the log, each with its entry."""
    if not names:
        return []
    c.execute(
        f"SELECT k.source, k.id, {PREFIXED} FROM {c.each} AS wanted"
        " CROSS JOIN entry_keys k JOIN stored_events s ON s.notification_id=k.notification_id"
        " WHERE k.source=wanted.value->>0 AND k.id=wanted.value->>1",
        (json.dumps(names),),
    )
    return [((row[0], row[1]), LogRow._make(row[2:])) for row in c.fetchall()]


def ids_with_prefix(c: Cursor, source: str, prefix: str) -> list[str]:
    """The ids of a source that begin with a prefix, sorted."""
    c.execute(
        "SELECT id FROM entry_keys WHERE source=? AND id>=? AND id<? ORDER BY id",
        (source, prefix, _after_prefix(prefix)),
    )
    return [str(row[0]) for row in c.fetchall()]


def _after_prefix(prefix: str) -> str:
    """The first text that sorts after every text with this prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _places(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _array(texts: Sequence[str]) -> str:
    return json.dumps([(text,) for text in texts])
