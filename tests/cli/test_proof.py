"""`tracker verify`, `witness` and `prove`: what was done to the log is named, to whoever has the
keys, the public key, or what a witness kept; and an entry is proved to people without any of them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from base64 import b64decode
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from projections.engine import registry
from running import Tracker
from tracker.domain.errors import TrackerError
from tracker.store.address import database_of
from tracker.store.database.sqlite import sqlite3  # type: ignore[attr-defined]
from tracker.store.proof.checkpoints import notes, parse, verified
from tracker.store.proof.entry_proofs import check_proof
from wire import Event, Written, convicted, level, registered

JSON = ("--format", "json")
DECIDED = ("--authorised-by", "Supt Grey", "--reason", "decided", "--reviewed")


def person(number: int, levels: int = 4) -> list[Event]:
    about: dict[str, Any] = {"subject": f"CHE-{number}", "source": f"/{number}"}
    facts = [registered("e1", **about), convicted("e2", **about)]
    return [*facts, *(level(f"l{n}", "2022-01-05", n % 3 + 1, **about) for n in range(levels))]


@pytest.fixture
def tracker(store: Path) -> Tracker:
    """The command line on an empty store whose keys can be put out of reach."""
    return Tracker(store, {"TRACKER_KEY_STORE": str(store.with_name("keys.db"))})


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    """Twelve entries in two commits, and the views."""
    for n in (1, 2):
        tracker("import", file(*person(n), name=f"{n}.jsonl"), "--trust-times").done()
    tracker("counts").done()
    return tracker


def verifier_of(tracker: Tracker) -> str:
    """The public key of a log, which its keeper gives to whoever asks."""
    return tracker("keys", "check").done().out.split()[-1]


def tampered(tracker: Tracker, *statements: str) -> None:
    """As somebody with the disk would."""
    with closing(sqlite3.connect(tracker.store)) as connection, connection:
        triggers = "SELECT name FROM sqlite_master WHERE type='trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


SWAPPED = [
    f"UPDATE stored_events SET notification_id={a} WHERE notification_id={b}"
    for a, b in ((99, 3), (3, 4), (4, 99))
]
TAMPERED: dict[str, tuple[list[str], list[str]]] = {
    "altered": (
        ["UPDATE stored_events SET topic='uk.mappa.level.set' WHERE notification_id=7"],
        ["altered: entry 7 (/2 e1, CHE-2)"],
    ),
    "its leaf": (
        ["UPDATE stored_events SET leaf=zeroblob(32) WHERE notification_id=2"],
        ["leaf: entry 2 (/1 e2, CHE-1)"],
    ),
    "removed": (
        ["DELETE FROM stored_events WHERE notification_id BETWEEN 4 AND 5"],
        ["deleted: entries 4 to 5 (/1 l1, /1 l2)"],
    ),
    "cut off": (["DELETE FROM stored_events WHERE notification_id>10"], ["cut_off: entries 11"]),
    "reordered": (SWAPPED, ["reordered: entry 3", "reordered: entry 4"]),
    "index": (["DELETE FROM entry_keys WHERE id='l3'"], ["index: entry 6", "index: entry 12"]),
    "added": (
        ["INSERT INTO stored_events SELECT 13, originator_id, 7, topic, state, leaf"
         " FROM stored_events WHERE notification_id=12"],
        ["inserted: entry 13 (/2 l3, CHE-2)"],
    ),
    "kept root": (
        ["UPDATE checkpoints SET root=zeroblob(32) WHERE size=6"],
        ["checkpoint: the root kept at 6 entries"],
    ),
    "head": (["UPDATE log_head SET note=replace(note, '12', '11')"], ["signature: the head"]),
}  # fmt: skip


class TestVerify:
    def test_all_is_as_it_was_recorded(self, filled: Tracker) -> None:
        assert filled("verify").done().out == "12 entries verified\n"
        assert filled("verify", "--views").done().out == "12 entries verified, and the views\n"
        printed = filled("verify", "--views", *JSON).json()
        assert printed == {"entries": 12, "findings": [], "views": []}

    def test_an_empty_log(self, tracker: Tracker) -> None:
        tracker("migrate").done()
        assert tracker("verify").done().out == "0 entries verified\n"

    @pytest.mark.parametrize("what", TAMPERED)
    def test_what_was_done_is_named(self, filled: Tracker, what: str) -> None:
        statements, named = TAMPERED[what]
        tampered(filled, *statements)
        ran = filled("verify").refused(*named, "the store does not verify")
        assert ran.out == ""
        asked = filled("verify", *JSON).ended(1)
        printed = json.loads(asked.out)
        assert printed["entries"] == 12
        result = [f"{f['kind']}: {f['where']}" for f in printed["findings"]]
        assert all(any(one.startswith(name) for one in result) for name in named), result
        assert all(
            f"{f['kind']}: {f['where']}: {f['detail']}" in ran.err for f in printed["findings"]
        )

    def test_on_postgresql_too(self, postgres_url: str, tracker: Tracker, file: Written) -> None:
        import psycopg

        stored = Tracker(tracker.store, {"TRACKER_STORE": postgres_url})
        stored("migrate").done()
        stored("import", file(*person(1)), "--trust-times").done()
        stored("verify").done()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("ALTER TABLE stored_events DISABLE TRIGGER USER")
            connection.execute("DELETE FROM stored_events WHERE notification_id=4")
        stored("verify").refused("deleted: entry 4 (/1 l1)")

    def test_of_many_the_first_are_told_and_the_rest_counted(
        self, tracker: Tracker, file: Written
    ) -> None:
        tracker("import", file(*person(1, levels=98)), "--trust-times").done()
        tampered(tracker, "UPDATE stored_events SET topic='uk.mappa.licence.ended'")
        ran = tracker("verify").refused("… and 50 more findings", "100 findings")
        assert ran.err.count("altered: ") == 50
        assert len(json.loads(tracker("verify", *JSON).ended(1).out)["findings"]) == 100

    @pytest.mark.parametrize("table", ["view_standing", "view_spells", "view_eligibility"])
    def test_a_view_that_was_altered_is_named(self, filled: Tracker, table: str) -> None:
        tampered(filled, f"DELETE FROM {table} WHERE subject='CHE-2'")
        filled("verify").done()
        filled("verify", "--views").refused("view: ", table, "CHE-2", "does not verify")
        printed = json.loads(filled("verify", "--views", *JSON).ended(1).out)
        assert len(printed["views"]) == 1
        filled("rebuild").done()
        filled("verify", "--views").done()

    def test_a_view_that_has_stopped_is_not_called_verified(self, filled: Tracker) -> None:
        """Before whoever cannot be read; what it holds is right, and not all there is."""
        with closing(sqlite3.connect(filled.store.with_name("keys.db"))) as keys, keys:
            keys.execute("DELETE FROM person_keys WHERE originator_id="
                         "(SELECT MAX(originator_id) FROM person_keys)")  # fmt: skip
        filled("rebuild").refused("stopped before the entry /2 e1")
        filled("verify").done()
        filled("verify", "--views").refused("counts", "stopped", "/2 e1")

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_views_that_were_never_built_are_built_to_be_verified(
        self, tracker: Tracker, file: Written, kind: str, request: pytest.FixtureRequest
    ) -> None:
        if kind == "postgresql":
            url = request.getfixturevalue("postgres_url")
            tracker = Tracker(tracker.store, {"TRACKER_STORE": url})
            tracker("migrate").done()
        tracker("import", file(*person(1)), "--trust-times").done()
        tracker("verify", "--views").done()
        with closing(database_of(tracker.environment["TRACKER_STORE"])) as database:
            assert set(registry.states(database)) >= {"counts", "spells"}


class TestAuditor:
    """Whoever has the public key alone, and neither keys nor master key."""

    @pytest.fixture
    def verifier(self, filled: Tracker) -> str:
        result = verifier_of(filled)
        filled.store.with_name("keys.db").unlink()
        filled("verify").refused("its key store", "is missing")
        return result

    def test_verifies_without_keys(self, filled: Tracker, verifier: str) -> None:
        before = filled.store.read_bytes()
        ran = filled("verify", "--verifier", verifier).done()
        assert ran.out == "12 entries verified\n"
        assert filled.store.read_bytes() == before
        assert not filled.store.with_name("keys.db").exists(), "no keys are made"

    @pytest.mark.parametrize("what", [what for what in TAMPERED if what != "kept root"])
    def test_finds_what_was_done(self, filled: Tracker, verifier: str, what: str) -> None:
        tampered(filled, *TAMPERED[what][0])
        filled("verify", "--verifier", verifier).refused(*TAMPERED[what][1])

    def test_with_the_key_of_another_log_finds_the_signature_wanting(
        self, filled: Tracker, verifier: str, file: Written
    ) -> None:
        keys = str(filled.store.with_name("other.keys"))
        other = Tracker(filled.store.with_name("other.db"), {"TRACKER_KEY_STORE": keys})
        other("import", file(*person(1), name="other.jsonl"), "--trust-times").done()
        theirs = verifier_of(other)
        filled("verify", "--verifier", theirs).refused("signature: the head of the log")
        filled("verify", "--verifier", "nonsense").refused("not a verifier key")

    def test_cannot_compare_the_views(self, filled: Tracker, verifier: str) -> None:
        ran = filled("verify", "--verifier", verifier, "--views")
        ran.wrong_usage("--views needs the keys")


class TestWitness:
    @pytest.fixture
    def kept(self, filled: Tracker, tmp_path: Path) -> Path:
        """What a witness has of the first twelve entries."""
        kept = tmp_path / "elsewhere" / "notes"
        kept.parent.mkdir()
        ran = filled("witness", "--to", kept).done()
        assert ran.out == f"the checkpoint of 12 entries is in {kept}\n"
        return kept

    def test_prints_the_signed_note_of_the_log_as_it_is(self, filled: Tracker) -> None:
        note = filled("witness").done().out
        checkpoint = verified(note, verifier_of(filled))
        assert checkpoint.size == 12
        assert checkpoint.note == note

    def test_adds_to_what_it_has(self, filled: Tracker, kept: Path, file: Written) -> None:
        before = kept.read_text()
        filled("import", file(*person(3), name="more.jsonl"), "--trust-times").done()
        filled("witness", "--to", kept).done()
        assert kept.read_text().startswith(before)
        with kept.open() as lines:
            assert [parse(note).size for note in notes(lines)] == [12, 18]
        assert filled("verify", "--witness", kept).done().out == "18 entries verified\n"

    def refuses(self, tracker: Tracker, kept: Path, *printed: str) -> None:
        before = kept.read_bytes()
        tracker("verify", "--witness", kept).refused(*printed, "does not verify")
        tracker("witness", "--to", kept).refused(*printed, "does not follow", "nothing was added")
        assert kept.read_bytes() == before

    def test_a_log_that_was_cut_short(self, filled: Tracker, file: Written, tmp_path: Path) -> None:
        """The file of yesterday in the place of today's: every signature in it is right."""
        yesterday, kept = tmp_path / "yesterday.db", tmp_path / "notes"
        shutil.copyfile(filled.store, yesterday)
        filled("import", file(*person(3), name="more.jsonl"), "--trust-times").done()
        filled("witness", "--to", kept).done()
        shutil.copyfile(yesterday, filled.store)
        filled("verify").done()
        self.refuses(filled, kept, "witness: entries 13 to 18", "the log has 12")

    def test_a_log_that_was_rewritten(self, filled: Tracker, file: Written, tmp_path: Path) -> None:
        """By somebody with every key, who recorded something else instead."""
        yesterday, kept = tmp_path / "yesterday.db", tmp_path / "notes"
        shutil.copyfile(filled.store, yesterday)
        for n, store in ((3, filled.store), (4, yesterday)):
            at = Tracker(store, filled.env)
            at("import", file(*person(n, levels=n), name=f"{n}.jsonl"), "--trust-times").done()
            if store == filled.store:
                at("witness", "--to", kept).done()
        shutil.copyfile(yesterday, filled.store)
        filled("verify").done()
        self.refuses(filled, kept, "witness: entries 1 to 17: not as they were witnessed")

    def test_notes_that_are_none_and_notes_of_another_log(
        self, filled: Tracker, kept: Path, file: Written
    ) -> None:
        keys = str(filled.store.with_name("other.keys"))
        other = Tracker(filled.store.with_name("other.db"), {"TRACKER_KEY_STORE": keys})
        other("import", file(*person(1, levels=10), name="other.jsonl"), "--trust-times").done()
        self.refuses(other, kept, "witness: the note of 12 entries: a checkpoint of another log")
        kept.write_text("something else\n")
        self.refuses(filled, kept, "witness: note 1 of the witness")

    def test_an_empty_log_and_a_file_that_is_not_there(
        self, tracker: Tracker, tmp_path: Path
    ) -> None:
        tracker("migrate").done()
        tracker("witness").refused("the log is empty")
        tracker("verify", "--witness", tmp_path / "none").refused("none")
        tracker("witness", "--to", tmp_path / "no folder" / "notes").refused()


# --- a proof, checked by no more than what is written down of it ----------------------------------


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def prefixed(parts: Iterable[bytes]) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def leaf(entry: Any) -> bytes:
    """SHA-256 of what an entry holds, each part after its length."""
    parts = [
        entry["notification_id"].to_bytes(8, "big"), entry["originator_id"].encode(),
        entry["version"].to_bytes(8, "big"), entry["topic"].encode(), b64decode(entry["state"]),
    ]  # fmt: skip
    return hashlib.sha256(b"\x00" + b"tracker-leaf-v1" + prefixed(parts)).digest()


def root_by(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 6962, section 2.1.1: the root of a tree by one leaf and its audit path."""
    if size == 1:
        assert not path
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return node(root_by(leaf, index, half, path[:-1]), path[-1])
    return node(path[-1], root_by(leaf, index - half, size - half, path[:-1]))


def outsider_agrees(proof: Any, verifier: str) -> bool:
    """As somebody checks it who has neither the tracker nor the store."""
    text, _, signature = proof["checkpoint"].rpartition("\n\n")
    name, size, root = text.split("\n")
    _, signed_by, signed = signature.strip().split(" ")
    log, _, public = verifier.split("+", 2)
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public)[1:])
        key.verify(b64decode(signed)[4:], f"{text}\n".encode())
    except InvalidSignature:
        return False
    path = [b64decode(step) for step in proof["path"]]
    result = root_by(leaf(proof["entry"]), proof["index"], int(size), path)
    at = proof["index"] + 1 == proof["entry"]["notification_id"]
    return at and name == signed_by == log and result == b64decode(root)


class TestProve:
    def test_every_entry_to_anybody_with_the_public_key(self, filled: Tracker) -> None:
        verifier = verifier_of(filled)
        for n, fact in enumerate(filled.facts(), 1):
            proof = filled("prove", f"{fact['source']} {fact['id']}").json()
            assert proof == filled("prove", str(n)).json()
            assert proof["format"] == "tracker-proof-v1"
            assert proof["entry"]["topic"] == fact["type"]
            content = json.loads(b64decode(proof["entry"]["state"]))
            assert (content["source"], content["id"]) == (fact["source"], fact["id"])
            assert check_proof(proof, verifier).size == 12
            assert outsider_agrees(proof, verifier)

    @pytest.mark.parametrize("what", ["state", "topic", "index", "path", "checkpoint", "version"])
    def test_of_what_was_changed_there_is_none(self, filled: Tracker, what: str) -> None:
        verifier, proof = verifier_of(filled), filled("prove", "5").json()
        changed = {
            "state": lambda p: p["entry"].update(
                state=filled("prove", "4").json()["entry"]["state"]
            ),
            "topic": lambda p: p["entry"].update(topic="uk.mappa.licence.ended"),
            "index": lambda p: p.update(index=5),
            "path": lambda p: p["path"].reverse(),
            "checkpoint": lambda p: p.update(checkpoint=p["checkpoint"].replace("12", "13", 1)),
            "version": lambda p: p["entry"].update(version=1),
        }
        changed[what](proof)
        assert not outsider_agrees(proof, verifier)
        with pytest.raises(TrackerError):
            check_proof(proof, verifier)

    def test_holds_for_good(self, filled: Tracker, file: Written) -> None:
        """The log goes on, the master key is another, the person is erased: it still holds."""
        old = [registered("e1", "2000-01-07", subject="OLD", date_of_birth="1930-01-01")]
        filled("import", file(*old, name="old.jsonl"), "--trust-times").done()
        verifier, proof = verifier_of(filled), filled("prove", "13").json()
        assert "Robin Ashe" not in b64decode(proof["entry"]["state"]).decode()
        filled("keys", "rotate").done()
        filled("erase", "OLD", *DECIDED).done()
        again = filled("prove", "13").json()
        assert again["entry"] == proof["entry"]
        assert verifier_of(filled) == verifier
        for one in (proof, again):
            assert outsider_agrees(one, verifier)

    @pytest.mark.parametrize(
        "entry", ["/1 e9", "/9 e1", "e1", "/1", "", " ", "0", "13", "9" * 30, "/1 e1 "]
    )
    def test_of_an_unknown_entry_there_is_none(self, filled: Tracker, entry: str) -> None:
        assert filled("prove", entry).refused("there is no entry").out == ""
