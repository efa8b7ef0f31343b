"""Import of a file of facts: whole or not at all, or the good lines (contract, section 1).

Called by the command line. One transaction holds the whole file. A void and the right fact are
judged together whatever their order: where the order needs it, a first pass finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.facts import EntryVoided, ReturnFrozen, ReturnRestated
from tracker.domain.judging.judge import judge, with_its_rule
from tracker.domain.judging.warnings import may_warn, warnings
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.intake.appending import already_known, stamp_after
from tracker.intake.cloudevents import Arrived, parse_line
from tracker.intake.corrections import Corrections, find_corrections, half_of
from tracker.intake.import_results import SHOWN, ImportRefused, Outcome, Problem, too_long
from tracker.intake.lines import Unreadable, numbered, opened
from tracker.intake.return_records import not_before, refuse_before
from tracker.store.batch_append import BatchAppend
from tracker.store.log import Log

CHUNK, CHUNK_BYTES = 1_000, 4_000_000
Line = tuple[int, bytes | None, Arrived | Refused]


@dataclass(slots=True)
class Importer:
    """One import of one file. `now` stamps; with `trust_times` the facts' own `time` does.

    `progress` is told the bytes read so far; `refused_to` takes the refused lines with their
    reasons, one JSON object a line, with `keep_good`.
    """

    log: Log
    law: Law
    path: Path
    now: datetime
    trust_times: bool = False
    keep_good: bool = False
    progress: Callable[[int], None] = lambda done: None
    refused_to: IO[str] | None = None
    corrections: Corrections = field(default_factory=Corrections)
    scanned: bool = False
    excluded: dict[str, Refused] = field(default_factory=dict)

    def run(self) -> Outcome:
        """Imports the file; raises ImportRefused, or with `keep_good` keeps what is good."""
        if self.keep_good:
            self.scan()
        while True:
            attempt = Attempt(self)
            try:
                with self.log.writing() as batch:
                    attempt.go(batch)
                    if attempt.broken or (attempt.outcome.refused and not self.keep_good):
                        raise _RollBack
            except _ScanFirst:
                self.scan()
                continue
            except _RollBack:
                if not attempt.broken:
                    raise ImportRefused(attempt.problems, attempt.outcome.refused) from None
                # A half of a correction was refused: the other half goes too, and all that
                # leans on it is judged again.
                self.excluded.update(attempt.broken)
                continue
            return attempt.outcome

    def scan(self) -> None:
        """Finds the corrections of the file before it is judged."""
        self.scanned, self.corrections = True, find_corrections(self.path, self.now)


def chunks(stream: IO[bytes]) -> Iterator[list[Line]]:
    """The lines of a file, parsed, as many at a time as are looked up together."""
    chunk: list[Line] = []
    size = 0
    try:
        for number, line in numbered(stream):
            chunk.append((number, line, _parsed(line)))
            size += len(line or b"")
            if len(chunk) >= CHUNK or size >= CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
    except Unreadable:
        yield chunk  # what stands before the damage is judged before the damage is told
        raise
    yield chunk


def _parsed(line: bytes | None) -> Arrived | Refused:
    try:
        return parse_line(line) if line is not None else too_long()
    except Refused as refused:
        return refused


class _RollBack(Exception):
    """What was done is undone."""


class _ScanFirst(_RollBack):
    """A right fact stands before its void: the file is looked through and judged again."""


class Attempt:
    """One pass over the file inside one transaction."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer
        self.outcome = Outcome()
        self.problems: list[Problem] = []
        self.broken: dict[str, Refused] = {}
        self._halves: dict[str, list[str]] = {}
        self._presumed: dict[str, list[str]] = {}
        self._refused_halves: set[str] = set(importer.corrections.doomed)
        self._registrations_voided: dict[str, tuple[int, bytes, str]] = {}
        self._frozen: datetime | None = None

    def go(self, batch: BatchAppend) -> None:
        name = self.importer.path.name
        if self.importer.refused_to is not None:
            self.importer.refused_to.seek(0)
            self.importer.refused_to.truncate()
        if self.importer.trust_times:
            self._frozen = not_before(self.importer.log)
        with opened(self.importer.path) as stream:
            try:
                for chunk in chunks(stream):
                    self.importer.progress(stream.tell())
                    self._take_chunk(batch, name, chunk)
            except Unreadable as broken:
                why = Refused("unreadable", str(broken))
                self._refuse(Problem(name, broken.line, why), None)
        self._check_registrations(batch, name)
        self._check_halves()

    def _take_chunk(self, batch: BatchAppend, name: str, chunk: list[Line]) -> None:
        batch.look_up([(a.source, a.id, a.subject) for _, _, a in chunk if isinstance(a, Arrived)])
        for number, line, arrived in chunk:
            if isinstance(arrived, Refused):
                self._refuse(Problem(name, number, arrived, line), None)
                continue
            try:
                self._take(batch, number, line or b"", arrived)
            except Refused as refused:
                self._refuse(Problem(name, number, refused, line), arrived)

    def _take(self, batch: BatchAppend, number: int, line: bytes, arrived: Arrived) -> None:
        if self.importer.excluded and arrived.name in self.importer.excluded:
            raise self.importer.excluded[arrived.name]
        if already_known(arrived, batch.known(arrived.source, arrived.id)):
            self.outcome.known += 1
            return
        history = batch.history(arrived.subject)
        if self._presumed:  # the record may have been read again since
            for target in self._presumed.get(arrived.subject, ()):
                history.presume_void(target)
        entry = arrived.entry(self._stamp(history, arrived), len(history.entries) + 1)
        if entry.fact.corrects is None:
            judge(history, entry, self.importer.law)
        else:
            self._judge_right_fact(history, entry)
        batch.add(entry)
        self.outcome.stored += 1
        if may_warn(history, entry.fact):
            self._warn(history, entry, number)
        if entry.fact.corrects is not None or isinstance(entry.fact, EntryVoided):
            self._note(history, entry, number, line)

    def _warn(self, history: History, entry: Entry, number: int) -> None:
        for warning in warnings(history, entry, self.importer.law):
            self.outcome.warned += 1
            if len(self.outcome.warnings) < SHOWN:
                self.outcome.warnings.append(f"{self.importer.path.name}:{number}: {warning}")

    def _stamp(self, history: History, arrived: Arrived) -> datetime:
        """When the store recorded it; never before what was recorded of the subject already."""
        if not self.importer.trust_times:
            return stamp_after(history, self.importer.now)
        last = history.last_recorded_at
        if last is not None and arrived.at < last:
            raise Refused(
                "time_backwards",
                f"`time` runs backwards: {arrived.subject} has an entry recorded later",
                field="time",
                entries=(history.entries[-1].name,),
            )
        if isinstance(arrived.fact, ReturnFrozen | ReturnRestated):
            known_at = datetime.fromisoformat(arrived.fact.known_at)
            self._frozen = max(self._frozen or known_at, known_at)
        else:
            refuse_before(self._frozen, arrived.at, self.importer.law)
        return arrived.at

    def _judge_right_fact(self, history: History, entry: Entry) -> None:
        together = self.importer.corrections.voided
        target = f"{entry.source} {entry.fact.corrects}"
        void_came = target in self._halves
        if not void_came and not self.importer.scanned:
            raise _ScanFirst
        presumed = void_came or (target in together and target not in history.voided)
        if presumed and history.entry(target) is not None:
            history.presume_void(target)
            self._presumed.setdefault(entry.subject, []).append(target)
        judge(history, entry, self.importer.law, frozenset([target]) if presumed else frozenset())

    def _note(self, history: History, entry: Entry, number: int, line: bytes) -> None:
        target = half_of(entry)
        if target is None:
            return
        self._halves.setdefault(target, []).append(entry.name)
        if not history.begins_with_registration():
            # the first void to leave it so is that of the registration
            self._registrations_voided.setdefault(entry.subject, (number, line, entry.name))

    def _refuse(self, problem: Problem, arrived: Arrived | None) -> None:
        if problem.refused.code != "shape":
            on = civil(self.importer.now) if arrived is None else arrived.fact.on
            with_its_rule(problem.refused, self.importer.law, on)
        self.outcome.refused += 1
        if len(self.problems) < SHOWN:
            self.problems.append(problem)
        if arrived is not None:
            target = half_of(arrived.entry(self.importer.now, 0))
            if target is not None and target in self.importer.corrections.corrected:
                self._refused_halves.add(target)
        if self.importer.refused_to is not None:
            self.importer.refused_to.write(problem.as_json() + "\n")

    def _check_registrations(self, batch: BatchAppend, name: str) -> None:
        for subject, (number, line, entry) in self._registrations_voided.items():
            if batch.history(subject).begins_with_registration():
                continue
            refused = Refused(
                "registration_voided",
                f"the registration of {subject} is voided only together with every other fact",
                field="entry",
            )
            if self.importer.keep_good:
                self.broken[entry] = refused
            else:
                self.outcome.refused += 1
                self.problems.append(Problem(name, number, refused, line))

    def _check_halves(self) -> None:
        if not self.importer.keep_good:
            return
        for target in self._refused_halves:
            for entry in self._halves.get(target, ()):
                self.broken[entry] = Refused(
                    "half_correction",
                    f"the other half of the correction of {target} was refused",
                )
