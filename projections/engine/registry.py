"""The registry of views: the position and version of each, and whether it can be read.

The position is read and locked in the transaction that changes it: any number of workers may run.
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
    """A view stopped before a fact that it could not apply, so it cannot be read."""


class State(NamedTuple):
    """A view's row in the registry.

    `latest`: when the latest entry applied was recorded, in microseconds since 1970. `built`: the
    position a build has reached.
    """

    view: str
    version: str
    position: int
    latest: int
    status: str
    error: str
    built: int


def prepare(c: Cursor, kind: str) -> None:
    """Creates the registry if there is none, or replaces that of an earlier release."""
    if c.exists("view_positions"):
        if kind != "sqlite":
            return
        c.execute("SELECT 1 FROM pragma_table_info('view_positions') WHERE name='built'")
        if c.fetchone() is not None:
            return
        c.execute("DROP TABLE view_positions")
    c.execute(with_types(kind, POSITIONS))


def states(database: Database) -> dict[str, State]:
    """The row of each view that was ever built, by name."""
    with database.reading() as c:
        return read(c, database.kind)


def read(c: Cursor, kind: str) -> dict[str, State]:
    """As `states`, in the transaction of a cursor; empty if there is no registry."""
    if not c.exists("view_positions"):
        return {}
    if kind == "sqlite":
        c.execute("SELECT 1 FROM pragma_table_info('view_positions') WHERE name='built'")
        if c.fetchone() is None:
            return {}
    c.execute(f"SELECT {COLUMNS} FROM view_positions ORDER BY view")
    return {row[0]: State(*row) for row in c.fetchall()}


def lock_states(c: Cursor, kind: str, names: Iterable[str]) -> dict[str, State]:
    """The rows of these views, locked against change until the end of the transaction."""
    for_update = " FOR UPDATE" if kind == "postgresql" else ""
    c.execute(f"SELECT {COLUMNS} FROM view_positions ORDER BY view{for_update}")
    wanted = set(names)
    return {row[0]: State(*row) for row in c.fetchall() if row[0] in wanted}


def lock_for_reading(c: Cursor, kind: str) -> None:
    """Takes a shared lock: no rebuild replaces the tables of views while they are read."""
    if kind == "postgresql":
        c.execute("LOCK TABLE view_positions IN ACCESS SHARE MODE")


def lock_out_readers(c: Cursor, kind: str, seconds: float) -> None:
    """Takes an exclusive lock to replace tables; Unavailable if readers outlast `seconds`."""
    if kind == "postgresql":
        c.execute(f"SET LOCAL lock_timeout='{int(seconds * 1000)}ms'")
        c.execute("LOCK TABLE view_positions IN ACCESS EXCLUSIVE MODE")


def register(c: Cursor, name: str, version: str, status: str) -> None:
    """Registers a view at position 0 under a version and status."""
    c.execute(
        f"INSERT INTO view_positions ({COLUMNS}) VALUES (?,?,0,0,?,'',0)"
        " ON CONFLICT (view) DO UPDATE SET version=excluded.version, position=0, latest=0,"
        " status=excluded.status, error='', built=0",
        (name, version, status),
    )


def record_position(c: Cursor, name: str, position: int, latest: int) -> None:
    """Records that a view has reached a position and can be read."""
    c.execute(
        "UPDATE view_positions SET position=?, latest=CASE WHEN latest<? THEN ? ELSE latest END,"
        " status=?, error='' WHERE view=?",
        (position, latest, latest, READY, name),
    )


def record_stop(c: Cursor, name: str, error: str) -> None:
    """Records that a view has stopped at its position, and the error."""
    c.execute("UPDATE view_positions SET status=?, error=? WHERE view=?", (STOPPED, error, name))


def record_progress(c: Cursor, names: Iterable[str], position: int) -> None:
    """Records the position that a build has reached, for those who wait for it."""
    for name in names:
        c.execute("UPDATE view_positions SET built=? WHERE view=?", (position, name))


def record_rebuilt(c: Cursor, state: State) -> None:
    """Records a rebuilt view in place of the old one."""
    c.execute(
        f"INSERT INTO view_positions ({COLUMNS}) VALUES (?,?,?,?,?,?,?) ON CONFLICT (view)"
        " DO UPDATE SET version=excluded.version, position=excluded.position,"
        " latest=excluded.latest, status=excluded.status, error=excluded.error,"
        " built=excluded.built",
        state,
    )


def stale(state: State | None, version: str) -> bool:
    """Whether a view still has to be built in this version."""
    return state is None or state.version != version or state.status == BUILDING


def refuse_stopped(by_view: dict[str, State], names: Sequence[str]) -> None:
    """Raises ViewStopped if one of these views has stopped."""
    for name in names:
        state = by_view.get(name)
        if state is not None and state.status == STOPPED:
            raise ViewStopped(
                f"the view {name} stopped before {state.error}; it shows what was known at "
                f"position {state.position} and not what came after, so nothing is read from it. "
                f"Upgrade or repair what the message names, then run `tracker rebuild {name}`"
            )


def refuse_newer(by_view: dict[str, State], versions: dict[str, int]) -> None:
    """Raises TrackerError if a newer release built a view: this one must not rebuild it."""
    newer = [
        n for n, v in versions.items() if n in by_view and int(by_view[n].version.split(":")[0]) > v
    ]
    if newer:
        raise TrackerError(
            f"the views {', '.join(newer)} were built by a newer release of the tracker: upgrade "
            "this one, or run `tracker rebuild` to go back to it"
        )
