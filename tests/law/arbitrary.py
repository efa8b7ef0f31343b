"""Arbitrary data of every type of fact, with days as offsets and references as numbers.

Used by `strategies`, which makes lawful histories from it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

# Days on which the law changes, month ends, and a few in a row, so that facts meet on one day.
TELLING = [
    "1996-02-29", "1997-08-31", "1997-09-01", "2004-04-30", "2004-05-01", "2012-07-30",
    "2012-08-13", "2015-03-07", "2015-03-08", "2016-02-29", "2018-01-31", "2018-02-28",
    "2018-03-01", "2020-06-01", "2020-06-02", "2020-06-03", "2021-08-31", "2022-11-28",
    "2022-11-29", "2023-03-31", "2023-04-01", "2028-02-29", "2030-12-31",
]  # fmt: skip
BIRTHS = ["1960-02-29", "1970-01-01", "1990-06-15", "2000-02-29", "2002-11-29"]


def one(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


def ids(letter: str, count: int = 3) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{letter}{n}" for n in range(1, count + 1)])


def some(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


SOME_DAY = st.dates(date(1996, 1, 1), date(2030, 12, 31)).map(date.isoformat)
# A day, or so many days after the last fact recorded.
DAYS: st.SearchStrategy[str | int] = st.one_of(
    st.sampled_from(TELLING), SOME_DAY, st.integers(0, 3), st.integers(0, 900)
)
LATER = st.sampled_from([0, 1, 90, 365, 731, 1826, 1827, 2000, 4000])  # days after `on`
TERMS = one("P1M", "P6M", "P6M1D", "P12M", "P15M", "P29M30D", "P30M", "P4Y", "P183D", "P912D")
TRUE = st.booleans()
CONVICTION, ORDER, REVIEW, BREACH = ids("C"), ids("S", 5), ids("R"), ids("B")
DISPOSALS = st.one_of(
    st.builds(
        lambda kind, term: {"kind": kind, "term": term},
        one("imprisonment", "imprisonment", "suspended_sentence", "extended_sentence",
            "detention_and_training", "conditional_discharge"),
        TERMS,
    ),
    st.builds(
        lambda kind: {"kind": kind},
        one("life", "ipp", "hospital_order", "hospital_order_with_restriction", "fine",
            "absolute_discharge", "community_order", "other"),
    ),
)  # fmt: skip
OVERLAPS = some({"conviction_id": CONVICTION, "by": TERMS})
JOINED = {"consecutive_to": CONVICTION, "overlaps": OVERLAPS, "threshold_met": TRUE}
KINDS = one(
    "shpo", "shpo", "interim_shpo", "sro", "sro", "interim_sro", "notification_order",
    "interim_notification_order", "s96za_notice", "sopo", "interim_sopo", "rosho", "fto",
    "terrorist_notification_order",
)  # fmt: skip
CONDITIONS = st.just([]) | st.lists(some({"text": st.just("Not so")}, ends_on=LATER), max_size=2)
CHANGES = {"travel_ends_on": LATER, "prohibitions": CONDITIONS, "requirements": CONDITIONS}
END = st.one_of(LATER.map(lambda day: {"ends_on": day}), st.just({"until_further_order": True}))
AREAS = one("cheshire", "kent", "gwent")
AGENCIES = st.lists(one("police", "probation"), max_size=2)
ACTION = {"action_id": "A1", "text": "Visit", "owner": "police", "due_on": "2022-01-01"}

# The data of every type, besides `on`; types that come more often are in COMMON more than once.
DATA: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "individual.registered": st.just({"area": "kent", "name": "B", "date_of_birth": "1970-01-01"}),
    "individual.amended": st.sampled_from(BIRTHS).map(lambda born: {"date_of_birth": born}),
    "individual.transferred": some({"to_area": AREAS}),
    "individual.departed": some({}),
    "individual.returned": some({}),
    "individual.died": some({}),
    "conviction.recorded": some(
        {"conviction_id": CONVICTION, "offence": st.just("Assault"),
         "finding": one("conviction", "conviction", "caution", "insanity", "disability"),
         "schedule_3": st.sampled_from([True, True, True, False])},
        threshold=TRUE, foreign=TRUE, s81_caught=TRUE, sentenced_on=LATER, disposal=DISPOSALS,
        **JOINED,
    ),
    "conviction.sentenced": some({"conviction_id": CONVICTION, "disposal": DISPOSALS}, **JOINED),
    "conviction.quashed": some({"conviction_id": CONVICTION}),
    "trial.concluded": some({"conviction_id": CONVICTION}),
    "custody.entered": some(
        {"kind": one("remand", "sentence", "recall", "hospital", "immigration")},
        conviction_id=CONVICTION, order_id=ORDER, because_of=one("licence", "order", "offence"),
    ),
    "custody.left": some({}, licence_until=LATER, licence_for_life=TRUE),
    "licence.ended": some({}),
    "recall.decided": some({"recall_id": ids("X"), "kind": one("standard", "emergency")}),
    "recall.cancelled": some({"recall_id": ids("X")}),
    "notification.given": some(
        {"kind": one("initial", "change", "periodic", "travel", "return")}, no_fixed_address=TRUE
    ),
    "order.applied_for": some({"order_id": ORDER, "kind": KINDS}),
    "order.made": some(
        {"order_id": ORDER, "kind": KINDS}, served_on=LATER, ends_on=LATER | st.just(4000),
        application=ORDER,
        replaces=ORDER, foreign_conviction_id=CONVICTION, **CHANGES,
    ),
    "order.served": some({"order_id": ORDER}),
    "order.varied": st.builds(
        lambda data, end: data | end, some({"order_id": ORDER}, **CHANGES), st.just({}) | END
    ),
    "order.renewed": st.builds(lambda data, end: data | end, some({"order_id": ORDER}), END),
    "order.discharged": some({"order_id": ORDER, "with_consent": TRUE}),
    "order.quashed": some({"order_id": ORDER}),
    "order.refused": some({"order_id": ORDER}),
    "breach.reported": some(
        {"breach_id": BREACH, "of": one("order", "order", "notification", "licence"),
         "order_id": ORDER}
    ),
    "breach.concluded": some(
        {"breach_id": BREACH,
         "outcome": one("charged", "cautioned", "convicted", "acquitted", "disability")}
    ),
    "category.assigned": some({"category": st.integers(2, 4)}),
    "category.ended": some({"category": st.integers(2, 4)}),
    "level.set": some({"level": st.integers(1, 3)}),
    "referral.made": some({"referral_id": ids("F"), "agency": st.just("police")}),
    "referral.decided": some(
        {"referral_id": ids("F"), "accepted": TRUE}, level=st.integers(1, 3)
    ),
    "meeting.held": some(
        {"meeting_id": ids("M"), "level": st.integers(2, 3), "invited": AGENCIES,
         "attended": AGENCIES},
        actions=st.just([ACTION]), next_review_on=LATER,
    ),
    "action.closed": some({"meeting_id": ids("M"), "action_id": st.just("A1")}),
    "review.eligibility_flagged": some(
        {"qualifying_on": LATER, "basis": st.just({"rule": "soa2003.s91b.2", "entries": []})}
    ),
    "review.qualifying_date_set": some(
        {"qualifying_on": LATER, "authorised_by": st.just("supt.1"), "reason": st.just("so")}
    ),
    "review.applied": some({"review_id": REVIEW}),
    "review.acknowledged": some({"review_id": REVIEW}),
    "review.body_notified": some({"review_id": REVIEW, "body": st.just("probation")}),
    "review.body_replied": some({"review_id": REVIEW, "body": st.just("probation")}),
    "review.determined": some(
        {"review_id": REVIEW, "outcome": one("revoked", "revoked", "continues"),
         "determined_by": st.just("supt.1"), "rank": st.just("acc")},
        further_years=st.integers(8, 15),
    ),
    "review.notice_received": some({"review_id": REVIEW}),
    "review.appealed": some({"review_id": REVIEW}),
    "review.appeal_decided": some({"review_id": REVIEW, "outcome": one("allowed", "dismissed")}),
}  # fmt: skip
COMMON = [
    *(2 * [kind for kind in DATA if kind != "individual.died"]),
    "individual.died",
    *(["conviction.recorded", "order.made", "custody.entered", "custody.left"] * 4),
    *(["conviction.sentenced", "breach.reported", "breach.concluded", "notification.given"] * 3),
    *(["level.set", "category.assigned", "category.ended", "review.applied"] * 2),
]
