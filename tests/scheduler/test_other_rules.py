"""A scheduler with another law or setting than was agreed for the store: it fights nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.status import status
from scheduler_world import Place
from spec import law as law_of
from tracker.store.agreement_check import Disagreement
from wire import registered

FOLLOW_THE_LAW = ("flag", "ended", "ahead", "diary", "findings", "year-end", "drafts", "duplicates")
DO_NOT = ("backup", "verify", "digest", "messages")


@pytest.fixture
def other(place: Place) -> Place:
    """The same store, on which the first scheduler has been at work, for one that differs."""
    place.record(registered())
    place.app().engine.catch_up()
    return replace(place, law=law_of("beneath"))


@pytest.mark.parametrize("job", FOLLOW_THE_LAW)
def test_what_follows_from_the_law_is_left_to_others(place: Place, other: Place, job: str) -> None:
    assert other.runner().run_due(other.job(job)) == 0
    with pytest.raises(Disagreement, match="tracker adopt"):
        other.run(job)
    count = "SELECT COUNT(*) FROM scheduler_runs WHERE job=?"
    assert other.rows(count, job) == [(0,)], "no time of it was begun"
    its_time_has_come = job != "year-end"  # in January
    assert place.runner().run_due(place.job(job)) == its_time_has_come


@pytest.mark.parametrize("job", ["verify", "digest", "messages"])
def test_what_does_not_is_done_as_ever(other: Place, job: str) -> None:
    assert other.runner().run_due(other.job(job)) == 1


def test_every_job_is_one_or_the_other(place: Place) -> None:
    for names, follows in ((FOLLOW_THE_LAW, True), (DO_NOT, False)):
        assert {place.job(name).follows_law for name in names} == {follows}


def test_the_status_says_why(place: Place, other: Place) -> None:
    answer = status(other.app().engine, [], other.settings.scheduler, other.clock())
    assert not answer["healthy"]
    assert any("category_4 beneath" in problem for problem in answer["problems"])
    assert status(place.app().engine, [], place.settings.scheduler, place.clock())["healthy"]
