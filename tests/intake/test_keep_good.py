"""`--keep-good`: the good lines are stored, the refused ones written out with their reasons."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from running import Tracker
from tracker.store import log as store_log
from wire import Written, convicted, event, level, line, made, registered

GOOD = [registered(), convicted(), level("e3", "2020-02-03", 2)]
BAD = level("e4", "2020-02-04", 9)


def reasons(path: Path) -> list[dict[str, Any]]:
    return [json.loads(told) for told in path.read_text(encoding="utf-8").splitlines()]


def test_stores_the_good_and_writes_out_the_refused(tracker: Tracker, file: Written) -> None:
    path = file(GOOD[0], BAD, GOOD[1], "{", GOOD[2], b"\xff")
    ran = tracker("import", path, "--keep-good").done()
    assert ran.out == "3 facts stored, 0 known already\n"
    assert [fact["id"] for fact in tracker.facts()] == ["e1", "e2", "e3"]
    where = path.with_name("in.jsonl.refused.jsonl")
    assert f"3 lines refused, with their reasons in {where}" in ran.err
    assert reasons(where) == [
        {
            "file": "in.jsonl",
            "line": 2,
            "code": "shape",
            "field": "data.level",
            "rule": None,
            "section": None,
            "conflicts_with": [],
            "overridable": False,
            "reason": "Input should be less than or equal to 3",
            "text": line(BAD).decode(),
        },
        {
            "file": "in.jsonl",
            "line": 4,
            "code": "shape",
            "field": None,
            "rule": None,
            "section": None,
            "conflicts_with": [],
            "overridable": False,
            "reason": reasons(where)[1]["reason"],
            "text": "{",
        },
        {
            "file": "in.jsonl",
            "line": 6,
            "code": "shape",
            "field": None,
            "rule": None,
            "section": None,
            "conflicts_with": [],
            "overridable": False,
            "reason": "not UTF-8 at byte 1",
            "text": "�",
        },
    ]


def test_leaves_no_file_where_nothing_was_refused(tracker: Tracker, file: Written) -> None:
    ran = tracker("import", file(*GOOD), "--keep-good").done()
    assert "refused, with" not in ran.err
    assert not list(tracker.store.parent.glob("*refused*"))


def test_writes_where_it_is_told(tracker: Tracker, file: Written) -> None:
    where = tracker.store.with_name("wrong.txt")
    tracker("import", file(*GOOD, BAD), "--keep-good", "--refused", where).done()
    assert [told["line"] for told in reasons(where)] == [4]
    assert not list(tracker.store.parent.glob("*.refused.jsonl"))


def test_writing_over_the_file_itself_is_wrong_usage(tracker: Tracker, file: Written) -> None:
    path = file(*GOOD, BAD)
    before = path.read_bytes()
    link = path.with_name("link.jsonl")
    link.symlink_to(path)
    for where in (path, link):
        tracker("import", path, "--keep-good", "--refused", where).wrong_usage("the file itself")
    assert path.read_bytes() == before
    assert tracker.stored() == 0


def test_refused_without_keeping_the_good_is_wrong_usage(tracker: Tracker, file: Written) -> None:
    tracker("import", file(*GOOD), "--refused", "x").wrong_usage("--refused goes with --keep-good")


def test_what_was_refused_can_be_put_right_and_imported(tracker: Tracker, file: Written) -> None:
    path = file(*GOOD, BAD)
    tracker("import", path, "--keep-good").done()
    refused = reasons(path.with_name("in.jsonl.refused.jsonl"))[0]["text"]
    right = file(refused.replace('"level":9', '"level":3'), name="right.jsonl")
    assert tracker("import", right).done().out == "1 facts stored, 0 known already\n"


def test_a_line_that_leans_on_a_refused_one_is_refused_for_its_own_reason(
    tracker: Tracker, file: Written
) -> None:
    wrong = made("e3", "2020-03-02", ends_on="2030-02-30")
    leaning = [
        event("e4", "order.served", "2020-03-03", order_id="S1"),
        event("e5", "order.varied", "2021-03-03", order_id="S1", ends_on="2031-01-01"),
        event("e6", "breach.reported", "2021-04-01", breach_id="B", of="order", order_id="S1"),
        event("e7", "breach.concluded", "2021-05-01", breach_id="B", outcome="convicted"),
    ]
    path = file(*GOOD[:2], wrong, *leaning)
    ran = tracker("import", path, "--keep-good", "--trust-times").done()
    assert ran.out == "2 facts stored, 0 known already\n"
    told = reasons(path.with_name("in.jsonl.refused.jsonl"))
    assert [one["line"] for one in told] == [3, 4, 5, 6, 7]
    assert told[0]["reason"].startswith("a date that does not exist")
    assert [one["reason"] for one in told[1:]] == ["unknown order S1"] * 3 + ["unknown breach B"]


def test_everything_of_a_person_refused_is_refused(tracker: Tracker, file: Written) -> None:
    path = file(registered(area="atlantis"), *GOOD[1:], registered("o1", subject="CHE-2"))
    assert tracker("import", path, "--keep-good").done().out.startswith("1 facts stored")
    told = reasons(path.with_name("in.jsonl.refused.jsonl"))
    assert [one["code"] for one in told] == ["unknown_area", "not_registered", "not_registered"]


def test_a_conflict_is_refused_and_the_rest_kept(tracker: Tracker, file: Written) -> None:
    tracker("import", file(*GOOD)).done()
    path = file(level("e3", "2020-02-03", 3), level("e4", "2020-02-04", 3), name="more.jsonl")
    assert tracker("import", path, "--keep-good").done().out.startswith("1 facts stored")
    assert reasons(path.with_name("more.jsonl.refused.jsonl"))[0]["code"] == "conflict"


def test_a_refused_id_may_be_used_by_a_later_line(tracker: Tracker, file: Written) -> None:
    path = file(*GOOD, level("e4", "1970-01-01", 3), level("e4", "2020-02-05", 3))
    assert tracker("import", path, "--keep-good").done().out.startswith("4 facts stored")


def test_a_refused_id_is_free_for_another_file(tracker: Tracker, file: Written) -> None:
    """A refused id leaves no trace, wherever in the file its line was."""
    refused = [level(f"x{n}", "1970-01-01", 3) for n in range(3)]
    path = file(refused[0], *GOOD, refused[1], level("e4", "2020-02-04", 3), refused[2])
    assert tracker("import", path, "--keep-good").done().out.startswith("4 facts stored")
    right = [level(f"x{n}", "2020-02-05", 2) for n in range(3)]
    ran = tracker("import", file(*right, *GOOD, name="right.jsonl")).done()
    assert ran.out == "3 facts stored, 3 known already\n"
    assert [fact["id"] for fact in tracker.facts()[4:]] == ["x0", "x1", "x2"]


def test_a_compressed_file_that_breaks_off_keeps_the_lines_before(
    tracker: Tracker, tmp_path: Path
) -> None:
    path = tmp_path / "broken.jsonl.gz"
    whole = b"".join(line(fact) + b"\n" for fact in GOOD)
    path.write_bytes(gzip.compress(whole)[:-8])
    assert tracker("import", path, "--keep-good").done().out.startswith("3 facts stored")
    told = reasons(tmp_path / "broken.jsonl.gz.refused.jsonl")
    assert [(one["line"], one["code"]) for one in told] == [(4, "unreadable")]


@pytest.mark.parametrize("keep", [1, 2, 3, 4096])
def test_what_is_kept_in_memory_changes_no_outcome(
    tracker: Tracker, file: Written, monkeypatch: pytest.MonkeyPatch, keep: int
) -> None:
    """A record read again from the store in mid-import still knows what is being corrected."""
    monkeypatch.setattr(store_log, "KEPT_HISTORIES", keep)
    monkeypatch.setattr(store_log, "BATCH", 2)
    late = "2020-06-01T12:00:00Z"
    others = [registered(f"x{n}", subject=f"X-{n}") for n in range(9)]
    facts = [
        registered(),
        convicted(),
        event("e3", "individual.died", "2020-02-01"),
        *others[:3],
        event("e4", "individual.died", "2020-05-01", corrects="e3", time=late),
        *others[3:6],
        level("e5", "2020-03-01", 2, time=late),
        *others[6:],
        {
            **level("v3", "2020-06-01", 2, time=late),
            "type": "uk.mappa.entry.voided",
            "data": {"on": "2020-06-01", "entry": "e3", "reason": "another day"},
        },
        level("e6", "2020-04-01", 3, time=late),
    ]
    assert tracker("import", file(*facts), "--trust-times").done().out.startswith("16 facts stored")
    known = tracker("import", file(*facts), "--trust-times").done()
    assert known.out == "0 facts stored, 16 known already\n"
