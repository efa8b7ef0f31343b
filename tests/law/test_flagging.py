"""Flags of review eligibility (ss.91A-91B Sexual Offences Act 2003): when due, when true."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st

from law.strategies import histories
from spec import (
    SUBJECT,
    FactSpec,
    Record,
    convicted,
    fact,
    given,
    law,
    made,
    notified,
    registered,
    voided,
)
from tracker.domain.law.review import flags
from tracker.domain.meaning.flagging import flag_actions, why_untrue
from tracker.domain.meaning.timeline import timeline
from tracker.domain.record.entry import Entry

QUALIFIES = "2019-06-02"
LIFER = (
    registered(),
    convicted("2000-01-10", "imprisonment", "P6Y", id="c"),
    fact("custody.entered", "2000-01-10", kind="sentence", conviction_id="C1"),
    fact("custody.left", "2004-06-01"),
    notified("2004-06-02", id="n"),
)


def flagged(on: str, qualifies: str = QUALIFIES, id: str = "flag") -> FactSpec:
    basis = {"rule": "soa2003.s91b.2", "entries": ["/cheshire/ppu n"]}
    return fact("review.eligibility_flagged", on, id=id, qualifying_on=qualifies, basis=basis)


def doing(record: Record, day: str) -> list[tuple[str, str]]:
    """The actions due on a day: (act, qualifying date)."""
    on = date.fromisoformat(day)
    return [
        (one.act, one.qualifying_on.isoformat())
        for one in flag_actions(record.timeline)
        if one.start <= on and (one.until is None or on < one.until)
    ]


def test_a_flag_is_due_from_the_qualifying_date() -> None:
    record = given(*LIFER)
    assert doing(record, "2019-06-01") == []
    assert doing(record, QUALIFIES) == [("flag", QUALIFIES)]
    assert doing(record, "2025-01-01") == [("flag", QUALIFIES)]


def test_nobody_is_flagged_before_the_scheme_began() -> None:
    """30 July 2012: with eight years for a person under 18."""
    young = (registered(born="1983-06-01"), *LIFER[1:])
    record = given(*young)
    assert doing(record, "2012-07-29") == []
    assert doing(record, "2012-07-30") == [("flag", "2012-06-02")]


def test_whoever_is_barred_is_flagged_when_the_bar_has_ended() -> None:
    """s.91A(2)(b): a sexual harm prevention order in force."""
    record = given(*LIFER, made("2018-01-01", ends_on="2024-03-31"))
    assert doing(record, "2024-03-31") == []
    assert doing(record, "2024-04-01") == [("flag", QUALIFIES)]


def test_a_qualifying_date_is_flagged_once() -> None:
    record = given(*LIFER, flagged(QUALIFIES))
    assert doing(record, "2030-01-01") == []
    barred = record.given(made("2020-01-01", ends_on="2025-12-31"))
    assert doing(barred, "2026-06-01") == [], "the bar came after the flag, and has ended"


def test_a_late_fact_that_moves_the_date_makes_the_flag_untrue() -> None:
    """s.91B(10): the first notification after the first release counts, now another one."""
    record = given(*LIFER, flagged(QUALIFIES))
    moved = record.given(voided("2020-01-10", "n", recorded="2020-01-10"),
                         notified("2006-06-02", recorded="2020-01-10"))  # fmt: skip
    assert doing(moved, "2020-01-10") == [("withdraw", QUALIFIES)]
    assert doing(moved, "2021-06-02") == [("withdraw", QUALIFIES), ("flag", "2021-06-02")]
    said = why_untrue(moved.timeline, flags(moved.timeline.entries)[0])
    assert said == "the qualifying date as on 2019-06-02 is 2021-06-02"


def test_a_bar_that_is_known_late_makes_the_flag_untrue() -> None:
    record = given(*LIFER, flagged(QUALIFIES),
                   made("2019-01-01", ends_on="2024-06-30", recorded="2019-09-01"))  # fmt: skip
    assert doing(record, "2019-09-01") == [("withdraw", QUALIFIES)]
    again = record.given(voided("2019-09-02", "flag", recorded="2019-09-02"))
    assert doing(again, "2019-09-02") == []
    assert doing(again, "2024-07-01") == [("flag", QUALIFIES)]


def test_what_happens_after_a_flag_leaves_it_true() -> None:
    """A determination, a new date, a revocation, a death: the person could apply on that day."""
    record = given(*LIFER, flagged(QUALIFIES), fact("review.applied", "2019-07-01", review_id="R"))
    refused = record.given(
        fact("review.determined", "2019-08-20", review_id="R", outcome="continues",
             determined_by="a superintendent", rank="superintendent")
    )  # fmt: skip
    assert doing(refused, "2020-01-01") == []
    assert doing(refused, "2027-08-20") == [("flag", "2027-08-20")]
    died = record.given(fact("individual.died", "2019-12-01"))
    assert doing(died, "2020-01-01") == []


def test_whoever_is_dead_or_no_longer_subject_is_not_flagged() -> None:
    record = given(*LIFER, fact("individual.died", "2018-12-01"))
    assert flag_actions(record.timeline) == []


def test_nothing_is_done_about_whoever_was_erased() -> None:
    record = given(*LIFER, flagged("2019-06-01"))
    assert doing(record, "2020-01-01") == [("withdraw", QUALIFIES), ("flag", QUALIFIES)]
    erased = record.given(
        fact(
            "individual.erased",
            "2020-01-01",
            authorised_by="dpo",
            reason="time",
            retention="practice.retention",
            born=[],
        )
    )
    assert doing(erased, "2020-01-02") == []


@settings(max_examples=60, deadline=None)
@given_(histories(), st.lists(st.dates(date(2010, 1, 1), date(2032, 1, 1)), max_size=40))
def test_it_is_due_on_the_very_days_on_which_an_application_would_be_valid(
    entries: list[Entry], days: list[date]
) -> None:
    t = timeline(SUBJECT, entries, law())
    if t is None:
        return
    due = [one for one in flag_actions(t) if one.act == "flag"]
    near = {day + timedelta(n) for one in due for day in (one.start, one.until) if day
            for n in (-1, 0)}  # fmt: skip
    stand = {f.fact.qualifying_on for f in t.flags if why_untrue(t, f) is None}  # type: ignore[attr-defined]
    for day in {*days, *near}:
        on = [one.qualifying_on for one in due
              if one.start <= day and (one.until is None or day < one.until)]  # fmt: skip
        standing = t.review_on(day)
        wanted = [standing.on] if t.eligible(day) and standing else []
        assert on == [q for q in wanted if q not in stand]


def test_what_a_flag_says_must_be_a_date() -> None:
    with pytest.raises(AssertionError):
        given(*LIFER, flagged(QUALIFIES, "soon"))
