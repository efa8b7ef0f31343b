"""Voids and corrections (contract, sections 1 and 2): how a fact is undone and corrected."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from spec import SOURCE, convicted, fact, given, law, registered, sentenced, voided
from tracker.domain.facts import PREFIX
from tracker.domain.judging.judge import judge
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.intake.cloudevents import parse_fact


class TestVoids:
    PERSON = given(registered(), convicted("2019-01-01"), fact("level.set", "2019-01-01", level=2))

    def test_of_an_unknown_entry(self) -> None:
        self.PERSON.refused_even_with_override(
            voided("2020-03-02", "nothing-1"), "unknown_entry", field="entry"
        )
        other = voided("2020-03-02", "e2", entry_source="/merseyside/ppu")
        self.PERSON.when(other).then_refused("unknown_entry")
        self.PERSON.given(voided("2020-03-02", "e2", entry_source="/cheshire/ppu"))

    def test_from_another_source_names_the_source_of_the_entry(self) -> None:
        void = fact("entry.voided", "2020-03-02", source="/x", entry="e2", reason="wrong")
        self.PERSON.when(void).then_refused("unknown_entry")

    def test_of_a_void(self) -> None:
        person = self.PERSON.given(voided("2020-03-02", "e3"))
        person.refused_even_with_override(voided("2020-03-03", "e4"), "void_of_void", field="entry")

    def test_of_what_is_void(self) -> None:
        person = self.PERSON.given(voided("2020-03-02", "e3"))
        person.when(voided("2020-03-03", "e3")).then_refused("voided_already")

    @pytest.mark.parametrize("on", ["2020-03-01", "2020-03-03"])
    def test_is_dated_the_day_it_is_recorded(self, on: str) -> None:
        void = fact("entry.voided", on, entry="e3", reason="wrong", recorded="2020-03-02T12:00:00Z")
        self.PERSON.when(void).then_refused("void_day", field="on")

    def test_the_civil_date_is_also_that_of_its_own_time_however_written(self) -> None:
        history = History("CHE-1", self.PERSON.entries)
        void = parse_fact(PREFIX + "entry.voided", voided("2020-03-02", "e3").data)
        stamped = datetime(2020, 3, 5, tzinfo=UTC)
        for time in ("2020-03-02t12:00:00z", "2020-03-02T23:30:00.123456789+02:00"):
            entry = Entry("CHE-1", SOURCE, "v1", time, "ppu.officer7", stamped, 4, void)
            judge(history, entry, law())

    def test_of_the_registration_alone(self) -> None:
        self.PERSON.when(voided("2020-03-02", "e1")).then_refused("registration_voided")

    def test_of_the_registration_with_every_other_fact(self) -> None:
        voids = [voided("2020-03-02", name) for name in ("e3", "e2", "e1")]
        empty = self.PERSON.given(*voids)
        empty.given(registered("2020-04-01"))

    def test_what_leant_on_a_void_fact_stays(self) -> None:
        person = self.PERSON.given(sentenced("2019-02-01", "fine"), voided("2020-03-02", "e2"))
        assert not person.subject("2020-03-02")


class TestCorrections:
    PERSON = given(registered(), convicted("2019-01-01", "fine"))
    RIGHT = convicted("2019-01-02", "imprisonment", "P12M", corrects="e2")

    def test_need_their_void_beside_them(self) -> None:
        self.PERSON.refused_even_with_override(
            self.RIGHT, "corrects_without_void", field="corrects"
        )
        later = self.PERSON.given(voided("2020-03-02", "e2"))
        later.when(self.RIGHT).then_refused("corrects_without_void")

    @pytest.mark.parametrize("void_first", [True, False])
    def test_take_over_the_id_in_either_order(self, void_first: bool) -> None:
        both = [voided("2020-03-02", "e2"), self.RIGHT]
        person = self.PERSON.given(*both if void_first else reversed(both))
        assert [s.start.isoformat() for s in person.spells("notification")] == ["2019-01-02"]

    def test_of_the_registration_is_made_before_anything_else_is_recorded(self) -> None:
        right = registered("1995-06-01", born="1969-01-02", corrects="e1")
        person = given(registered()).given(voided("2020-03-02", "e1"), right)
        assert person.on("2020-03-02")["date_of_birth"] == "1969-01-02"
        self.PERSON.when(voided("2020-03-02", "e1"), right).then_refused("registration_voided")

    def test_stay_in_the_record_and_in_what_was_known(self) -> None:
        person = self.PERSON.given(voided("2020-03-02", "e2"), self.RIGHT)
        assert len(person.entries) == 4
        assert person.known("2020-03-01").last_day("2020-01-01") == "2023-12-31"
        assert person.known("2020-03-02").last_day("2020-01-01") == "2029-01-01"

    def test_name_a_fact_of_the_same_source(self) -> None:
        both = [
            voided("2020-03-02", "e2"),
            fact("level.set", "2019-01-02", level=2, source="/x", corrects="e2"),
        ]
        self.PERSON.when(*both).then_refused("corrects_without_void")

    def test_are_refused_whole(self) -> None:
        wrong = convicted("1960-01-01", "fine", corrects="e2")
        self.PERSON.when(voided("2020-03-02", "e2"), wrong).then_refused("before_birth")
