"""The interface of a sender: its message and its errors. Used by the outbox and every sender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracker.domain.errors import TrackerError


class NotSent(TrackerError):
    """The message could not be sent; the error's text never has a password or key in it."""


class Unreachable(NotSent):
    """The sender cannot send any message at present."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is sent. `key` identifies it for ever; `made` is when it was written."""

    key: str
    to: str
    subject: str
    body: str
    urgent: bool
    made: datetime


class Sender(Protocol):
    def send(self, message: Message, /) -> None:
        """Sends a message; raises NotSent. A message sent twice can be recognised as the same."""
        ...
