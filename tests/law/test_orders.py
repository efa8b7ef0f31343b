"""Sexual harm and risk orders: lengths, ends, and being subject by them (SOA ss.103-136).

Orders and notices for foreign convictions, and breaches of risk orders, have files of their own.
"""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, registered, with_override

PERSON = given(registered("1996-01-01"))


def on_order(what: str, on: str, **data: Any) -> FactSpec:
    return fact(f"order.{what}", on, **{"order_id": "S1"} | data)


def last_days(record: Record, on: str = "2024-01-01") -> dict[str, str | None]:
    return {o["order_id"]: o["last_day"] for o in record.on(on)["orders"]}


class TestLength:
    """SHPO and SOPO 5 years at least, SRO and RoSHO 2 (ss.103C(2), 104, 122A(7), 123)."""

    @pytest.mark.parametrize(
        ("kind", "on", "short", "least"),
        [
            ("shpo", "2020-03-02", "2025-02-28", "2025-03-01"),
            ("shpo", "2020-02-29", "2025-02-27", "2025-02-28"),
            ("sopo", "2008-03-02", "2013-02-28", "2013-03-01"),
            ("sro", "2020-03-02", "2022-02-28", "2022-03-01"),
            ("sro", "2020-02-29", "2022-02-27", "2022-02-28"),
            ("rosho", "2008-03-02", "2010-02-28", "2010-03-01"),
        ],
    )
    def test_minimum(self, kind: str, on: str, short: str, least: str) -> None:
        PERSON.when(made(on, kind, ends_on=short)).then_refused("minimum_length", overridable=True)
        PERSON.given(made(on, kind, ends_on=least))
        PERSON.given(made(on, kind))

    @pytest.mark.parametrize("kind", ["interim_shpo", "interim_sro"])
    def test_an_interim_order_has_none(self, kind: str) -> None:
        PERSON.given(made("2020-03-02", kind, ends_on="2020-03-30"))

    def test_each_prohibition_lasts_as_long_requirements_need_not(self) -> None:
        part = [{"text": "Not to go there", "ends_on": "2025-02-28"}]
        said = made("2020-03-02", prohibitions=part)
        PERSON.when(said).then_refused("minimum_length", field="prohibitions", overridable=True)
        PERSON.given(made("2020-03-02", requirements=part))

    @pytest.mark.parametrize("what", ["varied", "renewed"])
    def test_a_change_leaves_no_less_counted_from_the_making(self, what: str) -> None:
        person = PERSON.given(made("2020-03-02", ends_on="2030-03-01"))
        short = on_order(what, "2024-01-10", ends_on="2025-02-28")
        person.when(short).then_refused("minimum_length", overridable=True)
        person.given(on_order(what, "2024-01-10", ends_on="2025-03-01"))

    @pytest.mark.parametrize("kind", ["shpo", "sro"])
    def test_a_travel_prohibition_lasts_5_years_at_most(self, kind: str) -> None:
        PERSON.given(made("2020-03-02", kind, travel_ends_on="2025-03-01"))
        said = made("2020-03-02", kind, travel_ends_on="2025-03-02")
        PERSON.when(said).then_refused("travel_too_long", field="travel_ends_on", overridable=True)

    def test_a_travel_prohibition_is_extended_by_5_years_at_a_time(self) -> None:
        person = PERSON.given(made("2020-03-02", travel_ends_on="2025-03-01"))
        said = on_order("varied", "2025-01-10", travel_ends_on="2030-03-02")
        person.when(said).then_refused("travel_too_long", overridable=True)
        person = person.given(on_order("varied", "2025-01-10", travel_ends_on="2030-03-01"))
        assert person.on("2025-02-01")["orders"][0]["travel_last_day"] == "2030-03-01"

    @pytest.mark.parametrize("kind", ["shpo", "sro"])
    def test_of_travel_alone_it_has_no_minimum_and_no_bar(self, kind: str) -> None:
        """Ss.103C(2), 103D(1), 103E(8), 122A(7)."""
        ban: dict[str, Any] = {"ends_on": "2025-01-09", "travel_ends_on": "2025-01-09"}
        PERSON.when(made("2024-01-10", kind, **ban)).then_refused(
            "minimum_length", overridable=True
        )
        alone = made("2024-01-10", kind, **ban, travel_only=True)
        PERSON.given(alone, on_order("renewed", "2024-12-02", ends_on="2025-06-09"))
        PERSON.given(alone, on_order("discharged", "2024-02-01"))
        longer = made("2024-01-10", kind, travel_ends_on="2029-01-10", travel_only=True)
        PERSON.when(longer).then_refused("travel_too_long", overridable=True)

    def test_one_that_has_ended_begins_anew(self) -> None:
        person = PERSON.given(made("2016-03-02", travel_ends_on="2018-03-01"))
        person.given(on_order("varied", "2020-01-10", travel_ends_on="2025-01-09"))
        said = on_order("varied", "2020-01-10", travel_ends_on="2025-01-10")
        person.when(said).then_refused("travel_too_long", overridable=True)


class TestDates:
    """Contract, section 2: SHPO and SRO from 8 March 2015, the older kinds before it."""

    @pytest.mark.parametrize("kind", ["shpo", "interim_shpo", "sro", "interim_sro"])
    def test_new_kinds(self, kind: str) -> None:
        PERSON.given(made("2015-03-08", kind))
        early = made("2015-03-07", kind)
        PERSON.when(early).then_refused("kind_did_not_exist", overridable=True)
        PERSON.given(with_override(early))

    @pytest.mark.parametrize("kind", ["sopo", "interim_sopo", "fto", "rosho"])
    def test_old_kinds(self, kind: str) -> None:
        PERSON.given(made("2015-03-07", kind))
        late = made("2015-03-08", kind)
        PERSON.when(late).then_refused("kind_did_not_exist", overridable=True)
        PERSON.given(with_override(late))

    def test_no_day_before_1_september_1997_is_a_day_subject(self) -> None:
        old = PERSON.given(made("1997-08-01", "sopo")).on("1998-01-01")
        assert old["notification"]["from"] == "1997-09-01"
        gone = PERSON.given(made("1997-01-01", "interim_sopo", ends_on="1997-08-31"))
        assert gone.spells("notification") == []


class TestDischarge:
    """Not before the end of 5 years (SRO, RoSHO: 2) from the making, unless by consent."""

    @pytest.mark.parametrize(
        ("kind", "on", "barred", "free"),
        [
            ("shpo", "2016-02-01", "2021-01-31", "2021-02-01"),
            ("shpo", "2016-02-29", "2021-02-28", "2021-03-01"),
            ("sopo", "2010-02-01", "2015-01-31", "2015-02-01"),
            ("sro", "2016-02-01", "2018-01-31", "2018-02-01"),
            ("rosho", "2010-02-01", "2012-01-31", "2012-02-01"),
        ],
    )
    def test_bars(self, kind: str, on: str, barred: str, free: str) -> None:
        person = PERSON.given(made(on, kind))
        person.when(on_order("discharged", barred)).then_refused(
            "discharge_barred", overridable=True
        )
        person.given(on_order("discharged", barred, with_consent=True))
        assert last_days(person.given(on_order("discharged", free)))["S1"] == barred

    @pytest.mark.parametrize("kind", ["interim_shpo", "interim_sro", "terrorist_travel_order"])
    def test_others_have_none(self, kind: str) -> None:
        PERSON.given(made("2020-02-01", kind), on_order("discharged", "2020-02-02"))


class TestWhatEndsAnOrder:
    def test_its_own_last_day(self) -> None:
        person = PERSON.given(made("2016-03-02", ends_on="2021-03-01"))
        assert person.on("2021-03-01")["orders"][0]["in_force"]
        assert not person.on("2021-03-02")["orders"][0]["in_force"]
        assert not person.on("2016-03-01")["orders"][0]["in_force"]

    @pytest.mark.parametrize("what", ["discharged", "quashed"])
    def test_the_day_of_its_end_is_the_first_without_it(self, what: str) -> None:
        person = PERSON.given(made("2016-03-02"), on_order(what, "2022-05-04"))
        assert last_days(person)["S1"] == "2022-05-03"
        assert not person.subject("2022-05-04")

    def test_quashed_the_day_it_was_made_it_was_never_in_force(self) -> None:
        person = PERSON.given(made("2016-03-02"), on_order("quashed", "2016-03-02"))
        assert person.spells("order") == person.spells("notification") == []
        assert not person.on("2016-03-02")["orders"][0]["in_force"]

    @pytest.mark.parametrize(
        ("older", "kind", "ends"),
        [
            ("shpo", "shpo", True),
            ("interim_shpo", "shpo", True),
            ("sopo", "shpo", True),
            ("interim_sopo", "shpo", True),
            ("fto", "shpo", True),
            ("sro", "shpo", False),
            ("rosho", "shpo", False),
            ("sro", "sro", True),
            ("interim_sro", "sro", True),
            ("rosho", "sro", True),
            ("shpo", "sro", False),
            ("sopo", "sro", False),
            ("shpo", "interim_shpo", False),
            ("terrorist_travel_order", "shpo", False),
        ],
    )
    def test_a_later_order(self, older: str, kind: str, ends: bool) -> None:
        old = older in ("sopo", "interim_sopo", "fto", "rosho")
        person = PERSON.given(
            made("2014-01-10" if old else "2016-01-10", older), made("2020-05-04", kind, "S2")
        )
        assert last_days(person) == {"S1": "2020-05-03" if ends else None, "S2": None}

    @pytest.mark.parametrize(
        ("older", "kind", "ends"),
        [
            ("sopo", "sopo", True),
            ("rosho", "rosho", True),
            ("fto", "fto", True),
            ("interim_sopo", "sopo", True),
            ("fto", "sopo", False),
            ("sopo", "rosho", False),
            ("rosho", "fto", False),
        ],
    )
    def test_an_order_of_the_old_law_ends_the_last_of_its_kind(
        self, older: str, kind: str, ends: bool
    ) -> None:
        """Ss.107(6), 115(5) and 123(7): the older one ceases to have effect."""
        person = PERSON.given(made("2009-01-12", older), made("2012-03-05", kind, "S2"))
        assert last_days(person) == {"S1": "2012-03-04" if ends else None, "S2": None}

    def test_an_order_it_replaces_whatever_its_kind(self) -> None:
        person = PERSON.given(
            made("2016-01-10", "sro"), made("2020-05-04", order_id="S2", replaces="S1")
        )
        assert last_days(person)["S1"] == "2020-05-03"

    @pytest.mark.parametrize(
        ("interim", "full"), [("interim_shpo", "shpo"), ("interim_sro", "sro")]
    )
    def test_the_full_order_made_or_refused_ends_an_interim_one(
        self, interim: str, full: str
    ) -> None:
        person = PERSON.given(made("2020-01-10", interim, "I1", application="S1"))
        after = person.given(made("2020-05-04", full))
        assert last_days(after) == {"I1": "2020-05-03", "S1": None}
        after = person.given(made("2020-05-04", full, "S9"))
        assert last_days(after)["I1"] == "2020-05-03"
        after = person.given(on_order("refused", "2020-05-04"))
        assert last_days(after) == {"I1": "2020-05-03"}

    def test_a_refusal_under_another_application_does_not(self) -> None:
        person = PERSON.given(
            made("2020-01-10", "interim_shpo", "I1", application="S1"),
            fact("order.applied_for", "2020-02-01", order_id="S2", kind="shpo"),
            on_order("refused", "2020-05-04", order_id="S2"),
        )
        assert last_days(person) == {"I1": None}

    def test_death(self) -> None:
        person = PERSON.given(made("2020-01-10"), fact("individual.died", "2022-05-04"))
        assert last_days(person) == {"S1": "2022-05-03"}
        assert not person.on("2022-05-04")["orders"][0]["in_force"]


class TestChanges:
    def test_varied_until_further_order_and_back(self) -> None:
        person = PERSON.given(
            made("2016-03-02", ends_on="2021-03-01"),
            on_order("varied", "2020-01-10", until_further_order=True),
        )
        assert last_days(person)["S1"] is None
        person = person.given(on_order("renewed", "2022-01-10", ends_on="2027-01-09"))
        assert last_days(person)["S1"] == "2027-01-09"

    def test_a_last_day_not_mentioned_stays(self) -> None:
        person = PERSON.given(
            made("2016-03-02", ends_on="2026-03-01"),
            on_order("varied", "2020-01-10", prohibitions=[]),
        )
        assert last_days(person)["S1"] == "2026-03-01"

    def test_a_travel_prohibition_not_mentioned_stays(self) -> None:
        person = PERSON.given(
            made("2020-03-02", travel_ends_on="2025-03-01"),
            on_order("varied", "2021-01-10", prohibitions=[]),
        )
        assert person.on("2022-01-01")["orders"][0]["travel_last_day"] == "2025-03-01"

    def test_the_travel_prohibition_never_outlasts_the_order(self) -> None:
        person = PERSON.given(made("2020-03-02", travel_ends_on="2025-03-01"))
        assert person.on("2021-01-01")["orders"][0]["travel_last_day"] == "2025-03-01"
        person = person.given(on_order("discharged", "2022-05-04", with_consent=True))
        assert person.on("2021-01-01")["orders"][0]["travel_last_day"] == "2022-05-03"


class TestBeingSubject:
    """s.103G: subject from the making until the order ends, whether or not another ground runs."""

    @pytest.mark.parametrize("kind", ["shpo", "interim_shpo", "sopo", "interim_sopo"])
    def test_by_the_order_alone(self, kind: str) -> None:
        on = "2014-03-02" if "sopo" in kind else "2016-03-02"
        person = PERSON.given(made(on, kind, served_on="2016-05-01", ends_on="2022-03-01"))
        answer = person.on("2016-04-01")["notification"]
        assert (answer["from"], answer["last_day"], answer["indefinite"]) == (
            on,
            "2022-03-01",
            False,
        )
        assert [(g["ground"], g["ref"]) for g in answer["grounds"]] == [("shpo", "S1")]
        assert person.on("2016-04-01")["status"]["category"] == 1

    @pytest.mark.parametrize(
        "kind", ["sro", "interim_sro", "terrorist_notification_order", "terrorist_travel_order"]
    )
    def test_not_by_others(self, kind: str) -> None:
        assert not PERSON.given(made("2016-03-02", kind)).subject("2016-03-02")

    @pytest.mark.parametrize("kind", ["fto", "rosho"])
    def test_nor_by_older_others(self, kind: str) -> None:
        assert not PERSON.given(made("2014-03-02", kind)).subject("2014-03-02")

    def test_it_goes_on_after_the_period_of_a_conviction(self) -> None:
        person = PERSON.given(
            convicted("2016-03-02", "fine"), made("2018-01-10", ends_on="2028-01-09")
        )
        answer = person.on("2019-01-01")["notification"]
        assert (answer["from"], answer["last_day"]) == ("2016-03-02", "2028-01-09")
        assert len(answer["grounds"]) == 2

    def test_until_further_order_has_no_end_but_is_not_indefinite(self) -> None:
        answer = PERSON.given(made("2018-01-10")).on("2019-01-01")["notification"]
        assert (answer["last_day"], answer["indefinite"]) == (None, False)
