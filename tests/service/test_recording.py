"""Recording, importing, exporting, erasing and restricting."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tracker.domain.errors import InvalidQuestion, Refused, TrackerError
from tracker.intake.import_results import ImportRefused
from tracker.service import erasing, imports, recording
from tracker.service.app import App
from tracker.service.recording import Intent
from wire import SOURCE, Written, convicted, level, line, registered


def intent(kind: str, **data: object) -> Intent:
    return Intent(kind, "CHE-1", data, "ann", SOURCE)


def test_a_fact_takes_effect_today_unless_it_says_otherwise(app: App) -> None:
    person = {"area": "cheshire", "name": "Robin Ashe", "date_of_birth": "1980-05-04"}
    recording.record(app, intent("individual.registered", on="2020-01-06", **person))
    done = recording.record(app, intent("level.set", level=2))
    (entry,) = done.entries
    assert (str(entry.fact.on), entry.recorded_by, done.known) == ("2023-06-01", "ann", 0)


@pytest.mark.usefixtures("people")
def test_a_correction_voids_what_it_sets_right(app: App) -> None:
    right = Intent(
        "level.set", "CHE-1", {"on": "2020-02-03", "level": 3}, "ann", SOURCE, "a4", "a3", "typo"
    )
    done = recording.record(app, right)
    assert [entry.fact.TYPE for entry in done.entries] == [
        "uk.mappa.entry.voided", "uk.mappa.level.set",
    ]  # fmt: skip
    without = Intent("level.set", "CHE-1", {"level": 1}, "ann", SOURCE, corrects="a4")
    with pytest.raises(InvalidQuestion, match="a correction needs a reason"):
        recording.record(app, without)


@pytest.mark.usefixtures("people")
def test_what_cannot_be_is_refused_with_its_field(app: App) -> None:
    for wrong, code, field in (
        (intent("level.set", level=9), "shape", "data.level"),
        (intent("no.such", level=2), "unknown_type", "type"),
        (intent("level.set", level=2, on="1979-01-01"), "before_birth", "on"),
    ):
        before = app.log.position()
        with pytest.raises(Refused) as refused:
            recording.record(app, wrong)
        assert (refused.value.code, refused.value.field) == (code, field)
        assert app.log.position() == before


def test_lines_of_one_person_are_recorded_together(app: App) -> None:
    lines = b"\n".join(line(e) for e in (registered(), convicted()))
    done = recording.record_lines(app, io.BytesIO(lines), "the request", "ann", SOURCE)
    assert len(done.entries) == 2
    again = recording.record_lines(app, io.BytesIO(lines), "the request", "ann", SOURCE)
    assert (again.entries, again.known) == ([], 2)
    wrong = line(level("e3", "2020-02-01", 2)) + b"\n{"
    with pytest.raises(TrackerError, match=r"^the request:2: not JSON"):
        recording.record_lines(app, io.BytesIO(wrong), "the request", "ann", SOURCE)
    assert app.log.position() == 2


def test_a_file_is_imported_whole_or_not_at_all(app: App, file: Written) -> None:
    with pytest.raises(ImportRefused) as refused:
        imports.import_file(app, file(registered(), level("e2", "1979-01-01", 2)))
    assert (refused.value.count, app.log.position()) == (1, 0)
    seen = list[int]()
    done = imports.import_file(app, file(registered(), convicted()), progress=seen.append)
    assert (done.outcome.stored, done.refused, app.log.position()) == (2, None, 2)
    assert seen
    assert [json.loads(one)["id"] for one in imports.export(app, 1)] == ["e2"]


def test_the_good_lines_of_a_file(app: App, file: Written, tmp_path: Path) -> None:
    path = file(registered(), level("e2", "1979-01-01", 2))
    done = imports.import_good_lines(app, path)
    assert (done.outcome.stored, done.outcome.refused) == (1, 1)
    assert done.refused == path.with_name("in.jsonl.refused.jsonl")
    assert "before birth" in done.refused.read_text()
    good = imports.import_good_lines(app, file(convicted(), name="good.jsonl"))
    assert good.refused is None
    assert not (tmp_path / "good.jsonl.refused.jsonl").exists()
    with pytest.raises(InvalidQuestion, match="cannot go to the file itself"):
        imports.import_good_lines(app, path, refused=path)
    with pytest.raises(TrackerError, match="is not a file"):
        imports.import_file(app, tmp_path)


@pytest.mark.usefixtures("people")
def test_who_must_be_kept_is_not_erased(app: App) -> None:
    with pytest.raises(Refused) as refused:
        erasing.erase(app, "CHE-1", "Supt Grey", "asked for")
    assert refused.value.rule == "practice.retention"
    with pytest.raises(TrackerError, match="CHE-9 is not known"):
        erasing.erase(app, "CHE-9", "Supt Grey", "asked for")
    with pytest.raises(Refused) as not_restricted:
        erasing.lift_restriction(app, "CHE-1", "Supt Grey", "so")
    assert not_restricted.value.code == "not_restricted"
