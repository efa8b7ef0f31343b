"""The options of `tracker return`, as `main` declares them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

All = Annotated[
    str | None,
    typer.Option(
        "--all", metavar="YEAR", help="the returns of every area, with the national figures"
    ),
]
Movement = Annotated[
    bool,
    typer.Option("--movement", help="who joined and left since last year's snapshot, by reason"),
]
Explain = Annotated[
    str | None, typer.Option("--explain", help="who is counted in a cell, such as orders.shpo")
]
ExplainSubject = Annotated[
    str | None,
    typer.Option("--subject", help="with --explain: why this person is counted there, or not"),
]
ChangesSince = Annotated[
    str | None,
    typer.Option("--changes-since", help="what changed since this moment, and why"),
]
Freeze = Annotated[bool, typer.Option("--freeze", help="freeze the return: it will never change")]
SignOff = Annotated[
    bool, typer.Option("--sign-off", help="sign off a return that another person froze")
]
Restate = Annotated[
    str | None,
    typer.Option("--restate", metavar="REASON", help="add a version with corrected figures"),
]
Verify = Annotated[
    bool, typer.Option("--verify", help="compute the frozen return again from the log, and compare")
]
By = Annotated[
    str | None, typer.Option("--by", help="who freezes, signs off or restates (default: you)")
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept", metavar="FINDING=REASON", help="with --sign-off: why a finding is accepted"
    ),
]
To = Annotated[
    Path | None,
    typer.Option(
        "--to", metavar="FILE", help="write it to a .ods, .xlsx, .csv, .json, .html or .pdf file"
    ),
]
