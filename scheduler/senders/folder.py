"""Writes each message as a text file named after its key: the default. Made by `make_senders`.

Files are written atomically; a message that is sent again replaces its own file.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from scheduler.senders.base import Message, Unreachable
from tracker.store.atomic_file import write_atomically


class FolderSender:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Message, /) -> None:
        text = f"{message.subject}\n\n{message.body}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self.folder / file_name(message.key), text.encode())
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Unreachable(
                f"{self.folder}: {why}: let the tracker write there, or name another folder in "
                "[messages]"
            ) from None


def file_name(key: str) -> str:
    """A different file name for each key, without `:`, which some systems do not allow."""
    return quote(key, safe="").replace("%3A", "+") + ".txt"
