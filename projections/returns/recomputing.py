"""Computes a frozen return again from the log alone, without any view.

Called for `tracker return --verify`. It searches the log for everybody who was ever registered in
the area or transferred to it, and folds each from the entries that were in the log when the return
was frozen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from projections.engine.records import TOGETHER
from projections.returns.annual_return import canonical, rated
from projections.returns.cases import cases_of_person, figures_of, last_day
from projections.returns.differing_cells import differing_cells
from projections.returns.years import Year
from tracker.domain import facts as f
from tracker.domain.answers.show import moment
from tracker.domain.dates import civil
from tracker.domain.judging.frozen_returns import Version, digest_of
from tracker.domain.law.custody import AREA_FACTS
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import timeline
from tracker.domain.record.entry import Entry
from tracker.store import log_rows
from tracker.store.log import Log

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import Difference, VerifiedVersion
    from tracker.domain.answers.figure_shapes import DigestedReturn


def recompute(log: Log, law: Law, version: Version) -> str:
    """The canonical JSON of a frozen return, computed from the entries up to its last.

    The population is copied from the version: it is not recorded in the log.
    """
    frozen = version.figures
    area, year = frozen["area"], Year.parse(frozen["year"])
    day = last_day(year, version.known_at)
    cases = [
        case
        for subject, entries in _records(log, area, version.last_entry)
        for case in cases_of_person(
            timeline(subject, entries, law, version.known_at), area, year.start, day
        )
    ]
    answer: DigestedReturn = {
        "area": area,
        "year": year.text,
        "period_start": year.start.isoformat(),
        "period_end": year.end.isoformat(),
        "complete": civil(version.known_at) > year.end,
        "known_at": moment(version.known_at),
        **rated(figures_of(cases), frozen["population"]),
    }
    return canonical(answer)


def _records(log: Log, area: str, end: int) -> Iterator[tuple[str, list[Entry]]]:
    """(subject, entries up to a position) of everybody who was ever in an area."""
    ids, decode = sorted(_ids_ever_in(log, area, end)), log.decoder().entry
    for first in range(0, len(ids), TOGETHER):
        some = ids[first : first + TOGETHER]
        with log.database.reading() as c:
            people = list(log_rows.rows_of_people(c, some, end))
        for rows in people:
            record = [decode(*row[1:]) for row in rows]
            yield record[0].subject, record


def _ids_ever_in(log: Log, area: str, end: int) -> set[str]:
    decode, ids = log.decoder().entry, set[str]()
    topics = sorted(fact.TYPE for fact in AREA_FACTS)
    with log_rows.rows_of_topics(log.database, topics, end) as rows:
        for row in rows:
            fact = decode(*row[1:]).fact
            came = fact.area if isinstance(fact, f.IndividualRegistered) else None
            if area in (came, getattr(fact, "to_area", None)):
                ids.add(row.originator_id)
    return ids


def verify_version(log: Log, law: Law, version: Version) -> VerifiedVersion:
    """Whether a frozen return, computed again, has the digest it was frozen with.

    `differences` lists the cells that differ; `why` is the likely reason, None if verified.
    """
    text = recompute(log, law, version)
    computed, frozen = digest_of(text), digest_of(version.text)
    why = None
    if frozen != version.digest:
        why = "the stored figures do not match their digest"
    elif computed != version.digest and version.law != law.digest_with_setting:
        why = "the tables of law or the counting setting differ from those it was frozen with"
    elif computed != version.digest:
        why = "the log has changed since: run `tracker verify`"
    return {
        "known_at": moment(version.known_at),
        "last_entry": version.last_entry,
        "digest": version.digest,
        "computed": computed,
        "verified": why is None,
        "differences": _differences(version.figures, text),
        "why": why,
    }


def _differences(frozen: Mapping[str, object], text: str) -> list[Difference]:
    return [
        {"cell": one.cell, "frozen": one.was, "computed": one.now}
        for one in differing_cells(frozen, json.loads(text))
    ]
