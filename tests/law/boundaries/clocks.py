"""What is due and by when: ss.83-85, 122F and the meetings of MAPPA."""

from __future__ import annotations

from law.boundaries.base import Boundary, Check, Facts, due, falls_due, not_due
from spec import FactSpec, convicted, fact, made, notified, registered

DAY = "2025-03-03"
INITIAL, CHANGE, PERIODIC, SRO = (
    "initial_notification", "change_notification", "periodic_notification", "sro_notification",
)  # fmt: skip
FINED = (registered("2000-01-01"), convicted(DAY, "fine"))
TOLD = (*FINED, notified("2025-03-04"))


def inside(on: str, until: str) -> Facts:
    return (fact("custody.entered", on, kind="remand"), fact("custody.left", until))


def abroad(on: str, until: str) -> Facts:
    return (fact("individual.departed", on), fact("individual.returned", until))


def initial(taken: Facts, due_on: str) -> Check:
    """The initial notification, with some of its days inside or abroad."""
    return due((*FINED, *taken), INITIAL, "2025-06-10", due_on, "soa2003.s83.1")


FIRST = (
    falls_due("soa2003.s83.1", "the third day", FINED, INITIAL, "2025-03-05"),
    Boundary(
        "soa2003.s83.1",
        "custody on the third day",
        initial(inside("2025-03-06", "2025-06-10"), "2025-03-05"),
        initial(inside("2025-03-05", "2025-06-10"), "2025-06-10"),
        initial(inside("2025-03-04", "2025-06-10"), "2025-06-11"),
    ),
    Boundary(
        "soa2003.s83.1",
        "departure on the third day",
        initial(abroad("2025-03-06", "2025-06-10"), "2025-03-05"),
        initial(abroad("2025-03-05", "2025-06-10"), "2025-06-10"),
        initial(abroad("2025-03-04", "2025-06-10"), "2025-06-11"),
    ),
    Boundary(
        "soa2003.s83.1",
        "notification on the relevant date",
        due((*FINED, notified("2025-03-02")), INITIAL, DAY, "2025-03-05", "soa2003.s83.1"),
        not_due((*FINED, notified(DAY)), INITIAL, DAY),
        not_due((*FINED, notified("2025-03-04")), INITIAL, "2025-03-04"),
    ),
)

OUT = (*TOLD, *inside("2025-04-01", "2025-06-10"))
BACK = (*OUT, *inside("2025-06-12", "2025-08-01"))


def told_again(on: str, kind: str = "change") -> Facts:
    return (*OUT, notified(on, kind))


RELEASE = (
    falls_due("soa2003.s84.1", "the third day after release", OUT, CHANGE, "2025-06-12"),
    Boundary(
        "soa2003.s84.1",
        "custody again on the third day",
        due((*OUT, *inside("2025-06-13", "2025-08-01")), CHANGE, "2025-08-01", "2025-06-12",
            "soa2003.s84.1"),
        due(BACK, CHANGE, "2025-06-11", "2025-08-01", "soa2003.s84.1"),
        due((*OUT, *inside("2025-06-11", "2025-08-01")), CHANGE, "2025-06-10", "2025-08-02",
            "soa2003.s84.1"),
    ),
    Boundary(
        "soa2003.s84.1",
        "notification on the day of release",
        due(told_again("2025-06-09"), CHANGE, "2025-06-10", "2025-06-12", "soa2003.s84.1"),
        not_due(told_again("2025-06-10"), CHANGE, "2025-06-10"),
        not_due(told_again("2025-06-11"), CHANGE, "2025-06-11"),
    ),
)  # fmt: skip


def year(back: str, due_on: str) -> Check:
    """The year from 4 March 2025; at its end the person is inside, until `back`."""
    facts = (*TOLD, *inside("2026-01-10", back))
    return due(facts, PERIODIC, back, due_on, "soa2003.s85.1")


def leap(notified_on: str, due_on: str) -> Check:
    facts = (registered("2000-01-01"), convicted("2023-01-10", "life"), notified(notified_on))
    return due(facts, PERIODIC, notified_on, due_on, "soa2003.s85.1")


ON_THE_LAST_DAY = (registered("2000-01-01"), convicted(DAY, finding="caution"))

YEARLY = (
    falls_due("soa2003.s85.1", "a year", TOLD, PERIODIC, "2026-03-04"),
    Boundary(
        "soa2003.s85.3",
        "release on the last day of the year",
        year("2026-03-03", "2026-03-04"),
        year("2026-03-04", "2026-03-04"),
        year("2026-03-05", "2026-03-07"),
    ),
    Boundary(
        "soa2003.s85.1",
        "a year from 29 February",
        leap("2024-02-28", "2025-02-28"),
        leap("2024-02-29", "2025-02-28"),
        leap("2024-03-01", "2025-03-01"),
    ),
    Boundary(
        "soa2003.s85.1",
        "a year that ends on the last day subject",
        due((*ON_THE_LAST_DAY, notified("2026-03-01")), PERIODIC, "2026-03-01", "2027-03-01",
            "soa2003.s85.1"),
        due((*ON_THE_LAST_DAY, notified("2026-03-02")), PERIODIC, "2026-03-02", "2027-03-02",
            "soa2003.s85.1"),
        not_due((*ON_THE_LAST_DAY, notified("2026-03-03")), PERIODIC, "2026-03-03"),
    ),
)  # fmt: skip


def homeless(notified_on: str, due_on: str, rule: str) -> Check:
    facts = (
        registered("2000-01-01"),
        convicted("2012-01-10", "life"),
        notified(notified_on, no_fixed_address=True),
    )
    return due(facts, PERIODIC, notified_on, due_on, rule)


WEEKLY = (
    Boundary(
        "soa2003.s85.5",
        "13 August 2012",
        homeless("2012-08-12", "2013-08-12", "soa2003.s85.1"),
        homeless("2012-08-13", "2012-08-20", "soa2003.s85.5"),
        homeless("2012-08-14", "2012-08-21", "soa2003.s85.5"),
    ),
    falls_due(
        "soa2003.s85.5",
        "the seventh day",
        (*FINED, notified("2025-03-04", no_fixed_address=True)),
        PERIODIC,
        "2025-03-11",
    ),
)

SERVED = (registered("2000-01-01"), made(DAY, "sro", served_on="2025-03-10"))
RISK = "soa2003.s122f"


def served(*more: FactSpec, on: str = "2025-03-20") -> Check:
    return due((*SERVED, *more), SRO, on, "2025-03-12", RISK)


RISK_ORDERS = (
    falls_due(RISK, "the third day after service", SERVED, SRO, "2025-03-12"),
    Boundary(
        RISK,
        "custody, which does not stop the clock",
        served(*inside("2025-03-09", "2025-03-20")),
        served(*inside("2025-03-10", "2025-03-20")),
        served(*inside("2025-03-11", "2025-03-20")),
    ),
    Boundary(
        RISK,
        "being otherwise subject from the day of service",
        not_due((*SERVED, convicted("2025-03-09", "fine")), SRO, "2025-03-10"),
        not_due((*SERVED, convicted("2025-03-10", "fine")), SRO, "2025-03-10"),
        due((*SERVED, convicted("2025-03-12", "fine")), SRO, "2025-03-11", "2025-03-12", RISK),
    ),
)

ACTION = {"action_id": "A1", "text": "Visit", "owner": "police", "due_on": "2025-04-01"}
MET = (
    registered("2000-01-01"),
    fact("category.assigned", DAY, category=3),
    fact("level.set", DAY, level=2),
    fact("meeting.held", DAY, meeting_id="M1", level=2, invited=[], attended=[],
         next_review_on="2025-05-01", actions=[ACTION]),
)  # fmt: skip
CLOSED = (*MET, fact("action.closed", "2025-04-10", meeting_id="M1", action_id="A1"))

MEETINGS = (
    falls_due("mappa.meeting", "the next review", MET, "meeting_due", "2025-05-01"),
    falls_due("mappa.meeting", "the action's date", MET, "action_due", "2025-04-01"),
    Boundary(
        "mappa.meeting",
        "the action being closed",
        due(CLOSED, "action_due", "2025-04-09", "2025-04-01", "mappa.meeting"),
        not_due(CLOSED, "action_due", "2025-04-10"),
        not_due(CLOSED, "action_due", "2025-04-11"),
    ),
)

BOUNDARIES = (*FIRST, *RELEASE, *YEARLY, *WEEKLY, *RISK_ORDERS, *MEETINGS)
