"""What a proof proves to anyone with the public key; also by the steps of docs/proof.md."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from store.images import Store, log, opened, own_keys, reading, stored
from tracker.domain.errors import TrackerError
from tracker.store.proof.merkle import EMPTY, Frontier
from tracker.store.proof.verifying import check_consistency, check_proof, prove, prove_consistency

COMMITS = (3, 1, 4, 1, 5, 9, 2, 6)
SIZE = sum(COMMITS)
PAGE = Path(__file__).parents[2] / "docs" / "proof.md"


@pytest.fixture
def store(tmp_path: Path, chance: random.Random) -> Store:
    path, keys = tmp_path / "tracker.db", own_keys(chance)
    image = log(chance, keys, COMMITS)
    stored(path, image)
    return Store(path, image, keys)


class TestProof:
    def test_of_every_entry_holds(self, store: Store) -> None:
        with reading(store.path) as c:
            for event in store.image.events:
                proof = json.loads(json.dumps(prove(c, event.number)))
                head = check_proof(proof, str(store.keys.verifier))
                assert head.size == SIZE
                assert proof["entry"]["notification_id"] == proof["index"] + 1 == event.number

    @pytest.mark.parametrize(
        ("key", "other"),
        [("originator_id", "0" * 32), ("version", 99), ("topic", "x"), ("state", "AAAA"),
         ("notification_id", 8), ("version", "1"), ("version", -1), ("state", "A"), ("state", 7)],
    )  # fmt: skip
    def test_of_another_entry_does_not(self, store: Store, key: str, other: object) -> None:
        with reading(store.path) as c:
            proof = prove(c, 7)
        proof["entry"][key] = other
        with pytest.raises(TrackerError):
            check_proof(proof, str(store.keys.verifier))

    @pytest.mark.parametrize("key", ["format", "entry", "index", "path", "checkpoint"])
    @pytest.mark.parametrize("other", [None, 0, "", [], {}, ["x"]])
    def test_that_is_incomplete_does_not(self, store: Store, key: str, other: object) -> None:
        with reading(store.path) as c:
            proof = prove(c, 7)
        for broken in ({**proof, key: other}, {k: v for k, v in proof.items() if k != key}):
            with pytest.raises(TrackerError):
                check_proof(broken, str(store.keys.verifier))

    def test_against_another_head_does_not(self, store: Store, chance: random.Random) -> None:
        with reading(store.path) as c:
            proof = prove(c, 7)
        thief = own_keys(chance)
        forged = {**proof, "checkpoint": thief.note(SIZE, store.image.checkpoints[SIZE][0])}
        with pytest.raises(TrackerError, match="did not sign"):
            check_proof(forged, str(store.keys.verifier))
        older = {**proof, "checkpoint": store.keys.note(3, store.image.checkpoints[3][0])}
        with pytest.raises(TrackerError, match="does not hold"):
            check_proof(older, str(store.keys.verifier))

    @pytest.mark.parametrize("number", [0, -1, SIZE + 1, 10**12])
    def test_of_no_entry_is_refused(self, store: Store, number: int) -> None:
        with reading(store.path) as c, pytest.raises(TrackerError, match="there is no entry"):
            prove(c, number)

    def test_of_a_log_that_was_tampered_with_is_refused(self, store: Store) -> None:
        with opened(store.path) as sql:
            sql("UPDATE stored_events SET leaf=? WHERE notification_id=8", (EMPTY,))
        with reading(store.path) as c, pytest.raises(TrackerError, match="does not hold"):
            prove(c, 7)


class TestGrowth:
    def test_from_every_witnessed_size_is_proved(self, store: Store) -> None:
        leaves, verifier = [e.leaf for e in store.image.events], str(store.keys.verifier)
        with reading(store.path) as c:
            for size in range(SIZE + 1):
                note = store.keys.note(size, Frontier().extend(leaves[:size]).root())
                proof = json.loads(json.dumps(prove_consistency(c, note)))
                old, new = check_consistency(proof, verifier)
                assert (old.size, new.size) == (size, SIZE)

    def test_from_another_past_is_refused(self, store: Store, chance: random.Random) -> None:
        with reading(store.path) as c:
            with pytest.raises(TrackerError, match="does not begin with"):
                prove_consistency(c, store.keys.note(7, EMPTY))
            with pytest.raises(TrackerError, match="the note is of"):
                prove_consistency(c, store.keys.note(SIZE + 1, EMPTY))
            proof = prove_consistency(c, store.keys.note(8, store.image.checkpoints[8][0]))
        for key, note in (
            ("old", store.keys.note(8, EMPTY)), ("checkpoint", store.keys.note(SIZE, EMPTY)),
            ("old", own_keys(chance).note(8, store.image.checkpoints[8][0])), ("old", ""),
        ):  # fmt: skip
            with pytest.raises(TrackerError):
                check_consistency({**proof, key: note}, str(store.keys.verifier))


def published(name: str) -> Any:
    """The function of that name in the document's own code, run as it is printed there."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code.count("\n") < 50
    space: dict[str, Any] = {"__name__": "a reader's own file"}
    exec(compile(code, str(PAGE), "exec"), space)
    return space[name]


class TestDocument:
    """Anybody can check a proof with the code that is printed in docs/proof.md."""

    def test_its_code_takes_every_proof(self, store: Store) -> None:
        check = published("check")
        with reading(store.path) as c:
            for event in store.image.events:
                assert check(prove(c, event.number), store.keys.verifier) == event.state_json

    def test_its_code_takes_the_proof_of_a_log_of_any_size(
        self, tmp_path: Path, chance: random.Random
    ) -> None:
        check, keys = published("check"), own_keys(chance)
        for size in range(1, 20):
            stored(tmp_path / f"{size}.db", log(chance, keys, [size]))
            with reading(tmp_path / f"{size}.db") as c:
                for number in range(1, size + 1):
                    check(prove(c, number), keys.verifier)

    def test_its_code_refuses_what_we_refuse(self, store: Store, chance: random.Random) -> None:
        check, verifier = published("check"), str(store.keys.verifier)
        with reading(store.path) as c:
            proof, other = prove(c, 7), prove(c, 9)
        entry, note = proof["entry"], proof["checkpoint"]
        thief = own_keys(chance)
        root = store.image.checkpoints[SIZE][0]
        for changed in (
            {"entry": {**entry, "state": other["entry"]["state"]}},
            {"entry": {**entry, "notification_id": 8}}, {"entry": {**entry, "topic": "x"}},
            {"entry": {**entry, "version": 99}},
            {"entry": {**entry, "originator_id": "0" * 32}}, {"path": other["path"]},
            {"path": proof["path"][:-1]}, {"path": [*proof["path"], proof["path"][0]]},
            {"path": []}, {"checkpoint": thief.note(SIZE, root)},
            {"checkpoint": note.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")},
            {"checkpoint": store.keys.note(SIZE, EMPTY)},
            {"checkpoint": own_keys(chance, "other").note(SIZE, root)},
        ):  # fmt: skip
            with pytest.raises(TrackerError):
                check_proof({**proof, **changed}, verifier)
            with pytest.raises((SystemExit, InvalidSignature)):
                check({**proof, **changed}, verifier)
        with pytest.raises(SystemExit, match="another log or key"):
            check(proof, thief.verifier)
