"""Several facts at once: aggregates that branch, orders in a row, revocation and variation."""

from __future__ import annotations

from typing import Any

from spec import (
    FactSpec,
    Record,
    convicted,
    fact,
    given,
    made,
    notified,
    registered,
    sentenced,
    voided,
    with_override,
)

PRISON = "imprisonment"


def joined(ref: str, term: str, to: str) -> FactSpec:
    return convicted("2018-03-01", PRISON, term, conviction_id=ref, consecutive_to=to)


class TestAggregates:
    """s.82(3), (4)"""

    def test_a_chain_that_branches_is_one_aggregate(self) -> None:
        person = given(
            registered(),
            convicted("2018-03-01", PRISON, "P6M", conviction_id="A"),
            joined("B", "P6M", "A"),
            joined("C", "P6M", "A"),
            joined("D", "P6M", "B"),
            joined("E", "P6M", "C"),
        )
        grounds = person.on("2019-01-01")["notification"]["grounds"]
        assert [(g["ref"], g["indefinite"]) for g in grounds] == [(r, True) for r in "ABCDE"]

    def test_a_conviction_not_yet_sentenced_adds_nothing(self) -> None:
        person = given(
            registered(),
            convicted("2018-03-01", conviction_id="A"),
            joined("B", "P12M", "A"),
        )
        grounds = person.on("2019-01-01")["notification"]["grounds"]
        assert [(g["ref"], g["last_day"]) for g in grounds] == [("A", None), ("B", "2028-02-29")]

    def test_a_sentence_without_a_term_adds_nothing_and_hides_nothing(self) -> None:
        person = given(
            registered(),
            convicted("2018-03-01", "community_order", conviction_id="A"),
            joined("B", "P20M", "A"),
            joined("C", "P12M", "B"),
        )
        assert person.on("2019-01-01")["notification"]["indefinite"]


class TestOrders:
    """ss.103C(6), 103E"""

    def test_each_new_shpo_ends_the_one_before(self) -> None:
        person = given(
            registered(),
            made("2016-01-04", order_id="S1"),
            made("2017-01-04", order_id="S2"),
            made("2018-01-04", order_id="S3"),
        )
        ends = [o["last_day"] for o in person.on("2019-01-01")["orders"]]
        assert ends == ["2017-01-03", "2018-01-03", None]

    def test_an_order_quashed_after_it_ended_ended_when_it_did(self) -> None:
        person = given(
            registered(),
            made("2016-01-04", order_id="S1", ends_on="2021-01-03"),
            fact("order.quashed", "2022-05-02", order_id="S1"),
        )
        assert person.on("2023-01-01")["orders"][0]["last_day"] == "2021-01-03"
        assert person.last_day("2018-01-01") == "2021-01-03"

    def test_an_shpo_that_names_a_foreign_conviction_runs_as_an_shpo(self) -> None:
        person = given(
            registered(),
            convicted("2015-06-01", "fine", conviction_id="F1", foreign=True),
            made("2018-01-04", ends_on="2028-01-03", foreign_conviction_id="F1"),
        )
        assert person.last_day("2019-01-01") == "2028-01-03"

    def test_a_travel_prohibition_ends_with_the_order_and_with_life(self) -> None:
        person = given(registered(), made("2018-01-04", travel_ends_on="2022-01-03"))
        discharged = fact("order.discharged", "2020-05-04", order_id="S1", with_consent=True)
        for ended in (discharged, fact("individual.died", "2020-05-04")):
            answer = person.given(ended).on("2020-05-03")
            assert answer["orders"][0]["travel_last_day"] == "2020-05-03"
            due = {d["what"]: d["due_on"] for d in answer["deadlines"]}
            assert due["travel_prohibition_ends"] == "2020-05-03"


def indefinite() -> Record:
    """Released and notified in 2008, so that an application may be made from 11 January 2023."""
    return given(
        registered(),
        convicted("2005-03-10", PRISON, "P5Y"),
        fact("custody.entered", "2005-03-10", kind="sentence", conviction_id="C1"),
        fact("custody.left", "2008-01-10"),
        notified("2008-01-11"),
    )


def revoked(notice: str) -> tuple[FactSpec, ...]:
    by: dict[str, Any] = {"determined_by": "supt.1", "rank": "superintendent"}
    return (
        fact("review.applied", "2025-01-06", review_id="R1"),
        fact("review.determined", "2025-03-18", review_id="R1", outcome="revoked", **by),
        fact("review.notice_received", notice, review_id="R1"),
    )


class TestRevocation:
    """s.91C(4)"""

    def test_a_sentence_varied_later_does_not_undo_it(self) -> None:
        person = indefinite().given(*revoked("2025-03-21"))
        varied = person.given(sentenced("2025-06-02", PRISON, "P24M"))
        assert varied.last_day("2025-01-01") == "2025-03-20"
        assert not varied.subject("2025-06-03")

    def test_a_sentence_varied_that_very_day_does_not_undo_it(self) -> None:
        person = indefinite().given(*revoked("2025-03-21"))
        varied = person.given(sentenced("2025-03-21", PRISON, "P24M"))
        assert not varied.subject("2025-03-21")

    def test_an_early_one_stands_though_the_sentence_is_varied_that_day(self) -> None:
        by: dict[str, Any] = {"determined_by": "supt.1", "rank": "superintendent"}
        person = indefinite().given(
            with_override(fact("review.applied", "2013-01-07", review_id="R1")),
            fact("review.determined", "2013-03-18", review_id="R1", outcome="revoked", **by),
            fact("review.notice_received", "2013-03-21", review_id="R1"),
            sentenced("2013-03-21", PRISON, "P24M"),
        )
        assert person.subject("2013-03-20")
        assert not person.subject("2013-03-21")

    def test_it_ends_the_indefinite_requirements_of_a_notice(self) -> None:
        person = given(
            registered(),
            convicted("2003-06-02", PRISON, "P5Y", conviction_id="F1", foreign=True),
            made("2006-02-01", "notification_order", "N1", foreign_conviction_id="F1"),
            notified("2006-02-02"),
            *revoked("2025-03-21"),
        )
        varied = person.given(sentenced("2025-06-02", PRISON, "P24M", ref="F1"))
        for either in (person, varied):
            assert either.subject("2025-03-20")
            assert not either.subject("2025-03-21")


class TestForeign:
    """ss.96ZA, 97"""

    def test_a_notice_whose_foreign_conviction_is_voided_makes_nobody_subject(self) -> None:
        person = given(
            registered(),
            convicted("2020-06-01", PRISON, "P24M", id="f1", conviction_id="F1", foreign=True),
            made("2023-02-01", "s96za_notice", "N1", foreign_conviction_id="F1"),
            voided("2023-05-01", "f1"),
        )
        assert not person.subject("2023-06-01")

    def test_the_first_clock_begins_with_service(self) -> None:
        for kind, on in (("notification_order", "2021-02-01"), ("s96za_notice", "2023-02-01")):
            served = on[:8] + "10"
            person = given(
                registered(),
                convicted("2020-06-01", PRISON, "P24M", conviction_id="F1", foreign=True),
                made(on, kind, "N1", foreign_conviction_id="F1", served_on=served),
            )
            assert person.due("initial_notification", on) == on[:8] + "12"


class TestClocks:
    """ss.83, 91C"""

    def test_an_order_with_the_id_of_a_conviction_does_not_move_its_clock(self) -> None:
        person = given(
            registered(),
            convicted("2024-01-10", "community_order"),
            made("2024-01-10", "sro", "C1", served_on="2024-02-01"),
        )
        assert person.due("initial_notification", "2024-01-10") == "2024-01-12"

    def test_the_body_notified_last_counts_whatever_its_id(self) -> None:
        person = indefinite().given(
            fact("review.applied", "2025-01-06", review_id="R1"),
            fact("review.body_notified", "2025-01-08", id="z", review_id="R1", body="probation"),
            fact("review.body_notified", "2025-01-15", id="a", review_id="R1", body="prisons"),
        )
        assert person.due("review_determine", "2025-01-16") == "2025-03-26"


class TestNames:
    """s.80(1)"""

    def test_each_finding_is_a_ground_of_its_own_name(self) -> None:
        for finding, ground in (
            ("conviction", "conviction"),
            ("caution", "caution"),
            ("insanity", "finding"),
            ("disability", "finding"),
        ):
            person = given(registered(), convicted("2024-01-10", finding=finding))
            grounds = person.on("2024-01-10")["notification"]["grounds"]
            assert [g["ground"] for g in grounds] == [ground]


class TestThreshold:
    """s.132(3)"""

    def test_varied_below_it_the_days_before_stay_as_they_were(self) -> None:
        person = given(
            registered(),
            convicted("2020-01-10", PRISON, "P4Y", threshold=True),
            sentenced("2021-05-04", PRISON, "P6M"),
        )
        before = person.on("2021-05-03")["notification"]
        assert (before["indefinite"], before["last_day"]) == (True, "2021-05-03")
        assert not person.subject("2021-05-04")


class TestAgain:
    """ss.91A-91C: what comes after a revocation."""

    def again(self) -> tuple[FactSpec, ...]:
        return (
            convicted("2025-06-02", PRISON, "P4Y", conviction_id="C2"),
            fact("custody.entered", "2025-06-02", kind="sentence", conviction_id="C2"),
            fact("custody.left", "2027-06-02"),
            notified("2027-06-03"),
        )

    def test_indefinite_requirements_that_begin_later_have_a_date_of_their_own(self) -> None:
        person = indefinite().given(*revoked("2025-03-21"), *self.again())
        assert person.on("2025-05-01")["review"]["qualifying_on"] is None
        assert person.on("2028-01-01")["review"]["qualifying_on"] == "2042-06-03"

    def test_a_notice_received_twice_revokes_once(self) -> None:
        person = indefinite().given(*revoked("2025-03-21"), *self.again())
        twice = person.given(fact("review.notice_received", "2027-07-01", review_id="R1"))
        assert twice.subject("2027-07-01")


class TestSideBySide:
    """What follows from an order does not depend on the orders before it."""

    def test_the_breach_of_another_order_hides_no_breach_of_a_risk_order(self) -> None:
        by: dict[str, Any] = {"of": "order", "order_id": "S1"}
        person = given(
            registered(),
            made("2012-01-10", "fto", "S1", ends_on="2016-01-09"),
            fact("breach.reported", "2015-02-02", breach_id="B1", **by),
            fact("breach.concluded", "2015-03-02", breach_id="B1", outcome="convicted"),
            made("2016-05-02", "sro", "S2", ends_on="2021-05-01"),
            fact("breach.reported", "2017-02-02", breach_id="B2", **by | {"order_id": "S2"}),
            fact("breach.concluded", "2017-03-02", breach_id="B2", outcome="convicted"),
        )
        assert not person.subject("2015-03-02")
        assert person.last_day("2017-03-02") == "2021-05-01"

    def test_an_order_that_ended_hides_no_later_one(self) -> None:
        person = given(
            registered(),
            made("2016-01-04", order_id="S1", ends_on="2021-01-03"),
            made("2022-01-10", "sro", "S2", ends_on="2027-01-09", served_on="2022-01-10"),
        )
        due = {d["what"]: (d["due_on"], d["rule"]) for d in person.on("2022-01-11")["deadlines"]}
        assert due["order_ends"] == ("2027-01-09", "soa2003.s122a")
        assert due["sro_notification"] == ("2022-01-12", "soa2003.s122f")

    def test_an_order_already_answered_hides_no_later_one(self) -> None:
        person = given(
            registered(),
            made("2021-01-04", "interim_sro", "I1", ends_on="2022-12-31"),
            notified("2021-01-05"),
            made("2022-01-10", "interim_sro", "I2", ends_on="2022-12-31"),
        )
        assert person.due("sro_notification", "2022-01-11") == "2022-01-12"

    def test_each_date_names_its_rule(self) -> None:
        person = given(
            registered(),
            convicted("2022-01-10", "community_order"),
            made("2022-01-10", ends_on="2029-01-09", travel_ends_on="2025-01-09"),
        )
        rules = {d["what"]: d["rule"] for d in person.on("2022-02-01")["deadlines"]}
        assert rules["order_ends"] == "soa2003.s103a"
        assert rules["travel_prohibition_ends"] == "soa2003.s103d.1"
        assert rules["notification_ends"] in ("soa2003.s82.1", "soa2003.s103g")

    def test_a_meeting_falls_due_at_level_3_too(self) -> None:
        held = fact(
            "meeting.held", "2024-02-05", meeting_id="M1", level=3, invited=["police"],
            attended=["police"], next_review_on="2024-03-04",
        )  # fmt: skip
        person = given(
            registered(),
            convicted("2024-01-10", "community_order"),
            fact("level.set", "2024-01-15", level=3),
            held,
        )
        assert person.due("meeting_due", "2024-02-10") == "2024-03-04"


class TestWhere:
    """Custody, recall and licence as late facts leave them."""

    def test_a_release_found_to_follow_a_departure_leaves_the_person_abroad(self) -> None:
        person = given(
            registered(),
            fact("custody.entered", "2020-01-10", kind="immigration"),
            fact("custody.left", "2020-03-10"),
            fact("individual.departed", "2020-02-10", recorded="2020-04-01"),
        )
        assert person.on("2020-03-11")["status"]["location"] == "abroad"

    def test_a_return_while_inside_changes_nothing(self) -> None:
        person = given(
            registered(),
            fact("custody.entered", "2020-01-10", kind="remand"),
            fact("individual.returned", "2020-02-10"),
        )
        assert person.on("2020-02-11")["status"]["location"] == "custody"

    def test_a_licence_for_life_has_no_end(self) -> None:
        person = given(
            registered(),
            fact("custody.entered", "2020-01-10", kind="remand"),
            fact("custody.left", "2020-03-10", licence_for_life=True, licence_until="2021-01-01"),
        )
        assert [s.until for s in person.spells("licence")] == [None]

    def test_a_recall_cancelled_has_no_last_day(self) -> None:
        person = given(
            registered(),
            fact("recall.decided", "2020-01-10", recall_id="R1", kind="fixed_term_28"),
            fact("custody.entered", "2020-01-12", kind="recall", recall_id="R1"),
        )
        [recall] = person.on("2020-02-01")["recalls"]
        assert recall["last_day"] == "2020-02-08"
        cancelled = person.given(fact("recall.cancelled", "2020-01-20", recall_id="R1"))
        [recall] = cancelled.on("2020-02-01")["recalls"]
        assert (recall["cancelled"], recall["last_day"]) == (True, None)
