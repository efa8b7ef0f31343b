"""AES-256-GCM: wraps keys under the master key, seals the personal part of a fact under a key.

What is wrapped opens only under its own name, what is sealed only at its own place in the log.
Called by `people_keys` and its tables, and by `sealing`.
"""

from __future__ import annotations

import hashlib
import os
from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tracker.domain.errors import TrackerError

FORMAT = b"\x01"
LENGTH = 32
NONCE, KID = 12, 8
BLOCK = 64  # the personal part is padded to a multiple: its length must not give it away
KEPT_CIPHERS = 4_096
_TO_NONCE = 1 + KID
_TO_TEXT = _TO_NONCE + NONCE


class Key(bytes):
    """Key material, which prints as `Key(…)` so that it is never shown or logged."""

    def __repr__(self) -> str:
        return "Key(…)"

    __str__ = __repr__


def new_key() -> Key:
    return Key(os.urandom(LENGTH))


class WrongMasterKey(TrackerError):
    """There is no master key, it cannot be used, or it does not open the key store."""


class MasterKeys:
    """The epochs of the master key that are available, to wrap and unwrap keys with."""

    def __init__(self, where: str, epochs: Mapping[str, bytes]) -> None:
        self.where = where
        self._ciphers = {epoch: AESGCM(key) for epoch, key in epochs.items()}

    @property
    def epochs(self) -> tuple[str, ...]:
        return tuple(self._ciphers)

    def wrap(self, epoch: str, name: str, key: bytes) -> bytes:
        """Wraps a key: it can be unwrapped with this epoch and this name alone."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher(epoch).encrypt(nonce, key, _associated_data(epoch, name))

    def unwrap(self, epoch: str, name: str, wrapped: bytes) -> Key:
        """Unwraps a key; raises WrongMasterKey where that fails or the epoch is missing."""
        cipher = self._cipher(epoch)
        try:
            return Key(
                cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], _associated_data(epoch, name))
            )
        except (InvalidTag, ValueError):
            raise WrongMasterKey(
                f"{name} does not open under epoch {epoch!r} of {self.where}: it is damaged, "
                "or was wrapped by another master key of that name"
            ) from None

    def _cipher(self, epoch: str) -> AESGCM:
        if (cipher := self._ciphers.get(epoch)) is not None:
            return cipher
        available = ", ".join(self._ciphers) or "none"
        raise WrongMasterKey(
            f"the master key lacks epoch {epoch!r} ({self.where} has: {available}): give the "
            "tracker the copy of the master key that has it"
        )


def _associated_data(epoch: str, name: str) -> bytes:
    return f"tracker-kek|{epoch}|{name}".encode()


class Unsealable(TrackerError):
    """A sealed part cannot be unsealed: it was moved, changed or cut, or has another key."""


cipher = lru_cache(maxsize=KEPT_CIPHERS)(AESGCM)
"""The cipher of a key, cached: making one is the slowest part of sealing a single fact."""


def forget_keys() -> None:
    """Clears the cached ciphers. Call it once a key is destroyed."""
    cipher.cache_clear()


def seal(
    person_key: bytes, kid: bytes, originator_id: str, version: int, topic: str,
    open_part: bytes, personal: bytes,
) -> str:  # fmt: skip
    """Seals a personal part; returns base64, which names the key.

    It can be unsealed only at this version of this aggregate, beside this topic and open part.
    """
    nonce = os.urandom(NONCE)
    padded = personal + b"\x80" + bytes(-(len(personal) + 1) % BLOCK)
    place = _sealed_place(kid, originator_id, version, topic, open_part)
    text = cipher(person_key).encrypt(nonce, padded, place)
    return b2a_base64(FORMAT + kid + nonce + text, newline=False).decode("ascii")


def unseal(
    person_key: bytes, kid: bytes, originator_id: str, version: int, topic: str,
    open_part: bytes, sealed: str,
) -> bytes:  # fmt: skip
    """The personal part as it was passed to `seal`; raises Unsealable."""
    try:
        blob = a2b_base64(sealed, strict_mode=True)
        if blob[:_TO_NONCE] != FORMAT + kid:
            raise InvalidTag
        place = _sealed_place(kid, originator_id, version, topic, open_part)
        padded = cipher(person_key).decrypt(blob[_TO_NONCE:_TO_TEXT], blob[_TO_TEXT:], place)
    except (InvalidTag, NotBase64, ValueError):
        raise Unsealable(
            f"what is sealed in entry {version} of {originator_id} ({topic}) does not open: the "
            "entry was moved or changed, or it was sealed under another key"
        ) from None
    return padded.rstrip(b"\x00")[:-1]


def kid_of(sealed: str) -> bytes:
    """The id of the key that a sealed part names."""
    return a2b_base64(sealed[:12])[1:_TO_NONCE]


def _sealed_place(
    kid: bytes, originator_id: str, version: int, topic: str, open_part: bytes
) -> bytes:
    """The associated data of a sealed part: where it belongs, each field after its length."""
    return b"%b%b%b%b%b\x00\x00\x00\x20%b" % (
        _HEAD, kid, _named(originator_id), b"\x00\x00\x00\x08" + version.to_bytes(8),
        _named(topic), hashlib.sha256(open_part).digest(),
    )  # fmt: skip


def _prefixed(part: bytes) -> bytes:
    return len(part).to_bytes(4) + part


@lru_cache(maxsize=KEPT_CIPHERS)
def _named(text: str) -> bytes:
    return _prefixed(text.encode())


_HEAD = _prefixed(b"tracker-seal-v1") + KID.to_bytes(4)
