"""All users of a store agree on law and counting setting; a process with others writes no view.

Two desks have an installation each; where they could conflict, each runs in its own process.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from projections import Engine, all_views
from running import Ran, Tracker
from spec import law as law_of
from tracker.domain.law.tables import Law
from tracker.store import agreements
from tracker.store.agreement_check import Disagreement, adopt
from tracker.store.database.interface import Unavailable

CONFIG = Path(__file__).parents[2] / "config"
AT = ("--on", "2023-03-31")
SOMEBODY = ("individual.registered", "name=A Person", "date_of_birth=1980-01-01", "area=cheshire",
            "--subject", "N-1")  # fmt: skip


def configured(folder: Path, *changes: tuple[str, str]) -> dict[str, str]:
    """The environment of a process whose tables of law are changed."""
    shutil.copytree(CONFIG, folder)
    for old, new in changes:
        table = next(file for file in (folder / "law").iterdir() if old in file.read_text())
        table.write_text(table.read_text().replace(old, new, 1))
    return {"TRACKER_CONFIG": str(folder)}


@dataclass(frozen=True)
class Desk:
    """One installation of the tracker on a store."""

    store: Any
    env: dict[str, str]

    @property
    def tracker(self) -> Tracker:
        return Tracker(Path("nowhere"), {"TRACKER_STORE": self.store.url, **self.env})

    def __call__(self, *args: str) -> Ran:
        return self.tracker(*args)

    def process(self, *args: str) -> Ran:
        """Runs a command in its own process, which shares only the store."""
        return self.tracker.process(*args)


OTHER_NUMBER = ("years_other = 5", "years_other = 6")
Desks = Callable[..., Desk]


@pytest.fixture(params=["another number of the law", "another counting setting"])
def other(request: pytest.FixtureRequest, own: Any, tmp_path: Path) -> Desk:
    """A second desk on the store, with another law or setting than the first."""
    if request.param == "another number of the law":
        return Desk(own, configured(tmp_path / "config", OTHER_NUMBER))
    return Desk(own, {"TRACKER_CATEGORY_4": "beneath"})


def registered_views(store: Any) -> list[tuple[Any, ...]]:
    """The version and position of each view: what a rebuild changes."""
    with store.opened() as log, log.database.reading() as c:
        c.execute("SELECT view, version, position, built FROM view_positions ORDER BY view")
        return c.fetchall()


def tables(store: Any) -> list[tuple[Any, ...]]:
    """The identity of each table: a rebuild creates another table."""
    with store.opened() as log, log.database.reading() as c:
        if log.database.kind == "sqlite":
            c.execute("SELECT name, rootpage FROM sqlite_master WHERE name LIKE 'view%' ORDER BY 1")
        else:
            c.execute(
                "SELECT relname, oid FROM pg_class WHERE relname LIKE 'view%' ORDER BY relname"
            )
        return c.fetchall()


def test_two_processes_that_differ_never_rebuild_each_others_views(own: Any, other: Desk) -> None:
    first = Desk(own, {})
    answer = first.process("counts", *AT).done().out
    before = registered_views(own), tables(own)
    for _ in range(2):
        second = other.process("counts", *AT).done()
        assert second.out == answer, "the figures are those agreed for the store"
        assert first.process("counts", *AT).done().err == ""
        assert (registered_views(own), tables(own)) == before


def test_the_other_is_warned_in_one_sentence_that_says_what_to_do(own: Any, other: Desk) -> None:
    Desk(own, {})("counts", *AT).done()
    said = other("counts", *AT).done().err
    assert len(said.splitlines()) == 1
    assert "tracker adopt" in said
    assert ("category_4" in said) != ("tables of law" in said)
    assert "tracker adopt" in other("show", "P-1").done().err


def test_the_other_writes_nothing(own: Any, other: Desk) -> None:
    Desk(own, {})("counts", *AT).done()
    before = registered_views(own), tables(own), own.rows
    other("rebuild").refused("tracker adopt")
    other("return", "cheshire", "2021-22", "--freeze", "--by", "pm").refused("tracker adopt")
    other("verify", "--views").refused("tracker adopt")
    other("schedule", "--once", "flag").refused("tracker adopt")
    other("schedule", "--once", "year-end").refused("tracker adopt")
    assert (registered_views(own), tables(own), own.rows) == before


def test_the_other_refuses_answers_that_would_mix_its_law_with_that_of_the_views(
    own: Any, other: Desk
) -> None:
    Desk(own, {})("counts", *AT).done()
    other("return", "cheshire", "2021-22").done()
    other("return", "cheshire", "2021-22", "--movement").refused("mix", "tracker adopt")
    other("return", "cheshire", "2021-22", "--explain", "orders.shpo", "--subject", "P-1").refused(
        "mix"
    )


def test_the_other_gives_no_figures_that_lag_behind_the_log(own: Any, other: Desk) -> None:
    first = Desk(own, {})
    first("counts", *AT).done()
    first("record", *SOMEBODY).done()
    other("counts", *AT).refused("entry 240 of 241", "tracker adopt")
    first("counts", *AT).done()
    other("counts", *AT).done()


def test_adopting_rebuilds_the_views_once_and_the_first_desk_is_warned(
    own: Any, other: Desk
) -> None:
    first = Desk(own, {})
    first("counts", *AT).done()
    before = registered_views(own)
    assert "adopted by R Officer" in other("adopt", "--by", "R Officer").done().out
    assert other("counts", *AT).done().err == ""
    rebuilt = registered_views(own), tables(own)
    assert {version for _, version, _, _ in rebuilt[0]}.isdisjoint(row[1] for row in before)
    for _ in range(2):
        assert "R Officer" in first("counts", *AT).done().err
        assert other("counts", *AT).done().err == ""
        assert (registered_views(own), tables(own)) == rebuilt
    first("rebuild").refused("tracker adopt")
    with own.opened() as log, log.database.reading() as c:
        assert [one.adopted_by for one in agreements.history(c)] == ["first use", "R Officer"]


def test_after_adopting_no_view_of_the_old_rules_is_read_until_it_is_rebuilt(
    own: Any, other: Desk
) -> None:
    first = Desk(own, {})
    first("counts", *AT).done()
    other("adopt", "--by", "R Officer").done()
    first("counts", *AT).refused("not built as was agreed", "tracker adopt")
    other("counts", *AT).done()
    first("counts", *AT).done()


@pytest.mark.parametrize(
    "change",
    [
        ("The notification period by disposal, beginning", "How long one notifies, beginning"),
        ("2022-12-26", "2022-12-28"),
    ],
    ids=["wording", "bank holiday"],
)
def test_wording_and_bank_holidays_may_differ(
    own: Any, tmp_path: Path, change: tuple[str, str]
) -> None:
    first, second = Desk(own, {}), Desk(own, configured(tmp_path / "config", change))
    first("counts", *AT).done()
    before = registered_views(own), tables(own)
    assert second("counts", *AT).done().err == ""
    second("record", *SOMEBODY).done()
    assert second("counts", *AT).done().err == ""
    assert tables(own) == before[1]
    assert {row[2] for row in registered_views(own)} == {241}


def agreement_in_status(desk: Desk) -> Any:
    """The agreement shown by `status`, whose exit code does not matter: no scheduler runs here."""
    return json.loads(desk("status", "--format", "json").out)["agreement"]


def test_the_status_says_what_was_agreed_and_who_differs(own: Any, other: Desk) -> None:
    first = Desk(own, {})
    empty = agreement_in_status(first)
    assert empty["law"] is None
    assert empty["differs"] is None
    first("counts", *AT).done()
    said = agreement_in_status(first)
    assert said["own"] == {"law": said["law"], "category_4": said["category_4"]}
    assert (said["adopted_by"], said["differs"]) == ("first use", None)
    assert "tracker adopt" in agreement_in_status(other)["differs"]
    other("status").refused("tracker adopt")
    assert f"law tables with digest {said['law']}" in first("status").out


def test_adopting_the_current_agreement_adds_nothing_and_a_name_is_required(own: Any) -> None:
    first = Desk(own, {})
    first("counts", *AT).done()
    assert "adopted by first use" in first("adopt", "--by", "R Officer").done().out
    first("adopt", "--by", " ").refused("--by NAME")
    first("adopt").wrong_usage("--by")
    with own.opened() as log, log.database.reading() as c:
        assert len(agreements.history(c)) == 1


# --- within one process ---------------------------------------------------------------------------


def other_law() -> Law:
    return law_of("beneath")


def test_if_two_start_at_once_on_a_new_store_one_agrees_and_the_other_differs(
    own: Any, law: Law
) -> None:
    real = agreements.current
    with own.opened() as log:
        Engine(log, law, all_views()).agree()
        looked: list[Any] = []

        def late(c: Any) -> Any:
            """Reads the agreement as if the other process had not recorded it yet."""
            looked.append(real(c))
            return looked[-1] if len(looked) > 1 else None

        with mock.patch.object(agreements, "current", late), pytest.raises(Disagreement):
            Engine(log, other_law(), all_views()).agree()
        with log.database.reading() as c:
            assert [one.law for one in agreements.history(c)] == [law.digest]


def test_a_build_replaces_nothing_if_another_law_is_adopted_meanwhile(own: Any, law: Law) -> None:
    with own.opened() as log:
        engine = Engine(log, law, all_views(), page=50)
        engine.catch_up()
        before = own.rows

        def overtaken(position: int) -> None:
            adopt(log.database, other_law(), "R Officer", datetime.now(UTC))

        with pytest.raises(Disagreement):
            engine.rebuild(progress=overtaken, beside=True)
        assert own.rows == before


def test_a_follower_waits_until_its_own_is_adopted(own: Any, law: Law) -> None:
    """`follow`, as the scheduler runs it: says once why it builds nothing, and resumes later."""
    said: list[Exception] = []
    with own.opened() as log:
        Engine(log, law, all_views()).catch_up()
        rounds = iter(range(100))

        def stop() -> bool:
            number = next(rounds)
            if number == 3:
                adopt(log.database, other_law(), "R Officer", datetime.now(UTC))
            return number == 5

        follower = Engine(log, other_law(), all_views())
        follower.follow(stop, seconds=0.01, on_error=said.append)
        assert [type(error) for error in said] == [Disagreement]
        assert not isinstance(said[0], Unavailable)
        follower.catch_up()
        versions = {state.version for state in follower.states().values()}
        assert all(version.endswith(":beneath") for version in versions)
