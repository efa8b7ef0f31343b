"""A deliverer that dies between sending a message and noting it: what is sent again, and how."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from letterboxes import NOTIFY_KEY, TEMPLATE, mail_server, notify_server
from outboxes import BODY, KEY, MINUTE, SIX_HOURS, Post, status, wait
from scheduler.outbox import deliver
from scheduler.senders.base import Message, Sender
from scheduler.senders.folder import FolderSender
from scheduler.senders.notify import NotifySender
from scheduler.senders.smtp import SmtpSender
from scheduler_world import Clock, Place
from tracker.settings.messages import NotifySettings, SmtpSettings


class Killed(BaseException):
    """Stands for the end of the process: nothing after it is done."""


@dataclass
class KilledAfter:
    """A sender whose process ends between its sending and the mark."""

    sender: Sender

    def send(self, message: Message, /) -> None:
        self.sender.send(message)
        raise Killed


CRASHING = """
import os, sys
from datetime import datetime
from pathlib import Path
from scheduler.outbox import deliver
from scheduler.senders.folder import FolderSender
from tracker.store.address import Options, database_of

url, folder, when, now = sys.argv[1:]

class Crashing(FolderSender):
    def send(self, message, /):
        if when == "after":
            super().send(message)
        os._exit(9)

senders = {"folder": Crashing(Path(folder))}
deliver(database_of(url, Options()), senders, lambda: datetime.fromisoformat(now))
"""


class TestCrash:
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_around_the_sending_leaves_one_message(
        self, place: Place, clock: Clock, tmp_path: Path, when: str
    ) -> None:
        wait(place, via="folder")
        out = tmp_path / "out"
        at = clock().isoformat()
        ran = subprocess.run(
            [sys.executable, "-c", CRASHING, place.url, out, when, at], check=False
        )
        assert ran.returncode == 9
        assert out.exists() == (when == "after")
        [(started, sent)] = place.rows("SELECT started, sent FROM outbox")
        assert (started is not None, sent) == (True, None)
        clock.forward(MINUTE)
        assert self.once_free(place, clock, FolderSender(out)) == {"sent": 1, "failed": 0}
        assert [path.name for path in out.iterdir()] == ["digest+cheshire+2026-01-10+duty.txt"]
        assert (out / "digest+cheshire+2026-01-10+duty.txt").read_text().endswith(BODY)
        clock.forward(SIX_HOURS)
        assert deliver(place.database, {}, clock) == {"sent": 0, "failed": 0}

    def once_free(self, place: Place, clock: Clock, sender: Sender) -> dict[str, int]:
        """A server takes a moment to see that a client is dead."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with place.database.try_lock("outbox") as got:
                pass
            if got:
                return deliver(place.database, {"folder": sender}, clock)
            time.sleep(0.05)
        raise AssertionError("the lock of a dead process was not given back")

    def test_is_not_tried_on_and_on(self, place: Place, clock: Clock) -> None:
        """A message that brings its sender down waits like one that failed."""
        wait(place)
        post = Post()
        with pytest.raises(Killed):
            deliver(place.database, {"smtp": KilledAfter(post)}, clock)
        assert deliver(place.database, {"smtp": post}, clock) == {"sent": 0, "failed": 0}
        assert status(place)["waiting"] == 1

    def test_after_an_e_mail_brings_the_very_same_one_again(
        self, place: Place, clock: Clock
    ) -> None:
        wait(place)
        with mail_server() as server:
            settings = SmtpSettings(
                host="127.0.0.1", port=server.port, security="none", sender="tracker@police.example"
            )
            smtp = SmtpSender(settings, None)
            with pytest.raises(Killed):
                deliver(place.database, {"smtp": KilledAfter(smtp)}, clock)
            clock.forward(MINUTE)
            assert deliver(place.database, {"smtp": smtp}, clock) == {"sent": 1, "failed": 0}
            first, second = server.arrived
        assert first["Message-ID"] == second["Message-ID"]
        assert first.as_bytes() == second.as_bytes()

    def test_after_a_message_by_notify_leaves_it_at_one(self, place: Place, clock: Clock) -> None:
        wait(place, via="notify")
        with notify_server() as server:
            settings = NotifySettings(template_id=TEMPLATE, base_url=server.url)
            notify = NotifySender(settings, NOTIFY_KEY)
            with pytest.raises(Killed):
                deliver(place.database, {"notify": KilledAfter(notify)}, clock)
            clock.forward(MINUTE)
            assert deliver(place.database, {"notify": notify}, clock) == {"sent": 1, "failed": 0}
        assert [one["reference"] for one in server.sent] == [KEY]
