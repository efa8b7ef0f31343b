"""Facts on the wire, as a test writes them, and files of them."""

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
    """A fact as a CloudEvent, recorded at noon of the day it takes effect unless said otherwise."""
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


def registered(id: str = "e1", on: str = "2020-01-06", **given: Any) -> Event:
    given = {"area": "cheshire", "name": "Robin Ashe", "date_of_birth": "1980-05-04"} | given
    return event(id, "individual.registered", on, **given)


def convicted(id: str = "e2", on: str = "2020-01-07", **given: Any) -> Event:
    """A Schedule 3 conviction with five years' imprisonment: subject to notification for life."""
    given = {
        "conviction_id": "C1",
        "finding": "conviction",
        "offence": "Sexual assault",
        "schedule_3": True,
        "disposal": {"kind": "imprisonment", "term": "P5Y"},
        **given,
    }
    return event(id, "conviction.recorded", on, **given)


def level(id: str, on: str, value: int, **given: Any) -> Event:
    return event(id, "level.set", on, level=value, **given)


def made(id: str, on: str, order_id: str = "S1", kind: str = "shpo", **given: Any) -> Event:
    return event(id, "order.made", on, order_id=order_id, kind=kind, **given)


def void(id: str, of: str, on: str, **given: Any) -> Event:
    return event(id, "entry.voided", on, entry=of, reason="typed wrongly", **given)


def line(event: Event | str | bytes) -> bytes:
    """One line; text and bytes are written as they are."""
    if isinstance(event, dict):
        event = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return event.encode() if isinstance(event, str) else event


def written(path: Path, events: Iterable[Event | str | bytes]) -> Path:
    """A file of lines, compressed where its name says so."""
    content = b"".join(line(e) + b"\n" for e in events)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
