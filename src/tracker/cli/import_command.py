"""`tracker import`, `export` and `schema`: facts in and out. Called by `main`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from tracker.cli.context import opened
from tracker.cli.showing import print_json, progress_bar, utf8_out
from tracker.service import imports
from tracker.service.app import App
from tracker.service.imports import Imported


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Switches the garbage collector off: it finds nothing here and costs a fifth of the time.

    It is switched off for the whole process, so only a command that does nothing else may do it.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def import_with_progress(app: App, file: Path, trust_times: bool) -> Imported:
    """Imports a file, all of it or nothing, with a progress bar on a terminal."""
    with without_garbage_collection(), progress_bar(_title(file), _size(file)) as progress:
        return imports.import_file(app, file, trust_times, progress)


def _good_lines_with_progress(
    app: App, file: Path, trust_times: bool, refused: Path | None
) -> Imported:
    with without_garbage_collection(), progress_bar(_title(file), _size(file)) as progress:
        return imports.import_good_lines(app, file, trust_times, refused, progress)


def _title(file: Path) -> str:
    return f"importing {file.name}"


def _size(file: Path) -> int:
    return file.stat().st_size


def import_file(file: Path, trust_times: bool, keep_good: bool, refused: Path | None) -> None:
    if refused is not None and not keep_good:
        raise typer.BadParameter("--refused goes with --keep-good")
    with opened(make=True) as app:
        if keep_good:
            done = _good_lines_with_progress(app, file, trust_times, refused)
        else:
            done = import_with_progress(app, file, trust_times)
    _print_problems(done)
    print(f"{done.outcome.stored} facts stored, {done.outcome.known} known already")


def _print_problems(done: Imported) -> None:
    """Prints to standard error how many lines were refused, and the warnings."""
    outcome = done.outcome
    if outcome.refused:
        refused = f"{outcome.refused} lines refused, with their reasons in {done.refused}"
        print(f"tracker: {refused}", file=sys.stderr)
    for warning in outcome.warnings:
        print(f"tracker: warning: {warning}", file=sys.stderr)
    if outcome.warned > len(outcome.warnings):
        more = outcome.warned - len(outcome.warnings)
        print(f"tracker: … and {more} more warnings", file=sys.stderr)


def export(since: int) -> None:
    with opened() as app, utf8_out() as out:
        for line in imports.export(app, since):
            out.write(line.encode() + b"\n")


def schema(answers: bool) -> None:
    print_json(imports.schema_of_answers() if answers else imports.schema())
