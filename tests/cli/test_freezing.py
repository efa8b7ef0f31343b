"""A return frozen, signed off, restated and verified, whatever is recorded afterwards."""

from __future__ import annotations

import inspect
import json
import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from postgres import drop_database, fresh_database
from projections.engine import registry
from running import Tracker
from tracker.store.database.interface import Cursor
from wire import Event, Written, convicted, event, level, made, registered, void

YEAR = "2021-22"
ENDED = date(2022, 3, 31)


@pytest.fixture(params=["sqlite", "postgresql"])
def tracker(request: pytest.FixtureRequest, tmp_path: Path, file: Written) -> Iterator[Tracker]:
    """The command line on a store with forty people of Cheshire."""
    if request.param == "sqlite":
        result = Tracker(tmp_path / "tracker.db")
    else:
        request.getfixturevalue("postgres_server")
        result = Tracker(Path("unused"), {"TRACKER_STORE": fresh_database()})
        result("migrate").done()
    result("import", str(file(*people()))).done()
    yield result
    if request.param == "postgresql":
        drop_database(result.environment["TRACKER_STORE"])


def people() -> Iterator[Event]:
    for n in range(40):
        who = {"subject": f"P-{n}"}
        yield registered(f"r{n}", **who)
        yield convicted(f"c{n}", **who)
        yield level(f"l{n}", "2020-02-03", 1 + n % 3, **who)
        if n % 4 == 0:
            yield made(f"s{n}", "2021-06-01", **who)


def later(chance: random.Random, number: int) -> Iterator[Event]:
    """Facts recorded afterwards: of the year and of other years, some voiding what was counted."""
    gone: set[str] = set()
    for n in range(number):
        person = chance.randrange(40)
        who = {"subject": f"P-{person}"}
        on = str(ENDED - timedelta(days=chance.randrange(-900, 700)))
        how = chance.choice(("level", "level", "void", "order", "breach", "new"))
        if how == "void" and (name := f"{chance.choice('ls')}{person}") not in gone:
            if name[0] == "l" or person % 4 == 0:
                gone.add(name)
                yield void(f"v{n}", name, str(date.today()), **who)  # noqa: DTZ011
        elif how == "order":
            yield made(f"x{n}", on, f"X{n}", **who)
        elif how == "new":
            yield registered(f"x{n}", "2021-05-05", subject=f"N-{n}")
        else:
            yield level(f"x{n}", on, chance.choice((1, 2, 3)), **who)


def returned(tracker: Tracker, *options: str) -> Any:
    return tracker("return", "cheshire", YEAR, *options, "--format", "json").json()


def test_a_thousand_facts_later_it_is_what_it_was(
    tracker: Tracker, file: Written, chance: random.Random
) -> None:
    """And a restatement differs by what the entries in between did, and by nothing else."""
    draft = returned(tracker)
    frozen = returned(tracker, "--freeze", "--by", "ann")
    assert (draft["status"], frozen["status"]) == ("draft", "frozen")
    own = ("status", "digest", "known_at", "findings")
    assert {k: v for k, v in draft.items() if k not in own}.items() <= frozen.items()
    tracker("import", str(file(*later(chance, 1_000), name="later.jsonl")), "--keep-good").done()

    again = returned(tracker, "--verify")
    assert again["verified"]
    assert [v["computed"] for v in again["versions"]] == [frozen["digest"]]
    assert returned(tracker) == frozen, "what was published is what is shown"
    then = returned(tracker, "--known-at", frozen["known_at"])
    assert then == frozen

    restated = returned(tracker, "--restate", "facts came late", "--by", "ann")
    (change,) = restated["restated"]
    printed = returned(tracker, "--changes-since", frozen["known_at"])
    assert change["cells"] == printed["cells"]
    assert len(change["cells"]) > 5
    assert (change["reason"], change["replaces"]) == ("facts came late", frozen["digest"])
    new = {f"/cheshire/ppu {e['id']}" for e in exported(tracker) if e["id"][0] in "vx"}
    did = {entry for person in printed["people"] for entry in person["entries"]}
    assert did
    assert did <= new
    assert [v["verified"] for v in returned(tracker, "--verify")["versions"]] == [True, True]


def exported(tracker: Tracker) -> list[Any]:
    return [json.loads(line) for line in tracker("export").done().out.splitlines()]


def test_another_person_signs_it_off_with_every_finding_answered(
    tracker: Tracker, file: Written
) -> None:
    three = event("k", "category.assigned", "2021-06-01", category=3, subject="Q-1")
    result = [registered("q", subject="Q-1"), three]
    tracker("import", str(file(*result, name="finding.jsonl"))).done()
    frozen = returned(tracker, "--freeze", "--by", "ann")
    assert {f["accepted"] for f in frozen["findings"]} == {None}
    others = {f["finding"] for f in frozen["findings"]} - {"category_3_at_level_1"}
    accept = tuple(f"--accept={finding}=looked at" for finding in others)
    tracker("return", "cheshire", YEAR, "--sign-off", "--by", "bob", *accept).refused(
        "open findings, 1: category_3_at_level_1:Q-1", "--accept FINDING=REASON"
    )
    accept += ("--accept", "category_3_at_level_1:Q-1=moved to another area in May")
    same = tracker("return", "cheshire", YEAR, "--sign-off", "--by", "ann", *accept)
    same.refused("ann froze it: another person has to sign it off")
    signed = returned(tracker, "--sign-off", "--by", "bob", *accept)
    assert signed["status"] == "signed_off"
    assert signed["frozen"]["signed_off_by"] == "bob"
    reasons = {f["subject"]: f["accepted"] for f in signed["findings"]}
    assert reasons["Q-1"] == "moved to another area in May"
    assert reasons["P-1"] == "looked at"
    twice = tracker("return", "cheshire", YEAR, "--sign-off", "--by", "cat", *accept)
    twice.refused("bob has signed it off")


def test_what_was_frozen_is_never_frozen_again_nor_restated_for_nothing(tracker: Tracker) -> None:
    returned(tracker, "--freeze")
    tracker("return", "cheshire", YEAR, "--freeze").refused("it never changes; restate it")
    nothing = tracker("return", "cheshire", YEAR, "--restate", "to be sure")
    nothing.refused("nothing to restate")


def test_what_was_never_frozen_cannot_be_verified(tracker: Tracker) -> None:
    for option in ("--verify", "--sign-off"):
        said = "is not frozen (freeze it with --freeze)"
        tracker("return", "cheshire", YEAR, option).refused(said)


def test_a_year_that_is_not_over_is_not_frozen(tracker: Tracker) -> None:
    early = tracker("return", "cheshire", YEAR, "--known-at", "2022-03-31", "--freeze")
    early.refused("was not over then")


def test_one_thing_at_a_time(tracker: Tracker) -> None:
    tracker("return", "cheshire", YEAR, "--freeze", "--verify").wrong_usage("one at a time")


def test_a_figure_is_explained_as_it_was_published(tracker: Tracker, file: Written) -> None:
    frozen = returned(tracker, "--freeze")
    late = made("late", "2021-07-01", "X", subject="P-1")
    tracker("import", str(file(late, name="late.jsonl"))).done()
    printed = returned(tracker, "--explain", "orders.shpo")
    assert printed["figure"] == frozen["orders"]["shpo"] == len(printed["cases"]) == 10
    now = returned(tracker, "--explain", "orders.shpo", "--known-at", "2100-01-01")
    assert now["figure"] == 11


def test_everything_moves_to_another_store_and_verifies_there(
    tracker: Tracker, file: Written, tmp_path: Path
) -> None:
    returned(tracker, "--freeze", "--by", "ann")
    now = datetime.now(UTC).isoformat()
    late = level("late", "2022-01-01", 3, subject="P-0", time=now)
    tracker("import", str(file(late, name="late.jsonl"))).done()
    returned(tracker, "--restate", "a level came late", "--by", "ann")
    moved = file(*exported(tracker), name="all.jsonl")
    other = Tracker(tmp_path / "other.db")
    other("import", str(moved), "--trust-times").done()
    assert returned(other, "--verify")["verified"]
    assert returned(other) == returned(tracker)


def test_a_trusted_time_never_reaches_behind_what_was_frozen(
    tracker: Tracker, file: Written
) -> None:
    """It would rewrite what was known (contract, section 1)."""
    frozen = returned(tracker, "--freeze")
    at = frozen["known_at"]
    back = file(registered("n", subject="N-1", time=at), name="back.jsonl")
    trusted = tracker("import", str(back), "--trust-times")
    trusted.refused("as known at which a return is frozen")
    tracker("import", str(back)).done()
    assert returned(tracker, "--verify")["verified"]


def test_a_log_that_was_touched_does_not_verify(tmp_path: Path, file: Written) -> None:
    tracker = Tracker(tmp_path / "touched.db", {"TRACKER_SEALING": "off"})
    tracker("import", str(file(*people()))).done()
    returned(tracker, "--freeze")
    with sqlite3.connect(tracker.store) as db:
        db.execute("DROP TRIGGER stored_events_no_update")
        db.execute(
            "UPDATE stored_events SET state=replace(state, '\"level\":2', '\"level\":3')"
            " WHERE topic='uk.mappa.level.set'"
        )
    ended = tracker("return", "cheshire", YEAR, "--verify", "--format", "json")
    printed = json.loads(ended.out)
    assert ended.status == 1
    assert not printed["verified"]
    (version,) = printed["versions"]
    assert "run `tracker verify`" in version["why"]
    assert {"cell": "snapshot.level3.total", "frozen": 13, "computed": 26} in version["differences"]


def test_what_is_frozen_is_of_views_that_stand_at_one_position(
    tmp_path: Path, file: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one has taken in what another has not, no position says what the figures rest on."""
    tracker = Tracker(tmp_path / "between.db")
    tracker("import", str(file(*people()))).done()
    tracker("counts").done()
    read, asked = registry.read, list[str]()

    def between(c: Cursor, kind: str) -> dict[str, registry.State]:
        states = read(c, kind)
        if inspect.stack()[1].function == "return_and_position":
            asked.append("")
            if len(asked) == 1:
                states["counts"] = states["counts"]._replace(position=1)
        return states

    monkeypatch.setattr(registry, "read", between)
    assert returned(tracker, "--freeze")["frozen"]["last_entry"] == 130
    assert len(asked) > 1
    assert returned(tracker, "--verify")["verified"]
