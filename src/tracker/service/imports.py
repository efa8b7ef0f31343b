"""Imports and exports files of facts; gives the schemas of facts and of answers.

Called by `tracker import`, `export` and `schema`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from scheduler.open_store import App
from tracker.domain.errors import InvalidQuestion, TrackerError
from tracker.domain.open_json import JsonObject
from tracker.intake.import_results import Outcome
from tracker.intake.importing import Importer
from tracker.store.atomic_file import replacing

Progress = Callable[[int], None]


class Imported(NamedTuple):
    """What an import did; `refused` is the file with the refused lines, None if there are none."""

    outcome: Outcome
    refused: Path | None


def _no_progress(done: int) -> None:
    """Shows no progress."""


def import_file(
    app: App, file: Path, trust_times: bool = False, progress: Progress = _no_progress
) -> Imported:
    """Imports a file, all of it or nothing.

    With `trust_times` the `time` of each fact becomes the time it was recorded. `progress` is
    called with the bytes read so far. Raises ImportRefused with the first lines refused.
    """
    _check(file)
    outcome = Importer(app.log, app.law, file, app.clock(), trust_times, progress=progress).run()
    return _imported(app, outcome, None)


def import_good_lines(
    app: App, file: Path, trust_times: bool = False, refused: Path | None = None,
    progress: Progress = _no_progress,
) -> Imported:  # fmt: skip
    """Imports the good lines of a file and writes the refused ones to another file.

    `refused` is that file (default: FILE.refused.jsonl); it is not written if no line is refused.
    """
    _check(file)
    target = refused or file.with_name(f"{file.name}.refused.jsonl")
    if target.exists() and target.samefile(file):
        raise InvalidQuestion("the refused lines cannot go to the file itself")
    with replacing(target) as temporary, temporary.open("w", encoding="utf-8") as out:
        outcome = _good_lines(app, file, trust_times, progress, out)
    if outcome.refused:
        return _imported(app, outcome, target)
    target.unlink()
    return _imported(app, outcome, None)


def _good_lines(
    app: App, file: Path, trust_times: bool, progress: Progress, out: IO[str]
) -> Outcome:
    return Importer(app.log, app.law, file, app.clock(), trust_times, True, progress, out).run()


def _check(file: Path) -> None:
    if not file.is_file():
        raise TrackerError(f"{file} is not a file: an import reads it twice; save it first")


def _imported(app: App, outcome: Outcome, refused: Path | None) -> Imported:
    app.logger.info(
        "import.finished",
        warned=outcome.warned,
        stored=outcome.stored,
        known=outcome.known,
        refused=outcome.refused,
        position=app.log.position(),
    )
    return Imported(outcome, refused)


def export(app: App, since: int = 0) -> Iterator[str]:
    """Every fact after position `since`, as CloudEvents, one a line, in the order recorded."""
    from tracker.intake.exporting import export_lines

    return export_lines(app.log, since)


def schema() -> JsonObject:
    """The JSON Schema of every type of fact."""
    from tracker.intake.schemas import fact_schemas

    return fact_schemas()


def schema_of_answers() -> JsonObject:
    """The JSON Schema of every answer that a command gives as JSON."""
    from tracker.intake.answer_schemas import answer_schemas

    return answer_schemas()
