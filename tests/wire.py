"""CloudEvents as tests write them, and files of them. Used by all tests that import or export."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

SOURCE, SUBJECT, OFFICER = "/cheshire/ppu", "CHE-1", "ppu.officer7"
Event = dict[str, Any]
Written = Callable[..., Path]


def event(
    id: str,
    kind: str,
    on: str,
    /,
    *,
    subject: str = SUBJECT,
    source: str = SOURCE,
    time: str | None = None,
    **data: Any,
) -> Event:
    """A fact as a CloudEvent. `time` is noon of the day it takes effect if None."""
    return {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": f"uk.mappa.{kind}",
        "subject": subject,
        "time": time or f"{on}T12:00:00Z",
        "recordedby": OFFICER,
        "data": {"on": on, **data},
    }


def registered(id: str = "e1", on: str = "2020-01-06", **data: Any) -> Event:
    data = {"area": "cheshire", "name": "Robin Ashe", "date_of_birth": "1980-05-04"} | data
    return event(id, "individual.registered", on, **data)


def convicted(id: str = "e2", on: str = "2020-01-07", **data: Any) -> Event:
    """A Schedule 3 conviction with five years' imprisonment: subject to notification for life."""
    data = {
        "conviction_id": "C1",
        "finding": "conviction",
        "offence": "Sexual assault",
        "schedule_3": True,
        "disposal": {"kind": "imprisonment", "term": "P5Y"},
        **data,
    }
    return event(id, "conviction.recorded", on, **data)


def level(id: str, on: str, value: int, **data: Any) -> Event:
    return event(id, "level.set", on, level=value, **data)


def made(id: str, on: str, order_id: str = "S1", kind: str = "shpo", **data: Any) -> Event:
    return event(id, "order.made", on, order_id=order_id, kind=kind, **data)


def void(id: str, of: str, on: str, **data: Any) -> Event:
    return event(id, "entry.voided", on, entry=of, reason="typed wrongly", **data)


def line(event: Event | str | bytes) -> bytes:
    """A line of a file, without line end: an event as JSON, text and bytes unchanged."""
    if isinstance(event, dict):
        event = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return event.encode() if isinstance(event, str) else event


def written(path: Path, events: Iterable[Event | str | bytes]) -> Path:
    """Writes lines to a file, compressed if its name ends in `.gz`; returns the path."""
    content = b"".join(line(e) + b"\n" for e in events)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
