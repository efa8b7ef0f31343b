"""Import with all validation against raw `sqlite3` inserts of the same rows."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from support import demo_lines, imported, median, say, store, timed

RUNS = 7
CALL = 1_000
TABLES = ("individuals", "entry_keys", "stored_events")


def _rows(path: Path) -> tuple[list[str], dict[str, list[tuple[object, ...]]]]:
    source = sqlite3.connect(path)
    made = "SELECT sql FROM sqlite_master WHERE name=? AND type='table'"
    statements = [source.execute(made, (t,)).fetchone()[0] for t in TABLES]
    order = {"individuals": "originator_id", "entry_keys": "notification_id"}
    rows = {
        t: source.execute(
            f"SELECT * FROM {t} ORDER BY {order.get(t, 'notification_id')}"
        ).fetchall()
        for t in TABLES
    }
    source.close()
    return statements, rows


def _raw(path: Path, statements: list[str], rows: dict[str, list[tuple[object, ...]]]) -> float:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    for statement in statements:
        db.execute(statement)

    def insert() -> None:
        db.execute("BEGIN IMMEDIATE")
        for table, held in rows.items():
            marks = ",".join("?" * len(held[0]))
            for i in range(0, len(held), CALL):
                db.executemany(f"INSERT INTO {table} VALUES ({marks})", held[i : i + CALL])
        db.execute("COMMIT")

    took = timed(insert)
    db.close()
    return took


def run() -> None:
    """Prints the rates and their ratio; the bound is 0.25 of the raw rate."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        file = place / "log.jsonl"
        file.write_bytes(b"".join(demo_lines()))
        ours: list[float] = []
        raw: list[float] = []
        facts = 0
        for i in range(RUNS):
            with store(place / f"ours{i}.db") as log:
                ours.append(timed(lambda log=log: imported(log, file)))
                facts = log.position()
            statements, rows = _rows(place / f"ours{i}.db")
            raw.append(_raw(place / f"raw{i}.db", statements, rows))
        took, base = median(iter(ours).__next__, RUNS), median(iter(raw).__next__, RUNS)
        baseline = f"sqlite3 executemany ({facts / base:,.0f} a second)"
        what = f"import of {facts} facts ({facts / took:,.0f} a second)"
        say(what, took, baseline, base, base / took, "≥ 0.25")
