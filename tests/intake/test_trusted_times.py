"""The time of recording: set by the store, or in a migration the `time` of the fact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from running import Tracker
from tracker.store.log import Log
from wire import Written, convicted, level, made, registered


def stamps(tracker: Tracker, subject: str = "CHE-1") -> list[datetime]:
    from tracker.store.opening import open_log

    with open_log(f"sqlite:///{tracker.store}", lambda: datetime.now(UTC)) as log:
        return [entry.recorded_at for entry in log.history(subject).entries]


def category(tracker: Tracker, known_at: str) -> Any:
    ran = tracker(
        "counts", "--on", "2020-02-01", "--known-at", known_at, "--format", "json"
    )  # fmt: skip
    return ran.json()["snapshot"]["total"]["cat1"]


FACTS = [
    registered(time="2020-01-06T09:00:00.123456Z"),
    convicted(time="2020-01-08T09:00:00+01:00"),
    level("e3", "2020-01-07", 2, time="2020-01-08T08:00:00Z"),
]


def test_an_untrusted_fact_is_recorded_now(tracker: Tracker, file: Written) -> None:
    before = datetime.now(UTC)
    tracker("import", file(*FACTS)).done()
    first, *others = stamps(tracker)
    assert before <= first <= datetime.now(UTC)
    assert others == [first, first], "a file is recorded at one moment"
    assert category(tracker, "2020-06-01") == 0, "nobody knew then"
    assert tracker.facts()[0]["time"] == FACTS[0]["time"], "what the source says is kept"


def test_a_trusted_fact_is_recorded_at_its_own_time(tracker: Tracker, file: Written) -> None:
    tracker("import", file(*FACTS), "--trust-times").done()
    assert [at.isoformat() for at in stamps(tracker)] == [
        "2020-01-06T09:00:00.123456+00:00",
        "2020-01-08T08:00:00+00:00",
        "2020-01-08T08:00:00+00:00",
    ]
    assert category(tracker, "2020-01-08T07:59:59Z") == 0
    assert category(tracker, "2020-01-08T08:00:00Z") == 1


def test_a_trusted_time_never_runs_backwards_within_a_person(
    tracker: Tracker, file: Written
) -> None:
    back = level("e4", "2020-01-07", 3, time="2020-01-08T07:59:59Z")
    tracker("import", file(*FACTS, back), "--trust-times").refused(
        "in.jsonl:4: time: ", "runs backwards", "/cheshire/ppu e3"
    )
    assert tracker.stored() == 0
    tracker("import", file(*FACTS), "--trust-times").done()
    tracker("import", file(back, name="back.jsonl"), "--trust-times").refused("runs backwards")
    assert tracker.stored() == 3


def test_a_trusted_time_may_run_backwards_from_person_to_person(
    tracker: Tracker, file: Written
) -> None:
    earlier = registered("o1", subject="CHE-2", time="2020-01-06T08:00:00Z")
    assert tracker("import", file(*FACTS, earlier), "--trust-times").done().out.startswith("4")


def test_a_trusted_time_does_not_reach_behind_an_untrusted_one(
    tracker: Tracker, file: Written
) -> None:
    tracker("import", file(*FACTS)).done()
    late = level("e4", "2020-02-01", 3)
    tracker("import", file(late, name="late.jsonl"), "--trust-times").refused("runs backwards")


def test_an_untrusted_stamp_never_runs_backwards(log: Log, tracker: Tracker, file: Written) -> None:
    """However the clock is set, the record of a person is in the order recorded."""
    soon = datetime.now(UTC) + timedelta(minutes=2)
    ahead = level("e4", "2020-02-01", 3, time=soon.isoformat())
    tracker("import", file(*FACTS, ahead), "--trust-times").done()
    tracker("import", file(level("e5", "2020-02-02", 2), name="more.jsonl")).done()
    tracker("record", "level.set", "level=3", "--subject", "CHE-1").done()
    recorded = stamps(tracker)
    assert recorded == sorted(recorded)
    assert recorded[-1] == recorded[-2] == soon


def test_the_day_of_a_fact_is_not_after_the_day_it_is_recorded(
    tracker: Tracker, file: Written
) -> None:
    """The civil day in London: on a summer night it begins an hour before that of UTC."""
    early = made("e4", "2020-06-02", time="2020-06-01T22:59:59Z")
    tracker("import", file(*FACTS, early), "--trust-times").refused("in.jsonl:4: on: ", "is after")
    due = made("e4", "2020-06-02", time="2020-06-01T23:00:00Z")
    tracker("import", file(*FACTS, due), "--trust-times").done()


@pytest.mark.parametrize("known_at", ["0300-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_nothing_was_known_long_ago(tracker: Tracker, file: Written, known_at: str) -> None:
    tracker("import", file(*FACTS), "--trust-times").done()
    assert category(tracker, known_at) == 0
    tracker("show", "CHE-1", "--known-at", known_at).refused("not known")
