"""The tables of law: errors of an invalid one, versions by date, bank holidays, instruments."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from spec import law
from tracker.domain.errors import TrackerError
from tracker.domain.law.shapes import GOVERNING_DAYS
from tracker.domain.law.tables import Law
from tracker.settings import configuration

RULE: dict[str, Any] = {
    "id": "act.s1",
    "section": "s.1",
    "says": "Something holds.",
    "from": date(2010, 1, 1),
    "source": "the Act",
    "confidence": "text",
    "governed_by": "day_received",
    "numbers": {"days": 3},
}
KIND: dict[str, Any] = {
    "kind": "order",
    "title": "Order",
    "rule": "act.s1",
    "family": "travel",
    "full": True,
}


def tables(*rules: dict[str, Any], kinds: tuple[dict[str, Any], ...] = (), **more: Any) -> Law:
    """A table of one file, `act.toml`, with these rules."""
    content = {"instrument": "The Act", "rule": list(rules), "kind": list(kinds), **more}
    return Law({"act": content}, frozenset({"cheshire"}))


def without(key: str) -> dict[str, Any]:
    return {k: v for k, v in RULE.items() if k != key}


class TestAWrongTable:
    """It stops the program at start, with a message that names the file and the key."""

    @pytest.mark.parametrize(
        "key", ["id", "section", "says", "from", "governed_by", "source", "confidence"]
    )
    def test_a_key_missing(self, key: str) -> None:
        with pytest.raises(TrackerError, match=rf"^config/law/act\.toml: rule\.0\.{key}: "):
            tables(without(key))

    @pytest.mark.parametrize(
        ("wrong", "key"),
        [
            ({"fron": date(2010, 1, 1)}, "fron"),
            ({"confidence": "certain"}, "confidence"),
            ({"confidence": None}, "confidence"),
            ({"from": "soon"}, "from"),
            ({"until": 3.5}, "until"),
            ({"numbers": {"days": "three"}}, "numbers.days"),
            ({"numbers": {"days": 3.5}}, "numbers.days"),
            ({"numbers": [3]}, "numbers"),
            ({"says": 1}, "says"),
            ({"changed_by": ["a", "b"]}, "changed_by"),
            ({"governed_by": "some_day"}, "governed_by"),
            ({"governed_by": None}, "governed_by"),
        ],
    )
    def test_a_key_unknown_or_of_the_wrong_type(self, wrong: dict[str, Any], key: str) -> None:
        with pytest.raises(TrackerError, match=rf"^config/law/act\.toml: rule\.1\.{key}: "):
            tables(RULE, RULE | wrong)

    @pytest.mark.parametrize(
        ("wrong", "key"),
        [
            ({"family": "unknown"}, "family"),
            ({"ground": "conviction"}, "ground"),
            ({"minimum_rule": 5}, "minimum_rule"),
            ({"full": "perhaps"}, "full"),
            ({"bars": True}, "bars"),
            ({"made_from": 2015.5}, "made_from"),
        ],
    )
    def test_a_kind(self, wrong: dict[str, Any], key: str) -> None:
        with pytest.raises(TrackerError, match=rf"^config/law/act\.toml: kind\.0\.{key}: "):
            tables(RULE, kinds=(KIND | wrong,))

    def test_no_instrument(self) -> None:
        with pytest.raises(TrackerError, match=r"^config/law/act\.toml: instrument: "):
            Law({"act": {"rule": [RULE]}}, frozenset())

    def test_a_bank_holiday_that_is_no_day(self) -> None:
        with pytest.raises(TrackerError, match=r"^config/law/act\.toml: bank_holidays\.1: "):
            tables(bank_holidays=[date(2020, 12, 25), "Boxing Day"])

    def test_a_table_of_another_name(self) -> None:
        with pytest.raises(TrackerError, match=r"^config/law/act\.toml: rules: "):
            tables(RULE, rules=[RULE])

    def test_a_rule_or_number_that_no_table_holds(self) -> None:
        with pytest.raises(TrackerError, match=r"no rule 'act\.s2'"):
            tables(RULE).version("act.s2", date(2020, 1, 1))
        with pytest.raises(TrackerError, match=r"no rule 'act\.s2'"):
            number(tables(RULE), date(2020, 1, 1), rule="act.s2")
        with pytest.raises(TrackerError, match=r"rule 'act\.s1' has no number 'weeks'"):
            number(tables(RULE), date(2020, 1, 1), name="weeks")

    def test_a_kind_whose_rule_has_no_such_number(self) -> None:
        wrong = r"^config/law: kind order: travel_rule 'act\.s1' has no number 'maximum_years'$"
        with pytest.raises(TrackerError, match=wrong):
            tables(RULE, kinds=(KIND | {"travel_rule": "act.s1"},))

    def test_versions_governed_by_different_days(self) -> None:
        later = RULE | {"from": date(2020, 1, 1), "governed_by": "day_made"}
        with pytest.raises(TrackerError, match=r"act\.s1: its versions differ in `governed_by`"):
            tables(RULE, later)


def number(
    of: Law, day: date, rule: str = "act.s1", name: str = "days", by: Any = "day_received"
) -> int:
    return of.as_at(day, by).number(rule, name)


class TestAsAtADay:
    """A rule is read as at its governing day; before its first version the first one applies."""

    TWO = tables(
        RULE | {"from": date(2020, 1, 1), "numbers": {"days": 7}},
        RULE | {"until": date(2019, 12, 31)},
    )
    GONE = tables(RULE | {"until": date(2019, 12, 31)})

    @pytest.mark.parametrize(
        ("on", "version", "days"),
        [
            (date(2009, 12, 31), "2010-01-01", 3),
            (date(2010, 1, 1), "2010-01-01", 3),
            (date(2019, 12, 31), "2010-01-01", 3),
            (date(2020, 1, 1), "2020-01-01", 7),
            (date(2020, 1, 2), "2020-01-01", 7),
        ],
    )
    def test_by_date(self, on: date, version: str, days: int) -> None:
        assert self.TWO.version("act.s1", on).version == version
        assert number(self.TWO, on) == days
        assert self.TWO.as_at(on, "day_received").number_if_any("act.s1", "days") == days

    def test_there_is_no_number_without_the_day_that_governs(self) -> None:
        with pytest.raises(TypeError):
            self.TWO.as_at()  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            self.TWO.as_at(date(2020, 1, 1))  # type: ignore[call-arg]

    def test_a_day_of_another_name_does_not_govern(self) -> None:
        wrong = r"rule 'act\.s1' is governed by day_received, not by day_made"
        with pytest.raises(TrackerError, match=wrong):
            number(self.TWO, date(2020, 1, 1), by="day_made")

    def test_a_rule_that_ended_has_no_number(self) -> None:
        last, after = date(2019, 12, 31), date(2020, 1, 1)
        assert number(self.GONE, last) == 3
        ended = r"rule 'act\.s1' ended on 2019-12-31: it has no number 'days' as at 2020-01-01"
        with pytest.raises(TrackerError, match=ended):
            number(self.GONE, after)
        assert self.GONE.as_at(after, "day_received").number_if_any("act.s1", "days") is None

    def test_a_rule_that_ended_is_still_named(self) -> None:
        assert self.GONE.version("act.s1", date(2025, 1, 1)).version == "2010-01-01"

    @pytest.mark.parametrize(
        ("on", "in_force", "ended"),
        [
            (date(2009, 12, 31), False, None),
            (date(2010, 1, 1), True, None),
            (date(2019, 12, 31), True, None),
            (date(2020, 1, 1), False, date(2019, 12, 31)),
        ],
    )
    def test_when_a_rule_is_law(self, on: date, in_force: bool, ended: date | None) -> None:
        assert self.GONE.in_force("act.s1", on) is in_force
        assert self.GONE.ended("act.s1", on) == ended

    def test_a_gap_between_two_versions(self) -> None:
        gap = tables(RULE | {"from": date(2021, 1, 1)}, RULE | {"until": date(2019, 12, 31)})
        assert [gap.ended("act.s1", date(year, 6, 1)) for year in (2019, 2020, 2021)] == [
            None, date(2019, 12, 31), None,
        ]  # fmt: skip
        assert (gap.commencement("act.s1"), gap.last_day("act.s1")) == (date(2010, 1, 1), None)

    def test_both_are_listed(self) -> None:
        assert [r.version for r in self.TWO.rules] == ["2010-01-01", "2020-01-01"]

    def test_the_shipped_one_of_two_versions(self) -> None:
        standard = law().version("soa2003.proof", date(2022, 11, 28))
        assert (standard.version, standard.confidence) == ("2015-03-08", "inferred")
        assert law().version("soa2003.proof", date(2022, 11, 29)).confidence == "text"


def changed(change: Callable[[dict[str, dict[str, Any]]], None]) -> Law:
    files = copy.deepcopy(configuration.law_files())
    change(files)
    return Law(files, frozenset(configuration.areas()))


Files = dict[str, dict[str, Any]]


def _number(files: Files) -> None:
    files["record"]["rule"][-1]["numbers"]["facts_on_one_day"] = 41


def _first_day(files: Files) -> None:
    files["record"]["rule"][0]["from"] = date(1997, 9, 2)


def _last_day(files: Files) -> None:
    files["record"]["rule"][0]["until"] = date(2040, 1, 1)


def _kind(files: Files) -> None:
    files["orders"]["kind"][0]["bars_review"] = False


def _later_version(files: Files) -> None:
    first = files["record"]["rule"][0]
    files["record"]["rule"].append(first | {"from": date(2040, 1, 1)})


def _sentence(files: Files) -> None:
    files["record"]["rule"][0]["says"] = "In other words."
    files["orders"]["kind"][0]["title"] = "An order"


def _holiday(files: Files) -> None:
    files["calendar"]["bank_holidays"].pop()


def _reordered(files: Files) -> None:
    for file in files.values():
        file.get("rule", []).reverse()
        file.get("kind", []).reverse()


class TestTheDigest:
    """It changes with every number, day and kind that decides an answer, and with nothing else."""

    @pytest.mark.parametrize("change", [_sentence, _holiday, _reordered, lambda files: None])
    def test_the_same_for_what_decides_the_same(self, change: Callable[[Files], None]) -> None:
        assert changed(change).digest == law().digest

    def test_another_for_every_number_day_and_kind(self) -> None:
        decisive = (_number, _first_day, _last_day, _kind, _later_version)
        digests = {changed(change).digest for change in decisive}
        assert len(digests | {law().digest}) == 6

    def test_the_setting_stands_beside_it(self) -> None:
        beneath = law("beneath")
        assert beneath.digest == law().digest
        assert (beneath.category_4, law().category_4) == ("beneath", "exclude")
        assert beneath.digest_with_setting != law().digest_with_setting


class TestAsShipped:
    def test_every_rule_has_an_instrument_and_says_what_changes_it(self) -> None:
        for rule in law().rules:
            assert law().instruments[rule.id], rule.id
            assert rule.changed_by, rule.id
            assert rule.says.endswith("."), rule.id

    @pytest.mark.parametrize(
        ("rule", "instrument"),
        [
            ("soa2003.s82.1", "Sexual Offences Act 2003"),
            ("cta2008.sch4", "Counter-Terrorism Act 2008"),
            ("cja2003.s255b.14", "Criminal Justice Act 2003, Part 12"),
            ("bfda1971.s1", "Banking and Financial Dealings Act 1971, with the days proclaimed"),
            ("record.time", "The record"),
            ("mappa.meeting", "Decisions of people and of meetings"),
        ],
    )
    def test_instruments(self, rule: str, instrument: str) -> None:
        assert law().instruments[rule] == instrument

    def test_no_version_of_a_rule_stands_twice(self) -> None:
        versions = [(rule.id, rule.version) for rule in law().rules]
        assert len(set(versions)) == len(versions)

    def test_no_version_overlaps_the_next(self) -> None:
        for rule in law().rules:
            assert rule.until is None or rule.in_force <= rule.until
            later = [r for r in law().rules if r.id == rule.id and r.in_force > rule.in_force]
            assert not later or rule.until == later[0].in_force - timedelta(days=1), rule.id

    def test_every_kind_names_rules_that_stand(self) -> None:
        ids = {rule.id for rule in law().rules}
        for kind in law().kinds.values():
            rules = (
                kind.rule, kind.ground_rule, kind.minimum_rule, kind.discharge_rule,
                kind.travel_rule,
            )  # fmt: skip
            assert {r for r in rules if r} <= ids, kind.kind
            assert kind.ends <= law().kinds.keys(), kind.kind

    def test_a_ground_has_its_rule(self) -> None:
        for kind in law().kinds.values():
            assert (kind.ground is None) == (kind.ground_rule is None), kind.kind

    def test_every_word_for_a_day_that_governs_is_used(self) -> None:
        assert {rule.governed_by for rule in law().rules} == GOVERNING_DAYS.keys()

    def test_a_kind_is_made_from_the_first_day_of_its_rule(self) -> None:
        for kind in law().kinds.values():
            assert kind.made_from in (None, law().commencement(kind.rule)), kind.kind

    def test_the_notice_begins_the_day_after_the_order_ends(self) -> None:
        notice = law().commencement("soa2003.s96za")
        for rule in ("soa2003.s97", "soa2003.s100"):
            assert law().last_day(rule) == notice - timedelta(days=1)


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def monday_from(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def by_rule(year: int) -> set[date]:
    """The bank holidays of a year by the Act and custom, without specially proclaimed days."""
    sunday = easter(year)
    days = {sunday - timedelta(days=2), sunday + timedelta(days=1)}
    days |= {monday_from(date(year, 5, 1)), monday_from(date(year, 5, 25))}
    days.add(monday_from(date(year, 8, 25)))
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        day = fixed
        while day.weekday() > 4 or day in days:
            day += timedelta(days=1)
        days.add(day)
    return days


# Moved or added by proclamation: (taken away, added).
PROCLAIMED: dict[int, tuple[set[date], set[date]]] = {
    1999: (set(), {date(1999, 12, 31)}),
    2002: ({date(2002, 5, 27)}, {date(2002, 6, 3), date(2002, 6, 4)}),
    2011: (set(), {date(2011, 4, 29)}),
    2012: ({date(2012, 5, 28)}, {date(2012, 6, 4), date(2012, 6, 5)}),
    2020: ({date(2020, 5, 4)}, {date(2020, 5, 8)}),
    2022: ({date(2022, 5, 30)}, {date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19)}),
    2023: (set(), {date(2023, 5, 8)}),
}


class TestBankHolidays:
    @pytest.mark.parametrize("year", range(1997, 2031))
    def test_of_a_year(self, year: int) -> None:
        away, added = PROCLAIMED.get(year, (set(), set()))
        found = {day for day in law().bank_holidays if day.year == year}
        assert found == by_rule(year) - away | added

    def test_all_are_weekdays_of_1997_to_2030(self) -> None:
        assert all(day.weekday() < 5 for day in law().bank_holidays)
        assert {day.year for day in law().bank_holidays} == set(range(1997, 2031))

    def test_those_of_several_files_are_joined(self) -> None:
        files = [
            {"instrument": "A", "bank_holidays": [date(2020, 12, 25)]},
            {"instrument": "B", "bank_holidays": [date(2020, 12, 28)]},
        ]
        joined = Law({str(n): file for n, file in enumerate(files)}, frozenset())
        assert joined.bank_holidays == {date(2020, 12, 25), date(2020, 12, 28)}
