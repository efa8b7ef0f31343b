"""The options of `tracker return`, as `main` declares them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

All = Annotated[
    str | None,
    typer.Option("--all", metavar="YEAR", help="of every area, with the nation's figures"),
]
Movement = Annotated[
    bool, typer.Option("--movement", help="from last year's snapshot to this year's, by reason")
]
Explain = Annotated[
    str | None, typer.Option("--explain", help="who is behind a cell, such as orders.shpo")
]
ExplainSubject = Annotated[
    str | None, typer.Option("--subject", help="with --explain: why somebody is there, or not")
]
ChangesSince = Annotated[
    str | None,
    typer.Option("--changes-since", help="what changed since a moment, and why"),
]
Freeze = Annotated[bool, typer.Option("--freeze", help="keep it as it is, for good")]
SignOff = Annotated[bool, typer.Option("--sign-off", help="answer for what another person froze")]
Restate = Annotated[
    str | None, typer.Option("--restate", metavar="REASON", help="other figures beside it")
]
Verify = Annotated[
    bool, typer.Option("--verify", help="compute what was frozen again, from the log alone")
]
By = Annotated[
    str | None, typer.Option("--by", help="who freezes, signs or restates (default: you)")
]
Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="FINDING=REASON", help="with --sign-off: why it stands"),
]
To = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", help=".ods, .xlsx, .csv, .json, .html or .pdf"),
]
