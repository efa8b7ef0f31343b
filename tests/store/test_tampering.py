"""Tampering with a log is detected and located, whatever the attacker has access to.

A run takes some of every kind; `-m slow` a thousand of every attacker (docs/proof.md), and a
thousand with an append after each.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from store import tampering
from store.images import Image, Store, log, own_keys, reading, stored
from store.tampering import OTHERS, ROWS, Done, Kind, as_a, as_b, as_c, as_d
from tracker.store.address import database_of
from tracker.store.database.interface import Conflict
from tracker.store.mapper import Envelope
from tracker.store.proof import range_scan, root_comparison, verifying
from tracker.store.proof.checkpoints import LogKeys, parse
from tracker.store.proof.verifying import Finding, verify
from tracker.store.recorder import Recorder
from tracker.store.signed_head import NotAuthentic, SignedHead

ROUNDS = 12
# C keeps what it changes readable, and renumbers the versions
HIDDEN = tuple(k for k in ROWS if k not in (tampering.state_byte, tampering.version))
Made = Callable[..., Store]


@pytest.fixture
def made(tmp_path: Path, chance: random.Random) -> Made:
    """Makes a store of some commits: the one place that says on which database, by what means."""

    def make(commits: int = 10, most: int = 10) -> Store:
        path, keys = tmp_path / f"{chance.getrandbits(64)}.db", own_keys(chance)
        image = log(chance, keys, [chance.randint(1, most) for _ in range(commits)])
        stored(path, image)
        return Store(path, image, keys)

    return make


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that a log of a hundred entries has many, and tasks end within commits."""
    monkeypatch.setattr(range_scan, "PAGE", 5)
    for module in (root_comparison, verifying):
        monkeypatch.setattr(module, "LEVEL", 4)


Attacker = Callable[[Image, random.Random, LogKeys], None]


def attacked(store: Store, chance: random.Random, kind: Kind, attacker: Attacker) -> Done:
    image = store.image.copy()
    done = kind(image, chance)
    attacker(image, chance, store.keys)
    assert image != store.image
    store.holds(image)
    return done


def numbers(findings: list[Finding]) -> set[int]:
    """Every entry that is named."""
    return {
        number
        for finding in findings
        if finding.first is not None and finding.last is not None
        for number in range(finding.first, finding.last + 1)
    }


def check_a(done: Done, findings: list[Finding], kind: Kind) -> None:
    """Exactly what was changed is named; nothing else is."""
    assert findings
    if kind in ROWS:
        assert numbers(findings) == done.places
    assert numbers(findings) <= done.places
    assert any(done.name in finding.where for finding in findings)


def check_b(done: Done, findings: list[Finding], image: Image) -> None:
    """The commit is named in which the change begins, or the entry itself; nothing before it."""
    first = min(done.places)
    low, high = image.commit_of(first) if first <= len(image.events) else (first, first)
    assert low <= min(numbers(findings)) <= high
    for finding in findings:
        if finding.kind == "altered":
            assert (finding.first, finding.last) == (low, high)


class TestA:
    """Changes rows, or a table beside them, and leaves it at that."""

    @pytest.mark.parametrize("kind", [*ROWS, *OTHERS], ids=lambda kind: kind.__name__)
    def test_is_found_and_what_was_changed_is_named(
        self, made: Made, chance: random.Random, kind: Kind
    ) -> None:
        store = made()
        for _ in range(ROUNDS):
            done = attacked(store, chance, kind, as_a)
            check_a(done, store.verified(store.keys), kind)

    def test_is_found_without_any_key(self, made: Made, chance: random.Random) -> None:
        store = made()
        for kind in ROWS:
            done = attacked(store, chance, kind, as_a)
            check_a(done, store.verified(), kind)


class TestB:
    """Changes rows, and makes the leaf column agree."""

    @pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
    def test_is_found_within_the_commit(
        self, made: Made, chance: random.Random, kind: Kind
    ) -> None:
        store = made()
        for _ in range(ROUNDS):
            done = attacked(store, chance, kind, as_b)
            check_b(done, store.verified(store.keys), store.image)

    def test_is_found_without_any_key(self, made: Made, chance: random.Random) -> None:
        store = made()
        for kind in ROWS:
            done = attacked(store, chance, kind, as_b)
            check_b(done, store.verified(), store.image)


class TestC:
    """Makes everything agree that can be without the signing key and the history key."""

    @pytest.mark.parametrize("kind", HIDDEN, ids=lambda kind: kind.__name__)
    def test_is_found(self, made: Made, chance: random.Random, kind: Kind) -> None:
        store = made()
        auditor = LogKeys(verifier=store.keys.verifier)
        for _ in range(ROUNDS):
            attacked(store, chance, kind, as_c)
            assert "signature" in {finding.kind for finding in store.verified(store.keys)}
            assert [finding.kind for finding in store.verified(auditor)] == ["signature"]

    def test_cut_back_to_any_commit_is_found(self, made: Made, chance: random.Random) -> None:
        """The sealed root of that commit is genuine, and is no head."""
        store = made()
        for size in [0, *list(store.image.checkpoints)[:-1]]:
            attacked(store, chance, cut_to(size), as_c)
            assert [f.kind for f in store.verified(store.keys)] == ["signature"]


def cut_to(size: int) -> Kind:
    def cut(image: Image, chance: random.Random) -> Done:
        del image.events[size:]
        return Done(frozenset(range(size + 1, image.head[0] + 1)))

    return cut


class TestD:
    """Has every key of the log: only a witness's checkpoints can show it."""

    @pytest.mark.parametrize("kind", HIDDEN, ids=lambda kind: kind.__name__)
    def test_is_found_where_a_witness_saw_what_was_changed(
        self, made: Made, chance: random.Random, kind: Kind, tmp_path: Path
    ) -> None:
        store = made()
        witness = tmp_path / "witness"
        for _ in range(ROUNDS):
            done = attacked(store, chance, kind, as_d)
            sizes = chance.sample(sorted(store.image.checkpoints), 4)
            witness.write_text("".join(noted(store, size) for size in sorted(sizes)))
            findings = store.verified(store.keys, witness)
            seen = min(done.places) <= max(sizes)
            assert {finding.kind for finding in findings} == ({"witness"} if seen else set())

    def test_is_not_found_without_a_witness(self, made: Made, chance: random.Random) -> None:
        store = made()
        for kind in HIDDEN:
            attacked(store, chance, kind, as_d)
            assert store.verified(store.keys) == []


def noted(store: Store, size: int) -> str:
    return store.keys.note(size, store.image.checkpoints[size][0])


def test_an_old_copy_put_back_is_found_by_the_witness_alone(
    made: Made, chance: random.Random, tmp_path: Path
) -> None:
    """With the signed head of its own day: nothing in the store itself can tell."""
    store, witness = made(), tmp_path / "witness"
    size = chance.choice(sorted(store.image.checkpoints)[:-1])
    image = store.image.copy()
    del image.events[size:]
    as_c(image, chance, store.keys)
    image.head = (*image.head[:2], noted(store, size))
    store.holds(image)
    assert store.verified(store.keys) == []
    witness.write_text(noted(store, size) + store.image.head[2])
    (findings,) = store.verified(store.keys, witness)
    assert (findings.kind, findings.first, findings.last) == (
        "witness",
        size + 1,
        store.image.head[0],
    )


class TestUntouched:
    def test_no_store_raises_an_alarm(
        self, made: Made, chance: random.Random, tmp_path: Path
    ) -> None:
        for commits, most in [(0, 1), (1, 1), (1, 40), (40, 1), *[(10, 12)] * 40]:
            store, witness = made(commits, most), tmp_path / "witness"
            witness.write_text("".join(noted(store, size) for size in store.image.checkpoints))
            shutil.copyfile(store.path, store.path.with_name("tampered.db"))
            auditor = LogKeys(verifier=store.keys.verifier)
            for keys in (store.keys, auditor, None):
                assert store.verified(keys) == []
                assert store.verified(keys, witness) == []


class TestDeliberateFaults:
    """Each check left out lets through just what it is there for."""

    def test_without_the_signature_and_the_seals_c_is_missed(
        self, made: Made, chance: random.Random, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(root_comparison, "verified", lambda note, verifier: parse(note))
        monkeypatch.setattr(root_comparison.Comparison, "_forged", lambda *_: False)
        store = made()
        for kind in HIDDEN:
            attacked(store, chance, kind, as_c)
            assert store.verified(store.keys) == []

    def test_without_the_signature_a_log_cut_back_is_missed(
        self, made: Made, chance: random.Random, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(root_comparison, "verified", lambda note, verifier: parse(note))
        store = made()
        for size in list(store.image.checkpoints)[:-1]:
            attacked(store, chance, cut_to(size), as_c)
            assert store.verified(store.keys) == []

    def test_without_the_kept_roots_b_is_missed(
        self, made: Made, chance: random.Random, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nothing(*_: Any, **__: Any) -> Iterator[Finding]:
            return iter(())

        monkeypatch.setattr(root_comparison.Comparison, "_root", nothing)
        store = made()
        for _ in range(ROUNDS):
            attacked(store, chance, tampering.state_edited, as_b)
            # what is left to notice it is the frontier, and that cannot say where
            findings = store.verified(store.keys)
            assert {finding.kind for finding in findings} == {"head"}
            assert numbers(findings) == set()

    def test_with_leaf_hashes_taken_on_trust_a_is_missed(
        self, made: Made, chance: random.Random, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def trusting(part: Any, c: Any, after: int, upto: int) -> Any:
            rows = c.execute(range_scan.ENTRIES, (after, upto)).fetchall()
            part.add_sums(rows)
            return [row[5] for row in rows], [row[5] for row in rows]

        monkeypatch.setattr(range_scan, "_page", trusting)
        store = made()
        for _ in range(ROUNDS):
            attacked(store, chance, tampering.state_edited, as_a)
            assert store.verified(store.keys) == []


ADDED = SimpleNamespace(
    originator_id=UUID("f" * 32),
    originator_version=1,
    entry=SimpleNamespace(subject="NEW-1", source="/new", id="n1"),
)
BELOW = [(kind, attacker) for kind in ROWS for attacker in (as_a, as_b)]


def without_roots(image: Image, chance: random.Random, keys: LogKeys) -> None:
    """As C, with no old root left to contradict a head that the next entry would sign."""
    as_c(image, chance, keys)
    image.checkpoints.clear()


def appended_to(store: Store) -> bool:
    """Whether a process that was just started could append an entry to the tampered store."""
    state = b'{"subject":"NEW-1","source":"/new","id":"n1"}'
    row = ADDED.originator_id.hex, 1, "uk.mappa.level.set", state
    with closing(database_of(f"sqlite:///{store.path.with_name('tampered.db')}")) as database:
        try:
            head = SignedHead(store.keys, begun=lambda: True)
            Recorder(database, head).append([row], [cast(Envelope, ADDED)])
        except (NotAuthentic, Conflict):
            return False
        return True


class TestAnAppendAfterIt:
    @pytest.mark.parametrize("kind", HIDDEN, ids=lambda kind: kind.__name__)
    def test_of_c_is_refused(self, made: Made, chance: random.Random, kind: Kind) -> None:
        store = made()
        attacked(store, chance, kind, as_c)
        assert not appended_to(store)
        assert "signature" in {finding.kind for finding in store.verified(store.keys)}

    def test_is_possible_where_nothing_was_done(self, made: Made) -> None:
        store = made()
        store.holds(store.image)
        assert appended_to(store)
        assert store.verified(store.keys) == []

    @pytest.mark.parametrize("attacker", [as_a, as_b])
    def test_of_rows_alone_hides_nothing(
        self, made: Made, chance: random.Random, attacker: Attacker
    ) -> None:
        store = made()
        for kind in HIDDEN:
            attacked(store, chance, kind, attacker)
            appended_to(store)
            assert store.verified(store.keys)


@pytest.mark.slow
class TestByTheThousand:
    @pytest.mark.parametrize("part", range(10))
    def test_a(self, made: Made, chance: random.Random, part: int) -> None:
        store = made(chance.randint(2, 30), chance.randint(2, 30))
        for _ in range(100):
            kind = chance.choice([*ROWS, *OTHERS])
            done = attacked(store, chance, kind, as_a)
            check_a(done, store.verified(store.keys), kind)

    @pytest.mark.parametrize("part", range(10))
    def test_b(self, made: Made, chance: random.Random, part: int) -> None:
        store = made(chance.randint(2, 30), chance.randint(2, 30))
        for _ in range(100):
            done = attacked(store, chance, chance.choice(ROWS), as_b)
            check_b(done, store.verified(store.keys), store.image)

    @pytest.mark.parametrize("part", range(10))
    def test_c(self, made: Made, chance: random.Random, part: int) -> None:
        store = made(chance.randint(2, 30), chance.randint(2, 30))
        for _ in range(100):
            attacked(store, chance, chance.choice(HIDDEN), as_c)
            assert "signature" in {finding.kind for finding in store.verified(store.keys)}

    @pytest.mark.parametrize("part", range(10))
    def test_an_append_after_it_hides_nothing(
        self, made: Made, chance: random.Random, part: int
    ) -> None:
        store = made(chance.randint(2, 30), chance.randint(2, 30))
        for _ in range(100):
            attacked(
                store, chance, *chance.choice([(kind, without_roots) for kind in HIDDEN] + BELOW)
            )
            appended_to(store)
            assert store.verified(store.keys)

    def test_a_thousand_untouched_stores(self, made: Made, chance: random.Random) -> None:
        for _ in range(1_000):
            store = made(chance.randint(0, 20), chance.randint(1, 20))
            with reading(store.path) as cursor:
                assert list(verify(cursor, store.keys)) == []
            store.path.unlink()
