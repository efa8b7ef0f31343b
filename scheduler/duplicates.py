"""The job that queues an item, once, for each two records that may be of one person. In `jobs`."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import groupby

from projections.views import spells
from scheduler.items import Item, queue_items
from scheduler.work import Counts, Work
from tracker.domain import facts as f
from tracker.domain import police_numbers
from tracker.domain.meaning.particulars import Particulars, latest_particulars
from tracker.domain.record.entry import Entry, as_known
from tracker.store import log_rows
from tracker.store.log_rows import LogRow

PAGE = 2_000
# Who a person is, and what takes it back.
WHO = (f.IndividualRegistered.TYPE, f.IndividualAmended.TYPE, f.EntryVoided.TYPE)
CANONICAL = {"pnc": police_numbers.pnc, "cro": police_numbers.cro}


def duplicates(work: Work) -> Counts:
    """The job: queues an item for two records with the same identifier, or name and birth date.

    It compares what counts now: after every amendment, without what was voided or erased. It
    compares keyed hashes, with a random key for each run: nothing personal is stored, and the
    hashes in memory reveal nothing about a person.
    """
    key = secrets.token_bytes(32)
    first: dict[bytes, str] = {}
    pairs: set[tuple[str, str]] = set()
    records = 0
    for subject, person in _people(work):
        records += 1
        for trait in identifying_traits(person, work.day):
            mark = hmac.digest(key, trait.encode(), "sha256")[:16]
            other = first.setdefault(mark, subject)
            if other != subject:
                pairs.add((min(other, subject), max(other, subject)))
    with work.engine.reading("spells") as c:
        area_of = spells.areas_of(c, sorted({a for a, _ in pairs}), work.day)
    items = [
        Item(f"duplicate:{a}:{b}", area_of.get(a, ""), "duplicate", a, f"may be the same as {b}")
        for a, b in sorted(pairs)
    ]
    with work.database.working() as c:
        queued = queue_items(c, items, work.now())
    return {"records": records, "pairs": len(pairs), "told": queued}


def _people(work: Work) -> Iterator[tuple[str, Particulars]]:
    """Everybody registered and not erased, with who they are by the entries that count."""
    log = work.app.log
    for _, rows in groupby(_identity_rows(work), lambda row: row.originator_id):
        entries: list[Entry] = [log.entry(*row[1:]) for row in rows]
        if any(entry.forgotten for entry in entries):
            continue
        counting = as_known(entries)
        if any(type(entry.fact) is f.IndividualRegistered for entry in counting):
            yield entries[0].subject, latest_particulars(counting)


def _identity_rows(work: Work) -> Iterator[LogRow]:
    """Every registration, amendment and void, one person after the other, read page by page."""
    after = ("", 0)
    while True:
        work.check_stop()
        with work.database.reading() as c:
            rows = log_rows.page_of_topics(c, WHO, after, PAGE)
        if not rows:
            return
        after = rows[-1].originator_id, rows[-1].version
        yield from rows


def identifying_traits(person: Particulars, today: date) -> Iterator[str]:
    """Texts that two records of one person probably share: identifiers, name with birth date.

    A text without a figure, such as "not known", identifies nobody.
    """
    for kind, value in person.identifiers.items():
        canonical = CANONICAL[kind](value, today) if kind in CANONICAL else None
        plain = canonical or _plain(value)
        if any(letter.isdigit() for letter in plain):
            yield f"{kind} {plain}"
    words = sorted(filter(None, (_plain(word) for word in person.name.replace("-", " ").split())))
    if words:
        yield f"{person.date_of_birth} {' '.join(words)}"


def _plain(text: str) -> str:
    """The text's letters and digits in lower case, without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if letter.isalnum())
