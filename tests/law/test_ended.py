"""A rule that has ended no longer forbids or grants anything, and refusals say so.

Given a rule with a last day, when something is governed by that day, then every answer is as
shipped; when by the day after, then the rule no longer applies.
"""

from __future__ import annotations

from datetime import date

import pytest

from law.boundaries import improbable, retention, review_steps, reviews
from law.boundaries.acts import longer, old_order
from law.boundaries.base import Facts, day, recorded, step, warned_of
from law.boundaries.recall import decided, returned
from law.later import ended
from law.test_governing_days import HOMELESS, INSIDE, RISK
from spec import FactSpec, Record, convicted, fact, made, notified, registered, sentenced
from tracker.domain.answers.why import why
from tracker.domain.errors import Refused, TrackerError
from tracker.domain.law.tables import Law
from tracker.domain.meaning import flagging

DAY = "2020-03-02"


def ends_with(rule: str, last_day: str) -> Law:
    return ended(rule, date.fromisoformat(last_day))


def the_day_before(rule: str, of: str) -> Law:
    """The tables in which a rule ended the day before."""
    return ends_with(rule, day(of, -1))


def refusal(record: Record, said: FactSpec) -> Refused | None:
    return record.when(said).refused


def assert_names(refused: Refused | None, code: str, rule: str, last_day: str) -> None:
    assert refused is not None
    assert (refused.code, refused.rule) == (code, rule)
    assert refused.overridable
    assert last_day in refused.message
    assert refused.section


FULL = [("shpo", "soa2003.s103a"), ("interim_shpo", "soa2003.s103f"), ("sro", "soa2003.s122a"),
        ("interim_sro", "soa2003.s122e")]  # fmt: skip


class TestAnOrderMadeUnderAPowerThatEnded:
    @pytest.mark.parametrize(("kind", "rule"), FULL)
    def test_it_is_refused_from_the_day_after_and_says_which_day(
        self, kind: str, rule: str
    ) -> None:
        law = ends_with(rule, DAY)
        record = recorded(law, (registered(),))
        record.when(made(DAY, kind)).then_accepted()
        assert_names(refusal(record, made(day(DAY, 1), kind)), "kind_did_not_exist", rule, DAY)

    @pytest.mark.parametrize(
        ("kind", "rule"), [("sopo", "soa2003.s104"), ("rosho", "soa2003.s123"),
                           ("fto", "soa2003.s114"), ("interim_sopo", "soa2003.s109")]
    )  # fmt: skip
    def test_an_earlier_last_day_is_the_one_that_counts(self, kind: str, rule: str) -> None:
        record = recorded(ends_with(rule, "2012-03-04"), (registered(),))
        record.when(made("2012-03-04", kind)).then_accepted()
        refused = refusal(record, made("2012-03-05", kind))
        assert_names(refused, "kind_did_not_exist", rule, "2012-03-04")

    def test_an_order_made_in_time_is_served_varied_and_breached_after(self) -> None:
        record = recorded(ends_with("soa2003.s103a", DAY), (registered(), made(DAY)))
        record.given(
            fact("order.served", "2020-03-09", order_id="S1"),
            fact("order.varied", "2021-03-09", order_id="S1", ends_on="2030-01-01"),
            fact("breach.reported", "2021-04-09", breach_id="B1", of="order", order_id="S1"),
        )

    def test_a_notice_and_the_notification_order_that_was_applied_for_in_time(self) -> None:
        abroad = (
            registered(),
            convicted("2019-01-31", "imprisonment", "P4Y", foreign=True),
        )
        notice = made("2023-03-02", "s96za_notice", foreign_conviction_id="C1")
        record = recorded(the_day_before("soa2003.s96za", "2023-03-02"), abroad)
        refused = refusal(record, notice)
        assert_names(refused, "kind_did_not_exist", "soa2003.s96za", "2023-03-01")

    @pytest.mark.parametrize(("applied_on", "accepted"), [(DAY, True), (day(DAY, 1), False)])
    def test_a_notification_order_is_saved_where_applied_for_in_time(
        self, applied_on: str, accepted: bool
    ) -> None:
        abroad = (
            registered(),
            convicted("2019-01-31", "imprisonment", "P4Y", foreign=True),
            fact("order.applied_for", applied_on, order_id="S1", kind="notification_order"),
        )
        order = made("2020-06-01", "notification_order", foreign_conviction_id="C1")
        refused = refusal(recorded(ends_with("soa2003.s97", DAY), abroad), order)
        assert (refused is None) is accepted
        assert refused is None or (refused.code, refused.rule) == (
            "kind_did_not_exist", "soa2003.s97",
        )  # fmt: skip


SHORT = made(DAY, ends_on=day(DAY, 30))
DISCHARGED = fact("order.discharged", day(DAY, 30), order_id="S1")
TRAVEL = made(DAY, travel_ends_on=day(DAY, 3000))
BINDING = [
    ("soa2003.s103c.2", (registered(),), SHORT, "minimum_length"),
    ("soa2003.s103e.7", (registered(), made(DAY)), DISCHARGED, "discharge_barred"),
    ("soa2003.s103d.1", (registered(),), TRAVEL, "travel_too_long"),
]


@pytest.mark.parametrize(("rule", "facts", "said", "code"), BINDING)
def test_a_bar_that_has_ended_no_longer_refuses(
    rule: str, facts: Facts, said: FactSpec, code: str
) -> None:
    still = refusal(recorded(ends_with(rule, DAY), facts), said)
    assert still is not None
    assert (still.code, still.rule) == (code, rule)
    assert refusal(recorded(the_day_before(rule, DAY), facts), said) is None


class TestTheRightToAReviewThatEnded:
    LAST = "2022-02-01"
    LAW = ends_with("soa2003.s91a", LAST)

    def test_nobody_applies_after_the_last_day_of_it(self) -> None:
        record = recorded(self.LAW, reviews.PERSON)
        record.when(reviews.applied(self.LAST)).then_accepted()
        refused = refusal(record, reviews.applied(day(self.LAST, 1)))
        assert_names(refused, "no_review_any_more", "soa2003.s91a", self.LAST)

    def test_nobody_is_eligible_or_flagged_after_it(self) -> None:
        record = recorded(self.LAW, reviews.PERSON)
        assert record.on(self.LAST)["review"]["eligible"]
        assert not record.on(day(self.LAST, 1))["review"]["eligible"]
        [flag] = flagging.flag_actions(record.timeline)
        assert (str(flag.start), str(flag.until)) == ("2022-01-12", day(self.LAST, 1))


class TestAQualifyingDateThatNoRuleGives:
    def test_the_first_one(self) -> None:
        record = recorded(the_day_before("soa2003.s91b.2", "2007-01-12"), reviews.PERSON)
        found = record.on("2022-02-01")["review"]
        assert (found["qualifying_on"], found["rule"]) == (None, None)
        assert found["needs"] == "soa2003.s91b.2 ended on 2007-01-11, before 2007-01-12"
        refused = refusal(record, reviews.applied("2022-02-01"))
        assert_names(refused, "before_qualifying_date", "soa2003.s91b.2", "2007-01-11")

    def test_the_one_after_a_refusal(self) -> None:
        record = recorded(the_day_before("soa2003.s91b.3", "2022-04-01"), reviews.CONTINUES)
        found = record.on("2031-01-01")["review"]
        assert found["qualifying_on"] is None
        assert found["needs"] == "soa2003.s91b.3 ended on 2022-03-31, before 2022-04-01"

    def test_a_person_sets_it(self) -> None:
        record = recorded(the_day_before("soa2003.s91b.3", "2022-04-01"), reviews.CONTINUES)
        by_hand = fact(
            "review.qualifying_date_set", "2022-05-01", qualifying_on="2029-01-01",
            authorised_by="supt.1", reason="no rule",
        )  # fmt: skip
        assert record.given(by_hand).on("2030-01-01")["review"]["qualifying_on"] == "2029-01-01"


class TestALongerPeriodThatMayNoLongerBeFixed:
    LAW = the_day_before("soa2003.s91b.4", "2022-04-01")

    @pytest.mark.parametrize("years", [7, 9, 15, 16])
    def test_it_is_refused_and_says_which_day(self, years: int) -> None:
        record = recorded(self.LAW, reviews.APPLIED)
        refused = refusal(record, reviews.determined("2022-04-01", further_years=years))
        assert_names(refused, "further_period", "soa2003.s91b.4", "2022-03-31")

    @pytest.mark.parametrize("said", [{}, {"further_years": 8}])
    def test_the_usual_period_is_not(self, said: dict[str, int]) -> None:
        record = recorded(self.LAW, reviews.APPLIED)
        kept = record.given(reviews.determined("2022-04-01", **said))
        assert kept.on("2022-04-01")["review"]["rule"] == "soa2003.s91b.3"


APPEALED = reviews.of_review("appealed", "2022-06-01")


class TestAStepWithoutATime:
    def test_an_appeal(self) -> None:
        law = the_day_before("soa2003.s91e.2", "2022-04-05")
        record = recorded(law, review_steps.REFUSED)
        assert record.due("review_appeal", "2022-04-06") is None
        record.when(APPEALED).then_accepted()
        in_time = recorded(ends_with("soa2003.s91e.2", "2022-04-05"), review_steps.REFUSED)
        in_time.when(APPEALED).then_refused(
            "appeal_too_late", overridable=True, rule="soa2003.s91e.2"
        )

    def test_an_acknowledgement(self) -> None:
        law = the_day_before("soa2003.s91b.8", "2022-02-01")
        assert recorded(law, reviews.APPLIED).due("review_acknowledge", "2022-02-10") is None
        step(reviews.APPLIED, "2022-03-10", "acknowledged", "soa2003.s91b.8",
             due_on=None, overdue=False)(law)  # fmt: skip

    def test_a_reply_and_a_determination(self) -> None:
        law, facts = the_day_before("soa2003.s91c.1", "2022-02-10"), review_steps.NOTIFIED
        assert recorded(law, facts).due("review_determine", "2022-03-01") is None
        for name in ("body_replied", "determined"):
            step(facts, "2023-03-01", name, "soa2003.s91c.1", due_on=None, overdue=False)(law)

    def test_a_determination_is_due_by_the_body_that_was_notified_in_time(self) -> None:
        later = reviews.of_review("body_notified", "2022-02-11", body="prison")
        law, facts = ends_with("soa2003.s91c.1", "2022-02-10"), (*review_steps.NOTIFIED, later)
        assert recorded(law, facts).due("review_determine", "2022-03-01") == "2022-04-21"


CLOCKS = [
    ("soa2003.s83.1", DAY, INSIDE[:-3], "initial_notification", DAY, None),
    ("soa2003.s84.1", "2021-07-01", INSIDE, "change_notification", "2021-07-01", None),
    ("soa2003.s85.1", "2020-06-02", INSIDE[:-2], "periodic_notification", "2020-06-02", None),
    ("soa2003.s85.3", "2021-07-01", INSIDE, "periodic_notification", "2021-07-01", "2021-06-02"),
    ("soa2003.s85.5", "2020-06-02", HOMELESS, "periodic_notification", "2020-06-02", "2021-06-02"),
    ("soa2003.s122f", "2020-03-09", RISK, "sro_notification", "2020-03-09", None),
]


@pytest.mark.parametrize(("rule", "governed_on", "facts", "what", "on", "due"), CLOCKS)
def test_a_clock_that_has_ended_sets_no_date(
    rule: str, governed_on: str, facts: Facts, what: str, on: str, due: str | None
) -> None:
    last = recorded(ends_with(rule, governed_on), facts).due(what, on)
    assert last is not None
    assert last != due
    record = recorded(the_day_before(rule, governed_on), facts)
    assert record.due(what, on) == due
    assert why(record.timeline, date.fromisoformat(on))


class TestARecallOfAKindThatEnded:
    FACTS = returned("fixed_term_28", DAY, "2020-03-09")

    def test_it_is_warned_of_and_has_no_last_day(self) -> None:
        law = the_day_before("cja2003.s255b.28", DAY)
        assert warned_of(recorded(law, (registered(),)), decided("fixed_term_28", DAY)) == [
            "a fixed_term_28 recall after 2020-03-01, the last day of it [cja2003.s255b.28]"
        ]
        assert recorded(law, self.FACTS).on("2020-03-09")["recalls"][0]["last_day"] is None

    def test_one_decided_in_time_keeps_it(self) -> None:
        law = ends_with("cja2003.s255b.28", DAY)
        assert warned_of(recorded(law, (registered(),)), decided("fixed_term_28", DAY)) == []
        [found] = recorded(law, self.FACTS).on("2020-03-09")["recalls"]
        assert found["last_day"] == "2020-04-05"


def test_nothing_is_erased_once_no_rule_says_when() -> None:
    asked = "2020-06-01"
    law = the_day_before("practice.retention", asked)
    refused = retention.decided(law, retention.YOUNGER, asked, reviewed=True)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.rule) == ("retained", "practice.retention")
    assert "2020-05-31, the last day of practice.retention" in refused.message
    kept = retention.decided(ends_with("practice.retention", asked), retention.YOUNGER, asked, True)
    assert isinstance(kept, str)


WARNED = [
    ("bfda1971.s1", "2023-05-08", (registered(),), convicted("2023-05-08", "fine")),
    ("record.sense", improbable.DAY, improbable.many(39), improbable.LEVEL),
    ("asbcpa2014.s114", "2016-03-07", old_order("sopo"), longer("varied", "2016-03-07")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "on", "facts", "said"), WARNED)
def test_a_warning_by_a_rule_that_has_ended_is_not_given(
    rule: str, on: str, facts: Facts, said: FactSpec
) -> None:
    [warning] = warned_of(recorded(ends_with(rule, on), facts), said)
    assert rule in warning
    assert warned_of(recorded(the_day_before(rule, on), facts), said) == []


class TestAPeriodThatNoRuleGives:
    """Who is subject, and for how long, is never guessed."""

    @pytest.mark.parametrize(
        ("rule", "ended_before", "facts"),
        [
            ("soa2003.s82.1", DAY, (registered(), convicted(DAY, "fine"))),
            ("soa2003.s132.3", "2020-06-01", (registered(), convicted(DAY, threshold=True),
                                              sentenced("2020-06-01", "imprisonment", "P1Y"))),
        ],
    )  # fmt: skip
    def test_it_is_an_error_that_names_rule_and_day(
        self, rule: str, ended_before: str, facts: Facts
    ) -> None:
        assert recorded(ends_with(rule, ended_before), facts).subject("2020-06-01")
        record = recorded(the_day_before(rule, ended_before), facts)
        wrong = rf"{rule}' ended on {day(ended_before, -1)}: .* as at {ended_before}"
        with pytest.raises(TrackerError, match=wrong):
            record.subject("2020-06-01")

    def test_the_halving_that_ended_leaves_the_whole(self) -> None:
        young: Facts = (
            registered("2006-01-01", born="2005-01-01"),
            convicted(DAY, "fine"),
            notified(DAY),
        )
        half = recorded(ends_with("soa2003.s82.2", DAY), young)
        whole = recorded(the_day_before("soa2003.s82.2", DAY), young)
        assert (half.last_day(DAY), whole.last_day(DAY)) == ("2022-09-01", "2025-03-01")
        assert why(whole.timeline, date.fromisoformat(DAY))
