"""When the record of an individual may be erased: practice.retention."""

from __future__ import annotations

from datetime import date

from law.boundaries.base import Boundary, Check, Facts, day, recorded
from spec import fact, registered
from tracker.domain.errors import Refused
from tracker.domain.judging.retention import RULE, check_erasable
from tracker.domain.law.tables import Law

BORN, LAST = "1920-05-04", "2010-06-01"
LONG_AGO: Facts = (
    registered("2000-01-04", date_of_birth=BORN),
    fact("category.assigned", "2000-01-04", category=2),
    fact("category.ended", LAST, category=2),
)
YOUNGER: Facts = (registered("2000-01-04", date_of_birth="1980-05-04"), *LONG_AGO[1:])


def decided(law: Law, facts: Facts, on: str, reviewed: bool) -> str | Refused:
    try:
        return check_erasable(recorded(law, facts).timeline, date.fromisoformat(on), reviewed)
    except Refused as refused:
        return refused


def kept(facts: Facts, on: str, why: str, reviewed: bool = False) -> Check:
    def it_is_kept(law: Law) -> None:
        said = decided(law, facts, on, reviewed)
        assert isinstance(said, Refused)
        assert (said.code, said.rule) == ("retained", RULE)
        assert why in said.message

    return it_is_kept


def erased(facts: Facts, on: str, reviewed: bool = False) -> Check:
    def it_may_be(law: Law) -> None:
        said = decided(law, facts, on, reviewed)
        assert isinstance(said, str)
        assert said.startswith(RULE)

    return it_may_be


BOUNDARIES = (
    Boundary(
        RULE,
        "the hundredth birthday",
        kept(LONG_AGO, "2020-05-03", "clear period"),
        erased(LONG_AGO, "2020-05-04"),
        erased(LONG_AGO, "2020-05-05"),
    ),
    Boundary(
        RULE,
        "ten years clear and a review",
        kept(YOUNGER, day("2020-06-01", -1), "clear period", reviewed=True),
        erased(YOUNGER, "2020-06-01", reviewed=True),
        erased(YOUNGER, day("2020-06-01", 1), reviewed=True),
    ),
    Boundary(
        RULE,
        "ten years clear without a review",
        kept(YOUNGER, day("2020-06-01", -1), "clear period"),
        kept(YOUNGER, "2020-06-01", "100 years old"),
        kept(YOUNGER, day("2020-06-01", 1), "100 years old"),
    ),
    Boundary(
        RULE,
        "the day the last category ends",
        kept(LONG_AGO, day(LAST, -1), "managed in category 2"),
        kept(LONG_AGO, LAST, "clear period"),
        kept(LONG_AGO, day(LAST, 1), "clear period"),
    ),
)
