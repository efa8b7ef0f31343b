"""`tracker erase` and `tracker restrict`: personal data erased or withheld. Called by `keeping`."""

from __future__ import annotations

from tracker.cli.context import opened
from tracker.service import erasing


def erase(subject: str, authorised_by: str, reason: str, reviewed: bool) -> None:
    with opened() as app:
        erasing.erase(app, subject, authorised_by, reason, reviewed)
    print(f"{subject} is erased: what identified the person cannot be read any more")


def restrict(subject: str, authorised_by: str, reason: str, lift: bool) -> None:
    with opened() as app:
        act = erasing.lift_restriction if lift else erasing.restrict
        act(app, subject, authorised_by, reason)
    print(f"{subject}: the restriction is lifted" if lift else f"{subject} is restricted")
