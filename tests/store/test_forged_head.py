"""A log changed without its keys is never signed: the next append is refused, and stores nothing.

Whoever changes rows and makes everything agree but the signature is found by `verify`; an append
that signed what it found would hide it for ever.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from postgres import postgres_server, postgres_url
from store.images import Image, Sql, opened
from store.tampering import as_c
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import IncomingFact, parse_event
from tracker.intake.importing import Importer
from tracker.store.log import Log
from tracker.store.opening import migrate, open_log
from tracker.store.proof.verifying import Finding, verify_store
from wire import Written, convicted, registered

__all__ = ["postgres_server", "postgres_url"]


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Store:
    """A store that somebody with all of the database, but without its keys, can write to."""

    url: str

    @contextmanager
    def sql(self) -> Iterator[Sql]:
        if not self.url.startswith("postgresql"):
            with opened(Path(self.url.removeprefix("sqlite:///"))) as sql:
                yield sql
            return
        with psycopg.connect(self.url) as connection:
            connection.execute("SET session_replication_role = replica")

            def run(statement: str, params: Any) -> Any:
                done = connection.execute(statement.replace("?", "%s"), params)  # type: ignore
                return done.fetchall() if done.description else []

            yield run

    def image(self) -> Image:
        with self.sql() as sql:
            return Image.of(sql)

    def replace(self, image: Image) -> None:
        before = self.image()
        with self.sql() as sql:
            image.write(sql, before)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return Store(f"sqlite:///{tmp_path / 'tracker.db'}")
    url: str = request.getfixturevalue("postgres_url")
    migrate(url, now)
    return Store(url)


def fact(number: int) -> IncomingFact:
    return parse_event(registered(f"e{number}", subject=f"CHE-{number}"))


@pytest.fixture
def log(store: Store, law: Law, chance: random.Random) -> Iterator[Log]:
    with open_log(store.url, now) as filled:
        for number in range(1, chance.randint(5, 9)):
            record_together(filled, law, [fact(number)], now())
        yield filled


# --- what is done to it ---------------------------------------------------------------------------

Forge = Callable[[Image, random.Random, Log], None]


def altered(image: Image, chance: random.Random, log: Log) -> None:
    at = chance.randrange(len(image.events))
    image.events[at] = image.events[at]._replace(topic="uk.mappa.level.set").sealed()
    as_c(image, chance, log.signer)
    image.checkpoints.clear()


def unsigned(image: Image, chance: random.Random, log: Log) -> None:
    altered(image, chance, log)
    image.head = (*image.head[:2], "")


def with_the_old_note(image: Image, chance: random.Random, log: Log) -> None:
    note = image.head[2]
    altered(image, chance, log)
    image.head = (*image.head[:2], note)


def cut_back(image: Image, chance: random.Random, log: Log) -> None:
    del image.events[-3:]
    as_c(image, chance, log.signer)
    image.checkpoints.clear()


def cut_with_the_old_head(image: Image, chance: random.Random, log: Log) -> None:
    head = image.head
    cut_back(image, chance, log)
    image.head = head


def emptied(image: Image, chance: random.Random, log: Log) -> None:
    for part in (image.events, image.individuals, image.entry_keys, image.checkpoints):
        part.clear()
    image.head = 0, b"", ""


def last_entry(image: Image, chance: random.Random, log: Log) -> None:
    """Without its leaf hash, nor the head."""
    event = image.events[-1]
    image.events[-1] = event._replace(topic="uk.mappa.level.set")


HEADS = (altered, unsigned, with_the_old_note, cut_back, emptied)
ROWS = (cut_with_the_old_head, last_entry)  # seen by a process that has not appended before

# --- what is then appended ------------------------------------------------------------------------

Append = Callable[[Log, Law, Written], object]


def record(log: Log, law: Law, file: Written) -> object:
    return record_together(log, law, [fact(20)], now())


def record_two(log: Log, law: Law, file: Written) -> object:
    about = {"subject": "CHE-20"}
    facts = [registered("e20", **about), convicted("e21", **about)]
    return record_together(log, law, [parse_event(one) for one in facts], now())


def import_file(log: Log, law: Law, file: Written) -> object:
    return Importer(log, law, file(registered("e20", subject="CHE-20")), now()).run()


def under_the_lock(log: Log, law: Law, file: Written) -> object:
    log.append = log._append_under_lock  # type: ignore[method-assign]
    return record(log, law, file)


def findings(log: Log) -> list[Finding]:
    """What `verify` finds, in a process that opened the log while it was empty."""
    return verify_store(log.database, log.signer)


@pytest.mark.parametrize("append", [record, record_two, import_file, under_the_lock])
@pytest.mark.parametrize("forge", HEADS)
@pytest.mark.parametrize("process", ["the same", "another"])
def test_a_forged_log_is_not_appended_to(
    store: Store,
    log: Log,
    law: Law,
    chance: random.Random,
    file: Written,
    append: Append,
    forge: Forge,
    process: str,
) -> None:
    with open_log(store.url, now) as other:
        image = store.image()
        forge(image, chance, log)
        store.replace(image)
        assert findings(log)
        with pytest.raises(TrackerError, match=r"nothing is recorded.*tracker verify"):
            append(log if process == "the same" else other, law, file)
    assert store.image() == image
    assert findings(log)


@pytest.mark.parametrize("append", [record, import_file])
@pytest.mark.parametrize("forge", ROWS)
def test_nor_one_that_does_not_end_with_the_entry_that_was_signed_last(
    store: Store,
    log: Log,
    law: Law,
    chance: random.Random,
    file: Written,
    append: Append,
    forge: Forge,
) -> None:
    with open_log(store.url, now) as other:
        image = store.image()
        forge(image, chance, log)
        store.replace(image)
        with pytest.raises(TrackerError, match="its last entry"):
            append(other, law, file)
    assert store.image() == image


def test_a_log_opened_while_it_was_empty_notices_that_it_was_emptied_since(
    store: Store, law: Law, chance: random.Random, file: Written
) -> None:
    with open_log(store.url, now) as other, open_log(store.url, now) as first:
        record_together(first, law, [fact(1)], now())
        image = store.image()
        emptied(image, chance, first)
        store.replace(image)
        with pytest.raises(TrackerError, match="it was emptied"):
            record(other, law, file)
    assert store.image() == image


def test_processes_append_to_what_each_other_signed(store: Store, log: Log, law: Law) -> None:
    with open_log(store.url, now) as other:
        for number in range(30, 40):
            record_together(cast(Log, (log, other)[number % 2]), law, [fact(number)], now())
    assert verify_store(log.database, log.signer) == []
