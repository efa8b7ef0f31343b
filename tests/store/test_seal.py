"""A sealed part opens at its own place, beside its own open part, under its own key; else not."""

from __future__ import annotations

import random
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.errors import TrackerError
from tracker.store.keys import seal as module
from tracker.store.keys.seal import KID, NONCE, Unsealable, kid_of, seal, unseal

PERSONAL = b'{"name":"Zo\xc3\xab Ashe"}'
KEY, WHO = bytes(range(32)), "0123456789abcdef" * 2


class Place(NamedTuple):
    """Where something is sealed, and under which key."""

    key: bytes = KEY
    kid: bytes = b"kid-0001"
    originator_id: str = WHO
    version: int = 7
    topic: str = "uk.mappa.individual.registered"
    open_part: bytes = b'{"on":"2024-01-01","area":"cheshire"}'


HERE = Place()


def refused(place: Place, sealed: str) -> str:
    """What is said of a sealed part that does not open."""
    with pytest.raises(Unsealable) as caught:
        unseal(*place, sealed)
    return str(caught.value)


@given(st.binary(max_size=300))
def test_what_was_sealed_opens(personal: bytes) -> None:
    """Whatever it ends in: zeros and the mark of the padding too."""
    assert unseal(*HERE, seal(*HERE, personal)) == personal
    ending = personal + b"\x80\x00"
    assert unseal(*HERE, seal(*HERE, ending)) == ending


def test_it_is_what_the_design_says() -> None:
    """Opened by hand: a format, the key's id, a nonce, and AES-256-GCM over padded text."""
    blob = b64decode(seal(*HERE, PERSONAL), validate=True)
    parts = (
        b"tracker-seal-v1", HERE.kid, HERE.originator_id.encode(), struct.pack(">Q", HERE.version),
        HERE.topic.encode(), sha256(HERE.open_part).digest(),
    )  # fmt: skip
    place = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    assert blob[: 1 + KID] == b"\x01" + HERE.kid
    nonce, text = blob[1 + KID :][:NONCE], blob[1 + KID + NONCE :]
    padded = AESGCM(HERE.key).decrypt(nonce, text, place)
    assert padded == PERSONAL + b"\x80" + bytes(63 - len(PERSONAL))


def test_its_length_tells_only_the_number_of_blocks() -> None:
    lengths = {n: len(seal(*HERE, b"x" * n)) for n in range(130)}
    assert len({lengths[n] for n in range(64)}) == 1
    assert len({lengths[n] for n in range(64, 128)}) == 1
    assert lengths[63] < lengths[64] < lengths[128]


def test_the_same_is_never_sealed_the_same_way() -> None:
    assert len({seal(*HERE, PERSONAL) for _ in range(1_000)}) == 1_000


def test_it_names_its_key() -> None:
    assert kid_of(seal(*HERE, PERSONAL)) == HERE.kid


@pytest.mark.parametrize(
    "elsewhere",
    [
        HERE._replace(key=bytes(32)),
        HERE._replace(kid=b"kid-0002"),
        HERE._replace(originator_id="f" * 32),
        HERE._replace(version=8),
        HERE._replace(version=7 << 8),
        HERE._replace(topic="uk.mappa.individual.amended"),
        HERE._replace(open_part=HERE.open_part.replace(b"cheshire", b"gwent")),
        HERE._replace(open_part=b""),
        # the same bytes, divided otherwise between two parts
        HERE._replace(originator_id=WHO + "\x00", topic=HERE.topic[1:]),
    ],
)
def test_it_opens_nowhere_else(elsewhere: Place) -> None:
    assert unseal(*HERE, seal(*HERE, PERSONAL)) == PERSONAL
    refused(elsewhere, seal(*HERE, PERSONAL))
    refused(HERE, seal(*elsewhere, PERSONAL))


def change(sealed: str, how: Callable[[bytes], bytes]) -> str:
    return b64encode(how(b64decode(sealed))).decode()


def test_no_bit_of_it_may_be_another() -> None:
    sealed = seal(*HERE, PERSONAL)
    for place in range(8 * len(b64decode(sealed))):
        flipped = change(sealed, lambda blob, p=place: flip(blob, p))  # type: ignore[misc]
        refused(HERE, flipped)


def flip(blob: bytes, place: int) -> bytes:
    changed = bytearray(blob)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def test_no_part_of_it_may_be_missing_or_too_many() -> None:
    """A tag cut short would be quicker to guess."""
    sealed = seal(*HERE, PERSONAL)
    for length in range(len(b64decode(sealed))):
        refused(HERE, change(sealed, lambda blob, n=length: blob[:n]))  # type: ignore[misc]
    refused(HERE, change(sealed, lambda blob: blob + b"\x00"))


@pytest.mark.parametrize("sealed", ["", "=", "not base64 at all", "Zoë", "AAAA\nAAAA", "A" * 1_000])
def test_what_is_no_sealed_part_is_refused_alike(sealed: str) -> None:
    refused(HERE, sealed)


def test_it_is_written_in_one_way_alone() -> None:
    sealed = seal(*HERE, PERSONAL)
    for other in (f"{sealed[:8]}\n{sealed[8:]}", f"{sealed}\n", f" {sealed}", f"{sealed}="):
        refused(HERE, other)


def test_thousands_moved_retyped_or_edited_are_all_refused(chance: random.Random) -> None:
    for _ in range(3_000):
        here = Place(chance.randbytes(32), chance.randbytes(KID), f"{chance.getrandbits(128):032x}",
                     chance.randrange(1, 2**31), f"uk.mappa.{chance.random()}",
                     chance.randbytes(chance.randrange(200)))  # fmt: skip
        personal = chance.randbytes(chance.randrange(300))
        sealed = seal(*here, personal)
        assert unseal(*here, sealed) == personal
        field, other = chance.choice(Place._fields), Place()
        refused(here._replace(**{field: getattr(other, field)}), sealed)


def test_a_refusal_is_one_of_the_trackers_and_shows_nothing_personal() -> None:
    message = refused(HERE._replace(open_part=b'{"town":"Nantwich"}'), seal(*HERE, PERSONAL))
    assert issubclass(Unsealable, TrackerError)
    assert message == (
        f"what is sealed in entry 7 of {WHO} (uk.mappa.individual.registered) does not open: the "
        "entry was moved or changed, or it was sealed under another key"
    )
    with pytest.raises(Unsealable) as caught:
        unseal(*HERE, seal(*HERE._replace(version=1), PERSONAL))
    assert caught.value.__suppress_context__, "no traceback shows what it was about"


class TestKeysInMemory:
    def test_are_kept_but_not_without_bound(self) -> None:
        module.forget_keys()
        for n in range(module.KEPT_CIPHERS + 100):
            seal(*HERE._replace(key=n.to_bytes(32)), PERSONAL)
        assert module.cipher.cache_info().currsize == module.KEPT_CIPHERS

    def test_are_let_go_of(self) -> None:
        seal(*HERE, PERSONAL)
        assert module.cipher.cache_info().currsize > 0
        module.forget_keys()
        assert module.cipher.cache_info().currsize == 0
