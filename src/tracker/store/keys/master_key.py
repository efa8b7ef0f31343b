"""The master key, by epochs: from a file, the environment or a command. Wraps the keys of `keys`.

An epoch is a name and 32 bytes; the newest stands last. Losing every copy of an epoch in use loses
all that was sealed; destroying an epoch no longer in use makes old copies of the key store dead.
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

PATIENCE = 30  # seconds that a command may take, or another process with the file
_EPOCH = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _parsed(entries: Iterable[tuple[str, str]]) -> dict[str, Key]:
    """Epochs from `epoch:base64` texts, each with the place where it stands."""
    keys: dict[str, Key] = {}
    for where, text in entries:
        epoch, _, encoded = text.strip().partition(":")
        try:
            key = Key(b64decode(encoded, validate=True))
        except ValueError:
            key = Key()
        if not _EPOCH.fullmatch(epoch) or len(key) != LENGTH:
            # not the text itself: it may be key material
            raise WrongMasterKey(f"{where} is not `epoch:base64 of {LENGTH} bytes`")
        if epoch in keys:
            raise WrongMasterKey(f"{where}: epoch {epoch!r} stands twice")
        keys[epoch] = key
    return keys


class Source:
    """Where the master key comes from."""

    where: str

    def read(self, kept: Mapping[str, bytes], /) -> MasterKeys:
        """The epochs there are now; `kept` is what `begin` gave the key store to keep."""
        raise NotImplementedError

    def names(self) -> Sequence[str]:
        """The epochs there are, the newest last."""
        return self.read({}).epochs

    def newest(self) -> str:
        if names := self.names():
            return names[-1]
        raise WrongMasterKey(f"{self.where} holds no key: give it one, `epoch:base64`")

    def first(self, _store: str, /) -> str:
        """The epoch with which a new key store begins."""
        return self.newest()

    def following(self, _store: str, used: str, /) -> str:
        """The epoch that follows the one in use; made, where it can be made from here."""
        if (newest := self.newest()) == used:
            raise WrongMasterKey(f"{self.where} has no epoch after {used!r}: add one first")
        return newest

    def begin(self, _epoch: str, /) -> bytes | None:
        """What a key store must keep to use an epoch, if anything."""
        return None

    def drop(self, _epochs: Iterable[str], /) -> bool:
        """Destroys epochs; False where that cannot be done from here."""
        return False


class EnvironmentSource(Source):
    """TRACKER_KEK: several epochs are separated by commas."""

    where = "TRACKER_KEK"

    def __init__(self, text: str) -> None:
        entries = enumerate(text.split(","), 1)
        self._keys = _parsed((f"TRACKER_KEK, key {n},", entry) for n, entry in entries)

    def read(self, _kept: Mapping[str, bytes], /) -> MasterKeys:
        return MasterKeys(self.where, self._keys)


class CommandSource(Source):
    """A command that wraps and unwraps for an epoch: a vault, or a key service.

    It is asked once an epoch, not once a person: the key store keeps a key of its own for each
    epoch, wrapped by the command.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command, self.where = list(command), f"TRACKER_KEK_COMMAND ({command[0]})"

    def names(self) -> Sequence[str]:
        names = self._run("epochs").decode("utf-8", "replace").split()
        if not all(_EPOCH.fullmatch(name) for name in names):
            raise WrongMasterKey(f"{self.where} epochs: not a list of names")
        return names

    def read(self, kept: Mapping[str, bytes], /) -> MasterKeys:
        there = set(self.names()) & kept.keys()
        keys = {epoch: Key(self._run("unwrap", epoch, sent=kept[epoch])) for epoch in there}
        if any(len(key) != LENGTH for key in keys.values()):
            raise WrongMasterKey(f"{self.where} unwrap: did not answer with a key")
        return MasterKeys(self.where, keys)

    def begin(self, epoch: str, /) -> bytes | None:
        return self._run("wrap", epoch, sent=new_key())

    def _run(self, *args: str, sent: bytes = b"") -> bytes:
        asked = f"{self.where} {' '.join(args)}"
        try:
            ran = subprocess.run(
                [*self._command, *args], input=sent, stdout=subprocess.PIPE, check=False,
                timeout=PATIENCE,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            why = getattr(error, "strerror", None) or f"no answer in {PATIENCE} s"
            raise WrongMasterKey(f"{asked}: {why}") from None
        if ran.returncode != 0:
            raise WrongMasterKey(f"{asked}: ended with {ran.returncode}")
        return ran.stdout


class FileSource(Source):
    """A file of one `epoch:base64` a line, which nobody but its owner may read.

    `own`: the user's own file, made with the first key store. It may serve several key stores, so
    each makes and drops epochs of its own there, and no other's.
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
                    # one that was replaced meanwhile was wiped, maybe while it was read
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
        # a group may, where another put the file there for this user: a service's credential
        refused = 0o077 if file.st_uid == os.geteuid() else 0o027
        if file.st_mode & refused:
            raise WrongMasterKey(
                f"the master key {self.path} is open to others (mode {file.st_mode & 0o777:04o}): "
                f"chmod 600 {self.path}, and rotate, for it may have been read"
            )

    def first(self, store: str, /) -> str:
        return self.following(store) if self.own else self.newest()

    def following(self, store: str, _used: str = "", /) -> str:
        with self._changing():
            text = self._text() if self.path.exists() or not self.own else ""
            own = [name.rpartition("-")[2] for name in self._keys(text) if made_by(store, name)]
            epoch = f"{store}-{max(map(int, own), default=0) + 1}"
            self._replace([*text.splitlines(), f"{epoch}:{b64encode(new_key()).decode()}"])
        return epoch

    def drop(self, epochs: Iterable[str], /) -> bool:
        unwanted = set(epochs)
        with self._changing():
            lines = self._text().splitlines()
            kept = [line for line in lines if line.strip().partition(":")[0] not in unwanted]
            if kept != lines:
                self._replace(kept)
        return True

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One process at a time, whatever key stores they use."""
        try:
            if self.own:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self.path.with_name(f"{self.path.name}.lock")
            with locked(partial(file_lock, lock), PATIENCE):
                yield
        except OSError as error:
            raise WrongMasterKey(
                f"cannot change the master key {self.path}: {error.strerror}; add or drop epochs "
                "by the means by which the file is made"
            ) from None

    def _replace(self, lines: Iterable[str]) -> None:
        """The new content is on the disk before the old one goes; the old one is overwritten."""
        content = "".join(f"{line}\n" for line in lines).encode()
        with _overwritten(self.path) as mode:
            write_atomically(self.path, content, mode)
            # the folders too may be new, and a power cut must not take them away again
            for folder in list(self.path.parents)[: 3 if self.own else 1]:
                sync_folder(folder)


@contextmanager
def _overwritten(path: Path) -> Iterator[int]:
    """Overwrites what a file held once another has taken its name; yields the mode for both."""
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
    """Where the master key comes from, as the environment says; the user's own file by default."""
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


def made_by(store: str, epoch: str) -> bool:
    """Whether a key store made an epoch for itself, so that no other can need it."""
    return re.fullmatch(rf"{store}-[0-9]+", epoch) is not None
