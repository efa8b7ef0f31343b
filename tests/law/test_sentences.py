"""Sentences: thresholds, variations, quashing, aggregates, and several grounds (SOA ss.82, 132)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, registered, sentenced, voided

DAY = "2024-03-11"
ADULT = registered("1996-01-01", born="1970-01-01")


def person(*facts: Any) -> Record:
    return given(ADULT, *facts)


def second(on: str, kind: str, term: str | None = None, **data: Any) -> FactSpec:
    return convicted(on, kind, term, conviction_id="C2", **data)


def quashed(on: str, ref: str = "C1") -> FactSpec:
    return fact("conviction.quashed", on, conviction_id=ref)


class TestThresholdOffences:
    """s.132(3): a ground from the first day on which a sentence meets the threshold."""

    def test_begins_with_the_sentence(self) -> None:
        found = person(
            convicted(DAY, threshold=True), sentenced("2024-05-20", "imprisonment", "P2Y")
        )
        assert not found.subject("2024-05-19")
        assert found.last_day("2024-05-20") == "2034-05-19"

    @pytest.mark.parametrize(
        ("on", "term", "met"),
        [
            ("2023-01-01", "P11M30D", False),
            ("2023-01-01", "P12M", True),
            ("2023-01-01", "P364D", False),
            ("2023-01-01", "P365D", True),
            ("2024-01-01", "P365D", False),  # 12 months from 1 January 2024 are 366 days
            ("2024-01-01", "P366D", True),
        ],
    )
    def test_without_a_word_12_months_count_as_met(self, on: str, term: str, met: bool) -> None:
        found = person(convicted(on, "imprisonment", term, threshold=True))
        assert found.subject(on) == met
        assert "threshold_not_stated" in found.findings(on)

    @pytest.mark.parametrize(
        ("kind", "term", "met"),
        [
            ("life", None, True),
            ("ipp", None, True),
            ("hospital_order", None, True),
            ("hospital_order_with_restriction", None, True),
            ("suspended_sentence", "P12M", True),
            ("detention_and_training", "P12M", False),
            ("detention_and_training", "P24M", True),
            ("community_order", None, False),
            ("conditional_discharge", "P3Y", False),
            ("fine", None, False),
        ],
    )
    def test_without_a_word_by_disposal(self, kind: str, term: str | None, met: bool) -> None:
        assert person(convicted(DAY, kind, term, threshold=True)).subject(DAY) == met

    def test_what_is_said_decides(self) -> None:
        met = person(convicted(DAY, "community_order", threshold=True, threshold_met=True))
        assert met.last_day(DAY) == "2029-03-10"
        assert met.findings(DAY) == []
        below = convicted(DAY, "imprisonment", "P5Y", threshold=True, threshold_met=False)
        assert not person(below).subject(DAY)

    def test_what_is_said_is_of_the_sentence_in_the_same_fact(self) -> None:
        found = person(
            convicted(DAY, "fine", threshold=True, threshold_met=False),
            sentenced("2024-06-01", "imprisonment", "P12M"),
        )
        assert not found.subject("2024-05-31")
        assert found.last_day("2024-06-01") == "2034-05-31"

    def test_varied_below_it_ends_that_day(self) -> None:
        found = person(
            convicted(DAY, "imprisonment", "P12M", threshold=True),
            sentenced("2024-09-01", "imprisonment", "P6M"),
        )
        assert found.last_day(DAY) == "2024-08-31"


class TestVariedOnAppeal:
    """Contract, section 3: counted again from the relevant date; no past day becomes untrue."""

    def test_lengthened(self) -> None:
        found = person(
            convicted(DAY, "imprisonment", "P2Y"), sentenced("2024-09-01", "imprisonment", "P3Y")
        )
        [spell] = found.spells("notification")
        assert (spell.start.isoformat(), spell.until, spell.indefinite) == (DAY, None, True)

    def test_shortened(self) -> None:
        found = person(
            convicted(DAY, "imprisonment", "P3Y"), sentenced("2024-09-01", "imprisonment", "P6M")
        )
        assert found.last_day(DAY) == "2031-03-10"
        assert not found.on(DAY)["notification"]["indefinite"]

    def test_shortened_when_the_new_period_is_over_ends_that_day(self) -> None:
        found = person(
            convicted("2010-03-11", "imprisonment", "P3Y"),
            sentenced("2018-09-01", "imprisonment", "P6M"),
        )
        assert found.last_day("2018-08-31") == "2018-08-31"
        assert not found.subject("2018-09-01")

    def test_as_known_before_the_variation_nothing_changes(self) -> None:
        found = person(
            convicted(DAY, "imprisonment", "P3Y"), sentenced("2024-09-01", "imprisonment", "P6M")
        )
        assert found.known("2024-08-31").last_day(DAY) is None


class TestQuashedAndTried:
    def test_a_quashed_conviction_ends_its_ground_that_day(self) -> None:
        found = person(convicted(DAY, "imprisonment", "P5Y"), quashed("2025-01-10"))
        assert found.last_day(DAY) == "2025-01-09"

    def test_the_quashing_is_among_the_reasons(self) -> None:
        found = person(convicted(DAY, "fine"), quashed("2025-01-10"))
        [ground] = found.on(DAY)["notification"]["grounds"]
        assert ground["entries"] == ["/cheshire/ppu e2", "/cheshire/ppu e3"]

    def test_quashed_after_the_period_changes_nothing(self) -> None:
        found = person(convicted("2010-01-01", "fine"), quashed("2020-01-01"))
        assert found.last_day("2010-01-01") == "2014-12-31"

    def test_quashed_while_unsentenced(self) -> None:
        assert person(convicted(DAY), quashed("2025-01-10")).last_day(DAY) == "2025-01-09"

    def test_quashed_on_the_day_of_the_finding_leaves_no_day(self) -> None:
        assert person(convicted(DAY, "fine"), quashed(DAY)).spells("notification") == []

    def test_a_finding_of_disability_ends_with_the_trial_s82_5(self) -> None:
        found = person(
            convicted(DAY, "hospital_order", finding="disability"),
            fact("trial.concluded", "2025-01-10", conviction_id="C1"),
            second("2025-01-10", "imprisonment", "P1Y"),
        )
        [finding, conviction] = found.spells("notification")
        assert finding.until == conviction.start
        assert found.last_day(DAY) == "2035-01-09"

    def test_a_void_is_not_a_quashing(self) -> None:
        found = person(convicted(DAY, "fine"), voided("2025-01-10", "e2"))
        assert not found.subject(DAY)
        assert found.known("2025-01-09").subject(DAY)


class TestAggregates:
    """s.82(3)-(4): each conviction joined to others is treated as having the sum of their terms."""

    def both(self, first: str, other: str, **data: Any) -> Record:
        return person(
            convicted(DAY, "imprisonment", first), second(DAY, "imprisonment", other, **data)
        )

    def test_consecutive_terms_are_added(self) -> None:
        found = self.both("P3M", "P3M", consecutive_to="C1")
        assert found.last_day(DAY) == "2031-03-10"
        found = self.both("P3M", "P3M1D", consecutive_to="C1")
        assert [g["last_day"] for g in found.on(DAY)["notification"]["grounds"]] == [
            "2034-03-10"
        ] * 2
        assert self.both("P15M", "P15M", consecutive_to="C1").last_day(DAY) is None

    def test_concurrent_terms_are_not(self) -> None:
        assert self.both("P6M", "P6M").last_day(DAY) == "2031-03-10"

    @pytest.mark.parametrize(
        ("by", "last_day"), [("P4M", "2034-03-10"), ("P6M", "2031-03-10"), ("P5M29D", "2034-03-10")]
    )
    def test_what_overlaps_is_taken_off(self, by: str, last_day: str) -> None:
        found = self.both("P6M", "P6M", overlaps={"conviction_id": "C1", "by": by})
        assert found.last_day(DAY) == last_day

    def test_three_joined_through_one_another(self) -> None:
        third = convicted(DAY, "imprisonment", "P10M", conviction_id="C3", consecutive_to="C2")
        found = self.both("P10M", "P10M", consecutive_to="C1").given(third)
        assert all(g["indefinite"] for g in found.on(DAY)["notification"]["grounds"])

    def test_a_term_for_another_offence_is_not_added_and_does_not_join(self) -> None:
        found = person(
            convicted(DAY, "imprisonment", "P6M"),
            second(DAY, "imprisonment", "P5Y", schedule_3=False, consecutive_to="C1"),
            convicted(DAY, "imprisonment", "P6M", conviction_id="C3", consecutive_to="C2"),
        )
        assert found.last_day(DAY) == "2031-03-10"

    def test_a_threshold_offence_not_met_does_not_join(self) -> None:
        data = {"consecutive_to": "C1", "threshold": True, "threshold_met": False}
        assert self.both("P6M", "P6M", **data).last_day(DAY) == "2031-03-10"

    def test_a_quashed_conviction_leaves_it_that_day(self) -> None:
        found = self.both("P20M", "P20M", consecutive_to="C1").given(quashed("2025-01-10", "C2"))
        assert found.last_day(DAY) == "2034-03-10"
        assert found.known("2025-01-09").last_day(DAY) is None

    def test_a_sentence_varied_to_none_in_custody_leaves_it_that_day(self) -> None:
        """Its overlap is no longer taken off, and nothing joins through it."""
        over = {"conviction_id": "C1", "by": "P12M"}
        found = self.both("P12M", "P30M", overlaps=over)
        varied = found.given(sentenced("2024-09-02", "community_order"))
        grounds = varied.on("2024-09-02")["notification"]["grounds"]
        assert {g["ref"]: g["last_day"] for g in grounds} == {"C1": "2029-03-10", "C2": None}
        third = convicted(DAY, "imprisonment", "P12M", conviction_id="C3", consecutive_to="C1")
        chain = self.both("P12M", "P12M", consecutive_to="C1").given(third)
        assert chain.last_day(DAY) is None
        loose = chain.given(sentenced("2024-09-02", "community_order"))
        grounds = loose.on("2024-09-02")["notification"]["grounds"]
        assert [g["indefinite"] for g in grounds] == [False] * 3

    def test_a_link_stands_until_another_sentence_gives_one(self) -> None:
        found = self.both("P20M", "P20M", consecutive_to="C1")
        varied = found.given(sentenced("2024-09-01", "imprisonment", "P12M", ref="C2"))
        assert varied.last_day(DAY) is None
        loosened = sentenced(
            "2024-09-01",
            "imprisonment",
            "P20M",
            ref="C2",
            overlaps={"conviction_id": "C1", "by": "P20M"},
        )
        assert found.given(loosened).last_day(DAY) == "2034-03-10"

    def test_a_sum_that_no_calendar_holds_is_still_a_sum(self) -> None:
        chain = [
            convicted(
                DAY, "imprisonment", "P150Y", conviction_id=f"D{n}", consecutive_to=f"D{n - 1}"
            )
            for n in range(1, 60)
        ]
        first = convicted(DAY, "imprisonment", "P150Y", conviction_id="D0")
        assert person(first, *chain).last_day(DAY) is None
        over = {"conviction_id": "C1", "by": "P150Y"}
        found = person(convicted(DAY, "imprisonment", "P1M"), *(
            convicted(DAY, "imprisonment", "P1M", conviction_id=f"D{n}", overlaps=over)
            for n in range(20)
        ))  # fmt: skip
        assert found.last_day(DAY) == "2031-03-10"


class TestSeveralGrounds:
    def test_the_latest_end_counts_and_the_run_is_one(self) -> None:
        found = person(convicted("2020-01-01", "imprisonment", "P1Y"), second("2024-01-01", "fine"))
        answer = found.on("2024-06-01")["notification"]
        assert (answer["from"], answer["last_day"]) == ("2020-01-01", "2029-12-31")

    def test_a_gap_parts_the_runs(self) -> None:
        found = person(
            convicted("2020-01-01", finding="caution"),
            second("2022-01-02", "caution", finding="caution"),
        )
        assert not found.subject("2022-01-01")
        assert found.last_day("2021-01-01") == "2021-12-31"
        assert found.on("2022-01-02")["notification"]["from"] == "2022-01-02"

    def test_adjoining_grounds_make_one_run(self) -> None:
        found = person(
            convicted("2020-01-01", finding="caution"),
            second("2022-01-01", "caution", finding="caution"),
        )
        assert found.on("2023-01-01")["notification"]["from"] == "2020-01-01"

    def test_death_ends_all_departure_none(self) -> None:
        found = person(convicted(DAY, "life"), made(DAY), fact("individual.departed", "2024-06-01"))
        assert found.subject("2024-06-01")
        dead = found.given(fact("individual.died", "2025-01-10"))
        assert dead.last_day(DAY) == "2025-01-09"
        assert dead.on("2025-01-10")["status"]["category"] is None

    def test_why_is_told(self) -> None:
        [ground] = person(convicted(DAY), sentenced("2024-05-20", "fine")).on(DAY)["notification"][
            "grounds"
        ]
        assert ground["rule"] == "soa2003.s82.1"
        assert ground["version"] == "2004-05-01"
        assert ground["entries"] == ["/cheshire/ppu e2", "/cheshire/ppu e3"]


class TestCorrectedOnTheSameDay:
    def test_a_conviction_recorded_again_keeps_its_sentence(self) -> None:
        """The correct fact is recorded after a sentence of the same day, and still has it."""
        found = person(convicted(DAY), sentenced(DAY, "fine"))
        right = convicted(DAY, corrects="e2", schedule_3=True)
        assert found.given(voided("2024-04-01", "e2"), right).last_day(DAY) == "2029-03-10"
