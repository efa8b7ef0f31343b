"""`tracker record`: a fact typed in, or facts from standard input, all of them or none."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from running import Tracker
from tracker.domain.dates import civil
from wire import Event, Written, convicted, level, line, made, registered, void

PERSON = (
    "individual.registered", "area=cheshire", "name=Robin Ashe", "date_of_birth=1980-05-04",
    "--subject", "CHE-1", "--on", "2020-01-06",
)  # fmt: skip

KNOWN = "no change: already recorded\n"


def wait_for_next_second() -> None:
    """Times that are filled in are whole seconds."""
    time.sleep(1.01)


@pytest.fixture
def filled(tracker: Tracker) -> Tracker:
    tracker("record", *PERSON, "--id", "e1").done()
    return tracker


def last(tracker: Tracker) -> Event:
    return tracker.facts()[-1]


class TestOptions:
    def test_record_a_fact_and_say_its_name(self, tracker: Tracker) -> None:
        ran = tracker("record", *PERSON, "--id", "r1", "--source", "/desk", "--by", "ann").done()
        assert ran.out == "recorded /desk r1\n"
        fact = last(tracker)
        assert fact["type"] == "uk.mappa.individual.registered"
        assert (fact["source"], fact["id"], fact["recordedby"]) == ("/desk", "r1", "ann")
        assert fact["data"] == {
            "on": "2020-01-06",
            "area": "cheshire",
            "name": "Robin Ashe",
            "date_of_birth": "1980-05-04",
        }

    def test_leave_out_what_is_plain(self, filled: Tracker) -> None:
        """Today, now, an id of its own, and who is at the keyboard."""
        before = datetime.now(UTC).replace(microsecond=0)
        for _ in range(2):
            filled("record", "level.set", "level=2", "--subject", "CHE-1").done()
        one, two = filled.facts()[1:]
        assert one["id"] != two["id"]
        assert one["data"]["on"] == civil(datetime.now(UTC)).isoformat()
        assert before <= datetime.fromisoformat(one["time"]) <= datetime.now(UTC)
        assert (one["source"], bool(one["recordedby"])) == ("/tracker/cli", True)

    def test_take_the_whole_name_of_a_type(self, filled: Tracker) -> None:
        filled("record", "uk.mappa.level.set", "level=2", "--subject", "CHE-1").done()
        assert last(filled)["type"] == "uk.mappa.level.set"

    def test_take_fields_within_fields(self, filled: Tracker) -> None:
        filled(
            "record", "conviction.recorded", "conviction_id=C1", "finding=conviction",
            "offence=Rape", "schedule_3=true", "foreign=false", "disposal.kind=imprisonment",
            "disposal.term=P30M", "override.rule=any", "override.reason=a=b, c", "override.by=x",
            "--subject", "CHE-1", "--on", "2020-02-01",
        ).done()  # fmt: skip
        data = last(filled)["data"]
        assert data["disposal"] == {"kind": "imprisonment", "term": "P30M"}
        assert data["override"] == {"rule": "any", "reason": "a=b, c", "by": "x"}
        assert (data["schedule_3"], data["foreign"]) == (True, False)

    def test_take_lists_as_json_and_numbers_where_they_are_due(self, filled: Tracker) -> None:
        filled(
            "record", "meeting.held", "meeting_id=7", "level=2", 'invited=["police","housing"]',
            'attended=["police"]', "--subject", "CHE-1", "--on", "2020-02-01",
        ).done()  # fmt: skip
        data = last(filled)["data"]
        assert (data["meeting_id"], data["level"]) == ("7", 2)
        assert data["invited"] == ["police", "housing"]

    def test_keep_a_text_that_looks_like_something_else(self, filled: Tracker) -> None:
        filled("record", "individual.amended", "name=1980", "--subject", "CHE-1").done()
        assert last(filled)["data"]["name"] == "1980"

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["level.set", "level=2"], "--subject is needed"),
            (["level.set", "level", "--subject", "CHE-1"], "write field=value"),
            (["level.set", "=2", "--subject", "CHE-1"], "write field=value"),
            (["level.set", "level=2", "level=3", "--subject", "CHE-1"], "given twice"),
            (["level.set", "level=2", "level.x=3", "--subject", "CHE-1"], "given twice"),
            (["meeting.held", "invited=[police", "--subject", "CHE-1"], "not JSON"),
            (["level.set", "level=2", "--subject", "CHE-1", "--corrects", "e1"], "--reason"),
            (["level.set", "--colour"], "No such option"),
            ([], "Missing argument"),
        ],
    )
    def test_typed_wrongly_are_wrong_usage(
        self, filled: Tracker, arguments: list[str], said: str
    ) -> None:
        filled("record", *arguments).wrong_usage(said)
        assert filled.stored() == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["level.set", "level=7"], "data.level: Input should be less than or equal to 3"),
            (["level.set", "lvl=2"], "data.level: missing"),
            (["level.sat", "level=2"], "type: unknown type"),
            (["level.set", "level=2", "--on", "2020-02-30"], "data.on: a date that does not exist"),
            (["level.set", "level=2", "--on", "2199-01-01"], "on: `on` 2199-01-01 is after"),
            (["level.set", "level=2", "--on", "1979-01-01"], "on: `on` 1979-01-01 is before birth"),
            (["order.served", "order_id=S1"], "order_id: unknown order S1"),
            (["individual.transferred", "to_area=atlantis"], "to_area: unknown area 'atlantis'"),
            (["level.set", "level=2", "--id", "a b"], "id: not a text"),
        ],
    )
    def test_names_the_field_and_the_reason(
        self, filled: Tracker, arguments: list[str], said: str
    ) -> None:
        ran = filled("record", *arguments, "--subject", "CHE-1").refused(f"tracker: {said}")
        assert ran.out == ""
        assert filled.stored() == 1

    def test_a_subject_that_is_unknown_or_none(self, filled: Tracker) -> None:
        arguments = ("record", "level.set", "level=2", "--subject")
        filled(*arguments, "CHE-2").refused("subject: CHE-2 is not registered")
        filled(*arguments, "CHE 1").refused("subject: not 1 to 64")

    def test_an_override_records_what_a_rule_would_refuse(self, filled: Tracker) -> None:
        order = ("record", "order.made", "order_id=S1", "kind=shpo", "ends_on=2021-01-01",
                 "--subject", "CHE-1", "--on", "2020-02-01")  # fmt: skip
        ran = filled(*order).refused("ends_on: ", "5 years at least", "`override`")
        assert "soa2003" in ran.err
        filled(*order, "override.rule=x", "override.reason=court", "override.by=ann").done()


class TestAgain:
    def test_the_same_is_known_already(self, filled: Tracker) -> None:
        fact = line(level("e2", "2020-02-01", 2))
        assert filled("record", "-", stdin=fact).done().out == "recorded /cheshire/ppu e2\n"
        again = filled("record", "-", stdin=fact).done()
        assert again.out == "no change: already recorded\n"

    @pytest.mark.parametrize("form", ["options", "line"])
    def test_the_same_id_is_known_though_the_clock_went_on(
        self, filled: Tracker, form: str
    ) -> None:
        """Whoever repeats a command that was cut off names no time: it is filled in anew."""
        fact = level("e1", "2020-02-01", 2, source="/tracker/cli")
        del fact["time"]
        wait_for_next_second()
        if form == "options":
            assert filled("record", *PERSON, "--id", "e1").done().out == KNOWN
        else:
            filled("record", "-", stdin=line(fact | {"id": "e2"})).done()
            wait_for_next_second()
            again = filled("record", "-", stdin=line(fact | {"id": "e2"})).done()
            assert again.out == KNOWN
            filled("record", "-", stdin=line(fact)).refused("known with other content")

    def test_the_same_correction_is_known(self, filled: Tracker) -> None:
        on = ("--subject", "CHE-1", "--on", "2020-02-01")
        filled("record", "level.set", "level=2", *on, "--id", "e2").done()
        right = ("level.set", "level=3", *on, "--corrects", "e2", "--reason", "misread")
        filled("record", *right, "--id", "e3").done()
        wait_for_next_second()
        assert filled("record", *right, "--id", "e3").done().out == KNOWN
        assert filled.stored() == 4

    def test_another_time_that_was_named_is_a_conflict(self, filled: Tracker) -> None:
        fact = level("e2", "2020-02-01", 2)
        filled("record", "-", stdin=line(fact)).done()
        later = line(fact | {"time": "2020-02-03T09:00:00Z"})
        filled("record", "-", stdin=later).refused("known with other content")

    def test_another_content_is_a_conflict(self, filled: Tracker) -> None:
        other = filled("record", *PERSON, "--id", "e1", "sex=female")
        other.refused("id: ", "known with other content", "/tracker/cli e1")


class TestCorrection:
    def test_records_the_void_and_the_right_fact_together(self, filled: Tracker) -> None:
        on = ("--subject", "CHE-1", "--on", "2020-02-01")
        filled("record", "level.set", "level=2", *on, "--id", "e2").done()
        right = ("level.set", "level=3", *on, "--corrects", "e2", "--reason", "misread")
        ran = filled("record", *right, "--id", "e3").done()
        assert ran.out.count("recorded") == 2
        void, fact = filled.facts()[2:]
        assert void["data"]["entry"] == "e2"
        assert void["data"]["reason"] == "misread"
        assert (fact["id"], fact["data"]["corrects"]) == ("e3", "e2")

    def test_is_refused_whole(self, filled: Tracker) -> None:
        on = ("--subject", "CHE-1", "--on", "2020-02-01")
        filled("record", "level.set", "level=2", *on, "--id", "e2").done()
        wrong = ("level.set", "level=3", "--subject", "CHE-1", "--corrects", "e2", "--reason", "x")
        filled("record", *wrong, "--on", "1979-01-01").refused("before birth")
        filled("record", *wrong[:4], "--corrects", "e9", "--reason", "x").refused("entry: ")
        assert filled.stored() == 2

    def test_of_a_fact_from_elsewhere_names_its_source(
        self, filled: Tracker, file: Written
    ) -> None:
        filled("import", file(level("f1", "2020-02-01", 2))).done()
        right = ("level.set", "level=3", "--subject", "CHE-1", "--on", "2020-02-01")
        filled("record", *right, "--corrects", "f1", "--reason", "x").refused("/tracker/cli f1")
        filled(
            "record", *right, "--corrects", "f1", "--reason", "x", "--source", "/cheshire/ppu"
        ).done()


class TestStandardInput:
    def test_records_facts_of_one_person_together(self, tracker: Tracker) -> None:
        facts = [registered(), convicted(), made("e3", "2020-03-02")]
        ran = tracker("record", "-", stdin=b"\n".join(map(line, facts))).done()
        assert ran.out.splitlines() == [f"recorded /cheshire/ppu e{n}" for n in (1, 2, 3)]
        assert tracker.facts() == facts

    def test_fills_in_what_is_plain(self, filled: Tracker) -> None:
        short = {"type": "uk.mappa.level.set", "subject": "CHE-1"}
        short_ = json.dumps(short | {"data": {"on": "2020-02-01", "level": 2}})
        filled("record", "-", "--by", "ann", stdin=short_).done()
        assert (last(filled)["recordedby"], last(filled)["specversion"]) == ("ann", "1.0")

    def test_stores_nothing_where_one_is_refused(self, filled: Tracker) -> None:
        facts = [level("e2", "2020-02-01", 2), level("e3", "1979-02-01", 2)]
        filled("record", "-", stdin=b"\n".join(map(line, facts))).refused("on: ", "before birth")
        assert filled.stored() == 1

    def test_names_the_line_that_is_not_a_fact(self, filled: Tracker) -> None:
        facts = line(level("e2", "2020-02-01", 2)) + b"\n\n" + line(level("e3", "2020-02-01", 9))
        filled("record", "-", stdin=facts).refused("standard input:3: data.level: ")
        filled("record", "-", stdin=b"\xff").refused("standard input:1: not UTF-8")
        assert filled.stored() == 1

    def test_is_of_one_person(self, filled: Tracker) -> None:
        facts = [level("e2", "2020-02-01", 2), registered("o1", subject="CHE-2")]
        ran = filled("record", "-", stdin=b"\n".join(map(line, facts)))
        ran.refused("subject: facts recorded together are of one subject")
        assert filled.stored() == 1

    def test_takes_a_correction_in_either_order(self, filled: Tracker) -> None:
        filled("record", "-", stdin=line(level("e2", "2020-02-01", 2))).done()
        today = civil(datetime.now(UTC)).isoformat()
        halves = [void("v2", "e2", today), level("e3", "2020-02-01", 3, corrects="e2")]
        filled("record", "-", stdin=b"\n".join(map(line, reversed(halves)))).done()
        filled("record", "-", stdin=line(level("e4", "2020-02-01", 3, corrects="e3"))).refused(
            "corrects: ", "without its void"
        )

    def test_of_nothing_says_so(self, filled: Tracker) -> None:
        assert filled("record", "-").done().out == "no change: no facts in the input\n"
        assert filled.stored() == 1
