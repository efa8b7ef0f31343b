"""Review of indefinite requirements: ss.91A-91E, and the date that a person sets."""

from __future__ import annotations

from typing import Any

from law.boundaries.base import (
    Boundary,
    Check,
    Facts,
    accepted,
    all_of,
    day,
    refused,
    review,
)
from spec import FactSpec, convicted, fact, made, notified, registered

BY_LAW, APPLY = "soa2003.s91b.2", "soa2003.s91a"
PENDING = "before_qualifying_date"


def released(
    notified_on: str = "2007-01-12",
    born: str = "1970-01-01",
    convicted_on: str = "2005-01-10",
    left: str = "2007-01-10",
) -> Facts:
    """Four years, released, notified: the relevant notification is the first after release."""
    return (
        registered("1990-01-01", born=born),
        convicted(convicted_on, "imprisonment", "P4Y"),
        fact("custody.entered", convicted_on, kind="sentence", conviction_id="C1"),
        fact("custody.left", left),
        notified(notified_on),
    )


# Indefinite, qualifying on 12 January 2022.
PERSON = released()


def of_review(what: str, on: str, ref: str = "R1", **data: Any) -> FactSpec:
    return fact(f"review.{what}", on, review_id=ref, **data)


def applied(on: str, ref: str = "R1") -> FactSpec:
    return of_review("applied", on, ref)


def determined(on: str = "2022-04-01", outcome: str = "continues", **data: Any) -> FactSpec:
    by = {"determined_by": "supt.1", "rank": "superintendent"}
    return of_review("determined", on, outcome=outcome, **by | data)


def from_day(rule: str, what: str, facts: Facts, first: str, ref: str = "R1") -> Boundary:
    """An application may be made from a day on, and with an override before it."""
    return Boundary(
        rule,
        what,
        refused(facts, applied(day(first, -1), ref), PENDING, rule),
        accepted(facts, applied(first, ref)),
        accepted(facts, applied(day(first, 1), ref)),
    )


def barred(what: str, facts: Facts, last_day: str) -> Boundary:
    """An application is barred up to the last day of an order."""
    return Boundary(
        APPLY,
        what,
        refused(facts, applied(last_day), "barred_by_order", APPLY),
        accepted(facts, applied(day(last_day, 1))),
        accepted(facts, applied(day(last_day, 2))),
    )


# Under 18 when convicted, notified on 1 May 2004: 8 years are over before there was a review.
EARLY = released("2004-05-01", "1987-01-11", "2004-01-10", "2004-05-01")
APPLIED = (*PERSON, applied("2022-02-01"))
CONTINUES = (*APPLIED, determined())
REVOKED = (*APPLIED, determined(outcome="revoked"))
RECEIVED = (*REVOKED, of_review("notice_received", "2022-04-05"))
DISCHARGED = fact("order.discharged", "2023-01-10", order_id="S1", with_consent=True)


# Ten years from 2018, so that its order or notice overlaps with the indefinite ground.
TERM_ABROAD = convicted("2018-06-11", "imprisonment", "P1Y", conviction_id="F1", foreign=True)


def no_bar(kind: str, on: str, **data: Any) -> Boundary:
    facts = (*PERSON, TERM_ABROAD, made(on, kind, **data))

    def open_on(when: str) -> Check:
        return review(facts, when, blocked_by=[], eligible=when >= "2022-01-12", rule=BY_LAW)

    return Boundary(
        APPLY,
        f"an order that does not bar: {kind}",
        open_on(day(on, -1)),
        open_on(on),
        all_of(open_on(day(on, 1)), open_on("2023-02-01")),
    )


WHO = (
    from_day(APPLY, "30 July 2012", EARLY, "2012-07-30"),
    barred("an SHPO's last day", (*PERSON, made("2018-01-10", ends_on="2023-01-09")),
           "2023-01-09"),
    barred("an interim SHPO's last day",
           (*PERSON, made("2021-01-10", "interim_shpo", ends_on="2023-01-09")), "2023-01-09"),
    barred("a SOPO's discharge", (*PERSON, made("2014-01-10", "sopo"), DISCHARGED), "2023-01-09"),
    barred("an interim SOPO's last day",
           (*PERSON, made("2014-01-10", "interim_sopo", ends_on="2023-01-09")), "2023-01-09"),
    *(no_bar(kind, "2020-01-10") for kind in ("sro", "interim_sro", "terrorist_travel_order",
                                              "terrorist_notification_order")),
    *(no_bar(kind, "2014-01-10") for kind in ("rosho", "fto", "interim_notification_order")),
    *(no_bar(kind, on, foreign_conviction_id="F1")
      for kind, on in (("notification_order", "2020-01-10"), ("s96za_notice", "2023-01-10"))),
    Boundary(
        APPLY,
        "the end of indefinite requirements",
        accepted(RECEIVED, applied("2022-04-04", "R2")),
        refused(RECEIVED, applied("2022-04-05", "R2"), "not_indefinite", APPLY, insist=False),
        refused(RECEIVED, applied("2022-04-06", "R2"), "not_indefinite", APPLY, insist=False),
    ),
)  # fmt: skip


def qualifies(on: str | None, facts: Facts, rule: str | None = BY_LAW, **needs: str) -> Check:
    return review(facts, "2023-01-01", qualifying_on=on, rule=rule, **needs)


NOT_TOLD = "no notification since the first release"
WHEN = (
    from_day(BY_LAW, "15 years", PERSON, "2022-01-12"),
    from_day(BY_LAW, "8 years for one under 18", released(born="1987-01-11"), "2015-01-12"),
    Boundary(
        BY_LAW,
        "the 18th birthday",
        qualifies("2015-01-12", released(born="1987-01-11")),
        qualifies("2022-01-12", released(born="1987-01-10")),
        qualifies("2022-01-12", released(born="1987-01-09")),
    ),
    Boundary(
        BY_LAW,
        "the first release",
        qualifies(None, released("2007-01-09"), None, needs=NOT_TOLD),
        qualifies("2022-01-10", released("2007-01-10")),
        qualifies("2022-01-11", released("2007-01-11")),
    ),
    Boundary(
        BY_LAW,
        "1 May 2004",
        qualifies(None, released("2004-04-30", convicted_on="2003-01-10", left="2004-04-30"), None,
                  needs="first notified before 1 May 2004"),
        qualifies("2019-05-01",
                  released("2004-05-01", convicted_on="2003-01-10", left="2004-04-30")),
        qualifies("2019-05-02",
                  released("2004-05-02", convicted_on="2003-01-10", left="2004-04-30")),
    ),
    Boundary(
        BY_LAW,
        "15 years from 29 February",
        qualifies("2023-02-28", released("2008-02-28", left="2008-02-28")),
        qualifies("2023-03-01", released("2008-02-29", left="2008-02-28")),
        qualifies("2023-03-01", released("2008-03-01", left="2008-02-28")),
    ),
)  # fmt: skip


def further(years: int, on: str, rule: str) -> Check:
    facts = (*APPLIED, determined(further_years=years))
    return review(facts, "2022-04-01", qualifying_on=on, rule=rule)


def no_further(years: int) -> Check:
    said = determined(further_years=years)
    return refused(APPLIED, said, "further_period", "soa2003.s91b.4")


AGAIN = (
    from_day("soa2003.s91b.3", "8 years after a refusal", CONTINUES, "2030-04-01", "R2"),
    Boundary(
        "soa2003.s91b.3",
        "the determination",
        review(CONTINUES, "2022-03-31", qualifying_on="2022-01-12", eligible=True, rule=BY_LAW),
        review(CONTINUES, "2022-04-01", qualifying_on="2030-04-01", eligible=False,
               rule="soa2003.s91b.3"),
        review(CONTINUES, "2022-04-02", qualifying_on="2030-04-01", eligible=False,
               rule="soa2003.s91b.3"),
    ),
    Boundary(
        "soa2003.s91b.4",
        "8 years at least",
        no_further(7),
        further(8, "2030-04-01", "soa2003.s91b.3"),
        further(9, "2031-04-01", "soa2003.s91b.4"),
    ),
    Boundary(
        "soa2003.s91b.4",
        "15 years at most",
        further(14, "2036-04-01", "soa2003.s91b.4"),
        further(15, "2037-04-01", "soa2003.s91b.4"),
        no_further(16),
    ),
    from_day("soa2003.s91b.4", "a longer further period",
             (*APPLIED, determined(further_years=12)), "2034-04-01", "R2"),
)  # fmt: skip

BOUNDARIES = (*WHO, *WHEN, *AGAIN)
