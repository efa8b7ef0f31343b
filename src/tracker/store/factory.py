"""What the library's application asks for when it is built: the recorder that is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.utils import Environment

from tracker.store.recorder import Recorder


class Factory(InfrastructureFactory[Any]):
    """Hands out one recorder; the log keeps no snapshots and tracks nothing in it."""

    def __init__(self, env: Environment, recorder: Recorder, close: Callable[[], None]) -> None:
        super().__init__(env)
        self._recorder, self._close = recorder, close

    def application_recorder(self) -> Recorder:
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> Recorder:  # noqa: ARG002
        return self._recorder

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> NoReturn:
        raise NotImplementedError("the views keep their own positions")

    def process_recorder(self) -> NoReturn:
        raise NotImplementedError("nothing is processed in the log")

    def close(self) -> None:
        self._close()
