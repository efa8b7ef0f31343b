"""What a sender is given, and what it raises. Used by the outbox and every sender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracker.domain.errors import TrackerError


class NotSent(TrackerError):
    """A message that did not go; its text holds no password and no key."""


class Unreachable(NotSent):
    """Nothing goes this way for now, whatever the message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it goes out. `key` is its name for ever; `made` is when it was put in words."""

    key: str
    to: str
    subject: str
    body: str
    urgent: bool
    made: datetime


class Sender(Protocol):
    def send(self, message: Message, /) -> None:
        """Sends a message; raises NotSent. Given one again, it can be known for the same."""
        ...
