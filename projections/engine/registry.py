"""The registry of views: how far each has come, of which version it is, whether it can be read.

The position is read and locked in the transaction that moves it: any number of workers may run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tracker.domain.errors import TrackerError
from tracker.store.database.column_types import with_types
from tracker.store.database.interface import Cursor, Database

READY, BUILDING, STOPPED = "ready", "building", "stopped"
COLUMNS = "view, version, position, latest, status, error, built"
POSITIONS = (
    "CREATE TABLE view_positions (view {TEXT} PRIMARY KEY, version {TEXT} NOT NULL, "
    "position {LONG} NOT NULL, latest {LONG} NOT NULL, status {TEXT} NOT NULL, "
    "error TEXT NOT NULL, built {LONG} NOT NULL) {CLUSTERED}"
)


class ViewStopped(TrackerError):
    """A view that stands before a fact which it could not take in."""


class State(NamedTuple):
    """A view's line: `latest` is the latest moment taken in, `built` how far a build has come."""

    view: str
    version: str
    position: int
    latest: int
    status: str
    error: str
    built: int


def prepare(c: Cursor, kind: str) -> None:
    """Makes the registry where there is none; that of an earlier release knew less."""
    if c.exists("view_positions"):
        if kind != "sqlite":
            return
        c.execute("SELECT 1 FROM pragma_table_info('view_positions') WHERE name='built'")
        if c.fetchone() is not None:
            return
        c.execute("DROP TABLE view_positions")
    c.execute(with_types(kind, POSITIONS))


def states(database: Database) -> dict[str, State]:
    """The line of each view that has ever been begun."""
    with database.reading() as c:
        return read(c, database.kind)


def read(c: Cursor, kind: str) -> dict[str, State]:
    if not c.exists("view_positions"):
        return {}
    if kind == "sqlite":
        c.execute("SELECT 1 FROM pragma_table_info('view_positions') WHERE name='built'")
        if c.fetchone() is None:
            return {}
    c.execute(f"SELECT {COLUMNS} FROM view_positions ORDER BY view")
    return {row[0]: State(*row) for row in c.fetchall()}


def locked(c: Cursor, kind: str, names: Iterable[str]) -> dict[str, State]:
    """The lines of views, which nobody else changes until the end of the transaction."""
    for_update = " FOR UPDATE" if kind == "postgresql" else ""
    c.execute(f"SELECT {COLUMNS} FROM view_positions ORDER BY view{for_update}")
    wanted = set(names)
    return {row[0]: State(*row) for row in c.fetchall() if row[0] in wanted}


def keep_tables(c: Cursor, kind: str) -> None:
    """A shared lock: no rebuild replaces the tables of the views while they are read."""
    if kind == "postgresql":
        c.execute("LOCK TABLE view_positions IN ACCESS SHARE MODE")


def lock_out_readers(c: Cursor, kind: str, seconds: float) -> None:
    """An exclusive lock, while a rebuild renames tables; raises Unavailable where some read on."""
    if kind == "postgresql":
        c.execute(f"SET LOCAL lock_timeout='{int(seconds * 1000)}ms'")
        c.execute("LOCK TABLE view_positions IN ACCESS EXCLUSIVE MODE")


def begin(c: Cursor, name: str, version: str, status: str) -> None:
    """A view from nothing."""
    c.execute(
        f"INSERT INTO view_positions ({COLUMNS}) VALUES (?,?,0,0,?,'',0)"
        " ON CONFLICT (view) DO UPDATE SET version=excluded.version, position=0, latest=0,"
        " status=excluded.status, error='', built=0",
        (name, version, status),
    )


def arrive(c: Cursor, name: str, position: int, latest: int) -> None:
    """A view has come to a position; it can be read there."""
    c.execute(
        "UPDATE view_positions SET position=?, latest=CASE WHEN latest<? THEN ? ELSE latest END,"
        " status=?, error='' WHERE view=?",
        (position, latest, latest, READY, name),
    )


def stop(c: Cursor, name: str, error: str) -> None:
    """A view cannot go on; it stands where it is."""
    c.execute("UPDATE view_positions SET status=?, error=? WHERE view=?", (STOPPED, error, name))


def built(c: Cursor, names: Iterable[str], position: int) -> None:
    """How far a build has come, for those who wait."""
    for name in names:
        c.execute("UPDATE view_positions SET built=? WHERE view=?", (position, name))


def replaced(c: Cursor, state: State) -> None:
    """A newly built view takes the place of what was there."""
    c.execute(
        f"INSERT INTO view_positions ({COLUMNS}) VALUES (?,?,?,?,?,?,?) ON CONFLICT (view)"
        " DO UPDATE SET version=excluded.version, position=excluded.position,"
        " latest=excluded.latest, status=excluded.status, error=excluded.error,"
        " built=excluded.built",
        state,
    )


def stale(state: State | None, version: str) -> bool:
    """Whether a view has yet to be built, in this version."""
    return state is None or state.version != version or state.status == BUILDING


def check(by_view: dict[str, State], names: Sequence[str]) -> None:
    """Raises ViewStopped where one of these views cannot be read."""
    for name in names:
        state = by_view.get(name)
        if state is not None and state.status == STOPPED:
            raise ViewStopped(
                f"the view {name} stopped before {state.error}; it shows what was known at "
                f"position {state.position} and not what came after, so nothing is read from it. "
                f"Upgrade or repair what the message names, then run `tracker rebuild {name}`"
            )


def refuse_newer(by_view: dict[str, State], versions: dict[str, int]) -> None:
    """An installation left behind by an upgrade must not build views back."""
    newer = [
        n for n, v in versions.items() if n in by_view and int(by_view[n].version.split(":")[0]) > v
    ]
    if newer:
        raise TrackerError(
            f"the views {', '.join(newer)} were built by a newer release of the tracker: upgrade "
            "this one, or run `tracker rebuild` to go back to it"
        )
