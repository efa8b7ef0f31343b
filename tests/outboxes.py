"""Messages waiting to be sent, and a sender that records them; used by the tests of the outbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from scheduler.outbox import enqueue, outbox_state
from scheduler.senders.base import Message
from scheduler.wording import Letter
from scheduler_world import Place
from tracker.domain.answers.upkeep_shapes import OutboxState
from tracker.settings.configuration import Desk

TODAY = datetime(2026, 1, 10, 12, tzinfo=UTC)
MINUTE, SIX_HOURS = timedelta(minutes=1), timedelta(hours=6)
KEY = "digest:cheshire:2026-01-10:duty"
BODY = "Overdue: 1\n\n  CHE-1  was due 8 January 2026\n"


def wait(place: Place, key: str = KEY, via: str = "smtp", urgent: bool = False) -> None:
    """Adds a message to the outbox."""
    to = None if via == "folder" else "duty@cheshire.example"
    desk = Desk.model_construct(area="cheshire", name="duty", via=via, to=to)
    with place.database.working() as c:
        enqueue(c, key, "cheshire", desk, Letter("MAPPA Cheshire", BODY), urgent, place.clock())


@dataclass
class Post:
    """A sender that records messages in `taken`, or raises the error that `fails` returns."""

    taken: list[Message] = field(default_factory=list)
    fails: Callable[[Message], Exception | None] = lambda message: None
    tried: list[str] = field(default_factory=list)

    def send(self, message: Message, /) -> None:
        self.tried.append(message.key)
        if error := self.fails(message):
            raise error
        self.taken.append(message)


def status(place: Place) -> OutboxState:
    with place.database.reading() as c:
        return outbox_state(c, place.clock())
