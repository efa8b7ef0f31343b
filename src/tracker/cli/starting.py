"""What makes a command start soon: one command alone is built, garbage is left. For `main`.

No `from __future__ import annotations`, as in `main`.
"""

import atexit
import gc
import os
from copy import copy

import typer


def with_one_command(app: typer.Typer, arguments: list[str]) -> typer.Typer:
    """The commands, or the one that is asked for alone: typer builds the options of each it has."""
    asked = [
        command
        for command in app.registered_commands
        if command.callback and arguments[:1] == [command.name or command.callback.__name__]
    ]
    if not asked:
        return app
    one = copy(app)
    one.registered_commands, one.registered_groups = asked, []
    one.callback()(lambda: None)  # with a callback, one command still goes by its name
    return one


def start_quickly() -> None:
    """Skips work that would take most of a short command's time."""
    # Collect garbage less often, and not at exit: imported modules are never garbage.
    gc.set_threshold(50_000, 20, 20)
    atexit.register(gc.freeze)
    # Do not search installed packages for pydantic plugins: none is wanted.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
