"""The outbox: each message goes once, and is tried until it does. For the jobs and the status.

A row is marked as started before its message is sent, and as sent after. After a crash in between
it is sent again, recognisably the same: a sender gives one key one name at its destination.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from projections.engine.day_numbers import instant, moment_of
from scheduler.desks import named
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


# No try is further ahead than the longest pause, unless a clock once ran ahead.
_DUE = "sent IS NULL AND (next_try<=:now OR next_try>:never)"


class _Row(NamedTuple):
    key: str
    area: str
    via: str
    recipient: str
    tries: int


# --- putting in -----------------------------------------------------------------------------------


def put(
    c: Cursor, key: str, area: str, desk: Desk, letter: Letter, urgent: bool, now: datetime
) -> None:
    """Puts a message in; raises Conflict where there is one of that key."""
    made = instant(now)
    c.execute(
        "INSERT INTO outbox (key, area, via, recipient, subject, body, urgent, made, tries,"
        " next_try, error) VALUES (?,?,?,?,?,?,?,?,0,?,'')",
        (key, area, desk.via, desk.to or "", letter.subject, letter.body, int(urgent), made, made),
    )


def holds(c: Cursor, message: str) -> bool:
    """Whether there is a message whose key begins so, to whichever desk."""
    c.execute("SELECT 1 FROM outbox WHERE key>=? AND key<? LIMIT 1", (f"{message}:", f"{message};"))
    return c.fetchone() is not None


# --- looking at -----------------------------------------------------------------------------------


def waiting(c: Cursor, now: datetime) -> OutboxState:
    """What has not been sent, as at a moment; moments in RFC 3339, UTC."""
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
    """The messages that could not be sent so far, the one tried last first."""
    c.execute(
        "SELECT key, via, tries, next_try, error FROM outbox WHERE sent IS NULL AND error<>''"
        " ORDER BY started DESC, key LIMIT ?",
        (SHOWN,),
    )
    return [
        {"key": key, "via": via, "tries": tries, "next_try": moment(moment_of(at)), "error": error}
        for key, via, tries, at, error in c.fetchall()
    ]


def forget(database: Database, before: datetime) -> int:
    """Removes messages sent before a moment; how many. What they told is told for good."""
    with database.working() as c:
        c.execute("DELETE FROM outbox WHERE sent<?", (instant(before),))
        return c.rowcount


# --- delivering -----------------------------------------------------------------------------------


def deliver(
    database: Database,
    senders: Mapping[str, Sender],
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    desks: Sequence[Desk] | None = None,
) -> dict[str, int]:
    """Sends what waits, each message at most once a call; counts of `sent` and `failed`.

    One delivers at a time; whoever comes meanwhile finds nothing to do. With `desks` a message goes
    to where its desk is now, so that a wrong address can be put right. Where a way is closed at
    all, whatever else goes by it waits for the next call.
    """
    counts, closed = {"sent": 0, "failed": 0}, set[str]()
    with database.try_lock("outbox") as got:
        for row in _due(database, clock(), desks) if got else ():
            if stop():
                break
            if row.via in closed or (message := _begin(database, row, clock())) is None:
                continue
            error = _sent(senders, row.via, message)
            retry(partial(_end, database, row, clock(), error))
            counts["failed" if error else "sent"] += 1
            if isinstance(error, Unreachable):
                closed.add(row.via)
    return counts


def _due(database: Database, now: datetime, desks: Sequence[Desk] | None) -> list[_Row]:
    """What is to be tried, urgent messages first, then by how long they have waited."""
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
    desk = named(desks, row.area, row.key.rpartition(":")[2])
    return row._replace(via=desk.via, recipient=desk.to or "")


def _begin(database: Database, row: _Row, now: datetime) -> Message | None:
    """Marks a message as started, to be tried again later; None where somebody else did.

    The next try is set here: a message that brings its sender down is not tried on and on.
    """
    with database.working() as c:
        c.execute(
            "UPDATE outbox SET started=:now, tries=tries+1, next_try=:later, via=:via,"
            f" recipient=:recipient WHERE key=:key AND {_DUE}"
            " RETURNING key, recipient, subject, body, urgent, made",
            _at(now) | {"later": instant(now + pause(row.tries + 1)), "key": row.key,
                        "via": row.via, "recipient": row.recipient},
        )  # fmt: skip
        found = c.fetchone()
    if found is None:
        return None
    key, to, subject, body, urgent, made = found
    return Message(key, to, subject, body, bool(urgent), moment_of(made))


def _sent(senders: Mapping[str, Sender], via: str, message: Message) -> Exception | None:
    """Sends a message; what was wrong, if anything."""
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
        later = instant(now + pause(row.tries + 1))
        c.execute("UPDATE outbox SET next_try=?, error=? WHERE key=?",
                  (later, _told(error), row.key))  # fmt: skip


def _told(error: Exception) -> str:
    """What may be shown: of an error that is not the tracker's own only its kind."""
    if not isinstance(error, TrackerError):
        return type(error).__name__
    # what a server said may hold anything
    text = "".join(letter if letter.isprintable() else " " for letter in str(error))
    return text[:ERROR_LENGTH] or type(error).__name__


def pause(tries: int) -> timedelta:
    """How long a message waits after so many tries: a minute, doubling up to six hours."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 20)), LONGEST_PAUSE)
