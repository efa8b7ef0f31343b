"""Where the master key comes from: a file, the environment, a command; and what is refused."""

from __future__ import annotations

import os
import stat
import sys
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest

from store.key_place import PEOPLE, Place, posix
from tracker.store.keys.key_tables import SqliteKeys
from tracker.store.keys.master_key import FileSource, Source, WrongMasterKey, source_of
from tracker.store.keys.people_keys import KeyStore

VAULT = """
import sys, pathlib
folder, what, *epoch = sys.argv[1:]
here = pathlib.Path(folder)
with (here / "asked").open("a") as asked: print(what, *epoch, file=asked)
if what == "epochs": print((here / "epochs").read_text())
else:
    key = (here / epoch[0]).read_bytes()
    sys.stdout.buffer.write(bytes(a ^ b for a, b in zip(sys.stdin.buffer.read(), key)))
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


class TestSources:
    def test_there_is_one(self) -> None:
        with pytest.raises(WrongMasterKey, match="TRACKER_KEK_FILE and TRACKER_KEK are set"):
            source_of({"TRACKER_KEK_FILE": "x", "TRACKER_KEK": "y"})

    @pytest.mark.parametrize(
        "text",
        ["", "{key}", "one:", "one:{short}", "one:{long}", "one two:{key}", "one:{key}=",
         "one:{key}\none:{key}", "one:{key} two:{key}", "one:{key}\n{key}"],
    )  # fmt: skip
    def test_what_is_no_master_key_is_refused_without_being_shown(
        self, place: Place, text: str
    ) -> None:
        key = b64encode(os.urandom(32)).decode()
        short, long = b64encode(os.urandom(31)).decode(), b64encode(os.urandom(33)).decode()
        text = text.format(key=key, short=short, long=long)
        file = place.folder / "kek"
        file.touch(0o600)
        file.write_text(text)
        for source in (lambda: FileSource(file), lambda: source_of({"TRACKER_KEK": text or ","})):
            with pytest.raises(WrongMasterKey) as caught:
                place.opened(source())
            assert not [one for one in (key, short, long) if one[:8] in str(caught.value)]
            assert not KeyStore(SqliteKeys(place.file), FileSource(file)).exists()

    @posix
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o644])
    def test_a_file_that_others_may_read_is_refused(self, place: Place, mode: int) -> None:
        place.filled()
        place.master.chmod(mode)
        with pytest.raises(WrongMasterKey, match=rf"open to others \(mode {mode:04o}\)"):
            place.opened(log_in_use=True)

    @posix
    def test_a_file_that_its_owner_may_only_read_stays_so(self, place: Place) -> None:
        kept = place.filled()
        place.master.chmod(0o400)
        place.opened(log_in_use=True).rotate()
        assert stat.S_IMODE(place.master.stat().st_mode) == 0o400
        assert place.opened(log_in_use=True).keys_of(PEOPLE) == kept

    def test_a_file_that_was_named_is_not_made(self, place: Place) -> None:
        with pytest.raises(WrongMasterKey, match="cannot read the master key"):
            place.opened(source_of({"TRACKER_KEK_FILE": str(place.folder / "kek")}))
        assert not (place.folder / "kek").exists()


class TestCommand:
    @pytest.fixture
    def vault(self, place: Place) -> Path:
        """A vault of two epochs, the second not in use."""
        folder = place.folder / "vault"
        folder.mkdir()
        (folder / "vault.py").write_text(VAULT)
        for name in ("one", "two"):
            (folder / name).write_bytes(os.urandom(32))
        (folder / "epochs").write_text("one")
        return folder

    def source(self, vault: Path) -> Source:
        command = f"'{sys.executable}' '{vault / 'vault.py'}' '{vault}'"
        return source_of({"TRACKER_KEK_COMMAND": command})

    def test_is_asked_once_an_epoch_and_never_for_a_person(self, place: Place, vault: Path) -> None:
        place.opened(self.source(vault)).make_keys(PEOPLE)
        (vault / "asked").unlink()
        store = place.opened(self.source(vault), log_in_use=True)
        assert len(store.keys_of(PEOPLE)) == len(PEOPLE)
        assert (vault / "asked").read_text().split("\n") == ["epochs", "unwrap one", ""]
        assert store.check(PEOPLE) == []

    def test_rotates_to_its_newest_epoch(self, place: Place, vault: Path) -> None:
        store = place.opened(self.source(vault))
        store.make_keys(PEOPLE)
        with pytest.raises(WrongMasterKey, match="no epoch after 'one'"):
            store.rotate()
        (vault / "epochs").write_text("one two")
        assert store.rotate()[:1] == ("two",)
        (vault / "epochs").write_text("two")
        (vault / "one").unlink()
        assert place.opened(self.source(vault), log_in_use=True).check(PEOPLE) == []

    def test_that_fails_or_answers_nonsense_is_said(self, place: Place, vault: Path) -> None:
        place.opened(self.source(vault)).close()
        (vault / "one").write_bytes(b"short")
        with pytest.raises(WrongMasterKey, match="did not answer with a key"):
            place.opened(self.source(vault), log_in_use=True)
        (vault / "one").unlink()
        with pytest.raises(WrongMasterKey, match="unwrap one: ended with 1"):
            place.opened(self.source(vault), log_in_use=True)
        with pytest.raises(WrongMasterKey, match="No such file"):
            place.opened(source_of({"TRACKER_KEK_COMMAND": str(vault / "none")}), log_in_use=True)
        (vault / "epochs").write_text("")
        with suppress(FileNotFoundError):
            place.file.unlink()
        with pytest.raises(WrongMasterKey, match="has no key"):
            place.opened(self.source(vault))
