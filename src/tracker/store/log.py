"""The log: appends, imports in one transaction, loads records, reads pages.

Each individual is one aggregate. Called by `intake`, the views' engine and the commands.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from tracker.domain.errors import Refused
from tracker.domain.facts.personal import has_personal
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.store import log_rows
from tracker.store.batch_append import BatchAppend
from tracker.store.database.interface import Conflict, Cursor, Database, Unavailable
from tracker.store.database.retrying import no_pause, retry
from tracker.store.history_cache import Cached, HistoryCache
from tracker.store.keys.people_keys import KeyStore
from tracker.store.keys.sealing import Sealer
from tracker.store.mapper import Decoder, Envelope, decode, encode
from tracker.store.recorder import Recorder, Stored, Tail, add_to_indexes
from tracker.store.signed_head import SignedHead

if TYPE_CHECKING:
    from tracker.store.proof.checkpoints import LogKeys

BATCH = 1_000
KEPT_HISTORIES = 1_024
ATTEMPTS = 3  # to append before taking the writers' lock
STORE_ERRORS = (Unavailable, Conflict)
Known = Callable[[str, str], Entry | None]
Decide = Callable[[History, Known], list[Entry]]


def time_ordered_ids(clock: Callable[[], datetime]) -> Callable[[], UUID]:
    """A function that gives new aggregate ids in time order, in the form of UUID version 7.

    Ids in order keep bulk loads fast. Threads may share the function: each id sorts after every
    id before it.
    """
    last = 0
    lock = Lock()
    ours = int.from_bytes(os.urandom(5)) << 16 | 0x7 << 76 | 0x2 << 62

    def fresh() -> UUID:
        nonlocal last
        with lock:
            last = next_id = max(int(clock().timestamp() * 1000) << 80 | ours, last + 1)
        return UUID(int=next_id)

    return fresh


class Log:
    """The log of a store. `new_id` gives aggregate ids in time order, by `clock`.

    Its methods raise Unavailable where the database or the key store cannot be used.
    """

    def __init__(
        self,
        database: Database,
        make_signer: Callable[[], LogKeys],
        sealer: Sealer,
        clock: Callable[[], datetime],
    ) -> None:
        self.database, self.sealer, self.clock = database, sealer, clock
        self._make_signer = make_signer
        self.new_id = time_ordered_ids(clock)
        # How another process opens the same store; None where it cannot.
        self.reopen: Callable[[], Log] | None = None
        self._histories = HistoryCache(KEPT_HISTORIES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.database.close()
        self.sealer.close()

    @cached_property
    def _signer(self) -> LogKeys:
        return self._make_signer()

    @property
    def signer(self) -> LogKeys:
        """The keys of the log, made at first use: a command that only reads needs none.

        They know whether the log has begun by now, though it was opened while it was empty.
        """
        if not self._signer.begun and self.keys.has_begun():
            self._signer = replace(self._signer, begun=True)
        return self._signer

    @cached_property
    def recorder(self) -> Recorder:
        return Recorder(
            self.database, SignedHead(self.signer, self.keys.has_begun, self._histories.clear)
        )

    @property
    def keys(self) -> KeyStore:
        return self.sealer.keys

    @contextmanager
    def writing(self) -> Iterator[BatchAppend]:
        """One transaction that appends many entries: all of them or, on any error, none."""
        try:
            with self.database.writing() as cursor:
                batch = BatchAppend(cursor, self.recorder.head, self.sealer, self.new_id)
                yield batch
                batch.finish()
        finally:
            self._histories.clear()  # it may have appended to any cached record
        if batch.added:
            self.keys.begin()

    def append(self, subject: str, decide: Decide) -> list[Entry]:
        """Appends the entries that `decide` returns, and returns them; retries on a conflict.

        `decide` gets the record of the subject and a function that looks up the entry of a source
        and id. It returns entries numbered from `history.next_sequence`, or raises Refused. On a
        retry it is called again with the record as it is then.
        """
        cached = self._histories.take(subject)
        if cached is not None:
            # It may be out of date: on a conflict or a refusal, decide on the stored record.
            with suppress(Conflict, Refused):
                if entries := self._append(cached, decide, _nothing_known):
                    return entries
        attempt = partial(self._read_and_append, subject, decide)
        with suppress(Conflict):
            return retry(attempt, on=(Conflict,), attempts=ATTEMPTS, between=no_pause)
        return self._append_under_lock(subject, decide)

    def _read_and_append(self, subject: str, decide: Decide) -> list[Entry]:
        """Reads the record and appends to it; raises Conflict where it is out of date by then."""
        invalidations = self._histories.invalidations
        with self.database.reading() as c:
            record = Cached(*self._read(c, subject), invalidations)
        return self._append(record, decide, self.known)

    def _append(self, record: Cached, decide: Decide, known: Known) -> list[Entry]:
        """Decides on this record and appends; raises Conflict where it is out of date."""
        entries = decide(record.history, known)
        if not entries:
            self.database.wait_until_durable()  # "known already" acknowledges it again
            return entries
        self.recorder.append(*self._stored(record.aggregate, entries))
        self.keys.begin()
        self._histories.put(record)
        return entries

    def _append_under_lock(self, subject: str, decide: Decide) -> list[Entry]:
        """After too many conflicts: reads, decides and appends under the writers' lock."""
        with self.database.writing() as c:
            history, aggregate = self._read(c, subject)
            entries = decide(history, self.known)
            rows, envelopes = self._stored(aggregate, entries)
            tail = Tail(c, self.recorder.head)
            add_to_indexes(c, envelopes, tail.add(rows))
            tail.sign()
        self.keys.begin()
        return entries

    def _stored(
        self, aggregate: UUID, entries: Sequence[Entry]
    ) -> tuple[list[Stored], list[Envelope]]:
        envelopes = [Envelope(aggregate, e.sequence, e) for e in entries]
        rows = [(aggregate.hex, e.sequence, e.fact.TYPE, encode(e, aggregate.hex, self.sealer))
                for e in entries]  # fmt: skip
        return rows, envelopes

    def _read(self, c: Cursor, subject: str) -> tuple[History, UUID]:
        person = log_rows.person_of(c, subject)
        entries = self._entries(c, person) if person else ()
        return History(subject, entries), UUID(person) if person else self.new_id()

    def history(self, subject: str) -> History:
        """The record of a subject; empty where the subject is unknown."""
        self.keys.refresh()
        with self.database.reading() as c:
            return self._read(c, subject)[0]

    def known(self, source: str, entry_id: str) -> Entry | None:
        """The entry with a source and id, if there is one."""
        with self.database.reading() as c:
            row = log_rows.row_with_key(c, source, entry_id)
        return self.entry(*row[1:]) if row else None

    def decoder(self) -> Decoder:
        """A decoder for folding records into views: it unseals no more than a fold needs."""
        return Decoder(self.sealer.for_folding())

    def entry(self, originator_id: str, version: int, topic: str, state: bytes) -> Entry:
        """The entry of a stored row, unsealed; raises Unreadable."""
        return decode(originator_id, version, topic, state, self.sealer)

    def pages(self, after: int = 0, size: int = BATCH) -> Iterator[list[tuple[int, Entry]]]:
        """Pages of (position, entry), from the entry after a position to the end of the log."""
        while page := self.page(after, size):
            yield page
            after = page[-1][0]

    def page(self, after: int, size: int, stop: int | None = None) -> list[tuple[int, Entry]]:
        """At most `size` (position, entry) after a position, up to and including `stop`."""
        with self.database.reading() as c:
            upto = log_rows.END_OF_LOG if stop is None else stop
            rows = log_rows.page(c, after, size, upto)
            return [(row.position, self.entry(*row[1:])) for row in rows]

    def unsealed(self, subject: str) -> list[Entry]:
        """The entries of a subject that have personal data but are not sealed."""
        with self.database.reading() as c:
            person = log_rows.person_of(c, subject)
            rows = log_rows.rows_of_person(c, person) if person else []
        opened = [self.entry(*row[1:]) for row in rows if b'"sealed"' not in row.state]
        return [entry for entry in opened if has_personal(entry.fact)]

    def destroy_key(self, subject: str, at: datetime) -> None:
        """Destroys the key of a person whose erasure is recorded at `at`.

        Raises Unavailable where nothing is recorded of the subject.
        """
        with self.database.reading() as c:
            person = log_rows.person_of(c, subject)
        if person is None:
            raise Unavailable(f"nothing is recorded of {subject}: there is no key to destroy")
        self._histories.forget(subject)
        erased = self.history(subject).erased
        born = erased.fact.model_dump(mode="json")["born"] if erased else []
        self.keys.destroy(person, at, json.dumps(born))

    def position(self) -> int:
        """The position of the last entry, 0 for an empty log."""
        with self.database.reading() as c:
            return log_rows.size(c)

    def _entries(self, c: Cursor, person: str) -> list[Entry]:
        return [self.entry(*row[1:]) for row in log_rows.rows_of_person(c, person)]


def _nothing_known(source: str, entry_id: str) -> Any:
    return None
