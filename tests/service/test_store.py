"""The upkeep of a store: verified, witnessed, proved, backed up, rebuilt, its jobs run."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from scheduler_world import Clock, new_id, quiet
from tracker.domain.errors import TrackerError
from tracker.service import figures, proofs, scheduling, upkeep
from tracker.service.app import App, Setup
from tracker.settings import configuration

pytestmark = pytest.mark.usefixtures("people")


def tamper(store: Path) -> None:
    with sqlite3.connect(store) as db:
        for (trigger,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("UPDATE stored_events SET topic='uk.mappa.level.got' WHERE notification_id=3")


def test_a_log_that_nobody_touched_verifies(app: App, setup: Setup) -> None:
    assert proofs.verify(app, views=True) == (6, [], [])
    verifier = str(app.log.signer.verifier)
    assert proofs.audit(setup, None, verifier).entries == 6
    assert upkeep.check_keys(setup) == verifier


def test_what_was_altered_is_named(app: App, store: Path, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    assert proofs.add_checkpoint(app, witness) == 6
    tamper(store)
    assert {one.kind for one in proofs.verify(app).findings} == {"altered"}
    with pytest.raises(proofs.NotVerified, match="does not follow from") as error:
        proofs.add_checkpoint(app, witness)
    assert error.value.findings


def test_an_entry_is_proved_by_its_name_or_position(app: App) -> None:
    assert proofs.prove(app, "/cheshire/ppu a3") == proofs.prove(app, "3")
    with pytest.raises(TrackerError, match="there is no entry '/cheshire/ppu z9'"):
        proofs.prove(app, "/cheshire/ppu z9")


def test_a_backup_fills_an_empty_store_and_is_verified(
    app: App, clock: Clock, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.tracker"
    assert upkeep.backup(app, copy) == 6
    settings = configuration.settings().model_copy(
        update={"store": f"sqlite:///{tmp_path / 'other.db'}"}
    )
    other = Setup(settings, clock, new_id, quiet)
    assert upkeep.restore(other, copy) == 6
    with pytest.raises(TrackerError, match="is not empty"):
        upkeep.restore(other, copy)
    bad = tmp_path / "bad.tracker"
    upkeep.backup(app, bad)
    tamper(bad)
    worst = Setup(settings.model_copy(update={"store": f"sqlite:///{tmp_path / 'bad.db'}"}), clock,
                  new_id, quiet)  # fmt: skip
    with pytest.raises(proofs.NotVerified, match="it does not verify"):
        upkeep.restore(worst, bad)


def test_the_views_are_rebuilt_from_the_log(app: App) -> None:
    assert upkeep.rebuild(app, ["counts"]) == upkeep.entry_count(app) == 6
    assert figures.counts(app, None, date(2023, 3, 31))["snapshot"]["total"]["total"] == 2
    with pytest.raises(TrackerError, match="there is no view nonsense"):
        upkeep.rebuild(app, ["nonsense"])


def test_a_job_is_run_now(app: App) -> None:
    ran = scheduling.run_once(app, "findings")
    assert (ran.job, ran.day) == ("findings", date(2023, 6, 1))
    assert scheduling.run_once(app, "findings", date(2023, 5, 1)).day == date(2023, 5, 1)
    with pytest.raises(TrackerError, match="there is no job 'flags'"):
        scheduling.run_once(app, "flags")


def test_nothing_is_healthy_where_no_scheduler_ever_ran(app: App) -> None:
    now = scheduling.status(app)
    assert not now["healthy"]
    assert any("the job flag is overdue" in problem for problem in now["problems"])
