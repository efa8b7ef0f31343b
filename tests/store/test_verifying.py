"""What `verify` says of a log, in which words and of which entry; and what a proof proves."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any, cast

import pytest

from store.images import Event, Store, log, opened, own_keys, reading, stored
from tracker.store.database.interface import Cursor
from tracker.store.proof import range_scan, root_comparison, verifying
from tracker.store.proof.merkle import EMPTY, Frontier
from tracker.store.proof.verifying import Finding, verify

COMMITS = (3, 1, 4, 1, 5, 9, 2, 6)
SIZE = sum(COMMITS)
CHANGED = "UPDATE stored_events SET {}=? WHERE notification_id=7"


@pytest.fixture
def store(tmp_path: Path, chance: random.Random) -> Store:
    path, keys = tmp_path / "tracker.db", own_keys(chance)
    image = log(chance, keys, COMMITS)
    stored(path, image)
    made = Store(path, image, keys)
    made.holds(image)
    return made


def name(event: Event) -> str:
    parts = event.state_json
    return f"entry {event.number} ({parts['source']} {parts['id']}, {parts['subject']})"


def findings_after(store: Store, *statements: tuple[Any, ...], **options: Any) -> list[Finding]:
    """What is said of a store once somebody has had their way with it."""
    store.holds(store.image)
    with opened(store.path.with_name("tampered.db")) as sql:
        for statement, *params in statements:
            sql(statement, params)
    return store.verified(**{"keys": store.keys, **options})


class TestWords:
    """The wording names the place and says what is still true."""

    def test_a_changed_entry(self, store: Store) -> None:
        event = store.image.events[6]
        state = event.state.replace(b'"n":', b'"n":1')
        (finding,) = findings_after(store, (CHANGED.format("state"), state))
        assert finding == ("altered", name(event), "does not match its leaf hash", 7, 7)

    def test_a_changed_leaf_hash_beside_an_entry_that_is_as_it_was(self, store: Store) -> None:
        (finding,) = findings_after(store, (CHANGED.format("leaf"), EMPTY))
        detail = "is as it was recorded, but its leaf hash was altered"
        assert finding == ("leaf", name(store.image.events[6]), detail, 7, 7)

    def test_each_of_them_in_a_commit_of_its_own(self, store: Store) -> None:
        kinds = [
            (finding.kind, finding.first)
            for finding in findings_after(
                store,
                ("UPDATE stored_events SET topic='x' WHERE notification_id=2",),
                ("UPDATE stored_events SET leaf=? WHERE notification_id=12", EMPTY),
                ("UPDATE stored_events SET topic='x' WHERE notification_id=20",),
            )
        ]
        assert kinds == [("altered", 2), ("altered", 12), ("altered", 20)]

    def test_entries_changed_with_their_leaf_hashes(self, store: Store) -> None:
        image = store.image.copy()
        image.events[15] = image.events[15]._replace(topic=image.events[14].topic + ".x").sealed()
        store.holds(image)
        topics = {event.topic for event in image.events}
        with reading(store.path.with_name("tampered.db")) as c:
            (finding,) = verify(c, store.keys, topics=topics)
        detail = "changed, one or more, together with the leaf hash"
        assert finding == ("altered", "entries 15 to 23", detail, 15, 23)

    def test_entries_that_are_gone(self, store: Store) -> None:
        findings = findings_after(
            store, ("DELETE FROM stored_events WHERE notification_id IN (5, 6, 7)",)
        )
        first = findings[0]
        keys = {number: f"{s} {i}" for (s, i), number in store.image.entry_keys.items()}
        assert first.where == f"entries 5 to 7 ({keys[5]}, {keys[6]}, {keys[7]}, …)"
        assert (first.kind, first.detail, first.first, first.last) == ("deleted", "not there", 5, 7)

    def test_many_gaps_and_only_the_first_by_name(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(verifying, "NAMED", 2)
        findings = findings_after(store, ("DELETE FROM stored_events WHERE notification_id % 3=0",))
        gaps = [finding for finding in findings if finding.kind == "deleted"]
        assert [gap.first for gap in gaps] == list(range(3, SIZE + 1, 3))
        assert [gap.where for gap in gaps[2:]] == [f"entry {gap.first}" for gap in gaps[2:]]
        assert all("ppu e" in gap.where for gap in gaps[:2])

    def test_entries_cut_off_the_end(self, store: Store) -> None:
        first = findings_after(store, ("DELETE FROM stored_events WHERE notification_id>29",))[0]
        assert (first.kind, first.first, first.last) == ("cut_off", 30, SIZE)
        assert first.detail == "cut off the end of the log"

    def test_entries_that_changed_places(self, store: Store) -> None:
        image = store.image.copy()
        four, nine = image.events[3], image.events[8]
        image.events[3], image.events[8] = nine._replace(number=4), four._replace(number=9)
        store.holds(image)
        findings = [f for f in store.verified(store.keys) if f.kind == "reordered"]
        assert [(f.first, f.detail) for f in findings] == [
            (4, "was recorded as entry 9"), (9, "was recorded as entry 4"),
        ]  # fmt: skip

    def test_a_type_of_a_newer_release(self, store: Store) -> None:
        topics = {event.topic for event in store.image.events}
        gone = store.image.events[0].topic
        known = [event.number for event in store.image.events if event.topic == gone]
        with reading(store.path) as c:
            findings = list(verify(c, store.keys, topics=topics - {gone}))
        assert {f.kind for f in findings} == {"topic"}
        assert [f.first for f in findings] == known

    def test_more_than_can_be_told(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verifying, "MAX_FINDINGS", 5)
        *shown, last = findings_after(store, ("UPDATE stored_events SET leaf=?", EMPTY))
        assert [f.first for f in shown] == [1, 2, 3, 4, 5]
        assert last == ("more", "the log", f"{SIZE - 5} more findings", None, None)


class TestDamage:
    """What no tracker ever wrote is reported, and stops nothing."""

    @pytest.mark.parametrize(
        "change",
        [
            "state='text'", "state=x''", "state=x'7b'", "state='[]'", "topic=x'ff'",
            "originator_version='x'", "originator_version=1.5", "originator_version=-1", "leaf=1",
            "leaf=x'00'", "leaf='text'", "originator_version=99999999999999999",
        ],
    )  # fmt: skip
    def test_in_a_column_is_told_of_the_entry(self, store: Store, change: str) -> None:
        findings = findings_after(
            store, (f"UPDATE stored_events SET {change} WHERE notification_id=9",)
        )
        assert (findings[0].kind, findings[0].first) in {("altered", 9), ("leaf", 9)}
        assert {f.first for f in findings if f.first} == {9}

    def test_text_that_is_none_is_told_of_the_entry(self, store: Store) -> None:
        bad = "UPDATE stored_events SET topic=CAST(x'ff' AS TEXT) WHERE notification_id=9"
        first = findings_after(store, (bad,))[0]
        assert (first.kind, first.first, first.last) == ("damaged", 9, 9)
        assert "cannot be read" in first.detail

    @pytest.mark.parametrize("table", ["stored_events", "entry_keys", "individuals", "checkpoints"])
    def test_an_empty_or_missing_table_is_told(self, store: Store, table: str) -> None:
        assert findings_after(store, (f"DELETE FROM {table}",))
        assert findings_after(store, (f"DROP TABLE {table}",))

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM log_head", "DROP TABLE log_head", "UPDATE log_head SET size='x'",
            "INSERT INTO log_head SELECT 2, size, frontier, note FROM log_head",
            "UPDATE log_head SET size=size+1", "UPDATE log_head SET size=-1",
            "UPDATE log_head SET size=1000000000000000", "UPDATE log_head SET frontier=x''",
            "UPDATE log_head SET note=''", "UPDATE log_head SET note=substr(note, 1, 60)",
            "INSERT INTO checkpoints VALUES (99, x'00', x'00')",
            "INSERT INTO checkpoints VALUES (0, x'00', x'00')",
            "UPDATE checkpoints SET root='x' WHERE size=8", "UPDATE checkpoints SET mac=1",
            "INSERT INTO individuals VALUES (1, 2)", "UPDATE entry_keys SET notification_id='x'",
        ],
    )  # fmt: skip
    def test_beside_the_entries_is_told(self, store: Store, statement: str) -> None:
        findings = findings_after(store, (statement,))
        kinds = {"head", "signature", "checkpoint", "index", "cut_off", "inserted", "damaged"}
        assert findings
        assert {finding.kind for finding in findings} <= kinds

    def test_an_entry_far_beyond_the_end_takes_no_time(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (root_comparison, verifying):
            monkeypatch.setattr(module, "LEVEL", 4)
        far = 10**15
        findings = findings_after(
            store,
            ("UPDATE stored_events SET notification_id=? WHERE notification_id=?", far, SIZE),
            ("UPDATE log_head SET size=?", far),
        )
        first = next(f for f in findings if f.kind == "deleted")
        assert (first.first, first.last) == (SIZE, far - 1)


class TestWitness:
    def noted(self, store: Store, tmp_path: Path, *lines: str) -> list[Finding]:
        witness = tmp_path / "witness"
        witness.write_text("".join(lines))
        return findings_after(store, witness=witness)

    def note(self, store: Store, size: int) -> str:
        return store.keys.note(size, store.image.checkpoints[size][0])

    def test_of_any_older_size_agrees(self, store: Store, tmp_path: Path) -> None:
        """Also of one that no commit ended with, and of none at all."""
        leaves = [event.leaf for event in store.image.events]
        every = [
            store.keys.note(size, Frontier().extend(leaves[:size]).root())
            for size in range(SIZE + 1)
        ]
        assert self.noted(store, tmp_path, *every) == []

    def test_of_a_longer_log_shows_what_is_gone(self, store: Store, tmp_path: Path) -> None:
        (finding,) = self.noted(store, tmp_path, store.keys.note(SIZE + 4, EMPTY))
        detail = f"gone: the log has {SIZE}, and {SIZE + 4} were witnessed"
        where = f"entries {SIZE + 1} to {SIZE + 4}"
        assert finding == ("witness", where, detail, SIZE + 1, SIZE + 4)

    def test_of_another_past_shows_since_when(self, store: Store, tmp_path: Path) -> None:
        right, wrong = self.note(store, 8), store.keys.note(14, EMPTY)
        (finding,) = self.noted(store, tmp_path, right, wrong)
        assert finding == ("witness", "entries 9 to 14", "not as they were witnessed", 9, 14)

    def test_counts_for_nothing_where_the_log_did_not_sign(
        self, store: Store, tmp_path: Path, chance: random.Random
    ) -> None:
        for note in (own_keys(chance).note(8, EMPTY), own_keys(chance).note(99, EMPTY)):
            (finding,) = self.noted(store, tmp_path, note)
            assert finding.kind == "witness"
            assert "did not sign" in finding.detail

    def test_of_another_log_is_told(
        self, store: Store, tmp_path: Path, chance: random.Random
    ) -> None:
        (finding,) = self.noted(store, tmp_path, own_keys(chance, "other").note(8, EMPTY))
        assert "of another log: 'mappa-tracker/other'" in finding.detail

    def test_that_is_broken_is_told_and_the_rest_is_heard(
        self, store: Store, tmp_path: Path
    ) -> None:
        parts = (self.note(store, 3), "half a note\n", store.keys.note(14, EMPTY))
        first, second = self.noted(store, tmp_path, parts[0], parts[2], parts[1])
        assert (first.where, first.kind) == ("note 3 of the witness", "witness")
        assert (second.first, second.last) == (4, 14)


class TestProcesses:
    def test_share_a_long_log_and_find_the_same(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(verifying, "WORTH_IT", 1)
        for module in (root_comparison, verifying):
            monkeypatch.setattr(module, "LEVEL", 3)
        image = store.image.copy()
        image.events[20] = image.events[20]._replace(topic="x")
        del image.events[10]
        image.individuals["GHOST-1"] = "0" * 32
        store.holds(image)
        path = store.path.with_name("tampered.db")
        with reading(path) as c:
            alone = list(verify(c, store.keys))
            together = list(verify(c, store.keys, url=f"sqlite:///{path}", processes=2))
        assert {f.kind for f in alone} == {"deleted", "altered", "versions", "index"}
        assert together == alone

    def test_read_no_more_than_a_page_of_entries_at_once(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pages: list[int] = []

        class Counting(sqlite3.Cursor):
            def execute(self, sql: str, params: Any = ()) -> Counting:  # type: ignore[override]
                self.sql = sql
                return super().execute(sql, params)

            def fetchall(self) -> list[Any]:
                rows = super().fetchall()
                if "state" in self.sql:
                    pages.append(len(rows))
                return rows

        monkeypatch.setattr(range_scan, "PAGE", 7)
        connection = sqlite3.connect(store.path)
        assert list(verify(cast(Cursor, connection.cursor(Counting)), store.keys)) == []
        connection.close()
        assert pages == [7, 7, 7, 7, SIZE - 28, 0, 0]

    def test_look_at_entries_one_by_one_only_where_something_is_wrong(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(range_scan, "_entry")
        assert findings_after(store) == []
