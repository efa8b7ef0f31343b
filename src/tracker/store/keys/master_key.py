"""Reads the epochs of the master key from a file, the environment or a command.

The master key wraps the keys in the key store. An epoch of it is a name and 32 bytes; the newest is
last. If every copy of an epoch in use is lost, all that was sealed is lost. Once an epoch no longer
in use is destroyed, old copies of the key store cannot be opened.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tracker.store.atomic_file import OWNER_ONLY, sync_folder, write_atomically
from tracker.store.database.locks import file_lock
from tracker.store.database.retrying import locked
from tracker.store.keys.seal import LENGTH, Key, MasterKeys, WrongMasterKey, new_key

TIMEOUT = 30  # seconds to wait for a command, or for another process that changes the file
_EPOCH = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _parsed(entries: Iterable[tuple[str, str]]) -> dict[str, Key]:
    """Epochs from pairs of where a text is, for messages, and the text `epoch:base64`."""
    keys: dict[str, Key] = {}
    for where, text in entries:
        epoch, _, encoded = text.strip().partition(":")
        try:
            key = Key(b64decode(encoded, validate=True))
        except ValueError:
            key = Key()
        if not _EPOCH.fullmatch(epoch) or len(key) != LENGTH:
            # without the text, which may be key material
            raise WrongMasterKey(f"{where} is not `epoch:base64 of {LENGTH} bytes`")
        if epoch in keys:
            raise WrongMasterKey(f"{where}: epoch {epoch!r} is there twice")
        keys[epoch] = key
    return keys


class Source:
    """Where the master key comes from. Its methods raise WrongMasterKey where it cannot be used."""

    where: str  # for messages

    def read(self, kept: Mapping[str, bytes], /) -> MasterKeys:
        """The epochs there are now; `kept` has what `wrap_new_key` returned, by epoch."""
        raise NotImplementedError

    def epochs(self) -> Sequence[str]:
        """The names of the epochs there are, the newest last."""
        return self.read({}).epochs

    def newest_epoch(self) -> str:
        if names := self.epochs():
            return names[-1]
        raise WrongMasterKey(f"{self.where} has no key: give it one, `epoch:base64`")

    def first_epoch(self, _store: str, /) -> str:
        """The epoch for a new key store with this id."""
        return self.newest_epoch()

    def next_epoch(self, _store: str, used: str, /) -> str:
        """The epoch to rotate to from the one in use; a file makes a new one."""
        if (newest := self.newest_epoch()) == used:
            raise WrongMasterKey(f"{self.where} has no epoch after {used!r}: add one first")
        return newest

    def wrap_new_key(self, _epoch: str, /) -> bytes | None:
        """A new key for an epoch, wrapped, for the key store to keep; None where it needs none."""
        return None

    def destroy_epochs(self, _epochs: Iterable[str], /) -> bool:
        """Destroys epochs; False where the source cannot do that."""
        return False


class EnvironmentSource(Source):
    """The text of TRACKER_KEK: epochs `epoch:base64`, separated by commas."""

    where = "TRACKER_KEK"

    def __init__(self, text: str) -> None:
        entries = enumerate(text.split(","), 1)
        self._keys = _parsed((f"TRACKER_KEK, key {n},", entry) for n, entry in entries)

    def read(self, _kept: Mapping[str, bytes], /) -> MasterKeys:
        return MasterKeys(self.where, self._keys)


class CommandSource(Source):
    """A command that wraps and unwraps for an epoch: a vault, or a key service.

    It runs once for each epoch, not for each person: the key store has a key for each epoch, which
    the command wrapped.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command, self.where = list(command), f"TRACKER_KEK_COMMAND ({command[0]})"

    def epochs(self) -> Sequence[str]:
        names = self._run("epochs").decode("utf-8", "replace").split()
        if not all(_EPOCH.fullmatch(name) for name in names):
            raise WrongMasterKey(f"{self.where} epochs: not a list of names")
        return names

    def read(self, kept: Mapping[str, bytes], /) -> MasterKeys:
        there = set(self.epochs()) & kept.keys()
        keys = {epoch: Key(self._run("unwrap", epoch, sent=kept[epoch])) for epoch in there}
        if any(len(key) != LENGTH for key in keys.values()):
            raise WrongMasterKey(f"{self.where} unwrap: did not answer with a key")
        return MasterKeys(self.where, keys)

    def wrap_new_key(self, epoch: str, /) -> bytes | None:
        return self._run("wrap", epoch, sent=new_key())

    def _run(self, *args: str, sent: bytes = b"") -> bytes:
        command = f"{self.where} {' '.join(args)}"
        try:
            ran = subprocess.run(
                [*self._command, *args], input=sent, stdout=subprocess.PIPE, check=False,
                timeout=TIMEOUT,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            why = getattr(error, "strerror", None) or f"no answer in {TIMEOUT} s"
            raise WrongMasterKey(f"{command}: {why}") from None
        if ran.returncode != 0:
            raise WrongMasterKey(f"{command}: ended with {ran.returncode}")
        return ran.stdout


class FileSource(Source):
    """A file with a line `epoch:base64` for each epoch, which only its owner may read.

    `own`: it is the user's default file, made with the first key store. Several key stores may use
    it; each makes and destroys only its own epochs.
    """

    def __init__(self, path: Path, own: bool = False) -> None:
        self.path, self.own, self.where = path, own, str(path)

    def read(self, _kept: Mapping[str, bytes], /) -> MasterKeys:
        return MasterKeys(self.where, self._keys(self._text()))

    def _keys(self, text: str) -> dict[str, Key]:
        lines = enumerate(text.splitlines(), 1)
        return _parsed(
            (f"{self.path}, line {n}", line)
            for n, line in lines
            if line.strip() and not line.startswith("#")
        )

    def _text(self) -> str:
        try:
            while True:
                with self.path.open("rb") as file:
                    self._refuse_if_others_may_read(os.fstat(file.fileno()))
                    content = file.read()
                    # if it was replaced meanwhile, it may have been wiped while it was read
                    if os.path.samestat(os.fstat(file.fileno()), self.path.stat()):
                        return content.decode()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise WrongMasterKey(
                f"cannot read the master key {self.path}: {why}; put a copy of it there, or name "
                "one in TRACKER_KEK_FILE"
            ) from None

    def _refuse_if_others_may_read(self, file: os.stat_result) -> None:
        if os.name == "nt":
            return
        # its group may read a file of another user, such as the credential of a service
        refused = 0o077 if file.st_uid == os.geteuid() else 0o027
        if file.st_mode & refused:
            raise WrongMasterKey(
                f"the master key {self.path} is open to others (mode {file.st_mode & 0o777:04o}): "
                f"chmod 600 {self.path}, and rotate, for it may have been read"
            )

    def first_epoch(self, store: str, /) -> str:
        return self.next_epoch(store) if self.own else self.newest_epoch()

    def next_epoch(self, store: str, _used: str = "", /) -> str:
        with self._changing():
            text = self._text() if self.path.exists() or not self.own else ""
            own = [name.rpartition("-")[2] for name in self._keys(text) if is_made_by(store, name)]
            epoch = f"{store}-{max(map(int, own), default=0) + 1}"
            self._replace([*text.splitlines(), f"{epoch}:{b64encode(new_key()).decode()}"])
        return epoch

    def destroy_epochs(self, epochs: Iterable[str], /) -> bool:
        unwanted = set(epochs)
        with self._changing():
            lines = self._text().splitlines()
            kept = [line for line in lines if line.strip().partition(":")[0] not in unwanted]
            if kept != lines:
                self._replace(kept)
        return True

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A lock on the file: one process at a time changes it, whatever its key store."""
        try:
            if self.own:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self.path.with_name(f"{self.path.name}.lock")
            with locked(partial(file_lock, lock), TIMEOUT):
                yield
        except OSError as error:
            raise WrongMasterKey(
                f"cannot change the master key {self.path}: {error.strerror}; add or remove epochs "
                "with the tool that makes the file"
            ) from None

    def _replace(self, lines: Iterable[str]) -> None:
        """Replaces the lines: the new file is synced first, then the old file is overwritten."""
        content = "".join(f"{line}\n" for line in lines).encode()
        with _overwritten(self.path) as mode:
            write_atomically(self.path, content, mode)
            # the folders may be new too: sync them, so that a power cut cannot lose them
            for folder in list(self.path.parents)[: 3 if self.own else 1]:
                sync_folder(folder)


@contextmanager
def _overwritten(path: Path) -> Iterator[int]:
    """Overwrites the file of that name, after the block has replaced it; yields its mode."""
    if not path.exists():
        yield OWNER_ONLY
        return
    mode = path.stat().st_mode & 0o700
    path.chmod(OWNER_ONLY)
    with path.open("r+b") as old:
        yield mode
        old.write(bytes(os.fstat(old.fileno()).st_size))
        old.flush()
        os.fsync(old.fileno())


def source_of(environment: Mapping[str, str]) -> Source:
    """The source that the environment names; by default the user's own file.

    Raises WrongMasterKey where more than one is named, or TRACKER_KEK is not a list of epochs.
    """
    names = ("TRACKER_KEK_FILE", "TRACKER_KEK", "TRACKER_KEK_COMMAND")
    named = [name for name in names if environment.get(name)]
    if len(named) > 1:
        raise WrongMasterKey(f"{' and '.join(named)} are set: set the one that is the master key")
    if named == ["TRACKER_KEK_FILE"]:
        return FileSource(Path(environment["TRACKER_KEK_FILE"]).expanduser())
    if named == ["TRACKER_KEK"]:
        return EnvironmentSource(environment["TRACKER_KEK"])
    if named == ["TRACKER_KEK_COMMAND"]:
        return CommandSource(shlex.split(environment["TRACKER_KEK_COMMAND"]))
    users = environment.get("XDG_CONFIG_HOME") or environment.get("APPDATA") or "~/.config"
    return FileSource(Path(users).expanduser() / "mappa-tracker" / "master.key", own=True)


def is_made_by(store: str, epoch: str) -> bool:
    """Whether the key store with this id made an epoch, so that no other can need it."""
    return re.fullmatch(rf"{store}-[0-9]+", epoch) is not None
