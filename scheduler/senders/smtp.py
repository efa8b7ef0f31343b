"""Sends messages by e-mail, over TLS with the server's certificate verified. By `make_senders`.

The Message-ID is made from the message's key, so that mailboxes which compare it show a message
that was sent twice after a crash only once.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from scheduler.senders.base import Message, NotSent, Unreachable
from tracker.settings.messages import SmtpSettings

_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # not every server takes more


class SmtpSender:
    def __init__(self, settings: SmtpSettings, password: str | None) -> None:
        if not (settings.host and settings.sender):
            raise Unreachable("no mail server: set host and sender in [messages.smtp]")
        self.host, self.sender, self._settings = settings.host, settings.sender, settings
        self.where = f"the mail server {settings.host}:{settings.port_used}"
        self._password = password

    def send(self, message: Message, /) -> None:
        with self._session() as server:
            try:
                server.send_message(self.as_email(message))
            except smtplib.SMTPRecipientsRefused as error:
                answer = _plain(*next(iter(error.recipients.values())))
                raise NotSent(f"{self.where} refused the recipient: {answer}") from None
            except smtplib.SMTPResponseException as error:
                answer = _plain(error.smtp_code, error.smtp_error)
                raise NotSent(f"{self.where} refused it: {answer}") from None
            except OSError as error:
                raise Unreachable(f"{self.where}: {_why(error)}") from None

    def as_email(self, message: Message) -> EmailMessage:
        """The message as an e-mail; the same message gives the same bytes whenever it is sent."""
        mail = EmailMessage(policy=_SEVEN_BIT)
        mail["From"], mail["To"] = self.sender, message.to
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(message.made)
        name = hashlib.sha256(message.key.encode()).hexdigest()[:32]
        mail["Message-ID"] = f"<{name}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.urgent:
            mail["Importance"] = "high"
        mail.set_content(message.body)
        return mail

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A server ready for messages; errors at closing are ignored: the message was accepted."""
        server = self._connect()
        try:
            self._start_session(server)
            yield server
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        at, timeout = self._settings.port_used, self._settings.timeout
        try:
            if self._settings.security == "tls":
                return smtplib.SMTP_SSL(self.host, at, timeout=timeout, context=_verifying())
            return smtplib.SMTP(self.host, at, timeout=timeout)
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"{self.where}: {_why(error)}") from None

    def _start_session(self, server: smtplib.SMTP) -> None:
        """Starts TLS and logs in, as the settings say."""
        try:
            if self._settings.security == "starttls":
                server.starttls(context=_verifying())
            if self._settings.user and self._password:
                server.login(self._settings.user, self._password)
        except smtplib.SMTPAuthenticationError as error:
            # without the server's answer, which may repeat the password
            raise Unreachable(
                f"{self.where} refused user and password ({error.smtp_code}): look at user in "
                "[messages.smtp] and at TRACKER_SMTP_PASSWORD"
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"{self.where}: {_why(error)}") from None


def _verifying() -> ssl.SSLContext:
    return ssl.create_default_context()


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        return _plain(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _plain(code: int, said: bytes | str) -> str:
    """A server's answer in one line."""
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:300]
