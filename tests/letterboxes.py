"""Servers that receive messages in the tests: a real mail server with TLS, and an HTTP server that
answers as GOV.UK Notify does. No code of the tracker is replaced.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "tracker", "correct-horse-battery"
SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
NOTIFY_KEY = f"tests-{SERVICE}-{SECRET}"
TEMPLATE = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3"

# --- mail -----------------------------------------------------------------------------------------


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Writes a self-signed certificate for a host and its key; returns the paths of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    if name == "localhost":
        here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        names = x509.SubjectAlternativeName([x509.DNSName(name), here])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


@dataclass
class MailServer:
    """The mail received; `refusing` has answers by recipient, `data_answer` answers the text."""

    refusing: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 taken"
    arrived: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope
    ) -> str:
        if self.data_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.arrived.append(mail)
            self.envelopes.append(envelope)
            self.encrypted.append(server.transport.get_extra_info("cipher") is not None)
        return self.data_answer

    def authenticated(
        self, server: Any, session: Any, envelope: Any, mechanism: str, login: Any
    ) -> AuthResult:
        assert isinstance(login, LoginPassword)
        if (login.login, login.password) == (USER.encode(), PASSWORD.encode()):
            self.users.append(login.login.decode())
            return AuthResult(success=True)
        # a careless server repeats the user and password
        answer = f"535 5.7.8 no {login.login.decode()} with {login.password.decode()}"
        return AuthResult(success=False, handled=False, message=answer)


class _OnAnyPort(Controller):
    """Listens on a free port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(
    files: tuple[Path, Path] | None = None, at_once: bool = False, auth: bool = False
) -> Iterator[MailServer]:
    """A mail server on this machine; with TLS if `files` has a certificate and its key.

    `at_once`: TLS from the start instead of STARTTLS. `auth`: a login is required.
    """
    server, context = MailServer(), None
    if files is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
    options: dict[str, Any] = {}
    if context is not None and not at_once:
        options |= {"tls_context": context, "require_starttls": True}
    if auth:
        # aiosmtpd does not count TLS from the start as encryption
        options |= {"authenticator": server.authenticated}
        options |= {"auth_required": not at_once, "auth_require_tls": not at_once}
    controller = _OnAnyPort(
        server, hostname="127.0.0.1", port=0, ssl_context=context if at_once else None, **options
    )
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop()


# --- GOV.UK Notify --------------------------------------------------------------------------------


@dataclass
class NotifyServer:
    """The messages received; `status` other than 201 is answered instead of accepting one."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    lookups: list[str] = field(default_factory=list)
    status: int = 201
    errors: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def with_reference(self, reference: str) -> list[dict[str, Any]]:
        return [one for one in self.sent if one["reference"] == reference]


@contextmanager
def notify_server() -> Iterator[NotifyServer]:
    """An HTTP server on this machine that answers as GOV.UK Notify does; no proxy is used."""
    state = NotifyServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NO_PROXY", "127.0.0.1")
            yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(state: NotifyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            message = json.loads(self.rfile.read(size))
            assert urlsplit(self.path).path == "/v2/notifications/email"
            if not self._known() or self._refused():
                return
            state.sent.append(message | {"id": str(uuid.uuid4()), "status": "created"})
            self._answer(201, {"id": state.sent[-1]["id"], "reference": message["reference"]})

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            assert asked.path == "/v2/notifications"
            if not self._known() or self._refused():
                return
            reference = parse_qs(asked.query)["reference"][0]
            state.lookups.append(reference)
            notifications = [
                {"id": one["id"], "reference": one["reference"], "status": one["status"]}
                for one in state.with_reference(reference)
            ]
            self._answer(200, {"notifications": notifications, "links": {"current": self.path}})

        def _known(self) -> bool:
            """Whether the caller has the service's key."""
            token = self.headers["Authorization"].removeprefix("Bearer ")
            try:
                claims = jwt.decode(token, SECRET, ["HS256"], options={"verify_iat": False})
            except jwt.InvalidSignatureError:
                claims = {}
            if claims.get("iss") == SERVICE:
                return True
            errors = [{"error": "AuthError", "message": "Invalid token: API key not found"}]
            self._answer(403, {"status_code": 403, "errors": errors})
            return False

        def _refused(self) -> bool:
            if state.status != 201:
                self._answer(state.status, {"status_code": state.status, "errors": state.errors})
            return state.status != 201

        def _answer(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler
