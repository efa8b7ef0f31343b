"""A timeline advanced fact by fact equals the fold of all that was known."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from law.strategies import Recorder, Step, histories, steps
from population import recorded
from spec import SUBJECT, FactSpec, Record, convicted, fact, law, made, notified, registered, voided
from spec import given as person
from tracker.domain.facts import Fact
from tracker.domain.law.tables import Law
from tracker.domain.meaning.occurrences import CountedRun
from tracker.domain.meaning.parts import Part
from tracker.domain.meaning.timeline import Timeline, advance, fold
from tracker.domain.record.entry import Entry, as_known

# `_references` has only the ids it has needed so far; `_unresolved` has its result.
PARTS = sorted(
    name for name, p in vars(Timeline).items() if isinstance(p, Part) and name != "_references"
)
TRACKS = {
    "area", "location", "notification", "order", "licence", "category", "level", "review",
    "application", "finding",
}  # fmt: skip
NOT_ENDED = {"area", "licence", "review", "application", "finding"}
every_history = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def whole(entries: Sequence[Entry], rules: Law) -> Timeline | None:
    return fold(SUBJECT, as_known(entries), rules)


def part(t: Timeline | None, name: str) -> Any:
    """A part as a list, because the order of a mapping counts too."""
    value = getattr(t, name) if t is not None else None
    return list(value.items()) if isinstance(value, dict) else value


def moments(entries: Sequence[Entry], chance: random.Random) -> Iterator[list[Entry]]:
    """The entries that arrived together: of one moment, and sometimes of several."""
    arrived: list[Entry] = []
    for _, together in groupby(entries, key=lambda e: e.recorded_at):
        arrived += together
        if chance.random() < 0.8:
            yield arrived
            arrived = []
    if arrived:
        yield arrived


def agrees(entries: Sequence[Entry], rules: Law, chance: random.Random, asked: float) -> None:
    """At each moment every part read, in any order, equals that of the whole fold."""
    t: Timeline | None = None
    known: list[Entry] = []
    for arrived in moments(entries, chance):
        known += arrived
        t, expected = advance(t, SUBJECT, arrived, known, rules), whole(known, rules)
        assert (t is None) == (expected is None)
        names = [name for name in PARTS if chance.random() < asked]
        for name in chance.sample(names, len(names)):
            assert part(t, name) == part(expected, name), (name, len(known))
    for name in PARTS:
        assert part(t, name) == part(expected, name), name


def left_as_they_fell(entries: list[Entry], more: list[Step]) -> list[Entry]:
    """The entries with more that nobody judged, as later corrections may leave them."""
    recorder = Recorder(entries)
    for step in more:
        recorder.force(step)
    return recorder.history.entries


CROWD: list[tuple[str, dict[str, Any]]] = [
    *(("level.set", {"level": level}) for level in (1, 2, 2, 3)),
    *(("category.assigned", {"category": category}) for category in (2, 3, 4)),
    *(("category.ended", {"category": category}) for category in (2, 3, 4)),
    ("conviction.recorded", {"conviction_id": "C1", "finding": "conviction", "offence": "Assault",
                             "schedule_3": True, "disposal": {"kind": "life"}}),
    ("conviction.quashed", {"conviction_id": "C1"}),
    ("custody.entered", {"kind": "sentence", "conviction_id": "C1"}),
    ("custody.entered", {"kind": "recall", "because_of": "licence"}),
    ("custody.left", {"licence_for_life": True}),
    ("notification.given", {"kind": "initial"}),
    ("order.made", {"order_id": "S1", "kind": "shpo", "ends_on": 2}),
    ("order.discharged", {"order_id": "S1"}),
    ("meeting.held", {"meeting_id": "M1", "level": 2, "invited": [], "attended": []}),
    ("action.closed", {"meeting_id": "M1", "action_id": "a"}),
    ("referral.decided", {"referral_id": "F1", "accepted": True, "level": 2}),
    ("individual.transferred", {"to_area": "merseyside"}),
    ("individual.departed", {}),
    ("individual.died", {}),
]  # fmt: skip


@st.composite
def crowded(draw: st.DrawFn) -> list[Entry]:
    """Facts that nobody judged, on few days: many on one, and each with something to change."""
    recorder = Recorder()
    who = {"area": "cheshire", "name": "A", "date_of_birth": "1980-01-01"}
    recorder.take(Step("fact", "individual.registered", "2020-01-03", who, 0))
    days = st.sampled_from([f"2020-01-0{n}" for n in range(1, 8)])
    how = st.sampled_from(("fact", "fact", "fact", "fact", "void", "correction"))
    for (kind, data), on, way, of in draw(
        st.lists(st.tuples(st.sampled_from(CROWD), days, how, st.integers(0, 50)), max_size=25)
    ):
        recorder.force(Step(way, kind, on, data, of))
    return recorder.history.entries


class TestAdvanced:
    @every_history
    @given(histories(), st.randoms(use_true_random=False), st.sampled_from((0.1, 0.5, 1)))
    def test_as_the_whole_fold(
        self, entries: list[Entry], chance: random.Random, asked: float
    ) -> None:
        agrees(entries, law(), chance, asked)

    @every_history
    @given(
        histories(most=15),
        st.lists(steps(), max_size=25),
        st.randoms(use_true_random=False),
        st.sampled_from((0.1, 0.5, 1)),
    )
    def test_as_the_whole_fold_where_facts_no_longer_fit(
        self, entries: list[Entry], more: list[Step], chance: random.Random, asked: float
    ) -> None:
        agrees(left_as_they_fell(entries, more), law("beneath"), chance, asked)

    @settings(every_history, max_examples=80)
    @given(crowded(), st.randoms(use_true_random=False), st.sampled_from((0.1, 0.5, 1)))
    def test_as_the_whole_fold_where_much_falls_on_one_day(
        self, entries: list[Entry], chance: random.Random, asked: float
    ) -> None:
        agrees(entries, law(), chance, asked)

    @pytest.mark.parametrize("asked", [0.1, 0.5, 1])
    def test_as_the_whole_fold_of_a_population(self, chance: random.Random, asked: float) -> None:
        entries = recorded(law(), chance, 4, 250)
        for subject in {e.subject for e in entries}:
            agrees([e for e in entries if e.subject == subject], law(), chance, asked)

    @every_history
    @given(histories(), st.integers(0, 50), st.randoms(use_true_random=False))
    def test_what_was_known_stays_and_may_go_on_in_two_ways(
        self, entries: list[Entry], which: int, chance: random.Random
    ) -> None:
        at = 1 + which % len(entries)
        before, rest = whole(entries[:at], law()), entries[at:]
        assert before is not None
        for name in PARTS:
            if chance.random() < 0.5:
                part(before, name)
        for more in (rest[: len(rest) // 2], rest, []):
            after, expected = before.after(more), whole(entries[:at] + more, law())
            for name in PARTS:
                assert part(after, name) == part(expected, name), name
        for name in PARTS:
            assert part(before, name) == part(whole(entries[:at], law()), name), name


class TestCounted:
    """The runs that are counted, and what they are made of."""

    @every_history
    @given(histories())
    def test_every_day_is_counted_as_it_stands(self, entries: list[Entry]) -> None:
        t = whole(entries, law())
        assert t is not None
        marks = {d for run in t.counted for d in (run.start, run.until) if d}
        days = marks | {e.fact.on for e in t.entries} | {s.start for s in t.standings}
        for day in {d + n * timedelta(days=1) for d in days for n in (-1, 0, 1)}:
            held = [run for run in t.counted if run.start <= day < (run.until or date.max)]
            standing, area = t.standing(day), t.area(day)
            if standing is None or standing.category is None or area is None:
                assert held == []
            else:
                cell = (area, t.location(day), standing.category, standing.level)
                assert [run[:4] for run in held] == [cell]

    @every_history
    @given(histories(), st.lists(steps(), max_size=12))
    def test_no_other_fact_bears_on_them(self, entries: list[Entry], more: list[Step]) -> None:
        entries = left_as_they_fell(entries, more)
        topics = Timeline.topics(Timeline.counted)
        assert not topics & {"uk.mappa.notification.given", "uk.mappa.meeting.held"}
        t: Timeline | None = None
        counting: list[Entry] = []
        for entry in (e for e in entries if e.fact.TYPE in topics):
            counting.append(entry)
            t = advance(t, SUBJECT, [entry], counting, law())
        assert part(t, "counted") == part(whole(entries, law()), "counted")

    @every_history
    @given(histories(), st.lists(steps(), max_size=12))
    def test_nor_on_occurrences_but_those_they_are_made_of(
        self, entries: list[Entry], more: list[Step]
    ) -> None:
        entries = left_as_they_fell(entries, more)
        topics = Timeline.topics(Timeline.occurrence_groups)
        assert not topics & {"uk.mappa.notification.given", "uk.mappa.meeting.held"}
        some = whole([e for e in entries if e.fact.TYPE in topics], law())
        assert part(some, "occurrences") == part(whole(entries, law()), "occurrences")

    def test_a_return_to_custody_has_the_place_and_level_of_the_day_before(self) -> None:
        returned = {"kind": "recall", "because_of": "licence"}
        record = subject_at_level_2()
        inside = record.given(fact("custody.entered", "2020-07-01", kind="remand"))
        for before, place in ((record, "community"), (inside, "custody")):
            after = before.given(fact("custody.entered", "2020-08-01", **returned)).timeline
            (one,) = after.occurrence_groups["returns"]
            assert (one.kind, one.location, one.level) == ("returned_licence", place, 2)

    def test_runs_that_meet_and_count_alike_are_one(self) -> None:
        record = subject_at_level_2().given(fact("category.assigned", "2021-01-01", category=2))
        assert record.timeline.counted == [
            CountedRun("cheshire", "community", 1, 1, date(2020, 1, 10), date(2020, 5, 1)),
            CountedRun("cheshire", "community", 1, 2, date(2020, 5, 1), date(2026, 6, 2)),
            CountedRun("cheshire", "community", 2, 2, date(2026, 6, 2), None),
        ]


def subject_at_level_2() -> Record:
    """Subject for five years of a conviction of 10 January 2020, at level 2 from May."""
    return person(
        registered("2020-01-01"),
        convicted("2020-01-10", "community_order"),
        notified("2020-01-12"),
        fact("level.set", "2020-05-01", level=2, id="level"),
        made("2020-06-01", ends_on="2026-06-01"),
        fact("meeting.held", "2020-06-02", meeting_id="M1", level=2, invited=["police"],
             attended=["police"], id="meeting"),
    )  # fmt: skip


def taken_in(record: Record, *said: FactSpec) -> tuple[Timeline, Timeline]:
    """The timeline of a record, with every part read, and the one after further facts."""
    before = record.timeline
    for name in PARTS:
        getattr(before, name)
    after = before.after(record.given(*said).entries[len(record.entries) :])
    assert after is not None
    return before, after


def changed(record: Record, *said: FactSpec) -> set[str]:
    """The tracks whose list changed; the lists of the others must be the same objects."""
    before, after = taken_in(record, *said)
    assert before.spell_groups.keys() == after.spell_groups.keys() == TRACKS
    return {t for t in TRACKS if after.spell_groups[t] is not before.spell_groups[t]}


class Unheard(Fact):
    """A fact that no part reads."""


class TestLeftAlone:
    """A part that another fact does not change stays the same object."""

    @pytest.mark.parametrize(
        "said",
        [
            notified("2020-07-01", "periodic"),
            fact("meeting.held", "2020-07-01", meeting_id="M2", level=2, invited=[], attended=[]),
            fact("meeting.held", "2020-05-02", meeting_id="M2", level=2, invited=[], attended=[]),
            fact("individual.amended", "2020-07-01", name="Another Name"),
            voided("2020-07-01", "meeting"),
            fact("level.set", "2020-07-01", level=2, recorded="2020-07-02"),
        ],
        ids=["notification", "meeting", "late meeting", "name", "voided meeting", "same level"],
    )
    def test_by_what_means_nothing_for_any_spell(self, said: FactSpec) -> None:
        before, after = taken_in(subject_at_level_2(), said)
        if said.kind == "level.set":  # another reason for the same level
            assert changed(subject_at_level_2(), said) == {"level"}
        else:
            assert after.spell_groups is before.spell_groups
            assert after.spells is before.spells
        assert after.occurrence_groups is before.occurrence_groups
        assert after.occurrences is before.occurrences
        assert after.counted is before.counted

    def test_by_a_fact_that_no_part_reads(self) -> None:
        before, _ = taken_in(subject_at_level_2(), notified("2020-07-01"))
        for on in ("2020-08-01", "2020-02-01"):
            unheard = before.entries[-1]._replace(sequence=9, fact=Unheard(on=on))
            after = before.after([unheard])
            assert after is not None
            assert unheard in after.entries
            assert after.spell_groups is before.spell_groups
            assert after.occurrence_groups is before.occurrence_groups

    @pytest.mark.parametrize(
        ("said", "tracks"),
        [
            (fact("level.set", "2020-07-01", level=3), {"level"}),
            (fact("level.set", "2020-03-01", level=3), {"level"}),
            (voided("2020-07-01", "level"), {"level"}),
            (fact("individual.transferred", "2020-07-01", to_area="merseyside"), {"area"}),
            (fact("individual.transferred", "2020-02-01", to_area="merseyside"), {"area"}),
            (fact("custody.entered", "2020-07-01", kind="remand"), {"location"}),
            (fact("order.served", "2020-07-01", order_id="S1"),
             {"notification", "order", "category"}),
            (fact("individual.died", "2020-07-01"), TRACKS - NOT_ENDED),
            (fact("category.assigned", "2026-07-01", category=2), {"category", "level", "finding"}),
        ],
    )  # fmt: skip
    def test_but_for_the_tracks_that_it_bears_on(self, said: FactSpec, tracks: set[str]) -> None:
        assert changed(subject_at_level_2(), said) == tracks

    def test_and_so_do_the_elements_of_what_changed(self) -> None:
        record = subject_at_level_2().given(fact("level.set", "2020-07-01", level=3))
        before, after = taken_in(record, fact("level.set", "2020-08-01", level=2))
        old, new = before.spell_groups["level"], after.spell_groups["level"]
        assert [s.value for s in old] == ["1", "2", "3"]
        assert [s.value for s in new] == ["1", "2", "3", "2"]
        assert [a is b for a, b in zip(old, new, strict=False)] == [True, True, False]
        kept = zip(before.counted, after.counted, strict=False)
        assert [a is b for a, b in kept] == [True, True, False]

    def test_the_sorted_whole_holds_the_same_spells(self) -> None:
        _, after = taken_in(subject_at_level_2(), fact("level.set", "2020-07-01", level=3))
        grouped = {id(s) for group in after.spell_groups.values() for s in group}
        assert {id(s) for s in after.spells} == grouped
        assert [s.start for s in after.spells] == sorted(s.start for s in after.spells)


def test_nothing_is_known_of_a_person_all_of_whose_facts_are_void() -> None:
    record = person(registered("2020-01-01", id="r"))
    entries = record.given(
        voided("2020-01-02", "r"), registered("2020-01-02", id="s", corrects="r")
    )
    t = record.timeline.after(entries.entries[1:2])
    assert t is None
    again = advance(t, SUBJECT, entries.entries[2:], entries.entries, law())
    assert again is not None
    assert again.area(date(2020, 1, 2)) == "cheshire"


def test_what_is_decided_of_the_record_of_the_dead_is_no_finding() -> None:
    record = subject_at_level_2().given(fact("individual.died", "2021-01-01"))
    why = {"authorised_by": "Supt Q", "reason": "a relative works here"}
    _, after = taken_in(record, fact("individual.restricted", "2021-02-01", **why))
    assert after.spell_groups["finding"] == []
