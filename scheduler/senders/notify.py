"""Messages by GOV.UK Notify, through its own client. By `senders_of`.

The reference is the message's key, and is looked up first: one that went before a crash is found
there and not sent again.
"""

from __future__ import annotations

from typing import Any

from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from scheduler.senders.base import Message, NotSent, Unreachable
from tracker.settings.messages import NotifySettings

TIMEOUT = 30
WRONG_KEY, TOO_MANY, BROKEN = 403, 429, 500


class NotifySender:
    def __init__(self, settings: NotifySettings, key: str | None) -> None:
        if not (settings.template_id and key):
            raise Unreachable(
                "GOV.UK Notify: set template_id in [messages.notify] and TRACKER_NOTIFY_KEY"
            )
        self.template = settings.template_id
        self._client: Any = NotificationsAPIClient(  # type: ignore[no-untyped-call]
            key, settings.base_url, TIMEOUT
        )

    def send(self, message: Message, /) -> None:
        try:
            if self._went_before(message.key):
                return
            self._client.send_email_notification(
                message.to,
                self.template,
                {"subject": message.subject, "body": message.body},
                reference=message.key,
            )
        except APIError as error:
            raise _failed(error) from None

    def _went_before(self, key: str) -> bool:
        """Whether Notify has it already; what it could not deliver at all it is given again."""
        found = self._client.get_all_notifications(reference=key)
        return any(
            one["reference"] == key and not one["status"].endswith("-failure")
            for one in found["notifications"]
        )


def _failed(error: APIError) -> NotSent:
    if error.response is None:
        return Unreachable("GOV.UK Notify cannot be reached")
    text = f"GOV.UK Notify answered {error.status_code}: {_said(error.message)}"
    if error.status_code == WRONG_KEY:
        return Unreachable(f"{text}: look at TRACKER_NOTIFY_KEY")
    if error.status_code == TOO_MANY or error.status_code >= BROKEN:
        return Unreachable(text)
    return NotSent(text)


def _said(message: Any) -> str:
    """What Notify says is wrong: a text, or a list of errors."""
    if isinstance(message, list):
        message = "; ".join(str(one.get("message", "")) for one in message)
    return " ".join(str(message).split())[:300]
