"""`tracker demo`, where the store is found, and what the logs say of anybody: nothing."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from running import COMMAND, Tracker
from wire import Written, convicted, level, registered, void


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the demo prints, and the folder where it had its temporary store."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        return Tracker(folder / "mine.db")("demo").done().out, folder


class TestDemo:
    def test_prints_the_published_figures(self, printed: tuple[str, Path]) -> None:
        rows = [line.split() for line in printed[0].splitlines()]
        for row in (
            ["Level", "1", "1417", "341", "-", "1758"],
            ["Total", "1424", "352", "15", "1791"],
            ["Total", "14", "21", "22", "57"],
            ["Total", "1", "2", "7", "10"],
        ):
            assert row in rows
        assert re.search(r"20,?784 facts imported", printed[0])
        assert re.search(r"per 100,000 residents aged 10 and over\s+145\b", printed[0])

    def test_says_what_to_try_next(self, printed: tuple[str, Path]) -> None:
        after = printed[0].split("Digest:")[1]
        for command in ("tracker demo --keep", "--explain", "tracker show CHE-"):
            assert command in after

    def test_leaves_nothing_behind(self, printed: tuple[str, Path]) -> None:
        assert list(printed[1].iterdir()) == []

    def test_keeps_a_store_where_asked(self, tracker: Tracker, tmp_path: Path) -> None:
        kept = tmp_path / "a folder" / "kept.db"
        printed = tracker("demo", "--keep", kept).done().out
        assert not tracker.store.exists()
        keeper = Tracker(kept)
        assert keeper.stored() == 20_784
        suggested = re.findall(r"tracker (show \S+.*--why|return .*--explain \S+)", printed)
        assert len(suggested) == 2
        for command in suggested:
            keeper(*command.split()).done()
        tracker("demo", "--keep", kept).refused("exists already")
        assert keeper.stored() == 20_784


class TestWhereTheStoreIs:
    def test_is_in_the_users_data_folder(self, tmp_path: Path, file: Written) -> None:
        env = {"TRACKER_STORE": "", "XDG_DATA_HOME": str(tmp_path / "data")}
        Tracker(tmp_path / "unused.db", env)("import", file(registered())).done()
        assert (tmp_path / "data" / "tracker" / "tracker.db").is_file()
        assert not (tmp_path / "unused.db").exists()

    def test_is_beneath_home_without_one(self, tmp_path: Path, file: Written) -> None:
        env = {"TRACKER_STORE": "", "XDG_DATA_HOME": "", "HOME": str(tmp_path / "ann")}
        Tracker(tmp_path / "unused.db", env)("import", file(registered())).done()
        assert (tmp_path / "ann" / ".local" / "share" / "tracker" / "tracker.db").is_file()

    def test_is_what_the_settings_say(self, tmp_path: Path, file: Written) -> None:
        settings = tmp_path / "config" / "mappa-tracker" / "settings.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/said.db"\n')
        env = {"TRACKER_STORE": "", "XDG_CONFIG_HOME": str(tmp_path / "config")}
        Tracker(tmp_path / "unused.db", env)("import", file(registered())).done()
        assert (tmp_path / "said.db").is_file()

    def test_may_be_relative_to_where_one_is(self, tmp_path: Path) -> None:
        env = {**os.environ, "TRACKER_STORE": "sqlite:///here.db"}
        subprocess.run(
            [*COMMAND, "migrate"], cwd=tmp_path, env=env, check=True, capture_output=True
        )
        assert (tmp_path / "here.db").is_file()


NAME, BORN, PNC = "Robin Quillfeather", "1980-05-04", "80/12345X"


class TestLogs:
    @pytest.fixture
    def commands(self, file: Written) -> list[list[str]]:
        facts = [
            registered(name=NAME, identifiers={"pnc": PNC}),
            convicted(),
            level("e3", "2020-02-01", 2),
            void("e4", "e3", "2020-02-02"),
        ]
        bad = level("e5", "1979-01-01", 2, time="2020-03-01T12:00:00Z")
        return [
            ["import", str(file(*facts)), "--trust-times"],
            ["import", str(file(bad, registered(name=NAME + "x"), name="bad.jsonl"))],
            ["import", str(file(bad, name="worse.jsonl")), "--keep-good"],
            ["record", "level.set", "level=3", "--subject", "CHE-1"],
            ["record", "level.set", "level=3", "--subject", "CHE-1", "--on", "1979-01-01"],
            ["record", "individual.amended", f"name={NAME}", "--subject", "CHE-1"],
            ["counts"], ["eligible"], ["diary"], ["rebuild"], ["export"], ["show", "CHE-1"],
            ["return", "cheshire", "2019-20"],
        ]  # fmt: skip

    def test_are_json_lines_without_a_word_about_anybody(
        self, tracker: Tracker, commands: list[list[str]]
    ) -> None:
        printed = []
        for command in commands:
            ran = tracker(*command)
            assert ran.status in (0, 1), ran.err
            for personal in (NAME, BORN, "1980", PNC):
                assert personal not in ran.err, command
            for line in ran.err.splitlines():
                if line.startswith("{"):
                    printed.append(json.loads(line))
                    assert "CHE-1" not in line
                    assert "/cheshire/ppu" not in line
                    assert "in.jsonl" not in line
                else:
                    assert ran.status == 1 or line.startswith("tracker: "), line
        assert [one["event"] for one in printed] == [
            "import.finished", "import.finished", "record.finished", "record.finished",
            "rebuild.finished",
        ]  # fmt: skip
        for one in printed:
            assert one["level"] == "info"
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", one["timestamp"])
        assert (printed[0]["stored"], printed[0]["known"], printed[0]["position"]) == (4, 0, 4)

    def test_are_silent_where_asked(self, tracker: Tracker, file: Written) -> None:
        quiet = Tracker(tracker.store, {"TRACKER_LOG_LEVEL": "warning"})
        assert quiet("import", file(registered())).done().err == ""

    def test_of_an_unexpected_failure_hold_nobody(self, tracker: Tracker, file: Written) -> None:
        """The whole Cheshire log, damaged in the middle: no name of it comes to the screen."""
        tracker("import", file(registered(name=NAME), "{" + NAME)).refused("in.jsonl:2: not JSON")
        assert NAME not in tracker("import", file(registered(name=NAME), "{" + NAME)).err


class TestOutput:
    def test_a_reader_that_has_seen_enough_ends_it_quietly(self, cheshire_template: Path) -> None:
        tracker = Tracker(cheshire_template)
        for command in (["export"], ["diary", "--format", "json", "--on", "2024-01-01"]):
            running = tracker.started(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert running.stdout is not None
            assert running.stderr is not None
            running.stdout.readline()
            running.stdout.close()
            assert running.stderr.read() == b""
            running.stderr.close()
            assert running.wait(timeout=60) == 0

    def test_help_names_every_command(self, tracker: Tracker) -> None:
        printed = tracker("--help").done().out
        for command in ("import", "export", "schema", "record", "show", "counts", "eligible",
                        "diary", "return", "rebuild", "demo"):  # fmt: skip
            assert re.search(rf"^  {command} ", printed, re.MULTILINE)
            tracker(command, "--help").done()

    def test_nothing_typed_shows_the_help(self, tracker: Tracker) -> None:
        ran = tracker.process()
        assert ran.status in (0, 2)
        assert "Usage: " in ran.out + ran.err

    def test_the_command_is_installed(self, tracker: Tracker) -> None:
        installed = Path(sys.executable).with_name("tracker")
        if not installed.exists():
            pytest.skip("the tracker is not installed beside this Python")
        ran = subprocess.run([installed, "--help"], capture_output=True, check=True)
        assert b"Usage: tracker" in ran.stdout

    def test_the_log_that_is_shipped_is_the_one_of_the_figures(self, cheshire_log: Path) -> None:
        with gzip.open(cheshire_log) as lines:
            assert sum(1 for _ in lines) == 20_784
