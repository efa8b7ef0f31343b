"""Notification periods: who is subject, from and to which day (SOA 2003 ss.80-82, 134)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import Record, convicted, fact, given, registered, sentenced

DAY = "2024-03-11"
ADULT = registered("1996-01-01", born="1970-01-01")


def person(*facts: Any) -> Record:
    return given(ADULT, *facts)


class TestTheTableOfS82:
    """s.82(1): the last day is the day before the anniversary of the relevant date."""

    @pytest.mark.parametrize(
        ("kind", "term", "last_day"),
        [
            ("imprisonment", "P1D", "2031-03-10"),
            ("imprisonment", "P6M", "2031-03-10"),  # 6 months or less: 7 years
            ("imprisonment", "P6M1D", "2034-03-10"),  # more than 6 months: 10 years
            ("imprisonment", "P29M30D", "2034-03-10"),
            ("imprisonment", "P30M", None),  # 30 months or more: indefinite
            ("imprisonment", "P2Y6M", None),
            ("imprisonment", "P30M1D", None),
            ("suspended_sentence", "P6M", "2031-03-10"),
            ("suspended_sentence", "P2Y", "2034-03-10"),
            ("extended_sentence", "P29M", "2034-03-10"),
            ("extended_sentence", "P30M", None),  # custody and extension together
            ("detention_and_training", "P12M", "2031-03-10"),  # its custodial half is the term
            ("detention_and_training", "P12M1D", "2034-03-10"),
            ("detention_and_training", "P2Y", "2034-03-10"),
            ("life", None, None),
            ("ipp", None, None),
            ("hospital_order", None, "2031-03-10"),
            ("hospital_order_with_restriction", None, None),
            ("conditional_discharge", "P1Y", "2025-03-10"),  # the discharge period itself
            ("conditional_discharge", "P36M", "2027-03-10"),
            ("community_order", None, "2029-03-10"),
            ("fine", None, "2029-03-10"),
            ("other", None, "2029-03-10"),
        ],
    )
    def test_adult(self, kind: str, term: str | None, last_day: str | None) -> None:
        found = person(convicted(DAY, kind, term)).on("2024-06-01")["notification"]
        assert (found["subject"], found["from"], found["last_day"]) == (True, DAY, last_day)
        assert found["indefinite"] == (last_day is None)

    @pytest.mark.parametrize(
        ("days", "sentenced_on", "last_day"),
        [
            ("P181D", "2023-01-01", "2029-12-31"),  # 6 months from 1 January are 181 days
            ("P182D", "2023-01-01", "2032-12-31"),
            ("P184D", "2023-07-01", "2030-06-30"),  # and 184 from 1 July
            ("P185D", "2023-07-01", "2033-06-30"),
            ("P911D", "2024-01-01", "2033-12-31"),  # 30 months from 1 January 2024 are 912 days
            ("P912D", "2024-01-01", None),
        ],
    )
    def test_a_term_in_days_is_laid_on_the_calendar(
        self, days: str, sentenced_on: str, last_day: str | None
    ) -> None:
        assert (
            person(convicted(sentenced_on, "imprisonment", days)).last_day(sentenced_on) == last_day
        )

    def test_a_term_in_days_is_laid_from_the_sentence_not_the_finding(self) -> None:
        late = person(convicted("2023-01-01"), sentenced("2023-07-01", "imprisonment", "P184D"))
        assert late.last_day("2023-07-01") == "2029-12-31"

    def test_caution(self) -> None:
        assert person(convicted(DAY, finding="caution")).last_day(DAY) == "2026-03-10"

    def test_an_absolute_discharge_is_no_conviction_s134(self) -> None:
        found = person(convicted(DAY, "absolute_discharge"))
        assert not found.subject(DAY)
        assert found.spells("notification") == []

    def test_an_absolute_discharge_ends_the_wait_for_the_disposal(self) -> None:
        found = person(convicted(DAY), sentenced("2024-05-20", "absolute_discharge"))
        assert found.last_day(DAY) == "2024-05-19"

    @pytest.mark.parametrize("finding", ["insanity", "disability"])
    @pytest.mark.parametrize(
        ("kind", "last_day"),
        [
            ("hospital_order", "2031-03-10"),
            ("hospital_order_with_restriction", None),
            ("other", "2029-03-10"),
            ("life", "2029-03-10"),
            ("imprisonment", "2029-03-10"),
            ("conditional_discharge", "2027-03-10"),
            ("absolute_discharge", "none"),
        ],
    )
    def test_findings_of_insanity_and_disability(
        self, finding: str, kind: str, last_day: str | None
    ) -> None:
        term = {"imprisonment": "P5Y", "conditional_discharge": "P3Y"}.get(kind)
        found = person(convicted(DAY, kind, term, finding=finding))
        if last_day == "none":
            assert not found.subject(DAY)
        else:
            assert found.last_day(DAY) == last_day
            assert found.on(DAY)["notification"]["grounds"][0]["ground"] == "finding"

    def test_the_last_day_and_the_day_after(self) -> None:
        found = person(convicted(DAY, "fine"))
        assert not found.subject("2024-03-10")
        assert found.subject(DAY)
        assert found.subject("2029-03-10")
        assert not found.subject("2029-03-11")
        assert found.on("2029-03-11")["status"]["category"] is None

    @pytest.mark.parametrize(
        ("on", "last_day"),
        [("2024-02-29", "2029-02-28"), ("2024-02-28", "2029-02-27"), ("2023-03-01", "2028-02-29")],
    )
    def test_29_february(self, on: str, last_day: str) -> None:
        assert person(convicted(on, "fine")).last_day(on) == last_day

    def test_another_offence_makes_nobody_subject(self) -> None:
        assert not person(convicted(DAY, "life", schedule_3=False)).subject(DAY)

    def test_a_foreign_conviction_alone_makes_nobody_subject(self) -> None:
        assert not person(convicted(DAY, "life", foreign=True)).subject(DAY)


class TestUnder18:
    """s.82(2): halved for a person under 18 on the relevant date."""

    @pytest.mark.parametrize(
        ("kind", "term", "young", "adult"),
        [
            ("imprisonment", "P6M1D", "2029-03-10", "2034-03-10"),
            ("imprisonment", "P6M", "2027-09-10", "2031-03-10"),
            ("hospital_order", None, "2027-09-10", "2031-03-10"),
            ("community_order", None, "2026-09-10", "2029-03-10"),
            ("caution", None, "2025-03-10", "2026-03-10"),
            ("imprisonment", "P30M", None, None),  # indefinite is not halved
            ("hospital_order_with_restriction", None, None, None),
            ("conditional_discharge", "P2Y", "2026-03-10", "2026-03-10"),  # nor a discharge
        ],
    )
    def test_the_18th_birthday(
        self, kind: str, term: str | None, young: str | None, adult: str | None
    ) -> None:
        finding = "caution" if kind == "caution" else "conviction"
        for born, last_day in (
            ("2006-03-12", young),  # 18 tomorrow
            ("2006-03-11", adult),  # 18 today
            ("2006-03-10", adult),
        ):
            found = given(registered(DAY, born=born), convicted(DAY, kind, term, finding=finding))
            assert found.last_day(DAY) == last_day
            if last_day == young != adult:
                assert found.on(DAY)["notification"]["grounds"][0]["rule"] == "soa2003.s82.2"

    @pytest.mark.parametrize(
        ("on", "last_day"), [("2022-02-28", "2024-08-27"), ("2022-03-01", "2027-02-28")]
    )
    def test_born_on_29_february_is_18_on_1_march(self, on: str, last_day: str) -> None:
        found = given(registered("2020-01-01", born="2004-02-29"), convicted(on, "fine"))
        assert found.last_day(on) == last_day

    def test_a_half_period_without_a_corresponding_day_ends_with_the_month(self) -> None:
        found = given(registered("2020-01-01", born="2010-01-01"), convicted("2023-08-31", "fine"))
        assert found.last_day("2023-08-31") == "2026-02-28"

    def test_the_age_is_that_on_the_relevant_date_not_at_sentence(self) -> None:
        found = given(
            registered(DAY, born="2006-03-12"), convicted(DAY), sentenced("2024-05-20", "fine")
        )
        assert found.last_day(DAY) == "2026-09-10"

    def test_the_relevant_date_of_a_threshold_offence_is_its_sentence(self) -> None:
        found = given(
            registered(DAY, born="2006-03-12"),
            convicted(DAY, threshold=True),
            sentenced("2024-05-20", "imprisonment", "P12M", threshold_met=True),
        )
        assert found.last_day("2024-05-20") == "2034-05-19"

    def test_a_corrected_date_of_birth_counts_for_all_days(self) -> None:
        found = given(registered(DAY, born="2006-03-12"), convicted(DAY, "fine"))
        found = found.given(fact("individual.amended", "2024-09-01", date_of_birth="2006-03-11"))
        assert found.last_day(DAY) == "2029-03-10"

    def test_of_two_amendments_that_of_the_later_day_stands_however_recorded(self) -> None:
        found = given(registered(DAY, born="2000-01-01"), convicted(DAY, "fine"))
        young = fact("individual.amended", "2024-09-01", date_of_birth="2006-03-12")
        adult = fact("individual.amended", "2024-10-01", date_of_birth="1990-01-01")
        for both in ((young, adult), (adult, young)):
            record = found.given(*both)
            assert record.last_day(DAY) == "2029-03-10"
            assert record.on(DAY)["date_of_birth"] == "1990-01-01"
            record.given(convicted("1990-01-01", conviction_id="C2"))
            early = convicted("1989-12-31", conviction_id="C2")
            record.when(early).then_refused("before_birth")


class TestBetweenFindingAndDisposal:
    """Contract, section 3: the ground applies without a last day, and is not indefinite."""

    def test_no_last_day_is_known(self) -> None:
        found = person(convicted(DAY)).on("2025-01-01")["notification"]
        assert (found["subject"], found["last_day"], found["indefinite"]) == (True, None, False)
        assert found["grounds"][0]["rule"] == "soa2003.s80"

    def test_the_period_runs_from_the_conviction_whenever_sentenced(self) -> None:
        found = person(convicted(DAY), sentenced("2024-09-30", "imprisonment", "P6M"))
        assert found.last_day(DAY) == "2031-03-10"

    def test_a_sentence_after_the_period_ends_it_that_day(self) -> None:
        found = person(convicted(DAY), sentenced("2025-09-01", "conditional_discharge", "P1Y"))
        assert found.last_day(DAY) == "2025-08-31"


class TestThe1997Act:
    """s.81: no day before 1 September 1997; an earlier finding only for a person caught."""

    def test_a_finding_before_counts_only_if_caught(self) -> None:
        assert not person(convicted("1997-08-31", "life")).subject("2000-01-01")
        caught = person(convicted("1997-08-31", "life", s81_caught=True))
        assert not caught.subject("1997-08-31")
        assert caught.on("1997-09-01")["notification"]["from"] == "1997-09-01"

    def test_a_finding_on_the_day_counts(self) -> None:
        assert person(convicted("1997-09-01", "fine")).last_day("1997-09-01") == "2002-08-31"

    def test_the_period_runs_from_the_finding(self) -> None:
        caught = person(convicted("1996-01-10", "fine", s81_caught=True))
        assert caught.last_day("1997-09-01") == "2001-01-09"

    @pytest.mark.parametrize(("on", "subject"), [("1995-08-31", False), ("1995-09-02", True)])
    def test_a_period_over_by_then_never_counts(self, on: str, subject: bool) -> None:
        old = given(
            registered("1995-01-01", born="1970-01-01"),
            convicted(on, "conditional_discharge", "P2Y", s81_caught=True),
        )
        assert old.subject("1997-09-01") == subject

    def test_an_earlier_caution_never_counts(self) -> None:
        assert not person(convicted("1997-08-31", finding="caution", s81_caught=True)).subject(
            "1997-09-01"
        )
        assert person(convicted("1997-09-01", finding="caution")).subject("1997-09-01")
