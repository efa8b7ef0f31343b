"""Contradictions are refused, improbable facts recorded with a warning: record.sense, bfda1971."""

from __future__ import annotations

from law.boundaries.base import Boundary, Check, Facts, accepted, day, refused, unwarned, warned
from spec import convicted, fact, registered, sentenced

SENSE, HOLIDAY = "record.sense", "bfda1971.s1"
PERSON = (registered(),)
DAY = "2020-03-02"


def sentence_on(sentenced_on: str) -> Check:
    said = convicted(DAY, "fine", sentenced_on=sentenced_on, recorded="2020-06-10")
    if sentenced_on < DAY:
        return refused(PERSON, said, "sentence_before_finding", SENSE, insist=False)
    return accepted(PERSON, said)


def sentence_of(on: str) -> Check:
    facts, said = (*PERSON, convicted(DAY)), sentenced(on, "fine", recorded="2020-06-10")
    if on < DAY:
        return refused(facts, said, "sentence_before_finding", SENSE, insist=False)
    return accepted(facts, said)


def many(already: int) -> Facts:
    """A number of facts on one day, on a record with one fact more."""
    levels = (fact("level.set", DAY, level=1 + n % 3) for n in range(already))
    return (*PERSON, *levels)


LEVEL = fact("level.set", DAY, level=2)
CHILD = (registered("2019-01-01", born="2009-06-01"),)
LEAP_CHILD = (registered("2019-01-01", born="2008-02-29"),)

SENSE_OF_FACTS = (
    Boundary(
        SENSE,
        "the finding, before which nobody is sentenced",
        *(sentence_on(day(DAY, days)) for days in (-1, 0, 1)),
    ),
    Boundary(
        SENSE,
        "the finding, before which no sentence is recorded",
        *(sentence_of(day(DAY, days)) for days in (-1, 0, 1)),
    ),
    Boundary(
        SENSE,
        "the 10th birthday",
        warned(CHILD, convicted("2019-05-31", "fine"), SENSE),
        unwarned(CHILD, convicted("2019-06-01", "fine")),
        unwarned(CHILD, convicted("2019-06-02", "fine")),
    ),
    Boundary(
        SENSE,
        "the 10th birthday, cautioned",
        warned(CHILD, convicted("2019-05-31", finding="caution"), SENSE),
        unwarned(CHILD, convicted("2019-06-01", finding="caution")),
        unwarned(CHILD, convicted("2019-06-02", finding="caution")),
    ),
    Boundary(
        SENSE,
        "the 10th birthday of one born on 29 February",
        warned(LEAP_CHILD, convicted("2018-02-28", "fine"), SENSE),
        unwarned(LEAP_CHILD, convicted("2018-03-01", "fine")),
        unwarned(LEAP_CHILD, convicted("2018-03-02", "fine")),
    ),
    Boundary(
        SENSE,
        "the 40th fact on one day",
        unwarned(many(38), LEVEL),
        warned(many(39), LEVEL, SENSE),
        warned(many(40), LEVEL, SENSE),
    ),
)


def found(on: str) -> Facts:
    return (*PERSON, convicted(day(on, -30)))


def holiday(what: str, on: str) -> tuple[Boundary, ...]:
    """A finding and a sentence on a bank holiday, the day before and the day after."""
    before, after = day(on, -1), day(on, 1)
    return (
        Boundary(
            HOLIDAY,
            f"a finding on {what}",
            unwarned(PERSON, convicted(before, "fine")),
            warned(PERSON, convicted(on, "fine"), HOLIDAY),
            unwarned(PERSON, convicted(after, "fine")),
        ),
        Boundary(
            HOLIDAY,
            f"a sentence on {what}",
            unwarned(found(on), sentenced(before, "fine")),
            warned(found(on), sentenced(on, "fine"), HOLIDAY),
            unwarned(found(on), sentenced(after, "fine")),
        ),
    )


HOLIDAYS = (
    *holiday("the Coronation holiday", "2023-05-08"),
    *holiday("the day of the Queen's funeral", "2022-09-19"),
    *holiday("the last bank holiday of August", "1997-08-25"),
    Boundary(
        HOLIDAY,
        "a caution, which no court gives",
        *(unwarned(PERSON, convicted(day("2023-05-08", n), finding="caution")) for n in (-1, 0, 1)),
    ),
    Boundary(
        HOLIDAY,
        "1 January 2030",
        unwarned(PERSON, convicted("2029-12-31", "fine")),
        warned(PERSON, convicted("2030-01-01", "fine"), HOLIDAY),
        unwarned(PERSON, convicted("2030-01-02", "fine")),
    ),
)

BOUNDARIES = (*SENSE_OF_FACTS, *HOLIDAYS)
