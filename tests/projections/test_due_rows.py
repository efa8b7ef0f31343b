"""The rows of what falls due: for every later day exactly what the clocks list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from law.strategies import Recorder, Step, histories, steps
from population import folded
from projections.engine.day_numbers import END, FAR, day
from projections.engine.row_history import LatestRows
from projections.views import due
from spec import (
    OVERRIDE,
    SUBJECT,
    FactSpec,
    Record,
    convicted,
    fact,
    made,
    notified,
    registered,
    voided,
)
from spec import given as person
from spec import law as the_law
from tracker.domain.answers import show as answers
from tracker.domain.law.tables import Law
from tracker.domain.meaning.outstanding import deadlines
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.domain.record.entry import Entry

DAY = timedelta(days=1)
DUE = list(due.DUE.columns)
every_history = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def whole(entries: Sequence[Entry], rules: Law | None = None) -> Timeline:
    found = timeline(entries[0].subject, entries, rules or the_law())
    assert found is not None
    return found


def listed_on(t: Timeline, on: date) -> list[Any]:
    """What is outstanding on a day according to the rows, in no order."""
    rows = [dict(zip(DUE, row, strict=True)) for row in due.DUE.rows(t, 0)]
    return sorted(
        (r["what"], r["ref"], r["due_on"], r["rule"], r["entries"])
        for r in rows
        if r["start"] <= day(on) < r["until"]
    )


def expected_on(t: Timeline, on: date) -> list[Any]:
    return sorted(
        (d.what, d.ref, day(d.due_on), d.rule, due.json_array(d.entries)) for d in deadlines(t, on)
    )


class TestRows:
    @every_history
    @given(histories(), st.lists(st.integers(0, 60 * 366), min_size=1, max_size=30))
    def test_list_what_the_clocks_list_on_any_day_from_the_last_entry_on(
        self, entries: list[Entry], ahead: list[int]
    ) -> None:
        t = whole(entries)
        first = due.last_entry_day(t)
        days = {first + n * DAY for n in (0, 1, *ahead)}
        for row in due.DUE.rows(t, 0):
            given_ = dict(zip(DUE, row, strict=True))
            turning = (given_["start"], given_["until"], given_["due_on"], given_["due_on"] + 1)
            days |= {date.fromordinal(n + m) for n in turning for m in (-1, 0) if n != FAR}
        for on in days:
            if on >= first:
                assert listed_on(t, on) == expected_on(t, on), on

    def test_list_it_day_by_day_for_two_years(self, people: list[Entry], law: Law) -> None:
        listed = 0
        for t in folded(people, law, people[-1].recorded_at):
            for ahead in range(760):
                on = due.last_entry_day(t) + ahead * DAY
                found = listed_on(t, on)
                assert found == expected_on(t, on), (t.subject, on)
                listed += len(found)
        assert listed > 2_000

    @every_history
    @given(histories(most=20), st.lists(steps(), min_size=1, max_size=4))
    def test_depend_only_on_their_inputs(self, entries: list[Entry], more: list[Step]) -> None:
        recorder = Recorder(entries)
        before = whole(entries)
        for step in more:
            known = len(recorder.history.entries)
            recorder.take(step)
            after = before.after(recorder.history.entries[known:])
            assert after is not None
            if [*map(id, due.DUE.inputs(before))] == [*map(id, due.DUE.inputs(after))]:
                assert due.DUE.rows(before, 0) == due.DUE.rows(after, 0), step
            before = after

    @every_history
    @given(histories(), st.lists(st.integers(0, 20 * 366), min_size=1, max_size=20))
    def test_have_level_and_category_on_any_later_day(
        self, entries: list[Entry], ahead: list[int]
    ) -> None:
        t = whole(entries)
        for on in (due.last_entry_day(t) + n * DAY for n in (0, *ahead)):
            [row] = [
                found
                for row in due.PRESENT.rows(t, 17)
                if (found := dict(zip(due.PRESENT.columns, row, strict=True)))["start"] <= day(on)
                and day(on) < found["until"]
            ]
            status = {name: row[name] for name in ("area", "category", "level", "location")}
            assert status == answers.status(t, on)
            assert (row["since"], row["told"]) == (day(due.last_entry_day(t)), 17)


def test_the_last_entry_has_the_civil_day_on_which_it_was_recorded() -> None:
    """In July 23:30 UTC is the next day in London; a void does not count as an entry."""
    record = person(registered("2020-01-01"), fact("level.set", "2020-06-01", level=1, id="x"))
    record = record.given(notified("2020-07-01", recorded="2020-07-01T23:30:00Z"))
    record = record.given(voided("2020-09-01", "x"))
    [row] = due.PRESENT.rows(record.timeline, 5)
    found = dict(zip(due.PRESENT.columns, row, strict=True))
    assert found["last_entry"] == day(date(2020, 7, 2))
    assert found["since"] == day(date(2020, 7, 1))


LIFER = person(
    registered("2000-01-01"),
    convicted("2005-01-10", "life"),
    fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
    fact("custody.left", "2007-01-10", licence_for_life=True),
    notified("2007-01-12"),
    fact("level.set", "2007-01-12", level=2),
    fact("meeting.held", "2008-01-14", meeting_id="M1", level=2, invited=[], attended=[],
         next_review_on="2008-06-01",
         actions=[{"action_id": "A1", "text": "Visit", "owner": "p", "due_on": "2008-02-01"}]),
    fact("review.applied", "2022-02-01", review_id="R1"),
    fact("review.body_notified", "2022-02-02", review_id="R1", body="probation"),
    fact("referral.made", "2022-06-01", referral_id="F1", agency="police"),
)  # fmt: skip
DECIDED = {"review_id": "R1", "determined_by": "supt.1", "rank": "superintendent", "reasons": "so"}


REFUSED = fact("review.determined", "2022-02-03", outcome="continues", **DECIDED)
NOTICE = fact("review.notice_received", "2022-05-30", review_id="R1")


@pytest.mark.parametrize(
    ("known", "late"),
    [
        ([], [fact("individual.transferred", "2022-01-01", to_area="kent")]),
        ([], [fact("custody.entered", "2022-01-01", kind="recall")]),
        # released on the same day: never in custody at the end of a day, but has to notify
        ([], [fact("custody.entered", "2022-01-03", kind="remand"),
              fact("custody.left", "2022-01-03")]),
        ([], [made("2022-01-01", ends_on="2030-01-01")]),
        ([], [notified("2022-01-01", "periodic")]),
        ([], [fact("level.set", "2022-01-01", level=1)]),
        ([], [fact("action.closed", "2022-01-01", meeting_id="M1", action_id="A1")]),
        ([], [fact("meeting.held", "2022-01-01", meeting_id="M2", level=2, invited=[],
                   attended=[])]),
        ([], [fact("review.acknowledged", "2022-02-03", review_id="R1")]),
        ([], [fact("review.body_notified", "2022-02-03", review_id="R1", body="prisons")]),
        ([], [REFUSED]),
        ([], [fact("review.qualifying_date_set", "2022-02-03", qualifying_on="2025-01-01",
                   authorised_by="supt.1", reason="so", override=OVERRIDE)]),
        ([], [fact("conviction.quashed", "2022-02-03", conviction_id="C1")]),
        ([REFUSED], [NOTICE]),
        ([REFUSED, NOTICE], [fact("review.appealed", "2022-05-31", review_id="R1")]),
        ([REFUSED], [fact("review.applied", "2022-05-30", review_id="R2", override=OVERRIDE)]),
    ],
    ids=lambda said: "+".join(one.kind for one in said),
)  # fmt: skip
def test_a_relevant_entry_recorded_late_changes_the_rows(
    known: list[FactSpec], late: list[FactSpec]
) -> None:
    """The day of the last entry stays the same; only the new entry itself is a change."""
    at = "2022-07-01"
    record = LIFER.given(*(replace(said, recorded=at) for said in known)) if known else LIFER
    before = record.timeline
    rows = {row: (0, n) for n, row in enumerate(due.DUE.rows(before, 0))}
    more = record.given(*(replace(said, recorded=at) for said in late))
    after = before.after(more.entries[len(record.entries) :])
    assert after is not None
    assert due.last_entry_day(after) is due.last_entry_day(before)
    history = LatestRows(due.DUE, SUBJECT, rows, before)
    history.learn(1, after)
    assert history.ended == [(SUBJECT,)]
    assert [row[4:] for row in history.rows()] == due.DUE.rows(after, 1) != list(rows)


def test_a_deadline_that_ends_with_its_day_is_never_late() -> None:
    record = person(registered("2000-01-01"), made("2022-01-03", "sro", ends_on="2027-01-02"))
    rows = [dict(zip(DUE, row, strict=True)) for row in due.DUE.rows(record.timeline, 0)]
    found = {row["what"]: (row["due_on"], row["until"], row["late"]) for row in rows}
    due_on, last = day(date(2022, 1, 5)), day(date(2027, 1, 2))
    assert found == {
        "sro_notification": (due_on, last + 1, due_on + 1),
        "order_ends": (last, last + 1, None),
    }


class TestAnAccount:
    SUBJECT_TO = person(
        registered("2020-01-01"), convicted("2020-02-03", finding="caution"), notified("2020-03-02")
    )

    def history(self, record: Record, stored: bool, *more: Any) -> LatestRows:
        """The history of a person's rows after further facts were applied one by one."""
        before = record.timeline
        rows = {r: (0, n) for n, r in enumerate(due.DUE.rows(before, 0))} if stored else {}
        history = LatestRows(due.DUE, SUBJECT, rows, before if stored else None)
        for said in more:
            record = record.given(said)
            history.learn(1, record.timeline)
        return history

    def test_replaces_all_stored_rows(self) -> None:
        history = self.history(self.SUBJECT_TO, True, notified("2020-05-01", "change"))
        assert history.ended == [(SUBJECT,)]
        rows = list(history.rows())
        assert [row[4:8] for row in rows] == [
            ("cheshire", "periodic_notification", "", day(date(2021, 5, 1))),
            ("cheshire", "notification_ends", "C1", day(date(2022, 2, 2))),
        ]
        assert [row[:4] for row in rows] == [(SUBJECT, 0, n, END) for n in (0, 1)]

    @pytest.mark.parametrize("known_before", [True, False])
    def test_writes_nothing_if_nothing_changed(self, known_before: bool) -> None:
        late = fact("recall.decided", "2020-02-04", recall_id="R1", kind="standard")
        record = self.SUBJECT_TO.given(late)
        before = self.SUBJECT_TO.timeline
        rows = {r: (0, n) for n, r in enumerate(due.DUE.rows(before, 0))}
        history = LatestRows(due.DUE, SUBJECT, rows, before if known_before else None)
        after = before.after(record.entries[-1:])
        with mock.patch.object(due, "deadlines", wraps=deadlines) as asked:
            history.learn(1, after)
            assert history.ended == []
            assert list(history.rows()) == []
        assert asked.called != known_before, "worked out only where it might be another"

    def test_makes_no_rows_in_between(self) -> None:
        with mock.patch.object(due, "deadlines", wraps=deadlines) as asked:
            history = self.history(
                self.SUBJECT_TO, False, notified("2020-05-01"), notified("2020-06-01")
            )
            assert not asked.called
            list(history.rows())
        assert {call.args[0].entries[-1].fact.on for call in asked.mock_calls} == {date(2020, 6, 1)}

    def test_can_be_read_in_between(self) -> None:
        history, record = self.history(self.SUBJECT_TO, False), self.SUBJECT_TO
        for said in (notified("2020-05-01"), notified("2020-06-01")):
            record = record.given(said)
            history.learn(1, record.timeline)
            assert [row[4:] for row in history.rows()] == due.DUE.rows(record.timeline, 1)

    def test_leaves_no_row_of_a_person_whose_facts_are_all_voided(self) -> None:
        history = self.history(self.SUBJECT_TO, True)
        history.learn(1, None)
        assert history.ended == [(SUBJECT,)]
        assert list(history.rows()) == []
