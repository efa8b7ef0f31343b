"""Category and level: which counts on each day (CJA 2003 ss.325-327; contract, section 3)."""

from __future__ import annotations

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, registered

PERSON = given(registered("2000-01-01"))
DAY = "2023-06-01"


def assigned(category: int, on: str = DAY) -> FactSpec:
    return fact("category.assigned", on, category=category)


def ended(category: int, on: str = DAY) -> FactSpec:
    return fact("category.ended", on, category=category)


def level(value: int, on: str = DAY) -> FactSpec:
    return fact("level.set", on, level=value)


def standing(record: Record, on: str = DAY) -> tuple[int | None, int | None]:
    status = record.on(on)["status"]
    return status["category"], status["level"]


class TestCategory:
    @pytest.mark.parametrize(
        ("categories", "subject", "counts"),
        [
            ((), False, None),
            ((), True, 1),
            ((2,), False, 2),
            ((3,), False, 3),
            ((4,), False, 4),
            ((2, 3), False, 2),
            ((2, 3), True, 1),
            ((3,), True, 1),
            ((2, 4), False, 4),
            ((2, 3, 4), True, 4),
        ],
    )
    def test_precedence(
        self, categories: tuple[int, ...], subject: bool, counts: int | None
    ) -> None:
        person = PERSON.given(level(2), *(assigned(c) for c in categories))
        if subject:
            person = person.given(convicted(DAY, "fine"))
        assert standing(person)[0] == counts

    @pytest.mark.parametrize(
        ("categories", "subject", "counts"),
        [((4,), False, 4), ((3, 4), False, 4), ((2, 4), False, 2), ((2, 3, 4), True, 1)],
    )
    def test_precedence_with_category_4_beneath(
        self, categories: tuple[int, ...], subject: bool, counts: int
    ) -> None:
        person = PERSON.given(level(2), *(assigned(c) for c in categories))
        if subject:
            person = person.given(convicted(DAY, "fine"))
        assert standing(person.under("beneath"))[0] == counts

    def test_1_starts_and_stops_with_notification(self) -> None:
        person = PERSON.given(convicted(DAY, finding="caution"), assigned(2))
        assert standing(person, "2023-05-31") == (None, None)
        assert standing(person, "2023-06-01") == (1, 1)
        assert standing(person, "2025-05-31") == (1, 1)
        assert standing(person, "2025-06-01") == (2, 1)

    def test_nothing_ends_2_but_its_end(self) -> None:
        person = PERSON.given(
            assigned(2),
            fact("custody.entered", "2023-07-01", kind="sentence"),
            fact("custody.left", "2023-08-01", licence_until="2023-09-01"),
            fact("licence.ended", "2023-08-15"),
        )
        assert standing(person, "2030-01-01") == (2, 1)
        assert standing(person.given(ended(2, "2030-01-02")), "2030-01-02") == (None, None)

    def test_assigned_and_ended_on_one_day_act_in_the_order_recorded(self) -> None:
        assert standing(PERSON.given(assigned(2), ended(2))) == (None, None)
        assert standing(PERSON.given(ended(2), assigned(2))) == (2, 1)

    def test_not_dead(self) -> None:
        person = PERSON.given(assigned(2), level(3), fact("individual.died", "2024-01-10"))
        assert standing(person, "2024-01-09") == (2, 3)
        assert standing(person, "2024-01-10") == (None, None)
        assert {s.until.isoformat() for s in person.spells("level") if s.until} == {"2024-01-10"}

    @pytest.mark.parametrize("inside", ["custody.entered", "individual.departed"])
    def test_goes_on_in_custody_and_abroad(self, inside: str) -> None:
        data = {"kind": "recall"} if inside == "custody.entered" else {}
        person = PERSON.given(assigned(2), level(2), fact(inside, "2023-07-01", **data))
        assert standing(person, "2023-07-01") == (2, 2)


class TestCategory3:
    """At level 1 or with no level it is no category, but a finding until it is ended."""

    def test_needs_level_2_or_3(self) -> None:
        for value, counts in ((1, (None, None)), (2, (3, 2)), (3, (3, 3))):
            assert standing(PERSON.given(assigned(3), level(value))) == counts
        assert standing(PERSON.given(assigned(3))) == (None, None)

    def test_dropped_to_level_1_has_left(self) -> None:
        person = PERSON.given(assigned(3), level(2), level(1, "2023-09-01"))
        assert standing(person, "2023-08-31") == (3, 2)
        assert standing(person, "2023-09-01") == (None, None)
        assert person.findings("2023-08-31") == []
        assert person.findings("2023-09-01") == ["category_3_at_level_1"]
        dead = person.given(fact("individual.died", "2023-10-01"))
        assert dead.findings("2023-09-30") == ["category_3_at_level_1"]
        assert dead.findings("2023-10-01") == []
        person = person.given(ended(3, "2023-10-01"))
        assert person.findings("2023-09-30") == ["category_3_at_level_1"]
        assert person.findings("2023-10-01") == []

    def test_raised_again_is_back(self) -> None:
        person = PERSON.given(assigned(3), level(2), level(1, "2023-09-01"), level(2, "2023-10-01"))
        assert standing(person, "2023-10-01") == (3, 2)

    def test_beneath_another_category_is_no_finding(self) -> None:
        assert PERSON.given(assigned(3), assigned(2), level(1)).findings(DAY) == [
            "category_2_without_reason"
        ]


class TestLevel:
    @pytest.mark.parametrize(("category", "shown"), [(2, 1), (4, None)])
    def test_with_none_set(self, category: int, shown: int | None) -> None:
        assert standing(PERSON.given(assigned(category))) == (category, shown)

    def test_none_is_shown_without_a_category(self) -> None:
        assert standing(PERSON.given(level(2))) == (None, None)

    def test_set_while_in_no_category_counts_for_the_next(self) -> None:
        person = PERSON.given(level(3, "2023-05-01"), assigned(2))
        assert standing(person, "2023-05-31") == (None, None)
        assert standing(person) == (2, 3)

    def test_lapses_when_the_last_category_ends(self) -> None:
        person = PERSON.given(assigned(2), level(3), ended(2, "2023-09-01"))
        person = person.given(assigned(2, "2024-01-10"))
        assert standing(person, "2023-08-31") == (2, 3)
        assert standing(person, "2024-01-10") == (2, 1)

    def test_lapses_when_notification_runs_out(self) -> None:
        person = PERSON.given(
            convicted(DAY, finding="caution"), level(3), assigned(2, "2025-06-02")
        )
        assert standing(person, "2025-05-31") == (1, 3)
        assert standing(person, "2025-06-02") == (2, 1)

    def test_stays_while_another_category_does(self) -> None:
        person = PERSON.given(convicted(DAY, finding="caution"), assigned(2), level(3))
        assert standing(person, "2025-06-01") == (2, 3)

    def test_stays_when_one_category_follows_another_the_same_day(self) -> None:
        person = PERSON.given(assigned(2), level(3), ended(2, "2023-09-01"))
        assert standing(person.given(assigned(3, "2023-09-01")), "2023-09-01") == (3, 3)

    def test_set_after_the_end_on_the_same_day_counts_for_the_next(self) -> None:
        person = PERSON.given(assigned(2), ended(2, "2023-09-01"), level(3, "2023-09-01"))
        assert standing(person.given(assigned(2, "2024-01-10")), "2024-01-10") == (2, 3)

    def test_set_before_the_end_on_the_same_day_lapses(self) -> None:
        person = PERSON.given(assigned(2), level(3, "2023-09-01"), ended(2, "2023-09-01"))
        assert standing(person.given(assigned(2, "2024-01-10")), "2024-01-10") == (2, 1)

    def test_set_on_the_day_an_order_ends_the_last_category(self) -> None:
        end = fact("order.discharged", "2023-09-01", order_id="S1")
        person = PERSON.given(made("2017-01-10"))
        after = person.given(end, level(3, "2023-09-01"), assigned(2, "2024-01-10"))
        assert standing(after, "2024-01-10") == (2, 3)
        after = person.given(level(3, "2023-09-01"), end, assigned(2, "2024-01-10"))
        assert standing(after, "2024-01-10") == (2, 1)

    def test_another_fact_of_that_day_does_not_undo_it(self) -> None:
        person = PERSON.given(
            assigned(2),
            ended(2, "2023-09-01"),
            level(3, "2023-09-01"),
            fact("notification.given", "2023-09-01", kind="change"),
            assigned(2, "2024-01-10"),
        )
        assert standing(person, "2024-01-10") == (2, 3)

    def test_stays_across_a_transfer(self) -> None:
        moved = fact("individual.transferred", "2023-09-01", to_area="kent")
        person = PERSON.given(assigned(2), level(3), moved)
        assert standing(person, "2023-09-01") == (2, 3)
        assert person.on("2023-09-01")["status"]["area"] == "kent"
        assert person.on("2023-08-31")["status"]["area"] == "cheshire"

    def test_the_last_of_a_day_counts(self) -> None:
        person = PERSON.given(assigned(2), level(2), level(3))
        assert standing(person) == (2, 3)
        assert [s.value for s in person.spells("level")] == ["3"]


class TestFindings:
    """Contract, section 3: category 2 with no licence, custody or hospital order is a finding."""

    def found(self, record: Record, on: str) -> bool:
        return "category_2_without_reason" in record.findings(on)

    def test_with_nothing_live(self) -> None:
        person = PERSON.given(assigned(2), ended(2, "2023-09-01"))
        assert not self.found(person, "2023-05-31")
        assert self.found(person, "2023-06-01")
        assert self.found(person, "2023-08-31")
        assert not self.found(person, "2023-09-01")

    def test_not_in_custody_or_on_licence(self) -> None:
        person = PERSON.given(
            fact("custody.entered", "2023-05-01", kind="sentence"),
            assigned(2),
            fact("custody.left", "2023-07-01", licence_until="2023-09-30"),
        )
        assert not self.found(person, "2023-06-30")
        assert not self.found(person, "2023-09-30")
        assert self.found(person, "2023-10-01")

    def test_not_under_a_hospital_order(self) -> None:
        ordered = convicted(DAY, "hospital_order", schedule_3=False)
        assert not self.found(PERSON.given(ordered, assigned(2)), "2030-01-01")

    def test_in_every_gap(self) -> None:
        person = PERSON.given(
            assigned(2),
            fact("custody.entered", "2023-07-01", kind="remand"),
            fact("custody.left", "2023-08-01"),
            level(2, "2023-08-15"),
            fact("custody.entered", "2023-09-01", kind="remand"),
            fact("custody.left", "2023-10-01"),
            ended(2, "2023-11-01"),
        )
        listed = [on for on in ("06-30", "07-15", "08-20", "09-15", "10-01")
                  if self.found(person, f"2023-{on}")]  # fmt: skip
        assert listed == ["06-30", "08-20", "10-01"]

    def test_not_while_in_another_category(self) -> None:
        person = PERSON.given(assigned(2), convicted(DAY, "fine"))
        assert not self.found(person, DAY)


class TestLocation:
    def test_of_each_day(self) -> None:
        person = PERSON.given(
            fact("custody.entered", "2023-03-31", kind="recall"),
            fact("custody.entered", "2023-04-10", kind="hospital"),
            fact("custody.left", "2023-05-01", licence_for_life=True),
            fact("individual.departed", "2023-06-01"),
            fact("individual.returned", "2023-07-01"),
            fact("individual.died", "2023-08-01"),
        )
        where = [(s.value, s.start.isoformat()) for s in person.spells("location")]
        assert where == [
            ("community", "2000-01-01"),
            ("custody", "2023-03-31"),
            ("hospital", "2023-04-10"),
            ("community", "2023-05-01"),
            ("abroad", "2023-06-01"),
            ("community", "2023-07-01"),
            ("dead", "2023-08-01"),
        ]
        [licence] = person.spells("licence")
        assert (licence.start.isoformat(), str(licence.until)) == ("2023-05-01", "2023-08-01")

    def test_nothing_begins_after_a_death_recorded_late(self) -> None:
        person = PERSON.given(
            fact("custody.entered", "2023-05-01", kind="remand"),
            fact("custody.left", "2023-06-01", licence_for_life=True),
            assigned(2, "2023-06-02"),
            made("2023-06-03"),
            fact("individual.died", "2023-04-01"),
        )
        tracks = {s.track for s in person.timeline.spells}
        assert tracks == {"area", "location", "finding"}
        assert "release_while_not_inside" in person.findings("2023-06-01")
        assert person.on("2024-01-01")["status"]["location"] == "dead"
