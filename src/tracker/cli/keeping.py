"""The commands for the upkeep of a store: views, tables, proof, backups, keys, erasure, jobs.

`main` adds them to `tracker`. Each imports what it needs when it runs, so that `--help` is quick.
"""

from pathlib import Path
from typing import Annotated

import typer

Format = Annotated[str, typer.Option("--format", help="table or json")]
keys_app = typer.Typer(help="The keys that personal data is encrypted with.", no_args_is_help=True)


def rebuild(
    views: Annotated[list[str] | None, typer.Argument(help="views by name (default: all)")] = None,
    beside: Annotated[
        bool,
        typer.Option("--beside", help="keep the old views in use until the new ones are ready"),
    ] = False,
) -> None:
    """Rebuilds the views from the log alone."""
    from tracker.cli import store_commands

    store_commands.rebuild(views or [], beside)


def migrate() -> None:
    """Makes the tables of a new store, or upgrades those of an earlier release."""
    from tracker.cli import store_commands

    store_commands.migrate()


def adopt(
    by: Annotated[str, typer.Option("--by", help="who decided it")],
) -> None:
    """Makes this machine's law tables and category 4 setting those of everybody using the store."""
    from tracker.cli import store_commands

    store_commands.adopt(by)


def verify(
    witness: Annotated[
        Path | None,
        typer.Option(
            "--witness", help="a file of checkpoints kept elsewhere (see tracker witness)"
        ),
    ] = None,
    verifier: Annotated[
        str | None,
        typer.Option(
            "--verifier", help="check signatures by this public key, without the store's keys"
        ),
    ] = None,
    views: Annotated[
        bool, typer.Option("--views", help="also compare the views with the log")
    ] = False,
    format_: Format = "table",
) -> None:
    """Checks that no entry of the log was changed, removed or added; names each that was."""
    from tracker.cli import proof_commands

    proof_commands.verify(witness, verifier, views, format_)


def witness(
    to: Annotated[
        Path | None, typer.Option("--to", help="add it to this file of earlier checkpoints")
    ] = None,
) -> None:
    """Prints a signed checkpoint of the log, to be kept where nobody here can change it."""
    from tracker.cli import proof_commands

    proof_commands.witness(to)


def prove(
    entry: Annotated[str, typer.Argument(help="an entry: '/its/source its-id', or its position")],
) -> None:
    """Prints a proof that an entry is in the log, which anyone can check against a checkpoint."""
    from tracker.cli import proof_commands

    proof_commands.prove(entry)


def backup(
    to: Annotated[Path, typer.Argument(help="a new file")],
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="copy the keys to this new file; keep it elsewhere"),
    ] = None,
) -> None:
    """Copies the log to a new file, without keys. The tracker can stay in use."""
    from tracker.cli import store_commands

    store_commands.backup(to, keys)


def restore(
    source: Annotated[Path, typer.Argument(help="a backup", exists=True, dir_okay=False)],
    keys: Annotated[Path | None, typer.Option("--keys", help="the backup of the keys")] = None,
) -> None:
    """Restores a backup into an empty store and verifies it."""
    from tracker.cli import store_commands

    store_commands.restore(source, keys)


@keys_app.command("check")
def keys_check() -> None:
    """Checks that every key can be opened; names each that is missing."""
    from tracker.cli import store_commands

    store_commands.keys_check()


@keys_app.command("rotate")
def keys_rotate(
    to: Annotated[
        str | None,
        typer.Option("--to", help="a key (epoch) that every machine has in its master key file"),
    ] = None,
) -> None:
    """Makes a new master key and encrypts every key with it."""
    from tracker.cli import store_commands

    store_commands.keys_rotate(to)


def erase(
    subject: Annotated[str, typer.Argument(help="the tracker reference")],
    authorised_by: Annotated[str, typer.Option("--authorised-by", help="who decided it")],
    reason: Annotated[str, typer.Option("--reason", help="why")],
    reviewed: Annotated[
        bool,
        typer.Option(
            "--reviewed", help="a retention review decided to erase before the 100th birthday"
        ),
    ] = False,
) -> None:
    """Erases a person's personal data for good, if it need not be kept; no figure changes."""
    from tracker.cli import erase_command

    erase_command.erase(subject, authorised_by, reason, reviewed)


def restrict(
    subject: Annotated[str, typer.Argument(help="the tracker reference")],
    authorised_by: Annotated[str, typer.Option("--authorised-by", help="who decided it")],
    reason: Annotated[str, typer.Option("--reason", help="why")],
    lift: Annotated[bool, typer.Option("--lift", help="end the restriction")] = False,
) -> None:
    """Withholds a person's name, if the record must be kept as evidence."""
    from tracker.cli import erase_command

    erase_command.restrict(subject, authorised_by, reason, lift)


def schedule(
    list_: Annotated[
        bool, typer.Option("--list", help="list each job with its last and next run, and stop")
    ] = False,
    once: Annotated[
        str | None, typer.Option("--once", metavar="JOB", help="run this job once, now, and stop")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="with --once: run it for this day")
    ] = None,
    format_: Format = "table",
) -> None:
    """Runs the jobs (flags, reminders, drafts, checks, backups) at their times, until stopped."""
    from tracker.cli import schedule_commands

    schedule_commands.schedule(list_, once, as_of, format_)


def status(format_: Format = "table") -> None:
    """Shows the state of views, jobs and messages; exit status 1 if something is wrong."""
    from tracker.cli import schedule_commands

    schedule_commands.show_status(format_)


def add_to(app: typer.Typer) -> None:
    """Adds the commands of this module to `app`; `--help` lists them in this order."""
    for command in (
        rebuild,
        migrate,
        adopt,
        verify,
        witness,
        prove,
        backup,
        restore,
        erase,
        restrict,
        schedule,
        status,
    ):
        app.command()(command)
    app.add_typer(keys_app, name="keys")
