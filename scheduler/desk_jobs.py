"""The jobs that put the other jobs' items into messages and send them. Listed in `jobs`."""

from __future__ import annotations

from scheduler import digest as digests
from scheduler import outbox
from scheduler.ledger import KEEP_FOR
from scheduler.senders import make_senders
from scheduler.work import Counts, Work


def digest(work: Work) -> Counts:
    """The job: writes each desk one message with its new items, and deletes old sent messages."""
    desks = work.app.settings.desks
    counts = digests.compose(work.database, desks, work.day, work.now(), work.app.areas)
    return counts | {"removed": outbox.delete_sent_before(work.database, work.now() - KEEP_FOR)}


def messages(work: Work) -> Counts:
    """The job: writes messages of urgent items, then sends every message that is due."""
    settings = work.app.settings
    urgent = digests.compose_urgent(work.database, settings.desks, work.now(), work.app.areas)
    sent = outbox.deliver(
        work.database, make_senders(settings), work.app.clock, work.stop, settings.desks
    )
    return urgent | sent
