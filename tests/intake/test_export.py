"""Export, import into an empty store, export again: the bytes are the same."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from population import recorded, refilled
from running import Tracker
from tracker.domain.law.tables import Law
from wire import Event, Written, convicted, event, level, line, made, registered, void


def emptied(tracker: Tracker, name: str = "second.db") -> Tracker:
    """The command line on another, empty store."""
    return Tracker(tracker.store.with_name(name))


def round_trip(tracker: Tracker, *options: str) -> Tracker:
    """Imports an export into a second store, and asserts that its export is the same."""
    first, second = tracker.export(), emptied(tracker)
    path = tracker.store.with_name("out.jsonl")
    path.write_text(first, encoding="utf-8", newline="")
    second("import", path, *options).done()
    assert second.export() == first
    return second


@pytest.fixture(scope="module")
def cheshire_export(cheshire_template: Path) -> str:
    return Tracker(cheshire_template).export()


def test_the_cheshire_log_comes_out_as_it_went_in(cheshire_export: str, cheshire_log: Path) -> None:
    given = gzip.decompress(cheshire_log.read_bytes()).decode()
    for was, is_ in zip(given.splitlines(), cheshire_export.splitlines(), strict=True):
        assert json.loads(was) == json.loads(is_)


@pytest.mark.parametrize("options", [(), ("--trust-times",)])
def test_the_cheshire_log_round_trips(
    cheshire_export: str, tracker: Tracker, options: tuple[str, ...]
) -> None:
    path = tracker.store.with_name("out.jsonl")
    path.write_text(cheshire_export, encoding="utf-8")
    tracker("import", path, *options).done()
    assert tracker.export() == cheshire_export


def test_a_trusted_round_trip_gives_the_same_answers(
    tracker: Tracker, law: Law, chance: random.Random
) -> None:
    entries = recorded(law, chance, people=15, facts=300)
    with refilled(tracker.store, entries):
        pass
    second = round_trip(tracker, "--trust-times")
    for known_at in ("2021-12-31", "2022-04-01", entries[-1].recorded_at.isoformat()):
        for asked in (
            ["counts"],
            ["eligible", "--within", "P9Y"],
            ["return", "cheshire", "2021-22"],
        ):
            command = [*asked, "--known-at", known_at, "--format", "json"]
            if asked[0] != "return":
                command += ["--on", "2022-03-31"]
            assert tracker(*command).json() == second(*command).json()


def lines(text: str) -> list[str]:
    """Splits at newlines only: a text may contain other Unicode line separators."""
    return text.split("\n")[:-1]


def everything() -> Iterator[Event]:
    """Every kind of text and link that a fact may carry."""
    name = 'Zoë "Łukasz" 李/\\ \u2028 é 🚓'
    yield registered(name=name, identifiers={"pnc": "70/1X", "crn": "É1"})
    yield convicted() | {"correlationid": "case 7", "causationid": "/a b"}
    yield made(
        "e3",
        "2020-03-02",
        prohibitions=[{"text": "No contact\nwith\tanybody"}, {"text": "é" * 5_000}],
        requirements=[],
    )
    yield level("e4", "2020-04-01", 2, override={"rule": "any", "reason": "asked", "by": "me"})
    yield level("e5", "2020-04-02", 3, time="2020-04-02T12:00:00.123456789+01:00")
    yield event("e6", "individual.departed", "2020-04-03", time="2020-04-03t12:00:00z")
    yield void("e7", "e4", "2020-05-01")
    yield level("e8", "2020-04-02", 2, corrects="e4", time="2020-05-01T12:00:00Z")


@pytest.mark.parametrize("options", [(), ("--trust-times",)])
def test_everything_that_a_fact_may_carry_round_trips(
    tracker: Tracker, file: Written, options: tuple[str, ...]
) -> None:
    facts = list(everything())
    tracker("import", file(*facts), *options).done()
    assert tracker.facts() == facts
    round_trip(tracker, *options)


def test_a_fact_is_one_line_in_the_order_of_the_contract(tracker: Tracker, file: Written) -> None:
    turned = dict(reversed(registered().items())) | {"datacontenttype": "application/json"}
    tracker("import", file(turned)).done()
    assert tracker.export() == line(registered()).decode() + "\n"


def test_line_separators_of_other_alphabets_break_no_line(tracker: Tracker, file: Written) -> None:
    tracker("import", file(registered(name="a\u2028b\u2029cd"), convicted())).done()
    assert tracker.export().count("\n") == 2


def test_an_empty_store_exports_nothing(tracker: Tracker) -> None:
    assert tracker.export() == ""


def test_facts_of_several_people_keep_the_order_recorded(tracker: Tracker, file: Written) -> None:
    facts = []
    for turn in range(3):
        for who in ("B", "A", "C"):
            one = registered(f"{who}0", subject=who) if turn == 0 else None
            facts.append(one or level(f"{who}{turn}", "2020-02-01", turn, subject=who))
    tracker("import", file(*facts)).done()
    assert [fact["id"] for fact in tracker.facts()] == [fact["id"] for fact in facts]
    round_trip(tracker)


class TestSince:
    @pytest.fixture
    def filled(self, tracker: Tracker, file: Written) -> Tracker:
        tracker("import", file(*everything()), "--trust-times").done()
        return tracker

    @pytest.mark.parametrize("since", [0, 1, 5, 7, 8, 99])
    def test_gives_what_was_recorded_after_a_position(self, filled: Tracker, since: int) -> None:
        after = filled("export", "--since", str(since)).done().out
        assert lines(after) == lines(filled.export())[since:]

    def test_brings_a_copy_up_to_date(self, filled: Tracker, file: Written) -> None:
        copy = emptied(filled)
        shutil.copyfile(filled.store, copy.store)
        later = level("e9", "2020-06-01", 3, time="2020-06-01T12:00:00Z")
        filled("import", file(later, name="more.jsonl"), "--trust-times").done()
        out = filled.store.with_name("since.jsonl")
        out.write_text(filled("export", "--since", "8").done().out, encoding="utf-8")
        assert copy("import", out, "--trust-times").done().out.startswith("1 facts stored")
        assert copy.export() == filled.export()

    def test_overlapping_parts_are_skipped(self, filled: Tracker) -> None:
        copy = emptied(filled)
        for part in (filled.export(), filled("export", "--since", "3").done().out):
            out = filled.store.with_name("part.jsonl")
            out.write_text(part, encoding="utf-8")
            copy("import", out, "--trust-times").done()
        assert copy.export() == filled.export()


def test_whatever_was_recorded_can_be_imported(tracker: Tracker) -> None:
    """The longest fact there can be still fits on a line."""
    tracker("record", "-", stdin=line(registered())).done()
    actions = [
        {"action_id": f"a{n}", "text": "x" * 10_000, "owner": "police", "due_on": "2030-01-01"}
        for n in range(200)
    ]
    meeting = event(
        "m1", "meeting.held", "2020-02-01",
        meeting_id="M1", level=2, invited=["police"], attended=["police"], actions=actions,
    )  # fmt: skip
    tracker("record", "-", stdin=line(meeting)).refused("standard input:1: ", "over 1048576 bytes")
    meeting["data"]["actions"] = actions[:100]
    tracker("record", "-", stdin=line(meeting)).done()
    round_trip(tracker)
