"""Sends messages by GOV.UK Notify, through its own client. Made by `make_senders`.

The reference is the message's key. It is looked up first, so that a message sent just before a
crash is not sent again.
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
            if self._already_sent(message.key):
                return
            self._client.send_email_notification(
                message.to,
                self.template,
                {"subject": message.subject, "body": message.body},
                reference=message.key,
            )
        except APIError as error:
            raise _as_not_sent(error) from None

    def _already_sent(self, key: str) -> bool:
        """Whether Notify has the message already; one that it failed to deliver does not count."""
        answer = self._client.get_all_notifications(reference=key)
        return any(
            one["reference"] == key and not one["status"].endswith("-failure")
            for one in answer["notifications"]
        )


def _as_not_sent(error: APIError) -> NotSent:
    if error.response is None:
        return Unreachable("GOV.UK Notify cannot be reached")
    text = f"GOV.UK Notify answered {error.status_code}: {_error_text(error.message)}"
    if error.status_code == WRONG_KEY:
        return Unreachable(f"{text}: look at TRACKER_NOTIFY_KEY")
    if error.status_code == TOO_MANY or error.status_code >= BROKEN:
        return Unreachable(text)
    return NotSent(text)


def _error_text(message: Any) -> str:
    """Notify's error (a text or a list of errors) in one line."""
    if isinstance(message, list):
        message = "; ".join(str(one.get("message", "")) for one in message)
    return " ".join(str(message).split())[:300]
