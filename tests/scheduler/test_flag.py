"""The flag job on a store: flags on the day, withdraws untrue flags, queues items for the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler_world import Clock, Place
from tracker.domain.errors import TrackerError
from wire import convicted, event, made, registered, void

LIFER = (
    registered("r", "2000-01-10"),
    convicted("c", "2000-01-10"),
    event("i", "custody.entered", "2000-01-10", kind="sentence", conviction_id="C1"),
    event("o", "custody.left", "2004-06-01"),
    event("n", "notification.given", "2004-06-02", kind="initial"),
)
QUALIFIES = datetime(2019, 6, 2, 0, 20, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(QUALIFIES - timedelta(days=2))


@pytest.fixture
def lifer(place: Place) -> Place:
    place.record(*LIFER)
    return place


def flags(place: Place) -> list[tuple[Any, ...]]:
    entries = [e for page in place.log.pages() for _, e in page if e.source == "/tracker/scheduler"]
    return [(e.fact.TYPE.removeprefix("uk.mappa."), e.id, e.fact.on.isoformat()) for e in entries]


def items(place: Place) -> list[tuple[Any, ...]]:
    return place.rows("SELECT kind, area, subject, detail FROM scheduler_items ORDER BY made, key")


def test_a_flag_is_written_on_the_day_and_an_item_queued(lifer: Place, clock: Clock) -> None:
    assert lifer.run("flag") == {"flagged": 0, "withdrawn": 0, "told": 0}
    clock.set(QUALIFIES)
    assert lifer.run("flag") == {"flagged": 1, "withdrawn": 0, "told": 1}
    assert flags(lifer) == [
        ("review.eligibility_flagged", "flagged:2019-06-02:6:CHE-1", "2019-06-02")
    ]
    flag = lifer.log.history("CHE-1").entries[-1]
    assert flag.recorded_by == "scheduler"
    assert flag.correlation is not None
    assert flag.correlation.startswith("flag-once-2019")
    fact = flag.fact.model_dump(mode="json", exclude_unset=True)
    assert fact["basis"]["rule"] == "soa2003.s91b.2"
    assert "/cheshire/ppu n" in fact["basis"]["entries"]
    assert items(lifer) == [
        ("review_eligible", "cheshire", "CHE-1",
         "may apply for review; qualified on 2019-06-02 (soa2003.s91b.2)")
    ]  # fmt: skip


def test_it_is_written_once_however_often_the_job_runs(lifer: Place, clock: Clock) -> None:
    clock.set(QUALIFIES)
    for _ in range(5):
        lifer.run("flag")
        clock.forward(timedelta(days=1))
    assert len(flags(lifer)) == len(items(lifer)) == 1


def test_a_date_that_moves_withdraws_the_flag_and_says_why(lifer: Place, clock: Clock) -> None:
    clock.set(QUALIFIES)
    lifer.run("flag")
    clock.forward(timedelta(days=10))
    lifer.record(
        void("v", "n", "2019-06-12"),
        event("n2", "notification.given", "2004-08-01", kind="initial", corrects="n"),
    )
    assert lifer.run("flag") == {"flagged": 0, "withdrawn": 1, "told": 1}
    gone = lifer.log.history("CHE-1").entries[-1].fact.model_dump(mode="json")
    assert gone["entry"] == "flagged:2019-06-02:6:CHE-1"
    assert gone["reason"] == "the qualifying date as on 2019-06-02 is 2019-08-01"
    clock.set(datetime(2019, 8, 1, 1, tzinfo=UTC))
    assert lifer.run("flag") == {"flagged": 1, "withdrawn": 0, "told": 1}
    assert [f[0] for f in flags(lifer)] == [
        "review.eligibility_flagged", "entry.voided", "review.eligibility_flagged",
    ]  # fmt: skip
    assert [kind for kind, *_ in items(lifer)] == [
        "review_eligible", "review_withdrawn", "review_eligible",
    ]  # fmt: skip


def test_a_date_that_moves_into_the_past_is_flagged_anew_at_once(
    lifer: Place, clock: Clock
) -> None:
    clock.set(QUALIFIES)
    lifer.run("flag")
    clock.forward(timedelta(days=3))
    lifer.record(
        void("v", "n", "2019-06-05"),
        event("n2", "notification.given", "2004-06-01", kind="initial", corrects="n"),
    )
    assert lifer.run("flag") == {"flagged": 1, "withdrawn": 1, "told": 2}
    assert [f[2] for f in flags(lifer)] == ["2019-06-02", "2019-06-05", "2019-06-05"]


def test_whoever_is_barred_waits_for_the_end_of_the_bar(lifer: Place, clock: Clock) -> None:
    lifer.record(made("s", "2018-01-01", ends_on="2023-05-31"))
    clock.set(QUALIFIES)
    assert lifer.run("flag")["flagged"] == 0
    clock.set(datetime(2023, 6, 1, 0, 30, tzinfo=UTC))
    assert lifer.run("flag")["flagged"] == 1


def test_a_run_cut_short_before_its_items_queues_them_when_retried(
    lifer: Place, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fact is recorded, the item not yet queued, and the power goes."""
    clock.set(QUALIFIES)
    runner, job = lifer.runner(), lifer.job("flag")
    with monkeypatch.context() as patch:
        patch.setattr("scheduler.flagging.queue_items", _power_cut)
        runner.run_due(job)
    assert (len(flags(lifer)), len(items(lifer))) == (1, 0)
    clock.forward(timedelta(days=1))
    runner.run_due(job)
    assert (len(flags(lifer)), len(items(lifer))) == (1, 1)


def _power_cut(*given: object) -> int:
    raise RuntimeError


def test_nothing_is_flagged_for_a_day_yet_to_come(lifer: Place, clock: Clock) -> None:
    with pytest.raises(TrackerError, match="yet to come"):
        lifer.runner().run_once(lifer.job("flag"), clock() + timedelta(days=3))
    assert flags(lifer) == []


def test_a_person_who_qualifies_soon_gives_one_item_at_each_distance(
    lifer: Place, clock: Clock
) -> None:
    details: list[list[str]] = []
    for day in ("2018-05-01", "2018-06-03", "2018-06-04", "2018-12-03", "2019-05-06", "2019-05-20"):
        clock.set(datetime.fromisoformat(f"{day}T00:30:00+00:00"))
        lifer.run("ahead")
        details.append([row[3] for row in items(lifer)][len([t for t in details if t]) :])
    assert details == [
        [], ["qualifies within a year (soa2003.s91b.2)"], [],
        ["qualifies within six months (soa2003.s91b.2)"],
        ["qualifies within 28 days (soa2003.s91b.2)"], [],
    ]  # fmt: skip
