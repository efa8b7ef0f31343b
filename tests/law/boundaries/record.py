"""What can never be recorded, whatever the law: record.*, except contradictions."""

from __future__ import annotations

from typing import Any

from law.boundaries.base import (
    Boundary,
    Check,
    Facts,
    accepted,
    day,
    refused,
)
from spec import FactSpec, convicted, fact, made, registered, sentenced, voided, with_override

PERSON = (registered(),)
DAY = "2020-03-02"


def never(facts: Facts, said: FactSpec, code: str, rule: str) -> Check:
    """Refused, with an override as well."""
    return refused(facts, said, code, rule, insist=False)


def level(on: str, **data: Any) -> FactSpec:
    return fact("level.set", on, level=2, **data)


def living(on: str) -> FactSpec:
    return level(on, recorded="2020-07-01")


REGISTRATION = (
    Boundary(
        "record.registration",
        "the registration",
        never((), level(DAY), "not_registered", "record.registration"),
        accepted((), registered(DAY)),
        never((registered(DAY),), registered(DAY), "second_registration", "record.registration"),
    ),
    Boundary(
        "record.registration",
        "the registration's own day, before which facts may be dated",
        accepted((registered(DAY),), level(day(DAY, -1))),
        accepted((registered(DAY),), level(DAY)),
        accepted((registered(DAY),), level(day(DAY, 1))),
    ),
)

DIED = (*PERSON, fact("individual.died", "2020-06-01"))
TIME = (
    Boundary(
        "record.time",
        "the day it is recorded",
        accepted(PERSON, level("2020-07-01", recorded="2020-07-02")),
        accepted(PERSON, level("2020-07-02", recorded="2020-07-02")),
        never(PERSON, level("2020-07-03", recorded="2020-07-02"), "future", "record.time"),
    ),
    Boundary(
        "record.time",
        "midnight in London in summer",
        never(PERSON, level("2020-07-02", recorded="2020-07-01T22:59:59Z"), "future",
              "record.time"),
        accepted(PERSON, level("2020-07-02", recorded="2020-07-01T23:00:00Z")),
        accepted(PERSON, level("2020-07-02", recorded="2020-07-01T23:00:01Z")),
    ),
    Boundary(
        "record.time",
        "birth",
        never(PERSON, level("1969-12-31"), "before_birth", "record.time"),
        accepted(PERSON, level("1970-01-01")),
        accepted(PERSON, level("1970-01-02")),
    ),
    Boundary(
        "record.time",
        "death",
        accepted(DIED, living("2020-05-31")),
        never(DIED, living("2020-06-01"), "after_death", "record.time"),
        never(DIED, living("2020-06-02"), "after_death", "record.time"),
    ),
    Boundary(
        "record.time",
        "a second death",
        never(DIED, fact("individual.died", "2020-05-31", recorded="2020-07-01"), "died_twice",
              "record.time"),
        never(DIED, fact("individual.died", "2020-06-01", recorded="2020-07-01"), "after_death",
              "record.time"),
        never(DIED, fact("individual.died", "2020-06-02", recorded="2020-07-01"), "after_death",
              "record.time"),
    ),
)  # fmt: skip

FINED = sentenced("2020-06-10", "fine")
C1 = convicted(DAY)
APPLIED = (
    *PERSON,
    convicted("2005-01-10", "life"),
    with_override(fact("review.applied", "2022-02-01", review_id="R1")),
)
DETERMINED = fact("review.determined", "2022-04-01", review_id="R1", outcome="revoked",
                  determined_by="supt.1", rank="superintendent")  # fmt: skip
RECEIVED = fact("review.notice_received", "2022-04-05", review_id="R1")
REFERENCES = (
    Boundary(
        "record.reference",
        "the finding leant on",
        never(PERSON, FINED, "unknown_reference", "record.reference"),
        accepted((*PERSON, C1), FINED),
        never((*PERSON, C1, voided(DAY, "e2")), FINED, "unknown_reference", "record.reference"),
    ),
    Boundary(
        "record.reference",
        "the determination that a notice leans on",
        never(APPLIED, RECEIVED, "step_missing", "record.reference"),
        accepted((*APPLIED, DETERMINED), RECEIVED),
        accepted((*APPLIED, DETERMINED, RECEIVED), RECEIVED),
    ),
    Boundary(
        "record.once",
        "an id in use",
        accepted(PERSON, C1),
        never((*PERSON, C1), convicted(DAY), "id_used_twice", "record.once"),
        accepted((*PERSON, C1, voided(DAY, "e2")), convicted(DAY)),
    ),
    Boundary(
        "record.place",
        "the name of an area",
        never((), registered(area="cheshir"), "unknown_area", "record.place"),
        accepted((), registered(area="cheshire")),
        never((), registered(area="cheshires"), "unknown_area", "record.place"),
    ),
    Boundary(
        "record.place",
        "the name of the area moved to",
        never(PERSON, fact("individual.transferred", DAY, to_area="wale"), "unknown_area",
              "record.place"),
        accepted(PERSON, fact("individual.transferred", DAY, to_area="gwent")),
        never(PERSON, fact("individual.transferred", DAY, to_area="gwents"), "unknown_area",
              "record.place"),
    ),
)  # fmt: skip

INSIDE = (*PERSON, fact("custody.entered", DAY, kind="remand"))
OUT = (*INSIDE, fact("custody.left", "2020-06-10"))


def left(on: str) -> FactSpec:
    return fact("custody.left", on)


CUSTODY = (
    Boundary(
        "record.custody",
        "the entry into custody",
        never(INSIDE, left(day(DAY, -1)), "not_inside", "record.custody"),
        accepted(INSIDE, left(DAY)),
        accepted(INSIDE, left(day(DAY, 1))),
    ),
    Boundary(
        "record.custody",
        "the release",
        accepted(OUT, left("2020-06-09")),
        never(OUT, left("2020-06-10"), "not_inside", "record.custody"),
        never(OUT, left("2020-06-11"), "not_inside", "record.custody"),
    ),
)


def interim(**data: Any) -> FactSpec:
    return made(DAY, "interim_shpo", **data)


def prohibited(until: str) -> FactSpec:
    return interim(ends_on="2020-04-01", prohibitions=[{"text": "No", "ends_on": until}])


RUNNING = (*PERSON, interim(ends_on="2020-04-01"))
IN_FORCE = "order_not_in_force"


def on_order(kind: str, on: str, **data: Any) -> FactSpec:
    return fact(kind, on, order_id="S1", **data)


def breach(on: str) -> FactSpec:
    return on_order("breach.reported", on, breach_id="B1", of="order")


ORDERS = (
    Boundary(
        "record.order",
        "the end of an order before its making",
        never(PERSON, interim(ends_on="2020-03-01"), "ends_before_it_begins", "record.order"),
        accepted(PERSON, interim(ends_on="2020-03-02")),
        accepted(PERSON, interim(ends_on="2020-03-03")),
    ),
    Boundary(
        "record.order",
        "service before the making",
        never(PERSON, interim(served_on="2020-03-01"), "served_before_made", "record.order"),
        accepted(PERSON, interim(served_on="2020-03-02")),
        accepted(PERSON, interim(served_on="2020-03-03")),
    ),
    Boundary(
        "record.order",
        "the end of a prohibition",
        accepted(PERSON, prohibited("2020-03-31")),
        accepted(PERSON, prohibited("2020-04-01")),
        never(PERSON, prohibited("2020-04-02"), "ends_before_prohibition", "record.order"),
    ),
    # Not in force: the refusal names the rule of that kind of order.
    Boundary(
        "record.order",
        "the making, before which nothing is served or breached",
        never(RUNNING, on_order("order.served", day(DAY, -1)), IN_FORCE, "soa2003.s103f"),
        accepted(RUNNING, on_order("order.served", DAY)),
        accepted(RUNNING, breach(day(DAY, 1))),
    ),
    Boundary(
        "record.order",
        "the last day, after which nothing is breached or discharged",
        accepted(RUNNING, breach("2020-03-31")),
        accepted(RUNNING, breach("2020-04-01")),
        never(RUNNING, on_order("order.discharged", "2020-04-02"), IN_FORCE, "soa2003.s103f"),
    ),
)

RULE = "record.correction"
CLOSED = (*PERSON, C1)
VOID = voided(DAY, "e2")
RIGHT = convicted(DAY, "fine", corrects="e2", recorded="2020-06-10")
WRONG_GONE = voided("2020-06-10", "e2")

CORRECTIONS = (
    Boundary(
        RULE,
        "the day a void is recorded",
        never(CLOSED, voided("2020-06-09", "e2", recorded="2020-06-10"), "void_day", RULE),
        accepted(CLOSED, voided("2020-06-10", "e2", recorded="2020-06-10")),
        never(CLOSED, voided("2020-06-11", "e2", recorded="2020-06-10"), "void_day", RULE),
    ),
    Boundary(
        RULE,
        "a void and the right fact together",
        never(CLOSED, RIGHT, "corrects_without_void", RULE),
        accepted(CLOSED, WRONG_GONE, RIGHT),
        never((*CLOSED, WRONG_GONE), RIGHT, "corrects_without_void", RULE),
    ),
    Boundary(
        RULE,
        "the entry voided",
        never(PERSON, VOID, "unknown_entry", RULE),
        accepted(CLOSED, VOID),
        never((*CLOSED, VOID), VOID, "voided_already", RULE),
    ),
    Boundary(
        RULE,
        "the void, which cannot be voided",
        accepted(CLOSED, VOID),
        never((*CLOSED, VOID), voided(DAY, "e3"), "void_of_void", RULE),
        accepted((*CLOSED, VOID), convicted(DAY)),
    ),
)

BOUNDARIES = (*REGISTRATION, *TIME, *REFERENCES, *CUSTODY, *ORDERS, *CORRECTIONS)
