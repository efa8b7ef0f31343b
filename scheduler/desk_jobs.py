"""The jobs that turn what the others found into messages, and send them."""

from __future__ import annotations

from scheduler import digest as digests
from scheduler import outbox
from scheduler.ledger import KEPT
from scheduler.senders import senders_of
from scheduler.work import Counts, Work


def digest(work: Work) -> Counts:
    """The job: one message a desk with everything new since its last; old messages are removed."""
    desks = work.app.settings.desks
    counts = digests.compose(work.database, desks, work.day, work.now(), work.app.areas)
    return counts | {"removed": outbox.forget(work.database, work.now() - KEPT)}


def messages(work: Work) -> Counts:
    """The job: urgent items at once, in messages of their own; then all that waits is sent."""
    settings = work.app.settings
    urgent = digests.urgent(work.database, settings.desks, work.now(), work.app.areas)
    sent = outbox.deliver(
        work.database, senders_of(settings), work.app.clock, work.stop, settings.desks
    )
    return urgent | sent
