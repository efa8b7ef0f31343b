"""The optional extras of pyproject.toml, and the packages that each installs.

Called where an import fails, to say which extra is missing and how to install it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracker.domain.errors import TrackerError

BRINGS: dict[str, frozenset[str]] = {
    "documents": frozenset(
        {"afcharts", "gptables", "icalendar", "jinja2", "markdown_it", "matplotlib", "odfdo",
         "pandas", "pypdf", "typst"}
    ),
    "notify": frozenset({"notifications_python_client"}),
    "postgres": frozenset({"psycopg", "psycopg_pool"}),
}  # fmt: skip


class MissingExtra(TrackerError):
    """An extra that is needed but not installed; the message says how to install it."""


def extra_of(module: str | None) -> str | None:
    """The name of the extra that installs a module; None if no extra does."""
    top = (module or "").partition(".")[0]
    return next((extra for extra, modules in BRINGS.items() if top in modules), None)


@contextmanager
def explain_missing_extra() -> Iterator[None]:
    """Raises MissingExtra if an extra's module fails to import; other errors are unchanged."""
    try:
        yield
    except ModuleNotFoundError as error:
        extra = extra_of(error.name)
        if extra is None:
            raise
        raise MissingExtra(
            f"this needs the extra {extra!r} of the tracker ({error.name} is not installed): "
            f"pip install 'mappa-tracker[{extra}]'"
        ) from None
