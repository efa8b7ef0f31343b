"""The outbox: each message is sent once, and retried until it is. Used by jobs and status.

A row is marked as started before its message is sent, and as sent after. After a crash in between
the message is sent again; senders name a message after its key, so the copy can be recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from projections.engine.day_numbers import instant, moment_of
from scheduler.desks import desk_named
from scheduler.senders.base import Message, NotSent, Sender, Unreachable
from scheduler.wording import Letter
from tracker.domain.answers.show import moment
from tracker.domain.errors import TrackerError
from tracker.settings.configuration import Desk
from tracker.store.database.interface import Cursor, Database

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import FailedMessage, OutboxState
from tracker.store.database.retrying import retry

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
ERROR_LENGTH, SHOWN = 500, 20
Clock = Callable[[], datetime]


# A next try further ahead than any retry delay was set by a wrong clock: try the message now.
_DUE = "sent IS NULL AND (next_try<=:now OR next_try>:never)"


class _Row(NamedTuple):
    key: str
    area: str
    via: str
    recipient: str
    tries: int


# --- adding messages ------------------------------------------------------------------------------


def enqueue(
    c: Cursor, key: str, area: str, desk: Desk, letter: Letter, urgent: bool, now: datetime
) -> None:
    """Adds a message for a desk of an area; raises Conflict if the key exists already."""
    made = instant(now)
    c.execute(
        "INSERT INTO outbox (key, area, via, recipient, subject, body, urgent, made, tries,"
        " next_try, error) VALUES (?,?,?,?,?,?,?,?,0,?,'')",
        (key, area, desk.via, desk.to or "", letter.subject, letter.body, int(urgent), made, made),
    )


def has_message(c: Cursor, message: str) -> bool:
    """Whether the outbox has this message (the key without its desk), to any desk."""
    c.execute("SELECT 1 FROM outbox WHERE key>=? AND key<? LIMIT 1", (f"{message}:", f"{message};"))
    return c.fetchone() is not None


# --- state ----------------------------------------------------------------------------------------


def outbox_state(c: Cursor, now: datetime) -> OutboxState:
    """The messages not sent yet, as at a moment: counts, age in seconds, failures."""
    c.execute(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN error<>'' THEN 1 ELSE 0 END), 0), MIN(made)"
        " FROM outbox WHERE sent IS NULL"
    )
    row = c.fetchone()
    assert row is not None
    since = None if row[2] is None else moment_of(row[2])
    return {
        "waiting": row[0],
        "failed": row[1],
        "oldest": moment(since) if since else None,
        "lag_seconds": max(0, round((now - since).total_seconds())) if since else 0,
        "failures": _failures(c),
    }


def _failures(c: Cursor) -> list[FailedMessage]:
    """At most SHOWN messages whose last try failed, the latest tried first."""
    c.execute(
        "SELECT key, via, tries, next_try, error FROM outbox WHERE sent IS NULL AND error<>''"
        " ORDER BY started DESC, key LIMIT ?",
        (SHOWN,),
    )
    return [
        {"key": key, "via": via, "tries": tries, "next_try": moment(moment_of(at)), "error": error}
        for key, via, tries, at, error in c.fetchall()
    ]


def delete_sent_before(database: Database, before: datetime) -> int:
    """Deletes messages sent before a moment; returns how many. Their items stay known."""
    with database.working() as c:
        c.execute("DELETE FROM outbox WHERE sent<?", (instant(before),))
        return c.rowcount


# --- sending --------------------------------------------------------------------------------------


def deliver(
    database: Database,
    senders: Mapping[str, Sender],
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    desks: Sequence[Desk] | None = None,
) -> dict[str, int]:
    """Tries every message that is due, once; returns counts of `sent` and `failed`.

    One process sends at a time; another that calls meanwhile sends nothing. With `desks` a message
    goes to its desk's present address, so that a wrong address can be corrected. If a sender is
    unreachable, its other messages wait for the next call. Stops early once `stop()` is true.
    """
    counts, unreachable = {"sent": 0, "failed": 0}, set[str]()
    with database.try_lock("outbox") as got:
        for row in _due(database, clock(), desks) if got else ():
            if stop():
                break
            if row.via in unreachable or (message := _begin(database, row, clock())) is None:
                continue
            error = _try_to_send(senders, row.via, message)
            retry(partial(_end, database, row, clock(), error))
            counts["failed" if error else "sent"] += 1
            if isinstance(error, Unreachable):
                unreachable.add(row.via)
    return counts


def _due(database: Database, now: datetime, desks: Sequence[Desk] | None) -> list[_Row]:
    """The messages to try now: urgent first, then in order of their next try."""
    with database.reading() as c:
        c.execute(
            "SELECT key, area, via, recipient, tries FROM outbox"
            f" WHERE {_DUE} ORDER BY urgent DESC, next_try, key",
            _at(now),
        )
        rows = [_Row(*row) for row in c.fetchall()]
    return rows if desks is None else [_readdressed(row, desks) for row in rows]


def _at(now: datetime) -> dict[str, int | str]:
    return {"now": instant(now), "never": instant(now + 2 * LONGEST_PAUSE)}


def _readdressed(row: _Row, desks: Sequence[Desk]) -> _Row:
    desk = desk_named(desks, row.area, row.key.rpartition(":")[2])
    return row._replace(via=desk.via, recipient=desk.to or "")


def _begin(database: Database, row: _Row, now: datetime) -> Message | None:
    """Marks a message as started and sets its next try; None if it is no longer due.

    The next try is set before sending, so that a message that crashes the process is not retried
    at once each time.
    """
    with database.working() as c:
        c.execute(
            "UPDATE outbox SET started=:now, tries=tries+1, next_try=:later, via=:via,"
            f" recipient=:recipient WHERE key=:key AND {_DUE}"
            " RETURNING key, recipient, subject, body, urgent, made",
            _at(now) | {"later": instant(now + retry_delay(row.tries + 1)), "key": row.key,
                        "via": row.via, "recipient": row.recipient},
        )  # fmt: skip
        started = c.fetchone()
    if started is None:
        return None
    key, to, subject, body, urgent, made = started
    return Message(key, to, subject, body, bool(urgent), moment_of(made))


def _try_to_send(senders: Mapping[str, Sender], via: str, message: Message) -> Exception | None:
    """Sends a message; returns the error, or None if it was sent."""
    try:
        if via not in senders:
            raise NotSent(f"there is no way to send by {via!r}")
        senders[via].send(message)
    except Exception as error:
        return error
    return None


def _end(database: Database, row: _Row, now: datetime, error: Exception | None) -> None:
    with database.working() as c:
        if error is None:
            c.execute("UPDATE outbox SET sent=?, error='' WHERE key=?", (instant(now), row.key))
            return
        later = instant(now + retry_delay(row.tries + 1))
        c.execute("UPDATE outbox SET next_try=?, error=? WHERE key=?",
                  (later, _error_text(error), row.key))  # fmt: skip


def _error_text(error: Exception) -> str:
    """The text of an error to store; other errors than the tracker's give only their type."""
    if not isinstance(error, TrackerError):
        return type(error).__name__
    # a server's answer may have any characters
    text = "".join(letter if letter.isprintable() else " " for letter in str(error))
    return text[:ERROR_LENGTH] or type(error).__name__


def retry_delay(tries: int) -> timedelta:
    """How long a message waits after so many failed tries: a minute, doubling up to six hours."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 20)), LONGEST_PAUSE)
