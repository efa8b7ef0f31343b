"""`tracker import`, `export`, `schema`, `rebuild`: facts in and out, and the views anew."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import typer

from tracker.cli.context import App, now, opened, print_json, utf8_out
from tracker.cli.logs import logger
from tracker.domain.errors import TrackerError
from tracker.intake.importing import Importer, Outcome

EVERY = 64 * 1024


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task, last = bar.add_task(what, total=total), 0

        def told(done: int) -> None:
            nonlocal last
            if done - last >= max(1, total // 200):
                last = done
                bar.update(task, completed=min(done, total))

        yield told


def run_import(
    app: App, file: Path, trust_times: bool, keep_good: bool, refused_to: IO[str] | None
) -> Outcome:
    with _progress(f"importing {file.name}", file.stat().st_size) as progress:
        return Importer(
            app.log, app.law, file, now(), trust_times, keep_good, progress, refused_to
        ).run()


def import_file(file: Path, trust_times: bool, keep_good: bool, refused: Path | None) -> None:
    if refused is not None and not keep_good:
        raise typer.BadParameter("--refused goes with --keep-good")
    if not file.is_file():
        raise TrackerError(f"{file} is not a file: an import reads it twice; save it first")
    with opened() as app:
        if not keep_good:
            outcome = run_import(app, file, trust_times, False, None)
        else:
            where = refused or file.with_name(f"{file.name}.refused.jsonl")
            if where.exists() and where.samefile(file):
                raise typer.BadParameter("--refused names the file itself")
            with where.open("w", encoding="utf-8") as out:
                outcome = run_import(app, file, trust_times, True, out)
            if outcome.refused:
                told = f"{outcome.refused} lines refused, with their reasons in {where}"
                print(f"tracker: {told}", file=sys.stderr)
            else:
                where.unlink()
        for warning in outcome.warnings:
            print(f"tracker: warning: {warning}", file=sys.stderr)
        if outcome.warned > len(outcome.warnings):
            more = outcome.warned - len(outcome.warnings)
            print(f"tracker: … and {more} more warnings", file=sys.stderr)
        logger().info(
            "import.finished",
            warned=outcome.warned,
            stored=outcome.stored,
            known=outcome.known,
            refused=outcome.refused,
            position=app.log.position(),
        )
    print(f"{outcome.stored} facts stored, {outcome.known} known already")


def export(since: int) -> None:
    from tracker.intake.exporting import exported

    with opened() as app, utf8_out() as out:
        for line in exported(app.log, since):
            out.write(line.encode() + b"\n")


def schema() -> None:
    from tracker.intake.schemas import schemas

    print_json(schemas())


def rebuild(views: list[str], beside: bool) -> None:
    with opened() as app:
        end = app.log.position()
        with _progress("rebuilding", end) as progress:
            app.engine.rebuild(views, progress, beside=beside)
        logger().info("rebuild.finished", views=views or "all", position=end)
    print(f"views rebuilt up to position {end}")
