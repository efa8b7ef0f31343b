"""`tracker`: the commands. Each imports what it needs when it runs, so that `--help` is quick.

No `from __future__ import annotations`: typer reads every annotation at each start, and need not
parse objects.
"""

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from tracker.cli import keeping, return_options
from tracker.cli.hints import with_hint
from tracker.cli.keeping import Format
from tracker.cli.starting import start_quickly, with_one_command
from tracker.domain.errors import Refused, TrackerError
from tracker.settings.extras import explain_missing_extra
from tracker.settings.secrets import secrets_out_of_environment

app = typer.Typer(
    name="tracker",
    help="Who is subject to notification requirements, is under which order, may apply for review "
    "and is counted in the annual return; and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

On = Annotated[str | None, typer.Option("--on", help="the day asked about (default: today)")]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", help="what was known at this moment, or at the end of this day"),
]
Area = Annotated[str | None, typer.Option("--area", help="a MAPPA area, such as cheshire")]
Within = Annotated[str, typer.Option("--within", help="look ahead: P28D is 28 days, P1Y one year")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    trust_times: Annotated[
        bool, typer.Option("--trust-times", help="the `time` of each fact is when it was recorded")
    ] = False,
    keep_good: Annotated[
        bool,
        typer.Option("--keep-good", help="import the good lines; write the refused ones to a file"),
    ] = False,
    refused: Annotated[
        Path | None,
        typer.Option("--refused", help="the file for refused lines (default: FILE.refused.jsonl)"),
    ] = None,
) -> None:
    """Imports a file of facts (CloudEvents, .jsonl or .jsonl.gz): all of it or nothing."""
    from tracker.cli import import_command

    import_command.import_file(file, trust_times, keep_good, refused)


@app.command()
def export(
    since: Annotated[
        int, typer.Option("--since", help="only facts after this position in the log")
    ] = 0,
) -> None:
    """Prints all facts as CloudEvents, one a line, in the order recorded."""
    from tracker.cli import import_command

    import_command.export(since)


@app.command()
def schema(
    answers: Annotated[
        bool, typer.Option("--answers", help="the schema of the JSON answers, not of the facts")
    ] = False,
) -> None:
    """Prints the JSON Schema of every type of fact, or of every answer."""
    from tracker.cli import import_command

    import_command.schema(answers)


@app.command()
def record(
    kind: Annotated[
        str, typer.Argument(help="a type such as level.set, or - to read facts from standard input")
    ],
    values: Annotated[
        list[str] | None, typer.Argument(help="field=value …, such as level=2 disposal.kind=fine")
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="the person's reference")] = None,
    on: Annotated[str | None, typer.Option("--on", help="the day it takes effect")] = None,
    by: Annotated[str | None, typer.Option("--by", help="who records it (default: you)")] = None,
    source: Annotated[str, typer.Option("--source", help="where it comes from")] = "/tracker/cli",
    entry_id: Annotated[
        str | None, typer.Option("--id", help="the id of this fact at its source")
    ] = None,
    corrects: Annotated[
        str | None,
        typer.Option("--corrects", help="the id of the wrong entry that this one replaces"),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="with --corrects: why")] = None,
) -> None:
    """Records one fact; or several facts of one person from standard input, together."""
    from tracker.cli.record_command import RecordOptions
    from tracker.cli.record_command import record as run

    run(RecordOptions(kind, values or [], subject, on, by, source, entry_id, corrects, reason))


@app.command()
def show(
    subject: Annotated[str, typer.Argument(help="the tracker reference")],
    on: On = None,
    known_at: KnownAt = None,
    why: Annotated[
        bool, typer.Option("--why", help="explain every date: its rule and entries")
    ] = False,
    format_: Format = "table",
) -> None:
    """Shows one person on a day: status, notification, orders, review, what falls due, history."""
    from tracker.cli import show_command

    show_command.show(subject, on, known_at, why, format_)


@app.command()
def counts(
    area: Area = None, on: On = None, known_at: KnownAt = None, format_: Format = "table"
) -> None:
    """Counts the people of an area, or of all areas, on a day, by level and category."""
    from tracker.cli import counts_command

    counts_command.counts(area, on, known_at, format_)


@app.command()
def eligible(
    area: Area = None,
    on: On = None,
    within: Within = "P0D",
    known_at: KnownAt = None,
    format_: Format = "table",
) -> None:
    """Lists who may apply for review of indefinite notification requirements, and from when."""
    from tracker.cli import list_commands

    list_commands.eligible(area, on, within, known_at, format_)


@app.command()
def diary(
    area: Area = None,
    on: On = None,
    within: Within = "P0D",
    known_at: KnownAt = None,
    ics: Annotated[
        Path | None, typer.Option("--ics", help="also write it to this iCalendar file")
    ] = None,
    format_: Format = "table",
) -> None:
    """Lists what is overdue or falls due: notifications, orders, reviews, meetings, actions."""
    from tracker.cli import list_commands

    list_commands.diary(area, on, within, known_at, ics, format_)


@app.command()
def review(
    subject: Annotated[str, typer.Argument(help="the tracker reference")],
    on: On = None,
    known_at: KnownAt = None,
    format_: Format = "table",
) -> None:
    """Shows a person's review of indefinite requirements: steps, deadlines, what is missing."""
    from tracker.cli import review_command

    review_command.review(subject, on, known_at, format_)


@app.command("return")
def return_(
    area: Annotated[str | None, typer.Argument(help="a MAPPA area, such as cheshire")] = None,
    year: Annotated[str | None, typer.Argument(help="a reporting year, such as 2022-23")] = None,
    all_: return_options.All = None,
    known_at: KnownAt = None,
    movement: return_options.Movement = False,
    explain: return_options.Explain = None,
    subject: return_options.ExplainSubject = None,
    changes_since: return_options.ChangesSince = None,
    freeze: return_options.Freeze = False,
    sign_off: return_options.SignOff = False,
    restate: return_options.Restate = None,
    verify: return_options.Verify = False,
    by: return_options.By = None,
    accept: return_options.Accept = None,
    to: return_options.To = None,
    format_: Format = "table",
) -> None:
    """Shows, freezes or publishes the annual return of an area for a reporting year."""
    from tracker.cli import return_command

    action = return_command.ReturnAction(freeze, sign_off, restate, verify, by, accept or ())
    question = return_command.ReturnQuestion(
        area or "", year or "", known_at, explain, subject, changes_since, movement, action, to
    )
    if all_ is None:
        return_command.annual_return(question, format_)
    else:
        return_command.annual_returns(question, all_, format_)


@app.command()
def trend(
    area: Annotated[str, typer.Argument(help="a MAPPA area, such as cheshire")],
    known_at: KnownAt = None,
    format_: Format = "table",
) -> None:
    """Shows ten years of an area's figures: as published if frozen, otherwise as known now."""
    from tracker.cli import years_command

    years_command.trend(area, known_at, format_)


@app.command()
def forecast(
    area: Annotated[str, typer.Argument(help="a MAPPA area, such as cheshire")],
    years: Annotated[
        int, typer.Option("--years", min=1, max=50, help="how many reporting years ahead")
    ] = 10,
    known_at: KnownAt = None,
    chart: Annotated[
        Path | None, typer.Option("--chart", help="draw the caseload in this .svg or .png file")
    ] = None,
    format_: Format = "table",
) -> None:
    """Forecasts who will qualify for review, what will end, and the caseload, year by year."""
    from tracker.cli import years_command

    years_command.forecast(area, years, known_at, chart, format_)


@app.command()
def demo(
    keep: Annotated[
        Path | None, typer.Option("--keep", help="keep the store in this new file")
    ] = None,
) -> None:
    """Computes the annual return of Cheshire 2022-23 from facts about invented people."""
    from tracker.cli import demo_command

    demo_command.demo(keep)


keeping.add_to(app)


def main() -> None:
    """Runs the command that was typed; exit status 0 done, 1 refused, 2 wrong usage."""
    start_quickly()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the terminal may lack letters of a name
    try:
        with secrets_out_of_environment(), explain_missing_extra():
            with_one_command(app, sys.argv[1:])()
    except TrackerError as error:
        field = error.field if isinstance(error, Refused) else None
        text = with_hint(error)
        _print_error(f"{field}: {text}" if field else text)
        sys.exit(1)
    except OSError as error:
        _print_error(error)
        sys.exit(1)


def _print_error(text: Any) -> None:
    print(f"tracker: {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
