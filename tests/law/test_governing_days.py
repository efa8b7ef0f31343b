"""The governing day of each number of the law, to the day.

Given a rule with one number changed from a day on, when that is the day after the governing day,
then the answer is as before; when it is the governing day itself, then the answer changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from law.boundaries import improbable, retention, review_steps, reviews
from law.boundaries.acts import old_order
from law.boundaries.base import Facts, recorded, warned_of
from law.boundaries.recall import returned
from law.later import Files, tables, with_later_version
from spec import FactSpec, convicted, fact, law, made, notified, registered, sentenced
from tracker.domain.answers.review_process import review_answer
from tracker.domain.answers.why import why
from tracker.domain.law.shapes import GoverningDay
from tracker.domain.law.tables import Law

Ask = Callable[[Law], Any]


class Question(NamedTuple):
    """A number, a question whose answer depends on it, and the governing day in that question."""

    rule: str
    number: str
    governed_by: GoverningDay
    day: str
    ask: Ask


def grounds(facts: Facts, on: str) -> Ask:
    def ask(law: Law) -> Any:
        found = recorded(law, facts).on(on)["notification"]["grounds"]
        return [(g["last_day"], g["indefinite"], g["version"]) for g in found]

    return ask


def due(facts: Facts, what: str, on: str) -> Ask:
    return lambda law: recorded(law, facts).due(what, on)


def refused(facts: Facts, said: FactSpec) -> Ask:
    def ask(law: Law) -> Any:
        outcome = recorded(law, facts).when(said)
        return outcome.refused and str(outcome.refused)

    return ask


def qualifying(facts: Facts, on: str) -> Ask:
    def ask(law: Law) -> Any:
        found = recorded(law, facts).on(on)["review"]
        return found["qualifying_on"], found["version"]

    return ask


def step(facts: Facts, name: str, on: str) -> Ask:
    def ask(law: Law) -> Any:
        record = recorded(law, facts)
        known_at = record.entries[-1].recorded_at
        answer = review_answer(record.timeline, date.fromisoformat(on), known_at)
        return [s["due_on"] for s in answer["applications"][0]["steps"] if s["step"] == name]

    return ask


def recall(kind: str) -> Ask:
    facts = returned(kind, "2026-04-07", "2026-04-20")
    return lambda law: recorded(law, facts).on("2026-04-20")["recalls"][0]["last_day"]


def erased(facts: Facts, on: str) -> Ask:
    return lambda law: str(retention.decided(law, facts, on, reviewed=True))


def warned(facts: Facts, said: FactSpec) -> Ask:
    return lambda law: warned_of(recorded(law, facts), said)


FOUND, SENTENCED = "2020-03-02", "2020-06-01"  # the relevant date, and another day


def disposed(kind: str, term: str | None = None, born: str = "1990-01-01") -> Facts:
    return (registered(born=born), convicted(FOUND), sentenced(SENTENCED, kind, term))


def period(number: str, kind: str, term: str | None = None, born: str = "1990-01-01") -> Question:
    asked = grounds(disposed(kind, term, born), SENTENCED)
    return Question("soa2003.s82.1", number, "relevant_date", FOUND, asked)


CAUTIONED: Facts = (
    registered(),
    convicted(FOUND, finding="caution", disposal={"kind": "caution"}),
)
BY_THRESHOLD: Facts = (
    registered(),
    convicted(FOUND, threshold=True),
    sentenced(SENTENCED, "imprisonment", "P1Y"),
)
PERIODS = [
    period("indefinite_from_months", "imprisonment", "P4Y"),
    period("short_term_months", "imprisonment", "P8M"),
    period("years_longer_term", "imprisonment", "P8M"),
    period("years_short_term", "imprisonment", "P5M"),
    period("years_hospital", "hospital_order"),
    period("years_other", "fine"),
    Question("soa2003.s82.1", "years_caution", "relevant_date", FOUND, grounds(CAUTIONED, FOUND)),
    Question("soa2003.s82.2", "age", "relevant_date", FOUND, grounds(disposed("fine"), SENTENCED)),
    Question("soa2003.s132.3", "default_months", "day_sentenced", SENTENCED,
             grounds(BY_THRESHOLD, SENTENCED)),
]  # fmt: skip

INSIDE: Facts = (
    *disposed("fine"),
    notified("2020-06-02"),
    fact("custody.entered", "2021-05-01", kind="sentence"),
    fact("custody.left", "2021-07-01"),
)
HOMELESS: Facts = (*disposed("fine"), notified("2020-06-02", no_fixed_address=True))
SERVED: Facts = (registered(), made(FOUND, "shpo", served_on="2020-03-09"))
RISK: Facts = (registered(), made(FOUND, "sro", served_on="2020-03-09"))
CLOCKS = [
    Question("soa2003.s83.1", "days", "relevant_date", FOUND,
             due(disposed("fine"), "initial_notification", SENTENCED)),
    Question("soa2003.s83.1", "days", "relevant_date", "2020-03-09",
             due(SERVED, "initial_notification", "2020-03-09")),
    Question("soa2003.s84.1", "days", "day_of_release", "2021-07-01",
             due(INSIDE, "change_notification", "2021-07-01")),
    Question("soa2003.s85.1", "years", "day_notified", "2020-06-02",
             due(INSIDE[:-2], "periodic_notification", "2020-06-02")),
    Question("soa2003.s85.3", "days", "day_of_release", "2021-07-01",
             due(INSIDE, "periodic_notification", "2021-07-01")),
    Question("soa2003.s85.5", "days", "day_notified", "2020-06-02",
             due(HOMELESS, "periodic_notification", "2020-06-02")),
    Question("soa2003.s122f", "days", "day_served", "2020-03-09",
             due(RISK, "sro_notification", "2020-03-09")),
]  # fmt: skip

RELEASED = {"left": "2013-01-10", "notified_on": "2013-01-12"}
GROWN, YOUNG = reviews.released(**RELEASED), reviews.released(**RELEASED, born="1989-06-01")
APPLIED, NOTIFIED, REFUSED = reviews.APPLIED, review_steps.NOTIFIED, review_steps.REFUSED
CONTINUES = (*APPLIED, reviews.determined("2022-04-01"))
LONGER = reviews.determined("2022-04-01", further_years=9)
LONGEST = reviews.determined("2022-04-01", further_years=16)
APPEAL = reviews.of_review("appealed", "2022-04-26")
REVIEWS = [
    Question("soa2003.s91b.2", "years", "day_notified", "2013-01-12",
             qualifying(GROWN, "2013-02-01")),
    Question("soa2003.s91b.2", "years_under_18", "day_notified", "2013-01-12",
             qualifying(YOUNG, "2013-02-01")),
    Question("soa2003.s91b.2", "age", "day_notified", "2013-01-12",
             qualifying(GROWN, "2013-02-01")),
    Question("soa2003.s91b.3", "years", "day_determined", "2022-04-01",
             qualifying(CONTINUES, "2022-04-01")),
    Question("soa2003.s91b.4", "years_minimum", "day_determined", "2022-04-01",
             refused(APPLIED, LONGER)),
    Question("soa2003.s91b.4", "years_maximum", "day_determined", "2022-04-01",
             refused(APPLIED, LONGEST)),
    Question("soa2003.s91b.8", "days", "day_received", "2022-02-01",
             due(APPLIED, "review_acknowledge", "2022-02-10")),
    Question("soa2003.s91b.8", "days", "day_received", "2022-02-01",
             step(APPLIED, "acknowledged", "2022-02-10")),
    *(Question("soa2003.s91c.1", number, "day_received", "2022-02-10", ask)
      for number, ask in (
          ("days", due(NOTIFIED, "review_determine", "2022-03-01")),
          ("days", step(NOTIFIED, "determined", "2022-03-01")),
          ("days_body", due(NOTIFIED, "review_determine", "2022-03-01")),
          ("days_body", step(NOTIFIED, "body_replied", "2022-03-01")))),
    Question("soa2003.s91e.2", "days", "day_received", "2022-04-05",
             due(REFUSED, "review_appeal", "2022-04-06")),
    Question("soa2003.s91e.2", "days", "day_received", "2022-04-05",
             step(REFUSED, "appealed", "2022-04-06")),
    Question("soa2003.s91e.2", "days", "day_received", "2022-04-05", refused(REFUSED, APPEAL)),
]  # fmt: skip


def limits(kind: str, made_on: str, **rules: str) -> Iterator[Question]:
    """For a kind of order: its shortest period, the bar on discharge, the longest travel ban."""
    order: Facts = (registered(), made(made_on, kind))
    discharge = fact("order.discharged", shifted(made_on, 30), order_id="S1")
    short = made(made_on, kind, ends_on=shifted(made_on, 30))
    varied = shifted(made_on, 60)
    shorter = fact("order.varied", varied, order_id="S1", ends_on=shifted(varied, 30))
    travel = fact("order.varied", varied, order_id="S1", travel_ends_on=shifted(varied, 2500))
    asked: dict[str, tuple[str, list[tuple[str, Ask]]]] = {
        "shortest": ("minimum_years", [(made_on, refused((registered(),), short)),
                                       (made_on, refused(order, shorter))]),
        "discharge": ("bar_years", [(made_on, refused(order, discharge))]),
        "travel": ("maximum_years", [(varied, refused(order, travel))]),
    }  # fmt: skip
    for what, rule in rules.items():
        number, questions = asked[what]
        for day, ask in questions:
            yield Question(rule, number, "day_made", day, ask)


def extended(rule: str, kind: str) -> Question:
    """A travel prohibition made longer: it runs from its old end, by the law of the variation."""
    order: Facts = (registered(), made(FOUND, kind, travel_ends_on="2024-03-01"))
    varied = fact("order.varied", "2022-03-01", order_id="S1", travel_ends_on="2029-03-02")
    return Question(rule, "maximum_years", "day_made", "2022-03-01", refused(order, varied))


def shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


ORDERS = [
    *limits("shpo", FOUND, shortest="soa2003.s103c.2", discharge="soa2003.s103e.7",
            travel="soa2003.s103d.1"),
    *limits("sro", FOUND, shortest="soa2003.s122a.7", discharge="soa2003.s122d",
            travel="soa2003.s122c.1"),
    extended("soa2003.s103d.1", "shpo"),
    extended("soa2003.s122c.1", "sro"),
    *limits("sopo", "2012-03-05", shortest="soa2003.s104", discharge="soa2003.s108.6"),
    *limits("rosho", "2012-03-05", shortest="soa2003.s123", discharge="soa2003.s125"),
]  # fmt: skip

OTHERS = [
    *(Question(rule, "days", "day_decided", "2026-04-07", recall(kind))
      for kind, rule in (("fixed_term_14", "cja2003.s255b.14"),
                         ("fixed_term_28", "cja2003.s255b.28"),
                         ("fixed_term_56", "cja2003.s255ba"))),
    Question("practice.retention", "until_age", "day_in_question", "2020-05-10",
             erased(retention.LONG_AGO, "2020-05-10")),
    Question("practice.retention", "clear_years", "day_in_question", "2020-06-03",
             erased(retention.YOUNGER, "2020-06-03")),
    Question("record.sense", "age_of_responsibility", "day_in_question", "2023-05-02",
             warned((registered("2018-01-04", born="2010-01-01"),), convicted("2023-05-02"))),
    Question("record.sense", "facts_on_one_day", "day_in_question", improbable.LEVEL.data["on"],
             warned(improbable.many(39), improbable.LEVEL)),
    Question("asbcpa2014.s114", "treated_as_new_after_years", "day_in_question", "2021-06-01",
             warned(old_order("sopo"), fact("order.varied", "2021-06-01", order_id="S1",
                                            ends_on="2030-01-01"))),
]  # fmt: skip
QUESTIONS = [*PERIODS, *CLOCKS, *REVIEWS, *ORDERS, *OTHERS]
EVERY = [pytest.param(q, id=f"{q.rule}-{q.number}-{n}") for n, q in enumerate(QUESTIONS)]


@pytest.mark.parametrize("question", EVERY)
def test_another_number_from_the_next_day_on_changes_nothing(question: Question) -> None:
    day = date.fromisoformat(question.day) + timedelta(days=1)
    later = with_later_version(question.rule, day, question.number)
    assert question.ask(later) == question.ask(law())


@pytest.mark.parametrize("question", EVERY)
def test_another_number_from_that_day_on_is_the_one_that_counts(question: Question) -> None:
    later = with_later_version(question.rule, date.fromisoformat(question.day), question.number)
    assert question.ask(later) != question.ask(law())


def test_every_number_of_every_rule_is_asked_for() -> None:
    numbers = {(rule.id, name) for rule in law().rules for name in rule.numbers}
    assert {(q.rule, q.number) for q in QUESTIONS} == numbers


def test_the_table_says_which_day_it_is() -> None:
    governed_by = {rule.id: rule.governed_by for rule in law().rules}
    assert {(q.rule, q.governed_by) for q in QUESTIONS} <= set(governed_by.items())


def test_the_version_named_is_the_one_that_was_used() -> None:
    """Subject from 1 September 1997 by an earlier finding: the law of the relevant date."""

    def older(files: Files) -> None:
        [rule] = [r for r in files["soa2003"]["rule"] if r["id"] == "soa2003.s82.1"]
        numbers = rule["numbers"] | {"years_other": 6}
        files["soa2003"]["rule"].append(rule | {"from": date(1990, 1, 1), "numbers": numbers})
        rule["from"] = date(1997, 1, 1)

    facts = (registered(), convicted("1996-03-04", "fine", s81_caught=True))
    [found] = recorded(tables(older), facts).on("1998-01-01")["notification"]["grounds"]
    assert (found["version"], found["last_day"]) == ("1990-01-01", "2002-03-03")


def test_a_reason_names_the_version_of_the_day_that_governs() -> None:
    """Not the version of the last day, nor of the day of the question."""
    order: Facts = (registered(), made(FOUND, travel_ends_on="2024-03-01"))
    varied = fact("order.varied", "2022-03-01", order_id="S1", travel_ends_on="2025-03-01")
    rules = with_later_version("soa2003.s103d.1", date(2022, 3, 1))
    for facts, version in ((order, "2015-03-08"), ((*order, varied), "2022-03-01")):
        reasons = why(recorded(rules, facts).timeline, date(2022, 6, 1))
        [found] = [r["version"] for r in reasons if r["rule"] == "soa2003.s103d.1"]
        assert found == version
