"""A file is written whole or stays as it was: after errors, kills, and whoever writes beside.

Power cuts and full disks: tests/reliability.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tracker.store.atomic_file import TO_BE_SHARED, replacing, write_atomically

KILLED = """
import os, signal, sys
from pathlib import Path
from tracker.store.atomic_file import write_atomically
os.replace = os.rename = Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
write_atomically(Path(sys.argv[1]), b"new" * 10_000)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that others may read, alone in its folder."""
    path = tmp_path / "folder" / "report [1].txt"
    path.parent.mkdir()
    path.write_bytes(b"old")
    path.chmod(0o644)
    return path


def names(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir())


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_is_the_owners_alone_and_replaces_what_was_there(file: Path) -> None:
    write_atomically(file, b"new")
    assert (file.read_bytes(), names(file)) == (b"new", [file.name])
    assert mode(file) == 0o600


def test_may_be_meant_for_others(file: Path) -> None:
    write_atomically(file, b"new", TO_BE_SHARED)
    assert mode(file) == 0o644


def test_is_the_owners_alone_while_it_is_written(file: Path) -> None:
    with replacing(file, TO_BE_SHARED) as temporary:
        assert mode(temporary) == 0o600
        assert temporary.parent == file.parent
        assert file.read_bytes() == b"old"


def test_stays_as_it_was_after_an_error_and_nothing_is_left(file: Path) -> None:
    with pytest.raises(ZeroDivisionError), replacing(file) as temporary:
        temporary.write_bytes(b"half")
        temporary.with_name(f"{temporary.name}-wal").write_bytes(b"what SQLite keeps beside it")
        raise ZeroDivisionError
    assert (file.read_bytes(), names(file)) == (b"old", [file.name])


def test_a_folder_that_is_not_there_is_an_error_of_the_file_asked_for(tmp_path: Path) -> None:
    wanted = tmp_path / "none" / "report.txt"
    with pytest.raises(FileNotFoundError) as raised:
        write_atomically(wanted, b"new")
    assert raised.value.filename == str(wanted)


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signal")
class TestKilled:
    def test_between_writing_and_renaming_leaves_the_old_file(self, file: Path) -> None:
        ran = subprocess.run([sys.executable, "-c", KILLED, file], check=False)
        assert ran.returncode == -signal.SIGKILL
        assert file.read_bytes() == b"old"
        assert len(names(file)) == 2, "it was killed before it wrote anything"

    def test_what_it_left_goes_with_the_next_and_what_others_write_stays(self, file: Path) -> None:
        subprocess.run([sys.executable, "-c", KILLED, file], check=False)
        other = file.with_name(f".another{names(file)[0]}")
        other.touch()
        with replacing(file) as first:
            write_atomically(file, b"second")
            first.write_bytes(b"first")
        assert (file.read_bytes(), names(file)) == (b"first", sorted([other.name, file.name]))


def test_of_many_at_once_one_is_there_whole(file: Path) -> None:
    contents = [bytes([65 + n]) * 200_000 for n in range(8)]
    threads = [threading.Thread(target=write_atomically, args=(file, c)) for c in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read_bytes() in contents
    assert names(file) == [file.name]


def test_of_a_symbolic_link_the_file_it_leads_to_is_replaced(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, b"new")
    reader.join()
    assert read == [b"new"]
    assert pipe.is_fifo()
