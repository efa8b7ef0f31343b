"""Checks the two indexes of the log against its rows. For `verifying`.

Sums of salted hashes are compared first; only where they differ is each row looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson

from tracker.store.database.interface import Cursor, Row
from tracker.store.proof.range_scan import (
    ENTRIES,
    NUMBER,
    PAGE,
    Finding,
    IndexSums,
    entry_name,
    key_row,
    person_row,
    sum_of_hashes,
)
from tracker.store.proof.root_comparison import MAX_FINDINGS

NEXT_ENTRIES = f"{ENTRIES} LIMIT {PAGE}"
SUBJECT = "SELECT subject FROM individuals WHERE originator_id=?"
KEYS = (
    "SELECT source, id, notification_id FROM entry_keys WHERE (source, id)>(?,?)"
    " ORDER BY source, id LIMIT 10000"
)
# in a FILTER, as in a WHERE the planner would not read along the index in order
UPTO = "FILTER (WHERE notification_id BETWEEN 1 AND ?)"
RECORDS = (
    f"SELECT originator_id, COUNT(*) {UPTO}, COUNT(DISTINCT originator_version) {UPTO},"
    f" MIN(originator_version) {UPTO}, MAX(originator_version) {UPTO} FROM stored_events"
    f" WHERE originator_id>? GROUP BY originator_id ORDER BY originator_id LIMIT {PAGE}"
)
# in order of subject: each with its number of entries
PEOPLE = (
    f"SELECT i.subject, i.originator_id, (SELECT COUNT(*) {UPTO} FROM stored_events e"
    " WHERE e.originator_id=i.originator_id)"
    f" FROM individuals i WHERE i.subject>? ORDER BY i.subject LIMIT {PAGE}"
)
NOBODY = (
    "SELECT i.subject FROM individuals i WHERE NOT EXISTS (SELECT 1 FROM stored_events e"
    f" WHERE e.originator_id=i.originator_id) ORDER BY i.subject LIMIT {MAX_FINDINGS}"
)
COUNTS = "SELECT (SELECT COUNT(*) FROM entry_keys), (SELECT COUNT(*) FROM individuals)"


def check_indexes(
    c: Cursor, size: int, row_sums: IndexSums, index_sums: IndexSums
) -> Iterator[Finding]:
    """Yields what is wrong with the indexes of a log of `size` entries.

    The sums were made from the rows and from the indexes; where they are equal, nothing is wrong.
    """
    yield from index_sums.faults
    counts = c.execute(COUNTS).fetchone()
    if row_sums[:2] == index_sums[:2] and counts == (size, index_sums.records):
        return
    reported = False
    for finding in index_faults(c, size):
        reported = True
        yield finding
    if not reported:
        yield Finding("index", "the indexes", "do not agree with the entries")


def entry_key_sums(top: int, salt: bytes, c: Cursor) -> IndexSums:
    """The sum over the index of sources and ids, for entries up to position `top`."""
    keys = 0
    for rows in _keys(c):
        keys += sum_of_hashes(salt, [key_row(*row) for row in rows if row[2] <= top])
    return IndexSums(keys)


def _keys(c: Cursor) -> Iterator[list[Row]]:
    last = "", ""
    while rows := c.execute(KEYS, last).fetchall():
        yield rows
        last = _next_key(last, rows[-1][:2])


def individual_sums(top: int, salt: bytes, c: Cursor) -> IndexSums:
    """The sum over the index of individuals, each counted once for every entry up to `top`."""
    people, records, last = 0, 0, ""
    while rows := c.execute(PEOPLE, (top, last)).fetchall():
        people += sum([sum_of_hashes(salt, [person_row(row[0], row[1])]) * row[2] for row in rows])
        records += sum([row[2] > 0 for row in rows])
        last = _next_key(last, rows[-1][0])
    return IndexSums(0, people, records)


def version_faults(top: int, c: Cursor) -> IndexSums:
    """As faults, the records whose entries up to `top` are not numbered 1, 2, 3 …"""
    last, faults = "", list[Finding]()
    while rows := c.execute(RECORDS, (*[top] * 4, last)).fetchall():
        for who, count, versions, low, high in rows:
            if count and not low == 1 <= count == versions == high and len(faults) < MAX_FINDINGS:
                detail = f"its {count} entries are numbered {low} to {high}"
                faults.append(Finding("versions", _subject(c, who), detail))
        last = _next_key(last, rows[-1][0])
    return IndexSums(faults=tuple(faults))


def _subject(c: Cursor, who: str) -> str:
    row = c.execute(SUBJECT, (who,)).fetchone()
    return f"the record of {row[0]}" if row else f"the record {who}"


def _next_key(last: Any, following: Any) -> Any:
    """Where to read on; ValueError where a damaged index would be read in circles."""
    if not last < following:
        raise ValueError("the index is not in order")
    return following


def index_faults(c: Cursor, top: int) -> Iterator[Finding]:
    """Yields where indexes and entries differ: looks up each entry, then each index row."""
    after = 0
    while rows := c.execute(NEXT_ENTRIES, (after, top)).fetchall():
        for row in rows:
            with suppress(Exception):
                yield from _index_row_faults(c, row)
        after = max(after + 1, rows[-1][0])
    for rows in _keys(c):
        for source, entry_id, number in rows:
            row = c.execute(ENTRIES, (number - 1, number)).fetchone()
            if f"({source} {entry_id}, " not in entry_name(row or (number, b"")):
                detail = f"leads to entry {number}, which is another or not there"
                yield Finding("index", f"{source} {entry_id}", detail, number, number)
    for (subject,) in c.execute(NOBODY).fetchall():
        yield Finding("index", subject, "is indexed and has no entries")


def _index_row_faults(c: Cursor, row: Row) -> Iterator[Finding]:
    state, number = orjson.loads(row[4]), row[0]
    indexed = c.execute(NUMBER, (str(state["source"]), str(state["id"]))).fetchone()
    if indexed != (number,):
        lead = f"lead to entry {indexed[0]}" if indexed else "are not indexed"
        yield Finding("index", entry_name(row), f"its source and id {lead}", number, number)
    if c.execute(SUBJECT, (row[1],)).fetchone() != (state["subject"],):
        detail = "its record is not that of its subject"
        yield Finding("index", entry_name(row), detail, number, number)
