"""Data quality: what a careful co-ordinator would look at, told once to the desk of the area.

The findings of the spells (category 3 at level 1 or with no level, indefinite requirements with no
qualifying date, breach of an order not in force and the like), people at level 1 of whom nothing
was recorded for long, and records that may be of one person.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Iterator

from projections.views import due, spells
from scheduler.items import Item, tell
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
    """The job: tells of each finding once for as long as it stands, and of silent cases."""
    on = work.day
    since = on - work.app.settings.scheduler.silent_days * DAY
    with work.engine.reading("spells", "due") as c:
        found = spells.to_look_at(c, on)
        where = spells.areas_of(c, [one.subject for one in found], on)
        silent = due.silent(c, on, since)
    items = [
        Item(
            f"finding:{one.finding}:{one.subject}:{one.ref}:{one.start}",
            where.get(one.subject, ""), "finding", one.subject,
            " ".join(filter(None, (one.finding, one.ref, f"since {one.start}"))),
        )
        for one in found
    ]  # fmt: skip
    items += [
        Item(f"silent:{subject}:{last}", area, "finding", subject,
             f"level 1, nothing recorded since {last}")
        for subject, area, last in silent
    ]  # fmt: skip
    with work.database.working() as c:
        told = tell(c, items, work.now())
    return {"findings": len(found), "silent": len(silent), "told": told}


# --- records that may be of one person ------------------------------------------------------------


def duplicates(work: Work) -> Counts:
    """The job: tells of pairs of records with one identifier, or one name and date of birth.

    Every registration is opened once and looked at through a key of this run's own: nothing about
    anybody is kept, and what is in memory says nothing of a person.
    """
    key = secrets.token_bytes(32)
    first: dict[bytes, str] = {}
    pairs: set[tuple[str, str]] = set()
    records = 0
    for entry in _who(work):
        records += 1
        for trait in traits(entry):
            mark = hmac.digest(key, trait.encode(), "sha256")[:16]
            other = first.setdefault(mark, entry.subject)
            if other != entry.subject:
                pairs.add((min(other, entry.subject), max(other, entry.subject)))
    with work.engine.reading("spells") as c:
        where = spells.areas_of(c, sorted({a for a, _ in pairs}), work.day)
    items = [
        Item(f"duplicate:{a}:{b}", where.get(a, ""), "duplicate", a, f"may be the same as {b}")
        for a, b in sorted(pairs)
    ]
    with work.database.working() as c:
        told = tell(c, items, work.now())
    return {"records": records, "pairs": len(pairs), "told": told}


def _who(work: Work) -> Iterator[Entry[Who]]:
    """Every entry that says who somebody is, as far as it has not been erased."""
    log, after = work.app.log, ("", 0)
    while True:
        work.go_on()
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


def traits(entry: Entry[Who]) -> Iterator[str]:
    """What two records of one person are likely to share: an identifier, or name and birth."""
    fact = entry.fact
    if fact.identifiers is not None:
        for kind, value in fact.identifiers.model_dump(exclude_none=True).items():
            yield f"{kind} {_plain(str(value))}"
    if fact.name is not None and fact.date_of_birth is not None and fact.name != FORGOTTEN:
        words = sorted(_plain(word) for word in fact.name.replace("-", " ").split())
        yield f"{fact.date_of_birth} {' '.join(words)}"


def _plain(text: str) -> str:
    """Letters and digits alone, without case or accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if letter.isalnum())
