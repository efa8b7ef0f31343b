"""Sixteen threads record and read at once on one open store, like those of a web server."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from projections import Engine, all_views
from projections.engine import registry
from projections.engine.day_numbers import END
from projections.returns.counted_people import snapshot
from projections.views.diary import diary
from projections.views.spells import SPELLS
from threads import at_once
from tracker.domain.answers.show import show
from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import timeline
from tracker.domain.record.entry import Entry
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.intake.importing import Importer
from tracker.store import log_rows
from tracker.store.database.interface import Cursor
from tracker.store.log import Log
from tracker.store.proof.verifying import verify_store
from wire import Event, convicted, level, registered, written

from .conftest import now

WRITERS, SHARED, EACH = 8, 3, 24
IMPORTED = 60
TWINS, RIVALS = "/twins", "/rivals"
SPELL = ", ".join(SPELLS.columns)


def shared(number: int) -> str:
    return f"CHE-{number % SHARED}"


def day(number: int) -> str:
    return (date(2020, 2, 1) + timedelta(days=number)).isoformat()


def facts(writer: int) -> Iterator[Event]:
    """A writer's facts: about its own person, and about people shared by all writers.

    Some are identical to facts of the next writer; some use an id that another writer uses too.
    """
    own, source = f"OWN-{writer}", f"/writer/{writer}"
    yield registered("r", subject=own, source=source)
    yield convicted("c", subject=own, source=source)
    for n in range(EACH):
        yield level(f"o{n}", day(n), 2 + n % 2, subject=own, source=source)
        yield level(f"s{n}", day(n + writer), 2, subject=shared(n), source=source)
        if n % 4 == 0:
            yield level(f"{writer // 2}-{n}", day(n), 3, subject=shared(n), source=TWINS)
            yield level(str(n), day(writer), 3, subject=shared(writer), source=RIVALS)


class Crowd:
    """One open store, with what its threads do and which facts each was told are stored."""

    def __init__(self, log: Log, law: Law, file: Path) -> None:
        self.log, self.law, self.file = log, law, file
        self.engine = Engine(log, law, all_views(), page=40)
        self.stored: list[str] = []
        self.conflicts = 0
        self.looks: list[str] = []
        self.writing = threading.Semaphore(0)  # released by each writer when it is done
        self.done = threading.Event()

    def record(self, event: Event) -> None:
        try:
            done = record_together(self.log, self.law, [parse_event(event)], now())
        except Refused as refused:
            if refused.code != "conflict" or event["source"] != RIVALS:
                raise
            self.conflicts += 1
        else:
            self.stored += [entry.name for entry in done.entries]

    def write(self, writer: int) -> None:
        try:
            for event in facts(writer):
                self.record(event)
        finally:
            self.writing.release()

    def import_file(self) -> None:
        try:
            outcome = Importer(self.log, self.law, self.file, now()).run()
            assert outcome.stored == IMPORTED
        finally:
            self.writing.release()

    def wait(self) -> None:
        for _ in range(WRITERS + 1):
            self.writing.acquire()
        self.done.set()

    def follow(self) -> None:
        self.engine.follow(self.done.is_set, 0.1)

    def look(self, how: Callable[[], None]) -> None:
        """Reads while any writer is active, and once after."""
        while not self.done.is_set():
            how()
            self.looks.append(how.__name__)
        how()

    # --- what is read, and how it is checked ------------------------------------------------------

    def shown(self) -> None:
        """A record has no gap, and `show` gives what its entries say."""
        for number in range(SHARED):
            entries = self.log.history(shared(number)).entries
            assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
            t = timeline(shared(number), entries, self.law)
            assert t is not None
            assert show(t, civil(now()), now())["subject"] == shared(number)

    def spells(self) -> None:
        """The spells in the view equal a fresh fold of the log up to the view's position."""
        with self.engine.reading("spells") as c:
            position = registry.read(c, self.log.database.kind)["spells"].position
            decode = self.log.decoder().entry
            known = [decode(*row[1:]) for row in log_rows.page(c, 0, position, position)]
            assert len(known) == position
            for subject in (*map(shared, range(SHARED)), "OWN-0"):
                assert self.stands(c, subject) == self.folded(subject, known)

    def stands(self, c: Cursor, subject: str) -> Counter[Any]:
        c.execute(
            f"SELECT {SPELL} FROM view_spells WHERE subject=? AND known_until={END}", (subject,)
        )
        return Counter(tuple(row) for row in c.fetchall())

    def folded(self, subject: str, known: list[Entry]) -> Counter[Any]:
        t = timeline(subject, [e for e in known if e.subject == subject], self.law)
        groups = SPELLS.groups(t) if t is not None else ()
        return Counter({SPELLS.row(spell): 1 for group in groups for spell in group})

    def figures(self) -> None:
        """Reading twice in one transaction gives the same, whatever is recorded meanwhile."""
        with self.engine.reading() as c:
            looks = [self.counted(c) for _ in range(2)]
        assert looks[0] == looks[1]

    def counted(self, c: Cursor) -> Any:
        on, until, at = date(2020, 3, 1), date(2030, 3, 1), now()
        return snapshot(c, None, on, at), diary(self.log, c, self.law, None, on, until, at)


def test_sixteen_threads_of_one_store(make: Any, law: Law, tmp_path: Path) -> None:
    events = [registered(f"i{n}", subject=f"IMP-{n}", source="/file") for n in range(IMPORTED)]
    with make().opened() as log:
        crowd = Crowd(log, law, written(tmp_path / "in.jsonl", events))
        for number in range(SHARED):
            crowd.record(registered(f"r{number}", subject=shared(number)))
        looks = [crowd.shown, crowd.spells, crowd.spells, crowd.figures]
        works = [crowd.import_file, crowd.wait, crowd.follow, crowd.shown]
        works += [partial(crowd.write, writer) for writer in range(WRITERS)]
        works += [partial(crowd.look, how) for how in looks]
        assert len(works) == 16
        at_once(works, interval=1e-4)
        expected = {f"{e['source']} {e['id']}" for w in range(WRITERS) for e in facts(w)}
        assert {how.__name__ for how in looks} == set(crowd.looks)
        check(crowd, expected)


def check(crowd: Crowd, expected: set[str]) -> None:
    """Checks that every accepted fact is stored once, the log is intact, the views up to date."""
    entries = [entry for page in crowd.log.pages() for _, entry in page]
    positions = [position for page in crowd.log.pages() for position, _ in page]
    assert positions == list(range(1, len(positions) + 1))
    recorded = [entry.name for entry in entries if entry.source != "/file"]
    assert Counter(recorded) == Counter(crowd.stored)
    assert max(Counter(recorded).values()) == 1
    assert expected <= set(recorded)
    assert len(entries) == len(recorded) + IMPORTED
    assert crowd.conflicts > 0
    by_subject = Counter(entry.subject for entry in entries)
    for subject, number in by_subject.items():
        sequences = [entry.sequence for entry in entries if entry.subject == subject]
        assert sequences == list(range(1, number + 1))
    assert verify_store(crowd.log.database, crowd.log.signer) == []
    crowd.engine.catch_up()
    assert list(crowd.engine.verify()) == []
