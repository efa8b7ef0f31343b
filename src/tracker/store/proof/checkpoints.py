"""Checkpoints of the log: the signed note of its head (C2SP tlog-checkpoint), MACs of old roots.

Made at every commit; read by `verifying`, by `entry_proofs` and by anyone outside.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tracker.domain.errors import TrackerError
from tracker.store.proof.merkle import (
    HASH,
)

if TYPE_CHECKING:
    pass

ED25519 = b"\x01"
SIGNED_BY = "— "
MAX_NOTE_LENGTH = 16_384  # characters in a note, with all its signatures
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class Checkpoint(NamedTuple):
    """A parsed note: the log (`origin`), its number of entries, and their root hash.

    `note` is the whole text, `text` the signed part; `signatures` are pairs of the name of the
    signer, and its key id followed by the signature.
    """

    origin: str
    size: int
    root: bytes
    note: str
    text: str
    signatures: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class LogKeys:
    """The keys that sign and check a log. An auditor has the verifier key alone.

    `history` is the key for the MACs of old roots. `begun`: the log has had entries, so that if it
    is empty it was emptied.
    """

    signing: Ed25519PrivateKey | None = field(default=None, repr=False)
    verifier: str | None = None
    history: bytes | None = field(default=None, repr=False)
    begun: bool = True

    @classmethod
    def from_secrets(cls, log_id: str, seed: bytes, history: bytes, begun: bool = True) -> LogKeys:
        """The keys of a log from the secrets of its key store."""
        signing = Ed25519PrivateKey.from_private_bytes(seed)
        public = signing.public_key().public_bytes_raw()
        return cls(signing, verifier_key(f"mappa-tracker/{log_id}", public), history, begun)

    @cached_property
    def _signer(self) -> tuple[str, bytes]:
        name, key_id, _ = parsed_verifier(self.verifier or "")
        return name, key_id

    def note(self, size: int, root: bytes) -> str:
        """Signs the head of a log with this size and root; TrackerError without the signing key."""
        if self.signing is None:
            raise TrackerError("a checkpoint cannot be signed: the log's signing key is not here")
        name, key_id = self._signer
        text = f"{name}\n{size}\n{to_base64(root)}\n"
        return f"{text}\n{SIGNED_BY}{name} {to_base64(key_id + self.signing.sign(text.encode()))}\n"

    def signed(self, note: str) -> tuple[int, bytes]:
        """The size and root in a note; raises TrackerError unless this log signed it."""
        checkpoint = verified(note, self.verifier or "")
        return checkpoint.size, checkpoint.root

    def mac(self, size: int, root: bytes) -> bytes:
        """The MAC of an old root; TrackerError without the history key.

        Because it is no signature, an old root cannot pass as the head of a log cut short.
        """
        if self.history is None:
            raise TrackerError("a root cannot be sealed: the log's history key is not here")
        data = b"tracker-checkpoint-v1" + size.to_bytes(8, "big") + root
        return hmac.digest(self.history, data, "sha256")


def verifier_key(name: str, public: bytes) -> str:
    """The verifier key of a log, `name+key id+key`, from its name and public key."""
    if not _NAME.fullmatch(name):
        raise TrackerError(f"{name!r} cannot name a log: it has a space or a plus, or is empty")
    return f"{name}+{_key_id(name, public).hex()}+{to_base64(ED25519 + public)}"


def parsed_verifier(verifier: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """Name, key id and public key from a verifier key; raises TrackerError if it is not one."""
    name, _, rest = verifier.strip().partition("+")
    key_id, _, key = rest.partition("+")
    data = from_base64(key)
    if not _NAME.fullmatch(name) or len(data) != 33 or not data.startswith(ED25519):
        raise TrackerError(f"{verifier!r} is not a verifier key: NAME+KEY ID+KEY, of Ed25519")
    if _key_id(name, data[1:]).hex() != key_id:
        raise TrackerError(f"{verifier!r} is not a verifier key: its key id is another key's")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def parse(note: str) -> Checkpoint:
    """Parses a note without checking its signatures; raises TrackerError if it is no checkpoint."""
    text, gap, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if len(note) > MAX_NOTE_LENGTH or not gap or not note.endswith("\n") or _FORBIDDEN.search(note):
        raise TrackerError("not a checkpoint: it needs a text, an empty line and signatures")
    if len(lines) < 3 or not all(lines):
        raise TrackerError("not a checkpoint: it needs an origin, a size and a root, a line each")
    origin, size, root = lines[:3]
    if not _SIZE.fullmatch(size):
        raise TrackerError(f"not a checkpoint: {size[:40]!r} is not a number of entries")
    if len(from_base64(root)) != HASH:
        raise TrackerError(f"not a checkpoint: {root[:60]!r} is not the base64 of a root")
    signed = tuple(_signature(line) for line in signatures[:-1].split("\n"))
    return Checkpoint(origin, int(size), from_base64(root), note, f"{text}\n", signed)


def verified(note: str, verifier: str) -> Checkpoint:
    """Parses a note; raises TrackerError unless the log of the verifier key signed it."""
    checkpoint, (name, _, _) = parse(note), parsed_verifier(verifier)
    # one key may sign for two logs: a note of one says nothing about the other
    if checkpoint.origin != name:
        raise TrackerError(f"a checkpoint of another log: {checkpoint.origin!r}, not {name!r}")
    check_signature(checkpoint, verifier)
    return checkpoint


def check_signature(checkpoint: Checkpoint, verifier: str) -> None:
    """Raises TrackerError unless the key signed the checkpoint; others may have signed it too."""
    name, key_id, key = parsed_verifier(verifier)
    ours = [s for by, s in checkpoint.signatures if by == name and s.startswith(key_id)]
    if not ours:
        raise TrackerError(f"a checkpoint that {name} did not sign with this key")
    try:
        for signature in ours:
            key.verify(signature[4:], checkpoint.text.encode())
    except InvalidSignature:
        raise TrackerError(f"a checkpoint with a false signature of {name}") from None


def notes(lines: Iterable[str]) -> Iterator[str]:
    """Splits the lines of a file of checkpoints, as a witness keeps it, into notes."""
    note, signed = "", False
    for line in lines:
        if signed and not line.startswith(SIGNED_BY):
            yield note
            note, signed = "", False
        if note or line.strip():
            note += line.removesuffix("\n") + "\n"
            signed = line.startswith(SIGNED_BY)
    if note:
        yield note


def _signature(line: str) -> tuple[str, bytes]:
    name, _, signature = line.removeprefix(SIGNED_BY).partition(" ")
    data = from_base64(signature)
    if not line.startswith(SIGNED_BY) or not _NAME.fullmatch(name) or len(data) < 5:
        raise TrackerError(f"not a checkpoint: {line[:60]!r} is not a signature")
    return name, data


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def to_base64(data: bytes) -> str:
    """Bytes as canonical base64."""
    return b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """The bytes of canonical base64; empty where the text is not canonical base64."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return b""
    return data if to_base64(data) == text else b""
