"""Bad input is refused with file, line, field and reason; nothing is stored, no traceback."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from running import Tracker
from wire import Event, Written, convicted, event, level, line, registered, void, written

GOOD = [registered(), convicted()]


def changed(fact: Event, **changes: Any) -> Event:
    """A fact with attributes changed; an attribute changed to None is left out."""
    return {k: v for k, v in {**fact, **changes}.items() if v is not None}


def with_data(fact: Event, **changes: Any) -> Event:
    return fact | {"data": changed(fact["data"], **changes)}


def text(fact: Event, old: str, new: str) -> str:
    """A line with its JSON changed by hand."""
    before = line(fact).decode()
    assert old in before
    return before.replace(old, new, 1)


NOT_JSON = {
    "a truncated line": (line(GOOD[1])[:-40], "not JSON"),
    "a NUL byte": (line(GOOD[1]).replace(b"assault", b"\x00ssault"), "a NUL byte at byte "),
    "invalid UTF-8": (line(GOOD[1]).replace(b"assault", b"\xff\xfe"), "not UTF-8 at byte "),
    "a latin-1 letter": (line(GOOD[1]).replace(b"assault", b"\xe9"), "not UTF-8 at byte "),
    "NaN": (text(level("e3", "2020-02-01", 2), '"level":2', '"level":NaN'), "NaN is not JSON"),
    "Infinity": (text(level("e3", "2020-02-01", 2), "2}", "Infinity}"), "Infinity is not JSON"),
    "-Infinity": (text(level("e3", "2020-02-01", 2), "2}", "-Infinity}"), "-Infinity is not"),
    "a huge number": (text(level("e3", "2020-02-01", 2), "2}", "9" * 5000 + "}"), "not JSON"),
    "a deep nesting": ("[" * 100_000, "not JSON"),
    "a deep nesting of objects": ('{"a":' * 100_000, "not JSON"),
    "a list": ("[1]", "not a JSON object"),
    "a number": ("12", "not a JSON object"),
    "two objects": ("{} {}", "not JSON"),
    "a single quote": ("{'a':1}", "not JSON"),
    "an escape that is none": ('{"a":"\\x"}', "not JSON"),
    "a raw tab in a text": ('{"a":"\t"}', "not JSON"),
}
FIELDS = {
    "a key twice": (text(GOOD[1], '"id":"e2"', '"id":"e2","id":"e3"'), "id", "stands twice"),
    "a key twice in data": (
        text(GOOD[1], '"finding"', '"offence":"x","finding"'), "offence", "stands twice",
    ),
    "null": (text(GOOD[1], '"e2"', "null"), "id", "missing"),
    "null in data": (with_data(GOOD[1]) | {"data": {"on": None}}, "on", "null is not a value"),
    "another version": (changed(GOOD[1], specversion="0.3"), "specversion", 'not "1.0"'),
    "a version as a number": (changed(GOOD[1], specversion=1.0), "specversion", 'not "1.0"'),
    "no version": (changed(GOOD[1], specversion=None), "specversion", "missing"),
    "no id": (changed(GOOD[1], id=None), "id", "missing"),
    "an empty id": (changed(GOOD[1], id=""), "id", "1 to 128"),
    "an id with a space": (changed(GOOD[1], id="a b"), "id", "1 to 128"),
    "a number for an id": (changed(GOOD[1], id=7), "id", "1 to 128"),
    "a long source": (changed(GOOD[1], source="/" * 257), "source", "1 to 256"),
    "no recorder": (changed(GOOD[1], recordedby=None), "recordedby", "missing"),
    "a recorder on two lines": (changed(GOOD[1], recordedby="a\nb"), "recordedby", "1 to 256"),
    "no subject": (changed(GOOD[1], subject=None), "subject", "missing"),
    "a subject with a slash": (changed(GOOD[1], subject="CHE/1"), "subject", "not 1 to 64 of"),
    "a subject like a path": (changed(GOOD[1], subject="../1"), "subject", "not 1 to 64 of"),
    "a long subject": (changed(GOOD[1], subject="C" * 65), "subject", "not 1 to 64 of"),
    "an Arabic digit": (changed(GOOD[1], subject="CHE-١"), "subject", "not 1 to 64 of"),
    "an unknown type": (changed(GOOD[1], type="uk.mappa.order.mad"), "type", "unknown type"),
    "a list for a type": (changed(GOOD[1], type=["a"]), "type", "unknown type"),
    "an unknown attribute": (changed(GOOD[1], colour="red"), "colour", "unknown attribute"),
    "another content type": (
        changed(GOOD[1], datacontenttype="text/xml"), "datacontenttype", "application/json",
    ),
    "an unknown field": (with_data(GOOD[1], color=1), "data.color", "unknown field"),
    "a missing field": (with_data(GOOD[1], offence=None), "data.offence", "missing"),
    "no day": (with_data(GOOD[1], on=None), "data.on", "missing"),
    "no data": (changed(GOOD[1], data=None), "data", "missing"),
    "data that is a list": (changed(GOOD[1], data=[]), "data", "not an object"),
    "a text for a number": (level("e3", "2020-02-01", "2"), "data.level", "integer"),  # type: ignore[arg-type]
    "a fraction": (level("e3", "2020-02-01", 2.5), "data.level", "integer"),  # type: ignore[arg-type]
    "a level that is none": (level("e3", "2020-02-01", 4), "data.level", "less than or equal to 3"),
    "a huge level": (level("e3", "2020-02-01", 10**400), "data.level", ""),
    "a number for a boolean": (with_data(GOOD[1], schedule_3=1), "data.schedule_3", "boolean"),
    "a kind that is none": (
        with_data(GOOD[1], disposal={"kind": "jail"}), "data.disposal.kind", "imprisonment",
    ),
    "no term": (with_data(GOOD[1], disposal={"kind": "imprisonment"}), "disposal", "is required"),
    "a term in hours": (
        with_data(GOOD[1], disposal={"kind": "imprisonment", "term": "PT2H"}),
        "data.disposal.term", "not a duration",
    ),
    "a day that does not exist": (with_data(GOOD[1], on="2023-02-29"), "data.on", "does not exist"),
    "a day written otherwise": (with_data(GOOD[1], on="13/06/2022"), "data.on", "YYYY-MM-DD"),
    "a day without dashes": (with_data(GOOD[1], on="20220613"), "data.on", "YYYY-MM-DD"),
    "a moment for a day": (
        with_data(GOOD[1], on="2022-06-13T00:00:00"), "data.on", "YYYY-MM-DD",
    ),
    "a day long ago": (with_data(GOOD[1], on="0022-06-13"), "data.on", "1850 to 2199"),
    "a time without offset": (changed(GOOD[1], time="2020-01-07T12:00:00"), "time", "written like"),
    "a time that does not exist": (
        changed(GOOD[1], time="2020-02-30T12:00:00Z"), "time", "does not exist",
    ),
    "the year 0": (changed(GOOD[1], time="0000-01-01T00:00:00Z"), "time", "does not exist"),
    "half a letter": (text(GOOD[1], "Sexual", "\\ud800"), "data.offence", "Unicode"),
    "a control character": (text(GOOD[1], "Sexual", "\\u0007"), "data.offence", "not allowed"),
}  # fmt: skip
JUDGED = {
    "an unknown area": (registered("e3", subject="CHE-2", area="atlantis"), "area", "'atlantis'"),
    "an unknown area to go to": (
        event("e3", "individual.transferred", "2020-02-01", to_area="atlantis"), "to_area", "area",
    ),
    "a day before birth": (
        level("e3", "1979-12-31", 2, time="2020-02-01T12:00:00Z"), "on", "before birth",
    ),
    "a registration before birth": (
        registered("e3", "1979-12-31", subject="CHE-2"), "on", "before birth",
    ),
    "a subject not registered": (
        level("e3", "2020-02-01", 2, subject="CHE-2"), "subject", "CHE-2 is not registered",
    ),
    "a day after it is recorded": (
        level("e3", "2020-02-02", 2, time="2020-02-01T23:59:59Z"), "on", "after",
    ),
    "an unknown order": (
        event("e3", "order.served", "2020-02-01", order_id="S1"), "order_id", "unknown order S1",
    ),
    "a void of an unknown entry": (void("e3", "e9", "2020-02-01"), "entry", "unknown"),
    "a second registration": (registered("e3", "2020-02-01"), "subject", "registered already"),
}  # fmt: skip


def refuses(tracker: Tracker, file: Path, number: int | None, *said: str, field: str = "") -> str:
    """Asserts a refusal at a line, with the field, and that nothing was stored."""
    where = f"{file.name}:" if number is None else f"{file.name}:{number}: "
    ran = tracker("import", file, "--trust-times").refused(where, *said)
    if field:
        found = next(told for told in ran.err.splitlines() if where in told)
        named = found.split(where, 1)[1].split(": ", 1)[0]
        assert named.endswith(field), f"the field {field} is not named in: {found}"
    assert "nothing was stored" in ran.err
    assert ran.out == ""
    assert tracker.export() == ""
    return ran.err


@pytest.mark.parametrize("bad", NOT_JSON)
def test_refuses_what_is_not_json(bad: str, tracker: Tracker, file: Written) -> None:
    content, said = NOT_JSON[bad]
    refuses(tracker, file(*GOOD, content), 3, said)


@pytest.mark.parametrize("bad", FIELDS)
def test_refuses_what_is_not_a_fact(bad: str, tracker: Tracker, file: Written) -> None:
    content, field, said = FIELDS[bad]
    told = refuses(tracker, file(GOOD[0], content), 2, said, field=field)
    assert "Robin" not in told
    assert "Sexual" not in told


@pytest.mark.parametrize("bad", JUDGED)
def test_refuses_what_contradicts_the_record(bad: str, tracker: Tracker, file: Written) -> None:
    content, field, said = JUDGED[bad]
    told = refuses(tracker, file(*GOOD, content), 3, said, field=field)
    assert "1980" not in told, "a date of birth is personal"


def test_names_every_line_refused_in_order(tracker: Tracker, file: Written) -> None:
    bad = [level(f"e{n}", "2020-02-30", 2, time="2020-03-01T12:00:00Z") for n in range(3, 6)]
    told = refuses(tracker, file(*GOOD, *bad), 3)
    assert [f"in.jsonl:{n}: data.on" in told for n in (3, 4, 5)] == [True] * 3


def test_stores_nothing_where_the_last_line_is_bad(tracker: Tracker, cheshire_log: Path) -> None:
    whole = gzip.decompress(cheshire_log.read_bytes())
    bad = tracker.store.with_name("cheshire.jsonl")
    bad.write_bytes(whole + line(level("x", "2023-01-01", 9)) + b"\n")
    refuses(tracker, bad, 20_785, "less than or equal to 3", field="level")
    assert tracker("counts", "--format", "json").json()["snapshot"]["total"]["total"] == 0


def test_refuses_a_compressed_file_that_breaks_off(tracker: Tracker, file: Written) -> None:
    whole = file(*GOOD, *(level(f"l{n}", "2020-03-01", 2) for n in range(500)), name="a.jsonl.gz")
    content = whole.read_bytes()
    whole.write_bytes(content[: len(content) // 2])
    refuses(tracker, whole, None, "the compressed file is broken")


def test_refuses_a_compressed_file_that_is_damaged(tracker: Tracker, file: Written) -> None:
    whole = file(*GOOD, name="a.jsonl.gz")
    content = bytearray(whole.read_bytes())
    content[-6] ^= 0xFF  # the checksum
    whole.write_bytes(content)
    refuses(tracker, whole, 3, "the compressed file is broken")


def test_takes_an_empty_file_for_no_facts(tracker: Tracker, file: Written) -> None:
    for name in ("none.jsonl", "none.jsonl.gz"):
        ran = tracker("import", file(name=name)).done()
        assert ran.out == "0 facts stored, 0 known already\n"


def test_takes_blank_lines_windows_line_ends_and_a_byte_order_mark(
    tracker: Tracker, tmp_path: Path
) -> None:
    path = tmp_path / "windows.jsonl"
    lines = [b"\xef\xbb\xbf" + line(GOOD[0]), b"", b"  \t ", line(GOOD[1]), line(GOOD[1]), b""]
    path.write_bytes(b"\r\n".join(lines))
    assert tracker("import", path).done().out == "2 facts stored, 1 known already\n"


def test_takes_a_last_line_without_its_end_and_keys_in_any_order(
    tracker: Tracker, tmp_path: Path
) -> None:
    path = tmp_path / "facts.jsonl"
    turned = dict(reversed([*GOOD[1].items(), ("datacontenttype", "application/json")]))
    path.write_bytes(line(GOOD[0]) + b"\n" + line(json.dumps(turned)))
    assert tracker("import", path).done().out == "2 facts stored, 0 known already\n"


def test_knows_a_compressed_file_by_its_content(tracker: Tracker, tmp_path: Path) -> None:
    plain_name = written(tmp_path / "a.jsonl.gz", GOOD).rename(tmp_path / "a.jsonl")
    assert tracker("import", plain_name).done().out.startswith("2 facts stored")


def test_numbers_lines_as_an_editor_does(tracker: Tracker, file: Written) -> None:
    refuses(tracker, file(GOOD[0], "", "", "{", GOOD[1]), 4, "not JSON")
