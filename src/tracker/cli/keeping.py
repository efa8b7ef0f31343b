"""The commands that keep a store: views, tables, proof, backups, keys, erasure, the scheduler.

Added to `tracker` by `main`. Each imports what it needs when it runs, so that `--help` is quick.
"""

from pathlib import Path
from typing import Annotated

import typer

Format = Annotated[str, typer.Option("--format", help="table or json")]
keys_app = typer.Typer(help="The keys that personal data is sealed with.", no_args_is_help=True)


def rebuild(
    views: Annotated[list[str] | None, typer.Argument(help="views by name (default: all)")] = None,
    beside: Annotated[
        bool, typer.Option("--beside", help="build beside the old, which stays in use until then")
    ] = False,
) -> None:
    """Builds the views anew from the log alone."""
    from tracker.cli import store_commands

    store_commands.rebuild(views or [], beside)


def migrate() -> None:
    """Makes the tables of a store, or brings those of an earlier release up to this one."""
    from tracker.cli import store_commands

    store_commands.migrate()


def adopt(
    by: Annotated[str, typer.Option("--by", help="who decided it")],
) -> None:
    """Makes the law and the counting setting of this process those of all who use the store."""
    from tracker.cli import store_commands

    store_commands.adopt(by)


def verify(
    witness: Annotated[
        Path | None, typer.Option("--witness", help="checkpoints kept elsewhere (tracker witness)")
    ] = None,
    verifier: Annotated[
        str | None, typer.Option("--verifier", help="the public key that checkpoints are signed by")
    ] = None,
    views: Annotated[
        bool, typer.Option("--views", help="compare the views with a fresh fold as well")
    ] = False,
    format_: Format = "table",
) -> None:
    """Proves that nobody has touched the past; names what was altered, removed or added."""
    from tracker.cli import proof_commands

    proof_commands.verify(witness, verifier, views, format_)


def witness(
    to: Annotated[
        Path | None, typer.Option("--to", help="add it to this file, if it follows from the last")
    ] = None,
) -> None:
    """The signed checkpoint of the log as it now is, to be kept where nobody here can write."""
    from tracker.cli import proof_commands

    proof_commands.witness(to)


def prove(
    entry: Annotated[str, typer.Argument(help="an entry: '/its/source its-id', or its position")],
) -> None:
    """A proof that an entry is in the log, which anyone can check against a checkpoint."""
    from tracker.cli import proof_commands

    proof_commands.prove(entry)


def backup(
    to: Annotated[Path, typer.Argument(help="a new file")],
    keys: Annotated[
        Path | None, typer.Option("--keys", help="and the keys to this new file, kept apart")
    ] = None,
) -> None:
    """A copy of the log while it is in use, without keys."""
    from tracker.cli import store_commands

    store_commands.backup(to, keys)


def restore(
    source: Annotated[Path, typer.Argument(help="a backup", exists=True, dir_okay=False)],
    keys: Annotated[
        Path | None, typer.Option("--keys", help="the keys, where the store has none of its own")
    ] = None,
) -> None:
    """Fills an empty store from a backup and verifies it."""
    from tracker.cli import store_commands

    store_commands.restore(source, keys)


@keys_app.command("check")
def keys_check() -> None:
    """Whether every key opens, and which is missing."""
    from tracker.cli import store_commands

    store_commands.keys_check()


@keys_app.command("rotate")
def keys_rotate(
    to: Annotated[
        str | None, typer.Option("--to", help="an epoch that every machine has already")
    ] = None,
) -> None:
    """Wraps every key anew under a new epoch of the master key."""
    from tracker.cli import store_commands

    store_commands.keys_rotate(to)


def erase(
    subject: Annotated[str, typer.Argument(help="the tracker reference")],
    authorised_by: Annotated[str, typer.Option("--authorised-by", help="who decided it")],
    reason: Annotated[str, typer.Option("--reason", help="why")],
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="a review of retention decided so before 100 years")
    ] = False,
) -> None:
    """Destroys the key of a person's data, if retention allows; every figure stays as it is."""
    from tracker.cli import erase_command

    erase_command.erase(subject, authorised_by, reason, reviewed)


def restrict(
    subject: Annotated[str, typer.Argument(help="the tracker reference")],
    authorised_by: Annotated[str, typer.Option("--authorised-by", help="who decided it")],
    reason: Annotated[str, typer.Option("--reason", help="why")],
    lift: Annotated[bool, typer.Option("--lift", help="end the restriction")] = False,
) -> None:
    """Withholds what identifies a person where the record must be kept as evidence."""
    from tracker.cli import erase_command

    erase_command.restrict(subject, authorised_by, reason, lift)


def schedule(
    list_: Annotated[
        bool, typer.Option("--list", help="each job, its last run and the next, and end")
    ] = False,
    once: Annotated[
        str | None, typer.Option("--once", metavar="JOB", help="run this job now, and end")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="with --once: for this day")
    ] = None,
    format_: Format = "table",
) -> None:
    """Runs the jobs that flag, remind, compute, verify and back up, until it is ended."""
    from tracker.cli import schedule_commands

    schedule_commands.schedule(list_, once, as_of, format_)


def status(format_: Format = "table") -> None:
    """How views, jobs and messages are doing; exit status 1 where something is wrong."""
    from tracker.cli import schedule_commands

    schedule_commands.show_status(format_)


def add_to(app: typer.Typer) -> None:
    """Adds these commands, in this order."""
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
