"""The senders: to a folder, to a real mail server, and to an HTTP server that answers as GOV.UK
Notify does.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest

from letterboxes import (
    NOTIFY_KEY,
    PASSWORD,
    SECRET,
    SERVICE,
    TEMPLATE,
    USER,
    MailServer,
    NotifyServer,
    certificate,
    mail_server,
    notify_server,
)
from scheduler.senders import make_senders
from scheduler.senders.base import Message, NotSent, Unreachable
from scheduler.senders.folder import FolderSender, file_name
from scheduler.senders.notify import NotifySender
from scheduler.senders.smtp import SmtpSender
from tracker.settings.configuration import ConfigurationError, Desk, MessageSettings, Settings
from tracker.settings.messages import NotifySettings, SmtpSettings

MESSAGE = Message(
    "digest:cheshire:2026-01-10:duty", "duty@cheshire.example",
    "MAPPA Cheshire, 10 January 2026: 1 overdue", "Overdue: 1\n\n  CHE-1  was due\n", False,
    datetime(2026, 1, 10, 6, tzinfo=UTC),
)  # fmt: skip
Security = Literal["starttls", "tls", "none"]


class TestFolder:
    def test_holds_a_text_for_each_message(self, tmp_path: Path) -> None:
        folder = tmp_path / "a" / "b"
        FolderSender(folder).send(MESSAGE)
        FolderSender(folder).send(MESSAGE)
        (found,) = folder.iterdir()
        assert found.name == "digest+cheshire+2026-01-10+duty.txt"
        assert found.read_text() == f"{MESSAGE.subject}\n\n{MESSAGE.body}"

    def test_is_its_owners_alone(self, tmp_path: Path) -> None:
        FolderSender(tmp_path / "out").send(MESSAGE)
        assert (tmp_path / "out").stat().st_mode & 0o077 == 0

    def test_no_key_leads_out_of_it_or_to_anothers_file(self, tmp_path: Path) -> None:
        keys = ["../../x", "..", "a:b", "a+b", "a%3Ab", "a/b", "a_b", "\n"]
        names = {file_name(key) for key in keys}
        assert len(names) == len(keys)
        assert not any(set(name) & set("/\\:\n") for name in names)

    def test_that_cannot_be_written_to_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(Unreachable, match="file/out: Not a directory: let the tracker write"):
            FolderSender(tmp_path / "file" / "out").send(MESSAGE)

    def test_a_message_half_written_is_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", broken)
        with pytest.raises(Unreachable, match="No space left on device"):
            FolderSender(tmp_path).send(MESSAGE)
        assert not list(tmp_path.glob("*.txt"))
        monkeypatch.undo()
        FolderSender(tmp_path).send(MESSAGE)
        assert [path.name for path in tmp_path.iterdir()] == [file_name(MESSAGE.key)]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(certificates: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The server's certificate and key, where this machine trusts the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates[0]))
    return certificates


def smtp(
    server: MailServer, security: Security = "starttls", password: str | None = None, **given: Any
) -> SmtpSender:
    given = {"host": "127.0.0.1", "port": server.port, "timeout": 10.0} | given
    user = USER if password else None
    settings = SmtpSettings(security=security, sender="tracker@police.example", user=user, **given)
    return SmtpSender(settings, password)


class TestSmtp:
    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_sends_over_tls_with_user_and_password(
        self, trusted: tuple[Path, Path], security: Security
    ) -> None:
        with mail_server(trusted, at_once=security == "tls", auth=True) as server:
            smtp(server, security, PASSWORD).send(MESSAGE)
        assert (server.encrypted, server.users) == ([True], [USER])
        (mail,) = server.arrived
        assert mail["From"] == "tracker@police.example"
        assert mail["To"] == server.envelopes[0].rcpt_tos[0] == "duty@cheshire.example"
        assert mail["Subject"] == MESSAGE.subject
        assert mail["Date"] == "Sat, 10 Jan 2026 06:00:00 +0000"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Importance"] is None
        assert mail.get_content().replace("\r\n", "\n") == MESSAGE.body

    def test_sends_the_very_same_message_again_and_another_under_another_name(
        self, trusted: tuple[Path, Path]
    ) -> None:
        with mail_server(trusted) as server:
            sender = smtp(server)
            for message in (MESSAGE, MESSAGE, replace(MESSAGE, key="other")):
                sender.send(message)
        first, second, third = server.arrived
        assert first.as_bytes() == second.as_bytes()
        assert first["Message-ID"] != third["Message-ID"]
        assert first["Message-ID"].endswith("@police.example>")

    def test_marks_what_is_urgent(self, trusted: tuple[Path, Path]) -> None:
        with mail_server(trusted) as server:
            smtp(server).send(replace(MESSAGE, urgent=True))
        assert server.arrived[0]["Importance"] == "high"

    @pytest.mark.parametrize("line", ["plain", "x" * 2_000])
    def test_sends_letters_of_any_kind_in_seven_bits(
        self, trusted: tuple[Path, Path], line: str
    ) -> None:
        said = replace(MESSAGE, subject="Ynys Môn", body=f"Ynys Môn\n{line}\n")
        with mail_server(trusted) as server:
            smtp(server).send(said)
        assert isinstance(content := server.envelopes[0].content, bytes)
        assert content.isascii()
        assert max(len(line) for line in content.splitlines()) < 998
        assert server.arrived[0]["Subject"] == "Ynys Môn"
        assert server.arrived[0].get_content().replace("\r\n", "\n") == said.body

    def test_goes_in_clear_to_this_machine_alone_and_when_told_to(self) -> None:
        with mail_server() as server:
            smtp(server, "none", host="localhost").send(MESSAGE)
            assert server.encrypted == [False]
            with pytest.raises(Unreachable, match="STARTTLS"):
                smtp(server, "starttls").send(MESSAGE)
            with pytest.raises(Unreachable, match="WRONG_VERSION"):
                smtp(server, "tls").send(MESSAGE)
        assert len(server.arrived) == 1

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_refuses_a_certificate_that_nobody_vouches_for(
        self, certificates: tuple[Path, Path], security: Security
    ) -> None:
        with (
            mail_server(certificates, at_once=security == "tls", auth=True) as server,
            pytest.raises(Unreachable, match="its certificate is not trusted: self-signed"),
        ):
            smtp(server, security, PASSWORD).send(MESSAGE)
        assert (server.users, server.arrived) == ([], [])

    def test_refuses_a_certificate_of_another_host(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = certificate(tmp_path, "elsewhere.example")
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
        with (
            mail_server(files) as server,
            pytest.raises(Unreachable, match="not trusted: IP address mismatch"),
        ):
            smtp(server).send(MESSAGE)
        assert server.arrived == []

    def test_a_wrong_password_is_not_shown_whatever_the_server_says(
        self, trusted: tuple[Path, Path]
    ) -> None:
        with (
            mail_server(trusted, auth=True) as server,
            pytest.raises(Unreachable, match=r"\(535\): look at user in") as caught,
        ):
            smtp(server, password="not-this-one").send(MESSAGE)
        assert "not-this-one" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert server.arrived == []

    def test_a_refusal_is_shown_in_the_servers_words(self, trusted: tuple[Path, Path]) -> None:
        with mail_server(trusted) as server:
            server.refusing["duty@cheshire.example"] = "550 5.1.1 No such user"
            with pytest.raises(NotSent, match=r"the recipient: 550 5\.1\.1 No such") as to:
                smtp(server).send(MESSAGE)
            server.refusing.clear()
            server.data_answer = "554 5.7.1 Looks like spam"
            with pytest.raises(NotSent, match=r"refused it: 554 5\.7\.1 Looks like spam") as text:
                smtp(server).send(MESSAGE)
        assert not isinstance(to.value, Unreachable)
        assert not isinstance(text.value, Unreachable)

    def test_a_server_that_is_not_there_is_named(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            server = MailServer(port=unused.getsockname()[1])
            with pytest.raises(Unreachable, match=f"127.0.0.1:{server.port}: Connection refused"):
                smtp(server).send(MESSAGE)

    def test_a_server_that_says_nothing_is_not_waited_for_long(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            server = MailServer(port=silent.getsockname()[1])
            since = time.monotonic()
            with pytest.raises(Unreachable, match="timed out"):
                smtp(server, timeout=0.2).send(MESSAGE)
            assert time.monotonic() - since < 3

    def test_what_was_accepted_is_sent_whatever_the_server_says_after(
        self, trusted: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def rude(self: Any, arg: str) -> None:
            await self.push("451 not now")

        monkeypatch.setattr("aiosmtpd.smtp.SMTP.smtp_QUIT", rude)
        with mail_server(trusted) as server:
            smtp(server).send(MESSAGE)
        assert len(server.arrived) == 1


@contextmanager
def notify(key: str = NOTIFY_KEY) -> Iterator[tuple[NotifySender, NotifyServer]]:
    with notify_server() as server:
        settings = NotifySettings(template_id=TEMPLATE, base_url=server.url)
        yield NotifySender(settings, key), server


class TestNotify:
    def test_fills_the_template(self) -> None:
        with notify() as (sender, server):
            sender.send(MESSAGE)
        (sent,) = server.sent
        assert sent["email_address"] == "duty@cheshire.example"
        assert sent["template_id"] == TEMPLATE
        assert sent["reference"] == MESSAGE.key
        assert sent["personalisation"] == {"subject": MESSAGE.subject, "body": MESSAGE.body}

    def test_looks_a_message_up_before_it_is_sent(self) -> None:
        with notify() as (sender, server):
            sender.send(MESSAGE)
            sender.send(MESSAGE)
            sender.send(replace(MESSAGE, key="other"))
        assert server.lookups == [MESSAGE.key, MESSAGE.key, "other"]
        assert [one["reference"] for one in server.sent] == [MESSAGE.key, "other"]

    def test_sends_again_what_notify_could_not_deliver(self) -> None:
        with notify() as (sender, server):
            sender.send(MESSAGE)
            server.sent[0]["status"] = "technical-failure"
            sender.send(MESSAGE)
            sender.send(MESSAGE)
        assert len(server.sent) == 2

    def test_a_wrong_key_is_not_shown(self) -> None:
        wrong = f"tests-{SERVICE}-{SECRET[::-1].replace('-', '')[:8]}-8d35-48ac-975b-e847b4f122b0"
        with (
            notify(wrong) as (sender, server),
            pytest.raises(Unreachable, match=r"403: Invalid token.*TRACKER_NOTIFY_K") as caught,
        ):
            sender.send(MESSAGE)
        assert wrong[-36:] not in str(caught.value)
        assert server.sent == []

    @pytest.mark.parametrize(("status", "closed"), [(400, False), (429, True), (500, True)])
    def test_a_refusal_is_shown_in_its_words(self, status: int, closed: bool) -> None:
        with notify() as (sender, server):
            server.status = status
            server.errors = [{"error": "BadRequestError", "message": "email_address Not a\n valid"}]
            with pytest.raises(
                NotSent, match=f"answered {status}: email_address Not a v"
            ) as caught:
                sender.send(MESSAGE)
        assert isinstance(caught.value, Unreachable) == closed

    def test_that_cannot_be_reached_is_said(self) -> None:
        with notify() as (sender, _):
            pass
        with pytest.raises(Unreachable, match="Notify cannot be reached"):
            sender.send(MESSAGE)


MAIL = SmtpSettings(host="mail.example", user="tracker", sender="tracker@police.example")
BY_MAIL = Desk(area="cheshire", name="duty", via="smtp", to="duty@cheshire.example")
BY_NOTIFY = Desk(area="cheshire", name="duty", via="notify", to="duty@cheshire.example")
IMPORTED = """
import sys
from scheduler.senders import make_senders
from tracker.settings.configuration import Settings
senders = make_senders(Settings())
assert list(senders) == ["folder", "smtp", "notify"]
senders["folder"]
print(*sorted({"requests", "notifications_python_client", "smtplib"} & set(sys.modules)))
"""


class TestSendersOfTheSettings:
    def test_are_made_when_first_needed(self) -> None:
        ran = subprocess.run(
            [sys.executable, "-c", IMPORTED], check=True, capture_output=True, text=True
        )
        assert ran.stdout == "\n"

    def test_write_to_the_folder_of_the_settings_or_of_the_user(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        make_senders(Settings())["folder"].send(MESSAGE)
        messages = MessageSettings(folder=str(tmp_path / "ours"))
        make_senders(Settings(messages=messages))["folder"].send(MESSAGE)
        assert len(list((tmp_path / "data" / "tracker" / "messages").iterdir())) == 1
        assert len(list((tmp_path / "ours").iterdir())) == 1

    def test_take_password_and_key_from_the_environment(
        self, trusted: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TRACKER_SMTP_PASSWORD", PASSWORD)
        monkeypatch.setenv("TRACKER_NOTIFY_KEY", NOTIFY_KEY)
        with mail_server(trusted, auth=True) as server, notify_server() as other:
            mail = MAIL.model_copy(update={"host": "localhost", "port": server.port})
            messages = MessageSettings(
                smtp=mail, notify=NotifySettings(template_id=TEMPLATE, base_url=other.url)
            )
            senders = make_senders(Settings(messages=messages, desks=(BY_MAIL, BY_NOTIFY)))
            senders["smtp"].send(MESSAGE)
            senders["notify"].send(MESSAGE)
            assert senders["smtp"] is senders["smtp"]
        assert (server.users, len(other.sent)) == ([USER], 1)

    @pytest.mark.parametrize(
        ("desk", "name", "value", "says"),
        [
            (BY_MAIL, "TRACKER_SMTP_PASSWORD", None, "TRACKER_SMTP_PASSWORD: .* names a user"),
            (BY_MAIL, "TRACKER_SMTP_PASSWORD", "pässword", "TRACKER_SMTP_PASSWORD: .*ASCII"),
            (BY_NOTIFY, "TRACKER_NOTIFY_KEY", None, "TRACKER_NOTIFY_KEY: a desk uses notify"),
            (BY_NOTIFY, "TRACKER_NOTIFY_KEY", "short", "TRACKER_NOTIFY_KEY: a desk uses notify"),
        ],
    )
    def test_are_refused_without_them(
        self, desk: Desk, name: str, value: str | None, says: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if value is not None:
            monkeypatch.setenv(name, value)
        settings = Settings(messages=MessageSettings(smtp=MAIL), desks=(desk,))
        with pytest.raises(ConfigurationError, match=says) as caught:
            make_senders(settings)
        assert value is None or value not in str(caught.value)

    def test_that_were_never_set_up_say_so_when_a_message_is_left_for_them(self) -> None:
        senders = make_senders(Settings())
        with pytest.raises(Unreachable, match=r"set host and sender in \[messages\.smtp\]"):
            senders["smtp"].send(MESSAGE)
        with pytest.raises(Unreachable, match=r"set template_id in \[messages\.notify\]"):
            senders["notify"].send(MESSAGE)
