"""When an annual return may be frozen, and who may sign it off: record.return."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from law.boundaries.base import Boundary, Check
from law.returned import figures, frozen, record, signed
from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law

LATER = datetime(2023, 7, 1, tzinfo=UTC)


def checked(code: str | None, taken: Callable[[Law], object]) -> Check:
    """Recorded, or refused with a code by the rule."""

    def check(law: Law) -> None:
        if code is None:
            taken(law)
            return
        with pytest.raises(Refused) as refused:
            taken(law)
        assert refused.value.code == code
        assert refused.value.section == law.version("record.return", LATER.date()).section

    return check


def known_at(moment: str, code: str | None) -> Check:
    said = frozen(figures(known_at=moment))
    return checked(code, lambda law: record().take(said, at=LATER, rules=law))


def signed_by(name: str, code: str | None) -> Check:
    return checked(code, lambda law: record(frozen()).take(signed(), by=name, rules=law))


BOUNDARIES = (
    Boundary(
        "record.return",
        "the midnight in London that ends the year",
        known_at("2023-03-31T22:59:59Z", "year_not_over"),
        known_at("2023-03-31T23:00:00Z", None),
        known_at("2023-03-31T23:00:01Z", None),
    ),
    Boundary(
        "record.return",
        "another person than the one who froze it",
        signed_by("ann", "same_person"),
        signed_by("bob", None),
        signed_by("cat", None),
    ),
)
