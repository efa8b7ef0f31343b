"""Messages as files in a folder, the default: a text each, named by its key. Made by `senders_of`.

A file is written aside, brought to the disk and then given its name: whoever looks sees whole
messages, and one that is written again takes the place of itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from scheduler.senders.base import Message, Unreachable


class FolderSender:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Message, /) -> None:
        name = file_name(message.key)
        aside = self.folder / f".{name}.part"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with aside.open("w", encoding="utf-8", newline="\n") as file:
                file.write(f"{message.subject}\n\n{message.body}")
                file.flush()  # or there is nothing yet for fsync to bring to the disk
                os.fsync(file.fileno())
            aside.replace(self.folder / name)
            self._on_disk()
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Unreachable(
                f"{self.folder}: {why}: let the tracker write there, or name another folder in "
                "[messages]"
            ) from None

    def _on_disk(self) -> None:
        """Brings the names to the disk as well."""
        if os.name == "nt":
            return  # a folder cannot be opened there, and its entry is safe with the file
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def file_name(key: str) -> str:
    """A name for every key, and another one for another: not every system has `:` in names."""
    return quote(key, safe="").replace("%3A", "+") + ".txt"
