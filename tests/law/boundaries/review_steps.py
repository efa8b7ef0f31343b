"""The steps of a review and their deadlines: ss.91B(8)-91E, and the date that a person sets."""

from __future__ import annotations

from law.boundaries.base import (
    Boundary,
    Check,
    accepted,
    due,
    falls_due,
    free,
    not_due,
    refused,
    review,
    step,
    subject,
)
from law.boundaries.reviews import (
    APPLIED,
    BY_LAW,
    CONTINUES,
    PERSON,
    RECEIVED,
    determined,
    from_day,
    of_review,
    released,
)
from spec import FactSpec, fact

NOTIFIED = (*APPLIED, of_review("body_notified", "2022-02-10", body="probation"))
REFUSED = (*CONTINUES, of_review("notice_received", "2022-04-05"))


def acknowledged(on: str, *, late: bool) -> Check:
    facts = (*APPLIED, of_review("acknowledged", on))
    return step(facts, on, "acknowledged", "soa2003.s91b.8", due_on="2022-02-15", late=late)


def replied(on: str, *, late: bool) -> Check:
    facts = (*NOTIFIED, of_review("body_replied", on, body="probation"))
    return step(facts, on, "body_replied", "soa2003.s91c.1", due_on="2022-03-10", late=late)


def decided(on: str, *, late: bool) -> Check:
    facts = (*NOTIFIED, determined(on))
    return step(facts, on, "determined", "soa2003.s91c.1", due_on="2022-04-21", late=late)


STEPS = (
    falls_due("soa2003.s91b.8", "the 14th day", APPLIED, "review_acknowledge", "2022-02-15"),
    Boundary(
        "soa2003.s91b.8",
        "an acknowledgement on the 14th day",
        acknowledged("2022-02-14", late=False),
        acknowledged("2022-02-15", late=False),
        acknowledged("2022-02-16", late=True),
    ),
    falls_due("soa2003.s91c.1", "6 weeks", NOTIFIED, "review_determine", "2022-04-21"),
    Boundary(
        "soa2003.s91c.1",
        "a body's reply on the 28th day",
        replied("2022-03-09", late=False),
        replied("2022-03-10", late=False),
        replied("2022-03-11", late=True),
    ),
    Boundary(
        "soa2003.s91c.1",
        "a determination on the last day",
        decided("2022-04-20", late=False),
        decided("2022-04-21", late=False),
        decided("2022-04-22", late=True),
    ),
    Boundary(
        "soa2003.s91c.4",
        "the notice being received",
        subject(RECEIVED, "2022-04-04", "soa2003.s82.1", "2022-04-04", indefinite=True),
        free(RECEIVED, "2022-04-05"),
        step(RECEIVED, "2022-04-06", "notice_received", "soa2003.s91c.4", done_on="2022-04-05"),
    ),
    Boundary(
        "soa2003.s91e.2",
        "the 21st day",
        accepted(REFUSED, of_review("appealed", "2022-04-24")),
        accepted(REFUSED, of_review("appealed", "2022-04-25")),
        refused(REFUSED, of_review("appealed", "2022-04-26"), "appeal_too_late", "soa2003.s91e.2"),
    ),
    Boundary(
        "soa2003.s91e.2",
        "the last day to appeal",
        due(REFUSED, "review_appeal", "2022-04-24", "2022-04-25", "soa2003.s91e.2"),
        due(REFUSED, "review_appeal", "2022-04-25", "2022-04-25", "soa2003.s91e.2"),
        not_due(REFUSED, "review_appeal", "2022-04-26"),
    ),
)


def date_set(on: str, qualifying_on: str) -> FactSpec:
    by = {"authorised_by": "supt.1", "reason": "first notified in 1999"}
    return fact("review.qualifying_date_set", on, qualifying_on=qualifying_on, **by)


SET = "person.qualifying_date_set"
TOLD_IN_1999 = released("1999-01-12", "1960-01-01", "1998-01-10", "1999-01-10")
BY_A_PERSON = (*TOLD_IN_1999, date_set("2014-02-01", "2014-03-01"))

PEOPLE = (
    Boundary(
        SET,
        "the day it is set",
        review(BY_A_PERSON, "2014-01-31", qualifying_on=None, rule=None),
        review(BY_A_PERSON, "2014-02-01", qualifying_on="2014-03-01", rule=SET, eligible=False),
        review(BY_A_PERSON, "2014-02-02", qualifying_on="2014-03-01", rule=SET, eligible=False),
    ),
    from_day(SET, "the date set", BY_A_PERSON, "2014-03-01"),
    Boundary(
        SET,
        "the date by law",
        refused(PERSON, date_set("2020-01-10", "2022-01-11"), "earlier_than_law", BY_LAW),
        accepted(PERSON, date_set("2020-01-10", "2022-01-12")),
        accepted(PERSON, date_set("2020-01-10", "2022-01-13")),
    ),
)

BOUNDARIES = (*STEPS, *PEOPLE)
