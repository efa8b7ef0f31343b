"""The senders of messages: to a folder, by e-mail, by GOV.UK Notify. Used by the outbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from scheduler.senders.base import Message as Message
from scheduler.senders.base import NotSent as NotSent
from scheduler.senders.base import Sender as Sender
from scheduler.senders.base import Unreachable as Unreachable
from tracker.settings import secrets
from tracker.settings.configuration import ConfigurationError, Settings
from tracker.settings.messages import UUID
from tracker.store.address import data_folder

PASSWORD, KEY = secrets.SMTP_PASSWORD, secrets.NOTIFY_KEY


def make_senders(settings: Settings) -> Mapping[str, Sender]:
    """The senders by name, as in a desk's `via`; each is made when first used.

    Raises ConfigurationError if a desk uses a sender whose password or key is missing or wrong.
    """
    password, key = secrets.secret(PASSWORD), secrets.secret(KEY)
    vias = {desk.via for desk in settings.desks}
    if "smtp" in vias:
        _check_password(settings, password)
    if "notify" in vias and not (key and re.search(f"-{UUID}-{UUID}$", key)):
        raise ConfigurationError(
            f"{KEY}: a desk uses notify: put an API key of GOV.UK Notify in the environment"
        )
    return _Senders(settings, password, key)


def _check_password(settings: Settings, password: str | None) -> None:
    if settings.messages.smtp.user and not password:
        raise ConfigurationError(
            f"{PASSWORD}: [messages.smtp] names a user: put the password in the environment"
        )
    if password and not password.isascii():
        raise ConfigurationError(f"{PASSWORD}: a password for SMTP may have ASCII characters only")


class _Senders(Mapping[str, Sender]):
    def __init__(self, settings: Settings, password: str | None, key: str | None) -> None:
        self._settings, self._password, self._key = settings.messages, password, key
        self._made: dict[str, Sender] = {}
        self._makers: dict[str, Callable[[], Sender]] = {
            "folder": self._folder, "smtp": self._smtp, "notify": self._notify,
        }  # fmt: skip

    def __getitem__(self, via: str) -> Sender:
        if via not in self._made:
            self._made[via] = self._makers[via]()
        return self._made[via]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def _folder(self) -> Sender:
        from scheduler.senders.folder import FolderSender

        folder = self._settings.folder
        return FolderSender(Path(folder).expanduser() if folder else data_folder() / "messages")

    def _smtp(self) -> Sender:
        from scheduler.senders.smtp import SmtpSender

        return SmtpSender(self._settings.smtp, self._password)

    def _notify(self) -> Sender:
        from scheduler.senders.notify import NotifySender

        return NotifySender(self._settings.notify, self._key)
