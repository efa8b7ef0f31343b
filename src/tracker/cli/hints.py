"""Which option does what an error calls for. Called by `main` when it prints an error."""

from __future__ import annotations

from tracker.domain.errors import TrackerError

# By the error's `remedy`: the service names no option, because web and API have none.
HINTS = {
    "freeze": "freeze it with --freeze",
    "accept": "write --accept FINDING=REASON for each",
    "keep_good": "use --keep-good",
}


def with_hint(error: TrackerError) -> str:
    """The text of an error, with the option that helps in brackets, if there is one."""
    hint = HINTS.get(error.remedy or "")
    return f"{error} ({hint})" if hint else str(error)
