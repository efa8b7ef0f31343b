"""What is true of every lawful history, whatever its facts (contract, section 3)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from law.strategies import Recorder, Step, histories, is_void, renumbered, steps
from spec import SUBJECT, law
from tracker.domain.answers.show import show
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.domain.record.entry import Entry, as_known
from tracker.domain.record.history import History

DAY = timedelta(days=1)
EXCLUSIVE = ("area", "location", "category", "level", "licence", "review")
every_history = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def folded(entries: list[Entry], **known: object) -> Timeline:
    found = timeline(SUBJECT, entries, law(), **known)  # type: ignore[arg-type]
    assert found is not None
    return found


def meaning(t: Timeline) -> tuple[object, ...]:
    return t.spells, t.occurrences, t.particulars


def telling_days(t: Timeline) -> list[date]:
    """Every day on which something may change, with the day before and the day after."""
    days = {e.fact.on for e in t.entries}
    days |= {d for s in t.spells for d in (s.start, s.until) if d}
    return sorted({d + n * DAY for d in days for n in (-1, 0, 1)})


@every_history
@given(histories())
def test_spells_of_one_track_and_ref_never_overlap(entries: list[Entry]) -> None:
    t = folded(entries)
    target(float(len(t.entries)))
    for spell in t.spells:
        assert spell.until is None or spell.start < spell.until
    lanes: dict[tuple[str, ...], list[tuple[date, date | None]]] = {}
    for s in t.spells:
        lane = (s.track,) if s.track in EXCLUSIVE else (s.track, s.ref)
        lane += (s.value,) if s.track == "finding" else ()
        lanes.setdefault(lane, []).append((s.start, s.until))
    for lane, runs in lanes.items():
        for (_, until), (start, _) in pairwise(sorted(runs, key=lambda run: run[0])):
            assert until is not None and until <= start, lane  # noqa: PT018


@every_history
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_days_were_recorded_does_not_matter(
    entries: list[Entry], random: Random
) -> None:
    counting = [e for e in entries if not is_void(e)]
    voids = [e for e in entries if is_void(e)]
    mixed = shuffled_but_for_days(counting, random)
    assert meaning(folded(renumbered(mixed + voids))) == meaning(folded(entries))


def shuffled_but_for_days(entries: list[Entry], random: Random) -> list[Entry]:
    """The entries in another order; those of one day keep their order."""
    days = [e.fact.on for e in entries]
    random.shuffle(days)
    of_day = {day: iter([e for e in entries if e.fact.on == day]) for day in days}
    return [next(of_day[day]) for day in days]


@every_history
@given(histories(), st.integers(0, 50))
def test_a_voided_fact_leaves_what_its_absence_leaves(entries: list[Entry], which: int) -> None:
    recorder = Recorder(entries)
    recorder.take(Step("void", "licence.ended", 0, {}, which))
    counted = {e.name for e in recorder.history.counting}
    gone = [e for e in folded(entries).entries if e.name not in counted]
    if gone:
        without = [e for e in entries if e != gone[0]]
        assert meaning(folded(recorder.history.entries)) == meaning(folded(without))


@every_history
@given(histories(), st.lists(steps(), min_size=1, max_size=6))
def test_what_was_known_never_changes(entries: list[Entry], more: list[Step]) -> None:
    known_at = entries[-1].recorded_at
    before = folded(entries, known_at=known_at)
    recorder = Recorder(entries)
    for step in more:
        recorder.take(step)
    new = recorder.history.entries[len(entries) :]
    later = [e._replace(recorded_at=e.recorded_at + DAY) for e in new]
    assert meaning(folded(entries + later, known_at=known_at)) == meaning(before)


@every_history
@given(histories(), st.integers(0, 50))
def test_known_at_a_moment_is_the_record_cut_there(entries: list[Entry], which: int) -> None:
    known_at = entries[which % len(entries)].recorded_at
    cut = [e for e in entries if e.recorded_at <= known_at]
    assert as_known(entries, known_at) == as_known(cut)
    assert meaning(folded(entries, known_at=known_at)) == meaning(folded(cut))


@every_history
@given(histories())
def test_the_record_as_written_counts_what_the_fold_counts(entries: list[Entry]) -> None:
    history, t = History(SUBJECT, entries), folded(entries)
    assert history.counting == t.entries
    assert history.born == t.particulars.date_of_birth
    assert history.died == t.died


@every_history
@given(histories())
def test_category_1_is_being_subject(entries: list[Entry]) -> None:
    t = folded(entries)
    for day in telling_days(t):
        standing = t.standing(day)
        category = standing.category if standing else None
        assigned = standing.assigned if standing else frozenset()
        subject = bool(t.grounds_on(day))
        assert (category == 1) == (subject and 4 not in assigned)
        assert subject == (t.subject_run(day) is not None)
        assert not (subject and day < date(1997, 9, 1))
        if category == 3:
            assert standing is not None and standing.level in (2, 3)  # noqa: PT018


@every_history
@given(histories())
def test_every_day_has_an_answer(entries: list[Entry]) -> None:
    t = folded(entries)
    for day in telling_days(t)[::5]:
        answer = show(t, day, entries[-1].recorded_at)
        due = [d["due_on"] for d in answer["deadlines"]]
        assert due == sorted(due)
        assert answer["notification"]["subject"] == bool(answer["notification"]["grounds"])
        assert not (answer["review"]["eligible"] and answer["review"]["blocked_by"])


@every_history
@given(histories(most=10), st.lists(steps(), max_size=20))
def test_facts_that_no_longer_fit_are_folded_all_the_same(
    entries: list[Entry], more: list[Step]
) -> None:
    recorder = Recorder(entries)
    for step in more:
        recorder.force(step)
    t = folded(recorder.history.entries)
    for day in telling_days(t)[::5]:
        show(t, day, entries[-1].recorded_at)


@every_history
@given(histories())
def test_death_ends_every_spell_but_area_and_location(entries: list[Entry]) -> None:
    t = folded(entries)
    if t.died is not None:
        for spell in t.spells:
            if spell.track not in ("area", "location", "finding"):
                assert spell.until is not None and spell.until <= t.died  # noqa: PT018
        assert t.location(t.died) == "dead"


@every_history
@given(histories())
def test_category_4_beneath_never_hides_category_1(entries: list[Entry]) -> None:
    beneath = timeline(SUBJECT, entries, law("beneath"))
    assert beneath is not None
    for day in telling_days(beneath):
        standing = beneath.standing(day)
        assert bool(beneath.grounds_on(day)) == (standing is not None and standing.category == 1)
