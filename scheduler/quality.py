"""The data-quality jobs: queue an item, once, for what a co-ordinator should check. In `jobs`.

These are findings (category 3 at level 1 or with no level, indefinite requirements with no
qualifying date, breach of an order not in force and so on), people at level 1 about whom nothing
was recorded for a long time, and records that may be of the same person.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Iterator

from projections.views import due, spells
from scheduler.items import Item, queue_items
from scheduler.work import Counts, Work
from tracker.domain import facts as f
from tracker.domain.dates import DAY
from tracker.domain.facts.personal import FORGOTTEN
from tracker.domain.record.entry import Entry, has_type
from tracker.store import log_rows

PAGE = 2_000
Who = f.IndividualRegistered | f.IndividualAmended
WHO = (f.IndividualRegistered.TYPE, f.IndividualAmended.TYPE)


def findings(work: Work) -> Counts:
    """The job: queues an item for each new finding, and for each case silent for too long."""
    on = work.day
    since = on - work.app.settings.scheduler.silent_days * DAY
    with work.engine.reading("spells", "due") as c:
        spells_found = spells.live_findings(c, on)
        area_of = spells.areas_of(c, [one.subject for one in spells_found], on)
        silent = due.silent_people(c, on, since)
    items = [
        Item(
            f"finding:{one.finding}:{one.subject}:{one.ref}:{one.start}",
            area_of.get(one.subject, ""), "finding", one.subject,
            " ".join(filter(None, (one.finding, one.ref, f"since {one.start}"))),
        )
        for one in spells_found
    ]  # fmt: skip
    items += [
        Item(f"silent:{subject}:{last}", area, "finding", subject,
             f"level 1, nothing recorded since {last}")
        for subject, area, last in silent
    ]  # fmt: skip
    with work.database.working() as c:
        queued = queue_items(c, items, work.now())
    return {"findings": len(spells_found), "silent": len(silent), "told": queued}


# --- records that may be of the same person -------------------------------------------------------


def duplicates(work: Work) -> Counts:
    """The job: queues an item for two records with the same identifier, or name and birth date.

    It compares keyed hashes, with a random key for each run: nothing personal is stored, and the
    hashes in memory reveal nothing about a person.
    """
    key = secrets.token_bytes(32)
    first: dict[bytes, str] = {}
    pairs: set[tuple[str, str]] = set()
    records = 0
    for entry in _identity_entries(work):
        records += 1
        for trait in identifying_traits(entry):
            mark = hmac.digest(key, trait.encode(), "sha256")[:16]
            other = first.setdefault(mark, entry.subject)
            if other != entry.subject:
                pairs.add((min(other, entry.subject), max(other, entry.subject)))
    with work.engine.reading("spells") as c:
        area_of = spells.areas_of(c, sorted({a for a, _ in pairs}), work.day)
    items = [
        Item(f"duplicate:{a}:{b}", area_of.get(a, ""), "duplicate", a, f"may be the same as {b}")
        for a, b in sorted(pairs)
    ]
    with work.database.working() as c:
        queued = queue_items(c, items, work.now())
    return {"records": records, "pairs": len(pairs), "told": queued}


def _identity_entries(work: Work) -> Iterator[Entry[Who]]:
    """Every registration and amendment that has not been erased, read page by page."""
    log, after = work.app.log, ("", 0)
    while True:
        work.check_stop()
        with work.database.reading() as c:
            rows = log_rows.page_of_topics(c, WHO, after, PAGE)
        if not rows:
            return
        after = rows[-1].originator_id, rows[-1].version
        for row in rows:
            entry = log.entry(*row[1:])
            if entry.forgotten:
                continue
            if has_type(entry, f.IndividualRegistered) or has_type(entry, f.IndividualAmended):
                yield entry


def identifying_traits(entry: Entry[Who]) -> Iterator[str]:
    """Texts that two records of one person probably share: identifiers, name with birth date."""
    fact = entry.fact
    if fact.identifiers is not None:
        for kind, value in fact.identifiers.model_dump(exclude_none=True).items():
            yield f"{kind} {_plain(str(value))}"
    if fact.name is not None and fact.date_of_birth is not None and fact.name != FORGOTTEN:
        words = sorted(_plain(word) for word in fact.name.replace("-", " ").split())
        yield f"{fact.date_of_birth} {' '.join(words)}"


def _plain(text: str) -> str:
    """The text's letters and digits in lower case, without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if letter.isalnum())
