"""Imports a file of facts: the whole file, or only its good lines (contract, section 1).

Called by the service. The whole file is one transaction. A void and the right fact are judged
together, whichever comes first: if the right fact does, the file is scanned for voids and imported
again.
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
from tracker.intake.appending import already_known, recording_time
from tracker.intake.cloudevents import IncomingFact, parse_line
from tracker.intake.corrections import Corrections, corrected_entry, find_corrections
from tracker.intake.import_results import SHOWN, ImportRefused, Outcome, Problem, line_too_long
from tracker.intake.lines import Unreadable, numbered_lines, open_maybe_gzip
from tracker.intake.return_records import latest_frozen_moment, refuse_rewriting_frozen
from tracker.store.batch_append import BatchAppend
from tracker.store.log import Log

CHUNK, CHUNK_BYTES = 1_000, 4_000_000
Line = tuple[int, bytes | None, IncomingFact | Refused]


@dataclass(slots=True)
class Importer:
    """An import of one file. Facts are recorded at `now`, or with `trust_times` at their `time`.

    `progress` is called with the number of bytes read so far. With `keep_good`, the refused lines
    and their reasons are written to `refused_to`, one JSON object per line. `excluded` has the
    entries left out because the other half of their correction was refused.
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
        """Imports the file. Raises ImportRefused for a refused line, unless `keep_good` is set."""
        if self.keep_good:
            self.scan()
        while True:
            attempt = Attempt(self)
            try:
                with self.log.writing() as batch:
                    attempt.run(batch)
                    if attempt.broken or (attempt.outcome.refused and not self.keep_good):
                        raise _RollBack
            except _ScanFirst:
                self.scan()
                continue
            except _RollBack:
                if not attempt.broken:
                    raise ImportRefused(attempt.problems, attempt.outcome.refused) from None
                # Half of a correction was refused: leave the other half out too, and judge the
                # file again, because other lines may depend on it.
                self.excluded.update(attempt.broken)
                continue
            return attempt.outcome

    def scan(self) -> None:
        """Finds the corrections in the file, before its lines are judged."""
        self.scanned, self.corrections = True, find_corrections(self.path, self.now)


def parsed_chunks(stream: IO[bytes]) -> Iterator[list[Line]]:
    """The lines of a file, parsed, in chunks of the size that is looked up with one query."""
    chunk: list[Line] = []
    size = 0
    try:
        for number, line in numbered_lines(stream):
            chunk.append((number, line, _parsed(line)))
            size += len(line or b"")
            if len(chunk) >= CHUNK or size >= CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
    except Unreadable:
        yield chunk  # judge the lines before the damage before reporting it
        raise
    yield chunk


def _parsed(line: bytes | None) -> IncomingFact | Refused:
    try:
        return parse_line(line) if line is not None else line_too_long()
    except Refused as refused:
        return refused


class _RollBack(Exception):
    """Raised to undo the transaction."""


class _ScanFirst(_RollBack):
    """Raised if a right fact comes before its void: the file must be scanned first."""


class Attempt:
    """One pass over the file in one transaction. Afterwards `outcome` and `problems` are complete.

    `broken` has the entries whose other half was refused: the next pass has to exclude them.
    """

    def __init__(self, importer: Importer) -> None:
        self.importer = importer
        self.outcome = Outcome()
        self.problems: list[Problem] = []
        self.broken: dict[str, Refused] = {}
        self._halves: dict[str, list[str]] = {}
        self._presumed: dict[str, list[str]] = {}
        self._refused_halves: set[str] = set(importer.corrections.with_invalid_fact)
        self._registrations_voided: dict[str, tuple[int, bytes, str]] = {}
        self._frozen: datetime | None = None

    def run(self, batch: BatchAppend) -> None:
        name = self.importer.path.name
        if self.importer.refused_to is not None:
            self.importer.refused_to.seek(0)
            self.importer.refused_to.truncate()
        if self.importer.trust_times:
            self._frozen = latest_frozen_moment(self.importer.log)
        with open_maybe_gzip(self.importer.path) as stream:
            try:
                for chunk in parsed_chunks(stream):
                    self.importer.progress(stream.tell())
                    self._import_chunk(batch, name, chunk)
            except Unreadable as broken:
                why = Refused("unreadable", str(broken))
                self._refuse(Problem(name, broken.line, why), None)
        self._check_registrations(batch, name)
        self._check_halves()

    def _import_chunk(self, batch: BatchAppend, name: str, chunk: list[Line]) -> None:
        batch.look_up(
            [(a.source, a.id, a.subject) for _, _, a in chunk if isinstance(a, IncomingFact)]
        )
        for number, line, incoming in chunk:
            if isinstance(incoming, Refused):
                self._refuse(Problem(name, number, incoming, line), None)
                continue
            try:
                self._import_line(batch, number, line or b"", incoming)
            except Refused as refused:
                self._refuse(Problem(name, number, refused, line), incoming)

    def _import_line(
        self, batch: BatchAppend, number: int, line: bytes, incoming: IncomingFact
    ) -> None:
        if self.importer.excluded and incoming.name in self.importer.excluded:
            raise self.importer.excluded[incoming.name]
        if already_known(incoming, batch.known(incoming.source, incoming.id)):
            self.outcome.known += 1
            return
        history = batch.history(incoming.subject)
        if self._presumed:  # the record may have been reloaded since
            for target in self._presumed.get(incoming.subject, ()):
                history.presume_void(target)
        entry = incoming.entry(self._stamp(history, incoming), len(history.entries) + 1)
        if entry.fact.corrects is None:
            judge(history, entry, self.importer.law)
        else:
            self._judge_right_fact(history, entry)
        batch.add(entry)
        self.outcome.stored += 1
        if may_warn(history, entry.fact):
            self._warn(history, entry, number)
        if entry.fact.corrects is not None or isinstance(entry.fact, EntryVoided):
            self._note_correction(history, entry, number, line)

    def _warn(self, history: History, entry: Entry, number: int) -> None:
        for warning in warnings(history, entry, self.importer.law):
            self.outcome.warned += 1
            if len(self.outcome.warnings) < SHOWN:
                self.outcome.warnings.append(f"{self.importer.path.name}:{number}: {warning}")

    def _stamp(self, history: History, incoming: IncomingFact) -> datetime:
        """The time of recording of a fact; raises Refused if a trusted time runs backwards."""
        if not self.importer.trust_times:
            return recording_time(history, self.importer.now)
        last = history.last_recorded_at
        if last is not None and incoming.at < last:
            raise Refused(
                "time_backwards",
                f"`time` runs backwards: {incoming.subject} has an entry recorded later",
                field="time",
                entries=(history.entries[-1].name,),
            )
        if isinstance(incoming.fact, ReturnFrozen | ReturnRestated):
            known_at = datetime.fromisoformat(incoming.fact.known_at)
            self._frozen = max(self._frozen or known_at, known_at)
        else:
            refuse_rewriting_frozen(self._frozen, incoming.at, self.importer.law)
        return incoming.at

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

    def _note_correction(self, history: History, entry: Entry, number: int, line: bytes) -> None:
        target = corrected_entry(entry)
        if target is None:
            return
        self._halves.setdefault(target, []).append(entry.name)
        if not history.begins_with_registration():
            # the void that first brings this about is the one of the registration
            self._registrations_voided.setdefault(entry.subject, (number, line, entry.name))

    def _refuse(self, problem: Problem, incoming: IncomingFact | None) -> None:
        if problem.refused.code != "shape":
            on = civil(self.importer.now) if incoming is None else incoming.fact.on
            with_its_rule(problem.refused, self.importer.law, on)
        self.outcome.refused += 1
        if len(self.problems) < SHOWN:
            self.problems.append(problem)
        if incoming is not None:
            target = corrected_entry(incoming.entry(self.importer.now, 0))
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
