"""How messages reach the desks: the sections [messages] and [[desk]] of the settings.

Read by `configuration`. Passwords and keys are not among them: they come from the environment.
"""

import ipaddress
from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from tracker.settings.toml_file import ConfigurationError, Frozen

ANY, OPERATORS = "*", "operators"
NOTIFY = "https://api.notifications.service.gov.uk"
PORTS = {"starttls": 587, "tls": 465, "none": 25}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
Text = Annotated[str, Field(min_length=1)]
_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"
Address = Annotated[str, Field(pattern=_ADDRESS, max_length=254)]


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("message_settings", message)


class Desk(Frozen):
    """A desk that gets the messages of an area: `area` is an area's id, "*" or "operators"."""

    area: Text
    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    via: Literal["folder", "smtp", "notify"] = "folder"
    to: Address | None = None
    digest: bool = True
    urgent: bool = True

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        if self.via == "folder" and self.to is not None:
            raise _wrong("a folder has no address: leave `to` out, or say via smtp or notify")
        if self.via != "folder" and self.to is None:
            raise _wrong(f"via {self.via} needs the desk's e-mail address in `to`")
        if not (self.digest or self.urgent):
            raise _wrong("takes neither digest nor urgent: set one of them true, or remove it")
        return self


class SmtpSettings(Frozen):
    """The mail server; `timeout` in seconds. The default port depends on `security`."""

    host: Text | None = None
    port: Annotated[StrictInt, Field(ge=1, le=65_535)] | None = None
    user: Text | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address | None = None
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0

    @property
    def port_used(self) -> int:
        return self.port or PORTS[self.security]

    @model_validator(mode="after")
    def _check_encrypted(self) -> Self:
        if self.security == "none" and self.host is not None and not loopback(self.host):
            raise _wrong(
                'security "none" is only for a server on this machine: write "starttls" or "tls"'
            )
        return self


class NotifySettings(Frozen):
    """GOV.UK Notify; its template has the subject ((subject)) and the message ((body))."""

    template_id: Annotated[str, Field(pattern=f"^{UUID}$")] | None = None
    base_url: Text = NOTIFY

    @model_validator(mode="after")
    def _check_encrypted(self) -> Self:
        parts = urlsplit(self.base_url)
        here = parts.scheme == "http" and loopback(parts.hostname or "")
        if not (here or (parts.scheme == "https" and parts.hostname)):
            raise _wrong("base_url must begin with https://")
        return self


class MessageSettings(Frozen):
    folder: Text | None = None
    smtp: SmtpSettings = Field(default_factory=SmtpSettings.model_construct)
    notify: NotifySettings = Field(default_factory=NotifySettings.model_construct)


def loopback(host: str) -> bool:
    """Whether a host name or IP address is this machine's own (loopback)."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_desks(
    desks: Sequence[Desk], messages: MessageSettings, areas: Collection[str], where: str
) -> None:
    """Raises ConfigurationError for desks that could not get messages; `where` names the file.

    Checks areas, names, and that the settings of the desk's sender are complete.
    """
    lines = [
        f"{where}: desk #{number}: {wrong}"
        for number, desk in enumerate(desks, 1)
        for wrong in _desk_faults(desk, desks[: number - 1], messages, areas)
    ]
    if lines:
        raise ConfigurationError("\n".join(lines))


def _desk_faults(
    desk: Desk, before: Sequence[Desk], messages: MessageSettings, areas: Collection[str]
) -> Iterator[str]:
    if desk.area not in (*areas, ANY, OPERATORS):
        yield (
            f"area: there is no area {desk.area!r}: write one of areas.toml, "
            f'"{ANY}" for every area without a desk of its own, or "{OPERATORS}"'
        )
    if any((desk.area, desk.name) == (other.area, other.name) for other in before):
        yield f"name: {desk.name!r} appears twice for {desk.area!r}: give each its own"
    if desk.via == "smtp" and not (messages.smtp.host and messages.smtp.sender):
        yield "via smtp: set host and sender in [messages.smtp]"
    if desk.via == "notify" and not messages.notify.template_id:
        yield "via notify: set template_id in [messages.notify]"
