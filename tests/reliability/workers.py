"""The pieces of work that processes are started for; each runs until done, or until killed.

`python -m reliability.workers NAME JSON` runs one as a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest import mock

from projections import Engine, all_views
from reliability.faults import installed, sqlite_set
from reliability.parcels import Parcel
from tracker.cli.main import main as command_line
from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.intake.import_results import ImportRefused
from tracker.intake.importing import Importer
from tracker.service.app import the_law
from tracker.store.atomic_file import write_atomically
from tracker.store.log import Log
from tracker.store.opening import open_log
from wire import Event, registered, written

LATE = 0.002  # seconds after which an answer arrives
# What a fault makes a writer pass over as though the parcel had been stored.
FORGIVEN: dict[str, tuple[type[Exception], ...]] = {
    "a new id": (Refused, ImportRefused),
    "errors passed over": (Exception,),
}


def now() -> datetime:
    return datetime.now(UTC)


class Said:
    """A file that takes lines at once and outlives the process that wrote them."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def __call__(self, text: object) -> None:
        os.write(self.file, f"{text}\n".encode())


def record(log: Log, law: Law, events: Iterable[Event]) -> None:
    record_together(log, law, [parse_event(event) for event in events], now())


def import_(log: Log, law: Law, events: Iterable[Event], folder: Path) -> None:
    Importer(log, law, written(folder / f"{os.getpid()}.jsonl", events), now()).run()


def deliver(
    url: str, said: str, numbers: Sequence[tuple[int, int]], fault: str = "", views: bool = False
) -> None:
    """Records or imports parcels, one after another, and says of each that it is stored."""
    tell, law, folder = Said(said), the_law(), Path(said).parent
    with installed(fault), open_log(url, now) as log:
        for parcel in (Parcel(*number) for number in numbers):
            events = parcel.events()
            if fault == "acknowledged first":
                tell(parcel.number)
            if fault == "a new id":
                events = [e | {"id": f"{os.getpid()}-{e['id']}"} for e in events]
            with suppress(*FORGIVEN.get(fault, ())):
                if fault == "line by line":
                    for event in events:
                        record(log, law, [event])
                elif parcel.size == 1:
                    record(log, law, events)
                else:
                    import_(log, law, events, folder)
            if fault == "a new id":
                time.sleep(LATE)
            tell(parcel.number)
            if views and parcel.number % 7 == 0:
                Engine(log, law, all_views()).catch_up()


def command(url: str, *arguments: str, stdin: bytes = b"") -> None:
    """A command of the tracker in this process; anything but a good end is an error."""
    with (
        mock.patch.object(sys, "argv", ["tracker", *arguments]),
        mock.patch.object(sys, "stdin", TextIOWrapper(BytesIO(stdin))),
        mock.patch.dict(os.environ, {"TRACKER_STORE": url}),
    ):
        try:
            command_line()
        except SystemExit as left:
            if left.code:
                raise


def deliver_by_command(url: str, said: str, numbers: Sequence[tuple[int, int]]) -> None:
    """The same through the command line: what ends well is acknowledged."""
    tell, folder = Said(said), Path(said).parent
    for parcel in (Parcel(*number) for number in numbers):
        file = written(folder / f"{os.getpid()}.jsonl", parcel.events())
        if parcel.size == 1:
            command(url, "record", "-", stdin=file.read_bytes())
        else:
            command(url, "import", str(file))
        tell(parcel.number)


def register(url: str, folder: str, files: int, people: int) -> None:
    """Imports files of new people, each of which takes the log for a while."""
    law = the_law()
    with open_log(url, now) as log:
        for file in range(files):
            names = (f"I-{file}-{n}" for n in range(people))
            import_(log, law, [registered(name, subject=name) for name in names], Path(folder))


def deliver_in_turns(
    url: str, said: str, numbers: Sequence[tuple[int, int]], turn: int, fault: str,
    settings: dict[str, str],
) -> None:  # fmt: skip
    """The same, the store opened anew for every so many parcels, under other settings of SQLite."""
    with sqlite_set(settings):
        for first in range(0, len(numbers), turn):
            deliver(url, said, numbers[first : first + turn], fault, views=True)


def replace_file(path: str, said: str, times: int, fault: str) -> None:
    """Writes a file again and again, of some thousand bytes each time that say which it is."""
    tell = Said(said)
    with mock.patch.object(os, "fsync") if fault == "not synced" else nullcontext():
        for number in range(times):
            content = b"%6d\n" % number * 1_500
            if fault == "in place":
                Path(path).write_bytes(content)
            else:
                write_atomically(Path(path), content)
            tell(number)


if __name__ == "__main__":
    globals()[sys.argv[1]](**json.loads(sys.argv[2]))
