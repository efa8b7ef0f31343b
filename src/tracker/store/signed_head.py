"""The head of the log, trusted only where this log's key signed it. Called by `recorder`.

Nothing is appended to a head that somebody without the keys wrote: the next signature would make
it genuine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from tracker.domain.errors import TrackerError
from tracker.store.database.interface import Cursor, Row
from tracker.store.proof.merkle import Frontier, leaf_hash

HEAD = "SELECT size, frontier, note FROM log_head"
LAST = (
    "SELECT notification_id, originator_id, originator_version, topic, state, leaf"
    " FROM stored_events ORDER BY notification_id DESC LIMIT 1"
)


class NotAuthentic(TrackerError):
    """The head of the log is not what this log signed: nothing may be appended to it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"nothing is recorded: the log was changed without its keys, or is damaged: {why}; "
            "run `tracker verify`, which names what was changed, and restore a backup"
        )


class Signer(Protocol):
    """Signs the root of a log of a size: with a note for its head, a MAC for its history."""

    def note(self, size: int, root: bytes) -> str: ...

    def mac(self, size: int, root: bytes) -> bytes: ...

    def signed(self, note: str) -> tuple[int, bytes]:
        """The size and root in a note; raises TrackerError unless this log signed it."""
        ...


class Head(NamedTuple):
    """The head of a log as stored."""

    size: int
    frontier: bytes
    note: str


EMPTY_HEAD = Head(0, b"", "")


class SignedHead:
    """The head on which this process last appended, or that it last checked.

    While the stored head is the same, it needs no check. Threads share it: each replaces it whole.
    `begun` says if the log ever had an entry, so that an empty one was emptied. `on_shorter`
    is called before a head is trusted that has fewer entries than the last: a standby took over
    that was behind.
    """

    def __init__(
        self,
        signer: Signer,
        begun: Callable[[], bool],
        on_shorter: Callable[[], None] = lambda: None,
    ) -> None:
        self.signer, self._begun, self._on_shorter = signer, begun, on_shorter
        self.trusted: Head | None = None

    def read(self, c: Cursor) -> Head:
        """The stored head; raises NotAuthentic unless this log signed it."""
        row = c.execute(HEAD).fetchone()
        trusted = self.trusted
        if trusted is not None and trusted == row:
            return trusted
        return self.check(row, c.execute(LAST).fetchone())

    def check(self, row: Row | None, last: Row | None) -> Head:
        """Trusts a head as stored, beside the last entry; raises NotAuthentic."""
        try:
            head = Head(int(row[0]), bytes(row[1]), str(row[2])) if row else None
            frontier = Frontier.from_bytes(head.size, head.frontier) if head else None
        except (TypeError, ValueError):
            raise NotAuthentic("its head is damaged") from None
        if head is None or frontier is None:
            raise NotAuthentic("its head is gone")
        self._check_note(head, frontier)
        _check_last(frontier, last)
        if self.trusted is not None and head.size < self.trusted.size:
            self._on_shorter()
        self.trusted = head
        return head

    def _check_note(self, head: Head, frontier: Frontier) -> None:
        if head == EMPTY_HEAD:
            if self.trusted not in (None, EMPTY_HEAD) or self._begun():
                raise NotAuthentic("it was emptied")
            return
        try:
            signed = self.signer.signed(head.note)
        except TrackerError as error:
            raise NotAuthentic(f"its head is {error}") from None
        if signed != (head.size, frontier.root()):
            raise NotAuthentic("its head is not the one that was signed")

    def sign(self, frontier: Frontier) -> tuple[Head, bytes, bytes]:
        """The new head, its root, and the MAC of the root."""
        size, root = frontier.size, frontier.root()
        head = Head(size, frontier.to_bytes(), self.signer.note(size, root))
        return head, root, self.signer.mac(size, root)


def _check_last(frontier: Frontier, last: Any) -> None:
    """The last entry is the one of that number, as its leaf hash says, and ends the frontier."""
    if (last[0] if last else 0) != frontier.size:
        raise NotAuthentic("its last entry is not the one that its head was signed with")
    if last is None:
        return
    number, originator, version, topic, state, leaf = last
    ends = (
        frontier.size % 2 == 0 or frontier.hashes[-1] == leaf
    )  # else it ends with the node over several
    if not ends or leaf_hash(number, originator, version, topic, bytes(state)) != leaf:
        raise NotAuthentic("its last entry was altered")
