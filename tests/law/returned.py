"""The record of an annual return as tests write it. For `test_returns` and its boundaries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from spec import law
from tracker.domain.errors import Refused
from tracker.domain.facts import CATALOGUE, PREFIX
from tracker.domain.judging.frozen_returns import digest_of
from tracker.domain.judging.judge import judge
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History

SUBJECT = "return.cheshire.2022-23"
NOW = datetime(2023, 6, 1, 12, tzinfo=UTC)


def figures(shpo: int = 3, **other: Any) -> str:
    """The canonical JSON of a return, with the keys that these tests read."""
    found = {
        "area": "cheshire", "year": "2022-23", "complete": True, "period_end": "2023-03-31",
        "known_at": "2023-06-01T09:00:00Z", "orders": {"shpo": shpo},
    }  # fmt: skip
    return json.dumps(found | other, sort_keys=True, separators=(",", ":"))


def data(text: str, **other: Any) -> dict[str, Any]:
    known_at = json.loads(text)["known_at"]
    return {"on": "2023-06-01", "known_at": known_at, "last_entry": 9, "law": "8d1f",
            "figures": text, "digest": digest_of(text), **other}  # fmt: skip


def frozen(text: str = figures(), **other: Any) -> tuple[str, dict[str, Any]]:
    return "return.frozen", data(text, area="cheshire", year="2022-23") | other


def restated(text: str, **other: Any) -> tuple[str, dict[str, Any]]:
    own = {"reason": "an order came late", "replaces": digest_of(figures())}
    return "return.restated", data(text) | own | other


def signed(text: str = figures()) -> tuple[str, dict[str, Any]]:
    return "return.signed_off", {"on": "2023-06-01", "digest": digest_of(text)}


class ReturnRecord(History):
    """The record of a return, which judges each fact before it adds it."""

    def take(
        self,
        said: tuple[str, dict[str, Any]],
        by: str = "ann",
        at: datetime = NOW,
        rules: Law | None = None,
    ) -> ReturnRecord:
        kind, given = said
        fact = CATALOGUE[PREFIX + kind].model_validate(given)
        number = self.next_sequence
        entry = Entry(self.subject, "/t", f"e{number}", at.isoformat(), by, at, number, fact)
        judge(self, entry, rules or law())
        self.append(entry)
        return self

    def refuses(self, code: str, said: tuple[str, dict[str, Any]], by: str = "ann") -> None:
        with pytest.raises(Refused) as refused:
            self.take(said, by)
        assert refused.value.code == code
        assert refused.value.rule == "record.return" or code == "future"


def record(*said: tuple[str, dict[str, Any]]) -> ReturnRecord:
    found = ReturnRecord(SUBJECT)
    for one in said:
        found.take(one)
    return found
