"""The optional parts of an installation: which packages each extra of pyproject.toml brings.

Called where an import fails, so that whoever lacks a part is told its name and how to install it.
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
    """A part of the tracker that is not installed; the message names it and says how to get it."""


def extra_of(module: str | None) -> str | None:
    """The extra that brings a module, by its top-level name; None where no extra does."""
    top = (module or "").partition(".")[0]
    return next((extra for extra, modules in BRINGS.items() if top in modules), None)


@contextmanager
def named_if_missing() -> Iterator[None]:
    """Turns a failed import of an extra's module into MissingExtra; lets any other through."""
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
