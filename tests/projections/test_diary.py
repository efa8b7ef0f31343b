"""The diary and its view, compared byte for byte with a fold of everybody."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

from projections import Engine, all_views
from projections.engine.records import records
from projections.views import diary, due
from projections.views.spells import managed_by
from tracker.domain.answers import show as answers
from tracker.domain.dates import civil
from tracker.domain.law.tables import Law
from tracker.domain.meaning.outstanding import deadlines
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.domain.record.entry import Entry
from wire import Written, event, level, made, registered

DAY = timedelta(days=1)


def reference(
    log: Any, c: Any, law: Law, area: str | None, on: date, until: date, known_at: datetime
) -> list[dict[str, Any]]:
    """The diary by folding everybody whom the area manages."""
    found: list[dict[str, Any]] = []
    managed = dict(managed_by(c, area, on, known_at))
    for subject, entries in records(c, log.decoder().entry, list(managed)):
        t, where = timeline(subject, entries, law, known_at), managed[subject]
        for d in deadlines(t, on) if t else ():
            if d.due_on <= until:
                found.append(
                    {"subject": subject, "area": where, **answers.deadline(d),
                     "overdue": d.due_on < on}
                )  # fmt: skip
    found.sort(key=lambda d: (d["due_on"], d["subject"], d["what"], d.get("ref", "")))
    return found


class Asked:
    """A store with its views up to date, and the diary compared on it."""

    def __init__(self, log: Any, law: Law) -> None:
        self.log, self.law = log, law
        self.engine = Engine(log, law, all_views())
        with self.engine.reading():
            latest = self.engine.latest()
        assert latest is not None
        self.latest = latest

    def same(
        self, area: str | None, on: date, within: int, known_at: datetime | None = None
    ) -> list[dict[str, Any]]:
        """The diary, after checking that it equals the reference byte for byte."""
        ask = (self.law, area, on, on + within * DAY, known_at or self.latest)
        with self.engine.reading("spells", "due") as c:
            found, should = diary.diary(self.log, c, *ask), reference(self.log, c, *ask)
        assert json.dumps(found) == json.dumps(should), ask[1:]
        return found


@contextmanager
def asking(store: Any, law: Law) -> Iterator[Asked]:
    with store.opened() as log:
        yield Asked(log, law)


def areas(chance: random.Random) -> str | None:
    return chance.choice(("cheshire", "merseyside", "gwent", None))


class TestDiary:
    def test_for_later_days_equals_a_fold_of_everybody(
        self, everybody: Any, law: Law, chance: random.Random
    ) -> None:
        whats = set()
        with asking(everybody, law) as asked:
            for _ in range(60):
                on = civil(asked.latest) + chance.randrange(0, 3_000) * DAY
                rows = asked.same(areas(chance), on, chance.choice((0, 28, 365, 9_000)))
                whats |= {(row["what"], row["overdue"]) for row in rows}
            for row in asked.same(None, civil(asked.latest), 20_000):
                whats.add((row["what"], row["overdue"]))
        told = {what for what, _ in whats}
        assert told >= {
            "initial_notification", "periodic_notification", "sro_notification", "order_ends",
            "travel_prohibition_ends", "notification_ends", "review_qualifying", "meeting_due",
            "review_acknowledge", "review_determine", "action_due",
        }  # fmt: skip
        assert {what for what, overdue in whats if overdue} >= {"periodic_notification"}

    def test_for_past_days_and_as_known_then_too(
        self, everybody: Any, law: Law, people: list[Entry], chance: random.Random
    ) -> None:
        moments = [entry.recorded_at for entry in people]
        found = 0
        with asking(everybody, law) as asked:
            for _ in range(60):
                at = chance.choice(moments) - timedelta(microseconds=chance.randrange(2))
                on = civil(at) + chance.randrange(-700, 700) * DAY
                found += len(asked.same(areas(chance), on, chance.choice((0, 28, 9_000)), at))
                found += len(asked.same(areas(chance), on, chance.choice((0, 28, 9_000))))
        assert found > 500

    def test_for_today_folds_nobody_and_does_not_search_for_anybody_to_fold(
        self, everybody: Any, law: Law
    ) -> None:
        with asking(everybody, law) as asked, asked.engine.reading("spells", "due") as c:
            c.execute("SELECT MAX(since) FROM view_present")
            on = date.fromordinal(c.fetchall()[0][0])
            with mock.patch.object(diary, "_to_fold", side_effect=AssertionError("looked for")):
                ask = (law, None, on, on + 365 * DAY, asked.latest)
                assert diary.diary(asked.log, c, *ask)

    def test_for_a_past_day_folds_only_people_with_entries_that_act_since(
        self, everybody: Any, law: Law
    ) -> None:
        with asking(everybody, law) as asked:
            on = civil(asked.latest) - 60 * DAY
            with (
                mock.patch.object(diary, "records", wraps=records) as read,
                asked.engine.reading("spells", "due") as c,
            ):
                diary.diary(asked.log, c, law, None, on, on, asked.latest)
                managed = {subject for subject, _ in managed_by(c, None, on, asked.latest)}
            [call] = read.mock_calls
        assert 0 < len(call.args[2]) < len(managed)
        assert {"LIFER", "QUIET", "RISK"} <= managed - set(call.args[2])

    def test_with_people_whose_entries_act_in_the_future(
        self, everybody: Any, make: Any, law: Law, file: Written
    ) -> None:
        """Imported times may be ahead of the clock; `known_at` may not."""
        store = make(like=everybody)
        ahead = [
            registered("f1", "2021-01-04", subject="F-1"),
            made("f2", "2021-01-05", subject="F-1", ends_on="2095-01-04"),
            level("f3", "2090-06-01", 2, subject="F-1"),
            event("f4", "individual.transferred", "2090-06-02", subject="F-1", to_area="gwent"),
        ]
        store.tracker("import", file(*ahead), "--trust-times").done()
        now = datetime(2024, 3, 1, 12, tzinfo=UTC)
        with asking(store, law) as asked:
            rows = asked.same("cheshire", civil(now), 30_000, now)
            assert [r["what"] for r in rows if r["subject"] == "F-1"] == [
                "initial_notification", "notification_ends", "order_ends",
            ]  # fmt: skip
            assert asked.same("gwent", civil(now), 9_000, now) == []
            assert asked.same("cheshire", civil(now), 9_000)
            assert [r["what"] for r in asked.same("gwent", date(2090, 6, 2), 9_000)] == [
                "initial_notification", "notification_ends", "order_ends",
            ]  # fmt: skip
            with asked.engine.reading("due") as c:
                mine = [r for r in due.due(c, None, civil(now), date(2100, 1, 1))
                        if r["subject"] == "F-1"]  # fmt: skip
        assert mine == [], "the scheduler waits for the day of the last entry"

    def test_with_people_restricted_erased_and_unknown(
        self, everybody: Any, make: Any, law: Law, file: Written
    ) -> None:
        decided = ("--authorised-by", "Supt Grey", "--reason", "the retention review")
        store = make(like=everybody)
        tracker = store.tracker
        old = {"subject": "OLD-1", "source": "/old"}
        facts = [
            registered("o1", "2000-01-07", **old),
            event(
                "o2",
                "conviction.recorded",
                "2000-01-07",
                **old,
                conviction_id="C1",
                finding="caution",
                offence="x",
                schedule_3=True,
            ),
        ]
        tracker("import", file(*facts), "--trust-times").done()
        tracker("restrict", "LIFER", *decided).done()
        before = date(2000, 2, 1)
        with asking(store, law) as asked:
            rows = asked.same("cheshire", before, 9_000)
        assert {r["subject"] for r in rows} == {"LIFER", "OLD-1", "REFUSED"}
        tracker("erase", "OLD-1", *decided, "--reviewed").done()
        with asking(store, law) as asked:
            assert asked.same("cheshire", before, 9_000) == rows
            later = asked.same(None, civil(asked.latest), 20_000)
        assert "LIFER" in {r["subject"] for r in later}
        assert {r["subject"] for r in later}.isdisjoint({"OLD-1", "GONE", "DIED"})


class TestQuestions:
    def test_due_and_overdue_are_those_of_a_fold(
        self, everybody: Any, law: Law, people: list[Entry], chance: random.Random
    ) -> None:
        with asking(everybody, law) as asked, asked.engine.reading("due") as c:
            everyone = everybody_folded(asked, c)
            for _ in range(80):
                on = civil(asked.latest) + chance.randrange(-200, 3_000) * DAY
                until = on + chance.choice((-400, -1, 0, 28, 9_000)) * DAY
                area = areas(chance)
                should = [
                    (d.due_on, t.subject, d.what, d.ref, d.rule, list(d.entries), d.due_on < on)
                    for t in everyone
                    if due.last_entry_day(t) <= on and area in (None, t.area(on))
                    for d in deadlines(t, on)
                ]
                assert keyed(due.due(c, area, on, until)) == sorted(
                    d for d in should if d[0] <= until
                )
                assert keyed(due.overdue(c, on, area)) == sorted(d for d in should if d[-1])
                if area is None:
                    assert keyed(due.overdue(c, on)) == sorted(d for d in should if d[-1])

    def test_silent_people_are_at_level_1_in_the_community_with_nothing_recorded(
        self, everybody: Any, law: Law, people: list[Entry], chance: random.Random
    ) -> None:
        found: set[tuple[str, str, date]] = set()
        with asking(everybody, law) as asked, asked.engine.reading("due") as c:
            everyone = everybody_folded(asked, c)
            for _ in range(150):
                on = civil(asked.latest) + chance.randrange(-600, 3_000) * DAY
                before = on - chance.choice((0, 1, 100, 365, 700)) * DAY
                should = []
                for t in everyone:
                    last = civil(max(e.recorded_at for e in t.entries))
                    standing, where = t.standing(on), t.location(on)
                    quiet = standing is not None and standing.level == 1 and where == "community"
                    if quiet and last < before and due.last_entry_day(t) <= on:
                        should.append((t.subject, t.area(on), last))
                rows = due.silent_people(c, on, before)
                assert rows == sorted(should, key=lambda one: (one[2], one[0]))
                found |= set(rows)
        assert len(found) > 3

    def test_on_an_empty_store_are_answered_too(self, make: Any, law: Law) -> None:
        on = date(2024, 3, 1)
        with make().opened() as log, Engine(log, law, all_views()).reading() as c:
            assert (
                due.due(c, None, on, on) == due.overdue(c, on) == due.silent_people(c, on, on) == []
            )
            assert diary.diary(log, c, law, None, on, on, datetime(2024, 3, 1, tzinfo=UTC)) == []


def everybody_folded(asked: Asked, c: Any) -> list[Timeline]:
    c.execute("SELECT subject FROM individuals ORDER BY subject")
    subjects = [row[0] for row in c.fetchall()]
    folded = (
        timeline(subject, entries, asked.law)
        for subject, entries in records(c, asked.log.decoder().entry, subjects)
    )
    return [t for t in folded if t is not None]


def keyed(rows: list[dict[str, Any]]) -> list[Any]:
    assert [list(r)[:5] for r in rows] == [["subject", "area", "what", "due_on", "rule"]] * len(
        rows
    )
    found = [(r["due_on"], r["subject"], r["what"], r.get("ref", ""), r["rule"], r["entries"],
              r["overdue"]) for r in rows]  # fmt: skip
    assert [f[:4] for f in found] == sorted(f[:4] for f in found)
    return sorted(found)
