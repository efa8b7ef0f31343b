"""Whoever has the disk, a backup, a dump of PostgreSQL or the logs, but no key, has nothing that is
personal: every name, date of birth, identifier, address and other text is searched for in them.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cluster import programs
from postgres import OWN_SERVER
from running import Ran, Tracker
from tracker.store.database.sqlite import sqlite3  # type: ignore[attr-defined]
from wire import Event, Written, convicted, event, made, registered, void

PEOPLE = 60
OFF = {"TRACKER_SEALING": "off"}
DECIDED = ("--authorised-by", "Supt Grey", "--reason")
# in every word that is personal, and in nothing else
MARK = "Zemvyxquorn"
BIRTHS = date(1931, 1, 1)


class People:
    """Facts about people, and every word and date in them that is personal."""

    def __init__(self, chance: random.Random) -> None:
        self.personal: set[bytes] = set()
        # each of its own, of a time before any fact takes effect
        self.born = [BIRTHS + timedelta(days=n) for n in chance.sample(range(6000), PEOPLE)]
        self.events: list[Event] = []
        for number, born in enumerate(self.born):
            self.personal.add(born.isoformat().encode())
            self.events += self._person(f"P-{number}", born, chance)

    def _said(self, words: int = 3) -> str:
        said = []
        for _ in range(words):
            number = f"{len(self.personal):04x}".translate(
                str.maketrans("0123456789", "ghijklmnop")
            )
            self.personal.add(number.encode())
            said.append(MARK + number)
        return " ".join(said)

    def _person(self, subject: str, born: date, chance: random.Random) -> Iterator[Event]:
        about: dict[str, Any] = {"subject": subject, "source": f"/{subject}"}
        said, kinds = self._said, ("visor", "pnc", "cro", "noms", "crn")
        action = {"action_id": "A1", "text": said(), "owner": "police", "due_on": "2022-02-01"}
        yield registered("e1", **about, name=said(2), date_of_birth=born.isoformat(), sex="male",
                         identifiers={kind: said(1) for kind in kinds})  # fmt: skip
        yield convicted("e2", **about, offence=said(), disposal={"kind": "life"})
        yield event("e3", "notification.given", "2020-01-09", **about, kind="initial",
                    details=said(chance.choice((4, 40))))  # fmt: skip
        yield made("e4", "2021-06-01", **about, requirements=[{"text": said()}],
                   prohibitions=[{"text": said()}, {"text": said()}])  # fmt: skip
        yield event("e5", "order.varied", "2021-07-01", **about, order_id="S1",
                    prohibitions=[{"text": said()}])  # fmt: skip
        yield event("e6", "individual.amended", "2021-08-01", **about, name=said(2))
        yield event("e7", "category.assigned", "2021-09-01", **about, category=2,
                    override={"rule": "any", "reason": said(), "by": "Supt Grey"})  # fmt: skip
        yield event("e8", "level.set", "2021-09-02", **about, level=chance.choice((1, 2, 3)))
        yield event("e9", "meeting.held", "2022-01-05", **about, meeting_id="M1", level=2,
                    invited=["police"], attended=["police"], actions=[action])  # fmt: skip
        voided = void("e10", "e8", "2022-01-06", **about)
        voided["data"]["reason"] = said()
        yield voided
        yield event("e11", "review.qualifying_date_set", "2022-01-07", **about, reason=said(),
                    qualifying_on="2040-01-01", authorised_by="Supt Q")  # fmt: skip


# --- the search -----------------------------------------------------------------------------------


def in_base64(text: bytes) -> list[bytes]:
    """The part of its base64 that does not depend on the text before and after it."""
    return [b64encode(bytes(n) + text)[(0, 2, 3)[n] : (n + len(text)) * 8 // 6] for n in range(3)]


def personal_words(content: bytes) -> set[bytes]:
    """Every personal word, and every date as old as a date of birth, in the bytes."""
    runs = re.findall(rb"(?:[0-9a-f]{2}){16,}", content)
    content = b"\n".join([content, *map(bytes.fromhex, map(bytes.decode, runs))])
    words = re.findall(rb"(?i)%s([a-p]{4})" % MARK.encode(), content)
    dates = re.findall(rb"19[34]\d-[01]\d-[0-3]\d", content)
    for form in (MARK.encode("utf-16-le"), *in_base64(MARK.encode())):
        assert form not in content, form
    assert len(re.findall(rb"(?i)%s" % MARK.encode(), content)) == len(words), "a part of a word"
    return {word.lower() for word in (*words, *dates)}


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
def test_the_search_sees_it_in_other_forms(before: bytes) -> None:
    word = before + MARK.encode() + b"abcd"
    assert (
        personal_words(b"\\x" + (word * 2).hex().encode())
        == personal_words(word.upper())
        == {b"abcd"}
    )
    for form in (b64encode(word), word.decode().encode("utf-16-le"), word[:-4]):
        with pytest.raises(AssertionError):
            personal_words(form)


def everything(folder: Path) -> bytes:
    """Every byte of every file, and the names of the files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return b"".join(str(path).encode() + path.read_bytes() for path in files)


def dumped(url: str) -> bytes:
    """A dump of a whole PostgreSQL database."""
    program = "pg_dump" if os.environ.get(OWN_SERVER) else programs() / "pg_dump"
    return subprocess.run([program, url], check=True, stdout=subprocess.PIPE).stdout


@contextmanager
def wal_kept(store: Path) -> Iterator[None]:
    """Somebody reads all the while: what was written stays in the write-ahead log as well."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM sqlite_master").fetchall()
        yield


def worked(tracker: Tracker, file: Path, backup: Path) -> list[Ran]:
    """A day's work on a store."""
    commands: list[tuple[str | Path, ...]] = [
        ("import", file, "--trust-times"), ("counts",), ("eligible", "--within", "P60Y"),
        ("diary", "--within", "P60Y"), ("return", "cheshire", "2021-22"),
        ("show", "P-0", "--why"), ("show", f"P-{PEOPLE - 1}"), ("review", "P-3"),
        ("record", "individual.amended", "sex=other", "--subject", "P-4"),
        ("restrict", "P-5", *DECIDED, "not for everybody"),
        ("rebuild",), ("rebuild", "--beside"), ("verify", "--views"), ("witness",),
        ("prove", "7"), ("keys", "check"), ("keys", "rotate"), ("export", "--since", "600"),
        ("backup", backup),
    ]  # fmt: skip
    return [tracker(*command).done() for command in commands]


def logged(ran: list[Ran]) -> bytes:
    printed = "".join(one.err for one in ran)
    assert "import.finished" in printed
    assert "rebuild.finished" in printed
    return printed.encode()


@pytest.fixture
def people(chance: random.Random) -> People:
    return People(chance)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Where the store is, and where its backup goes; the keys and the input are elsewhere."""
    for name in ("store", "backup"):
        (tmp_path / name).mkdir()
    return tmp_path / "store" / "tracker.db", tmp_path / "backup" / "log.backup"


@pytest.mark.parametrize("env", [{}, OFF], ids=["sealed", "unsealed"])
class TestNothingPersonal:
    """But for a store that is not sealed: all of it is there, and the search finds it."""

    def test_is_on_the_disk_in_a_backup_or_in_the_logs(
        self, people: People, places: tuple[Path, Path], file: Written, env: dict[str, str]
    ) -> None:
        store, backup = places
        tracker = Tracker(store, env | {"TRACKER_LOG_LEVEL": "debug"})
        with wal_kept(store):
            ran = worked(tracker, file(*people.events), backup)
            wal = store.with_name("tracker.db-wal").read_bytes()
        assert len(wal) > 100_000
        assert personal_words(logged(ran)) == set()
        expected = people.personal if env == OFF else set()
        for place in (wal, everything(store.parent), everything(backup.parent)):
            assert personal_words(place) == expected

    def test_is_in_a_dump_of_postgresql(
        self, people: People, places: tuple[Path, Path], file: Written, env: dict[str, str],
        postgres_url: str,
    ) -> None:  # fmt: skip
        store, backup = places
        more = {"TRACKER_STORE": postgres_url, "TRACKER_LOG_LEVEL": "debug"}
        tracker = Tracker(store, env | more)
        ran = [tracker("migrate").done(), *worked(tracker, file(*people.events), backup)]
        dump = dumped(postgres_url)
        assert dump.count(b"P-59") > 5
        assert personal_words(logged(ran)) == set()
        expected = people.personal if env == OFF else set()
        assert personal_words(dump) == expected
        assert personal_words(everything(backup.parent)) == expected


def test_no_date_of_birth_is_in_a_table_as_a_number(
    people: People, places: tuple[Path, Path], file: Written
) -> None:
    """As the views hold every other date."""
    worked(Tracker(places[0]), file(*people.events), places[1])
    numbers, seen = {day.toordinal() for day in people.born}, set()
    with closing(sqlite3.connect(places[0])) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):
                seen |= {value for value in row if isinstance(value, int)}
    assert date(2021, 6, 1).toordinal() in seen, "it would be seen"
    assert not numbers & seen


SAID = f"{MARK}abcd"
REFUSED: dict[str, dict[str, Any]] = {
    "name": {"name": [SAID]},
    "date_of_birth": {"date_of_birth": f"1931-07-09 {SAID}"},
    "identifiers.shoe": {"identifiers": {"pnc": SAID, "shoe": SAID}},
    "nickname": {"nickname": SAID},
    "override.reason": {"override": {"rule": SAID, "reason": SAID * 1000, "by": SAID}},
}


@pytest.mark.parametrize("field", REFUSED)
def test_what_is_refused_is_named_by_its_field_and_not_repeated(
    tracker: Tracker, file: Written, field: str
) -> None:
    """The reasons are read by others than the file is."""
    one = registered("e1", name=f"{SAID} A", date_of_birth="1931-07-09")
    one["data"] |= REFUSED[field]
    ran = tracker("import", file(one)).refused(f"in.jsonl:1: data.{field}: ")
    assert personal_words((ran.out + ran.err).encode()) == set()
    assert personal_words(json.dumps(one).encode()) >= {b"abcd"}
