"""Large input: memory and output stay small whatever the file contains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Ran, Tracker
from wire import Event, Written, convicted, level, line, registered, written

SLACK = 24  # MiB beyond what the import of two facts takes


@pytest.fixture
def usual(tracker: Tracker, file: Written) -> int:
    """The peak memory of an import of two facts, in MiB."""
    ran, peak = Tracker(tracker.store.with_name("usual.db")).peak(
        "import", file(registered(), convicted(), name="usual.jsonl")
    )
    ran.done()
    return peak


def refused_small(tracker: Tracker, path: Path, usual: int, *options: str) -> Ran:
    """Asserts a refusal with little memory, short output and nothing stored."""
    ran, peak = tracker.peak("import", path, *options)
    assert peak < usual + SLACK, f"{peak} MiB, usually {usual}"
    assert len(ran.err) < 20_000
    assert ran.status in (0, 1)
    assert "Traceback" not in ran.err
    assert tracker.stored() == 0
    return ran


def a_long_line(path: Path, start: bytes) -> Path:
    """Two good lines and between them one of 50 MB."""
    with path.open("wb") as out:
        out.write(line(registered()) + b"\n" + start)
        for _ in range(50):
            out.write(b"x" * 1_000_000)
        out.write(b"\n" + line(convicted()) + b"\n")
    return path


@pytest.mark.parametrize("start", [b"", b'{"specversion":"', b"[" * 1000])
def test_a_line_of_50_megabytes(start: bytes, tracker: Tracker, tmp_path: Path, usual: int) -> None:
    path = a_long_line(tmp_path / "long.jsonl", start)
    refused_small(tracker, path, usual).refused("long.jsonl:2: a line of over")


def test_a_line_of_50_megabytes_compressed(tracker: Tracker, tmp_path: Path, usual: int) -> None:
    path = written(tmp_path / "bomb.jsonl.gz", [b'{"a":"' + b"x" * 50_000_000 + b'"}'])
    assert path.stat().st_size < 100_000
    refused_small(tracker, path, usual).refused("bomb.jsonl.gz:1: a line of over")


def test_the_longest_line_is_taken_and_one_byte_more_is_not(
    tracker: Tracker, file: Written
) -> None:
    padded = line(registered())
    padded += b" " * (1_048_576 - len(padded) - 1)
    assert tracker("import", file(padded)).done().out.startswith("1 facts stored")
    tracker("import", file(padded + b"  ")).refused("in.jsonl:1: a line of over 1048576 bytes")


def bad_lines(number: int) -> Iterator[bytes]:
    """Bad lines of three kinds in turn: not JSON, not a fact, a fact of an unknown person."""
    kinds = [b'{"specversion":"1.0"', b"{}", line(level("e1", "2020-02-01", 2))]
    return (kinds[n % 3] for n in range(number))


def a_file_of_bad_lines(path: Path, number: int) -> Path:
    with path.open("wb") as out:
        out.writelines(bad + b"\n" for bad in bad_lines(number))
    return path


def refuses_bad_lines(tracker: Tracker, tmp_path: Path, number: int, usual: int) -> None:
    path = a_file_of_bad_lines(tmp_path / "bad.jsonl", number)
    ran = refused_small(tracker, path, usual).refused("bad.jsonl:1: ", "bad.jsonl:20: ")
    assert f"and {number - 20} more lines refused" in ran.err


def test_many_bad_lines(tracker: Tracker, tmp_path: Path, usual: int) -> None:
    refuses_bad_lines(tracker, tmp_path, 60_000, usual)


def test_many_bad_lines_are_written_out(tracker: Tracker, tmp_path: Path, usual: int) -> None:
    path = a_file_of_bad_lines(tmp_path / "bad.jsonl", 60_000)
    refused_small(tracker, path, usual, "--keep-good").done()
    with (tmp_path / "bad.jsonl.refused.jsonl").open(encoding="utf-8") as told:
        assert sum("reason" in json.loads(one) for one in told) == 60_000


@pytest.mark.parametrize("number", [200_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_bad_lines_by_the_million(
    tracker: Tracker, tmp_path: Path, usual: int, number: int
) -> None:
    refuses_bad_lines(tracker, tmp_path, number, usual)


def people(first: int, number: int) -> Iterator[Event]:
    for n in range(first, first + number):
        yield registered(f"r{n}", subject=f"P-{n}")
        yield convicted(f"c{n}", subject=f"P-{n}")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tracker: Tracker, tmp_path: Path) -> None:
    small = written(tmp_path / "small.jsonl", people(0, 20_000))
    large = written(tmp_path / "large.jsonl", people(20_000, 120_000))
    one, before = tracker.peak("import", small)
    two, after = tracker.peak("import", large)
    assert (one.done().out, two.done().out) == (
        "40000 facts stored, 0 known already\n",
        "240000 facts stored, 0 known already\n",
    )
    assert after < before + SLACK, f"{before} MiB for 40,000 facts, {after} for 240,000"
