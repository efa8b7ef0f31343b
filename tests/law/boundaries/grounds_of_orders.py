"""Being subject by an order, a notice or a breach: ss.96ZA-100, 103G, 107 and 122I."""

from __future__ import annotations

from typing import Any

from law.boundaries.base import (
    Boundary,
    Check,
    Facts,
    accepted,
    begins,
    day,
    due,
    ends,
    free,
    not_by,
    order,
    refused,
    subject,
)
from spec import FactSpec, convicted, fact, made, registered

PERSON = (registered("1996-01-01"),)
MADE, LAST_DAY = "2020-03-02", "2025-03-01"


def both(rule: str, kind: str, on: str, last_day: str) -> tuple[Boundary, ...]:
    """Subject from the making of an order to its last day."""
    facts = (*PERSON, made(on, kind, ends_on=last_day))
    return (
        begins(rule, f"the making of a {kind}", facts, on, last_day),
        ends(rule, f"the end of a {kind}", facts, last_day),
    )


def alone(rule: str, kind: str, on: str) -> Boundary:
    """An order that makes nobody subject."""
    facts = (*PERSON, made(on, kind))
    return Boundary(rule, f"a {kind}, which makes nobody subject",
                    free(facts, day(on, -1)), free(facts, on), free(facts, day(on, 1)))  # fmt: skip


DISCHARGED = (
    *PERSON,
    made("2018-03-02"),
    fact("order.discharged", MADE, order_id="S1", with_consent=True),
)
BY_ORDER = (
    *both("soa2003.s103g", "shpo", MADE, LAST_DAY),
    *both("soa2003.s103g", "interim_shpo", MADE, "2020-04-01"),
    *both("soa2003.s107", "sopo", "2008-03-03", "2013-03-02"),
    *both("soa2003.s107", "interim_sopo", "2008-03-03", "2008-04-02"),
    *both("soa2003.s100", "interim_notification_order", "2020-03-02", "2020-04-01"),
    ends("soa2003.s103g", "the discharge of an SHPO", DISCHARGED, "2020-03-01"),
    alone("soa2003.s114", "fto", "2014-03-03"),
    alone("soa2003.s122a", "sro", MADE),
    alone("soa2003.s122e", "interim_sro", MADE),
    alone("soa2003.s123", "rosho", "2014-03-03"),
    alone("cta2008.sch4", "terrorist_notification_order", MADE),
    alone("cta2008.sch5", "terrorist_travel_order", MADE),
)


def served(on: str, due_on: str) -> Check:
    facts = (*PERSON, made(MADE, served_on=on))
    return due(facts, "initial_notification", "2020-03-20", due_on, "soa2003.s83.1")


SERVICE = Boundary(
    "soa2003.s103g",
    "service, which moves the first notification alone",
    served("2020-03-02", "2020-03-04"),
    served("2020-03-03", "2020-03-05"),
    served("2020-03-04", "2020-03-06"),
)

# Convicted abroad on 10 June 2018; 6 months make 7 years, so to 9 June 2025.
CHANGE, PERIOD_ENDS = "2022-11-29", "2025-06-09"
ABROAD = (
    *PERSON,
    convicted("2018-06-10", "imprisonment", "P6M", conviction_id="F1", foreign=True),
)
APPLIED = (
    *ABROAD,
    fact("order.applied_for", "2022-11-28", order_id="N1", kind="notification_order"),
)
APPLIED_LATE = (
    *ABROAD,
    fact("order.applied_for", CHANGE, order_id="N1", kind="notification_order"),
)


def named(kind: str, on: str) -> FactSpec:
    return made(on, kind, "N1", foreign_conviction_id="F1")


def notice(on: str) -> FactSpec:
    return named("s96za_notice", on)


def old_order(on: str) -> FactSpec:
    return named("notification_order", on)


def interim(on: str, **data: Any) -> FactSpec:
    return made(on, "interim_notification_order", "I1", **data)


DID_NOT_EXIST = "kind_did_not_exist"


def no_more(facts: Facts, said: FactSpec) -> Check:
    return refused(facts, said, DID_NOT_EXIST, "soa2003.s97", insist=False)


RAN_OUT = (
    *ABROAD,
    fact("order.applied_for", "2022-01-10", order_id="N1", kind="notification_order"),
)
FOREIGN = (
    Boundary(
        "soa2003.s96za",
        "29 November 2022",
        refused(ABROAD, notice("2022-11-28"), DID_NOT_EXIST, "soa2003.s96za", insist=False),
        accepted(ABROAD, notice(CHANGE)),
        accepted(ABROAD, notice("2022-11-30")),
    ),
    Boundary(
        "soa2003.s96za",
        "the last day of the period abroad",
        accepted(ABROAD, notice(day(PERIOD_ENDS, -1))),
        accepted(ABROAD, notice(PERIOD_ENDS)),
        refused(ABROAD, notice(day(PERIOD_ENDS, 1)), "period_run_out", "soa2003.s96za",
                insist=False),
    ),
    begins("soa2003.s96zc", "the day a notice is given",
           (*ABROAD, notice("2023-02-01")), "2023-02-01", PERIOD_ENDS),
    ends("soa2003.s96zc", "the end of the period abroad",
         (*ABROAD, notice("2023-02-01")), PERIOD_ENDS),
    ends("soa2003.s96zc", "the notice being cancelled",
         (*ABROAD, notice("2023-02-01"), fact("order.quashed", "2024-01-10", order_id="N1")),
         "2024-01-09"),
    Boundary(
        "soa2003.s97",
        "28 November 2022",
        accepted(ABROAD, old_order("2022-11-27")),
        accepted(ABROAD, old_order("2022-11-28")),
        no_more(ABROAD, old_order(CHANGE)),
    ),
    Boundary(
        "soa2003.s97",
        "an application on 28 November 2022",
        accepted(APPLIED, old_order("2022-11-28")),
        accepted(APPLIED, old_order("2022-12-20")),
        no_more(APPLIED_LATE, old_order("2022-12-20")),
    ),
    Boundary(
        "soa2003.s97",
        "the last day of the period abroad",
        accepted(RAN_OUT, old_order(day(PERIOD_ENDS, -1))),
        accepted(RAN_OUT, old_order(PERIOD_ENDS)),
        refused(RAN_OUT, old_order(day(PERIOD_ENDS, 1)), "period_run_out", "soa2003.s97",
                insist=False),
    ),
    begins("soa2003.s97", "the making of the order",
           (*ABROAD, old_order("2019-02-01")), "2019-02-01", PERIOD_ENDS),
    ends("soa2003.s97", "the end of the period abroad",
         (*ABROAD, old_order("2019-02-01")), PERIOD_ENDS),
    Boundary(
        "soa2003.s100",
        "28 November 2022",
        accepted(ABROAD, interim("2022-11-27")),
        accepted(ABROAD, interim("2022-11-28")),
        no_more(ABROAD, interim(CHANGE)),
    ),
    Boundary(
        "soa2003.s100",
        "the full order",
        *(
            subject((*ABROAD, interim("2020-01-10"), old_order(MADE)), on, rule, last_day)
            for on, rule, last_day in (
                ("2020-03-01", "soa2003.s100", "2020-03-01"),
                (MADE, "soa2003.s97", PERIOD_ENDS),
                ("2020-03-03", "soa2003.s97", PERIOD_ENDS),
            )
        ),
    ),
    Boundary(
        "soa2003.s100",
        "a notice in place of the full order",
        *(
            subject((*ABROAD, interim("2022-10-10"), notice("2023-02-01")), on, rule, last_day)
            for on, rule, last_day in (
                ("2023-01-31", "soa2003.s100", "2023-01-31"),
                ("2023-02-01", "soa2003.s96zc", PERIOD_ENDS),
                ("2023-02-02", "soa2003.s96zc", PERIOD_ENDS),
            )
        ),
    ),
)  # fmt: skip


def shown(rule: str, kind: str, facts: Facts, on: str) -> Boundary:
    """An order for a conviction abroad, shown from its own day, without a last day of its own."""
    ref = "I1" if kind.startswith("interim") else "N1"
    return Boundary(
        rule,
        f"the order itself, {kind}",
        order(facts, day(on, -1), None, in_force=False, rule=rule, ref=ref),
        order(facts, on, None, in_force=True, rule=rule, ref=ref),
        order(facts, day(on, 1), None, in_force=True, rule=rule, ref=ref),
    )


SHOWN = (
    shown("soa2003.s97", "notification_order", (*ABROAD, old_order(MADE)), MADE),
    shown("soa2003.s100", "interim_notification_order", (*ABROAD, interim(MADE)), MADE),
    shown("soa2003.s96za", "s96za_notice", (*ABROAD, notice("2023-02-01")), "2023-02-01"),
)

BREACH = "soa2003.s122i"


def breached(kind: str, on: str, **data: Any) -> Facts:
    """An order to 9 January 2026, its breach reported and concluded on 1 September 2021."""
    return (
        *PERSON,
        made(on, kind, ends_on="2026-01-09", **data),
        fact("breach.reported", "2021-06-01", breach_id="B1", of="order", order_id="S1"),
        fact("breach.concluded", "2021-09-01", breach_id="B1", outcome="convicted"),
    )


def abroad_breached(kind: str, on: str) -> Facts:
    return (
        *ABROAD,
        named(kind, on),
        fact("breach.reported", "2024-06-03", breach_id="B1", of="order", order_id="N1"),
        fact("breach.concluded", "2024-09-02", breach_id="B1", outcome="convicted"),
    )


ACQUITTED = fact("breach.concluded", "2022-03-01", breach_id="B1", outcome="acquitted")
BREACHES = (
    *(
        boundary
        for kind, on in (("sro", MADE), ("interim_sro", MADE), ("rosho", "2014-03-03"))
        for boundary in (
            begins(BREACH, f"the conviction of a breach of a {kind}", breached(kind, on),
                   "2021-09-01", "2026-01-09"),
            ends(BREACH, f"the end of a {kind} breached", breached(kind, on), "2026-01-09"),
        )
    ),
    ends(BREACH, "an acquittal on appeal", (*breached("sro", MADE), ACQUITTED), "2022-02-28"),
    *(
        Boundary(BREACH, f"a breach of a {kind}, which is no ground of its own",
                 *(not_by(breached(kind, on), day("2021-09-01", n), BREACH) for n in (-1, 0, 1)))
        for kind, on in (
            ("shpo", MADE), ("interim_shpo", MADE), ("sopo", "2014-03-03"),
            ("interim_sopo", "2014-03-03"), ("fto", "2014-03-03"),
            ("interim_notification_order", MADE),
            ("terrorist_travel_order", MADE), ("terrorist_notification_order", MADE),
        )
    ),
    *(
        Boundary(BREACH, f"a breach of a {kind} for a conviction abroad",
                 *(not_by(abroad_breached(kind, on), day("2024-09-02", n), BREACH)
                   for n in (-1, 0, 1)))
        for kind, on in (("notification_order", MADE), ("s96za_notice", "2023-02-01"))
    ),
)  # fmt: skip

BOUNDARIES = (*BY_ORDER, SERVICE, *FOREIGN, *SHOWN, *BREACHES)
