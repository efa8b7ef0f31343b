"""Facts stored in an earlier form load through their upcasts; what is newer stops with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tracker.domain.facts import CATALOGUE
from tracker.domain.facts.base import Fact
from tracker.domain.facts.values import Line
from tracker.store.keys.sealing import Sealer
from tracker.store.mapper import Unreadable, decode, encode

WHO = "0" * 32
PLAIN = Sealer(cast(Any, None), lambda person: {}, on=False)


@pytest.fixture
def visit() -> Iterator[type[Fact]]:
    """A fact of today, which was `where` in form 1 and had no `kind` in form 2."""

    class Visited(Fact, type="toy.seen"):
        place: Line
        kind: Line

        UPCASTS = (
            lambda data: {"place" if k == "where" else k: v for k, v in data.items()},
            lambda data: {"kind": "home", **data},
        )

    yield Visited
    del CATALOGUE[Visited.TYPE]


def state(data: dict[str, Any], **more: Any) -> bytes:
    fields = {"subject": "CHE-1", "source": "/s", "id": "e1", "time": "2022-01-01T00:00:00Z",
            "by": "o", "at": "2022-01-01T00:00:00Z", **more, "data": data}  # fmt: skip
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    "stored",
    [
        state({"on": "2022-01-01", "where": "Elm Row"}),
        state({"on": "2022-01-01", "place": "Elm Row"}, form=2),
        state({"on": "2022-01-01", "place": "Elm Row", "kind": "home"}, form=3),
    ],
)
def test_every_form_loads_as_the_form_of_today(visit: type[Fact], stored: bytes) -> None:
    entry = decode(WHO, 1, visit.TYPE, stored, PLAIN)
    fields = {"on": "2022-01-01", "place": "Elm Row", "kind": "home"}
    assert entry.fact.model_dump(mode="json", exclude_unset=True) == fields
    again = json.loads(encode(entry, WHO, PLAIN))
    assert (again["form"], again["data"]) == (3, fields)


def test_a_form_of_a_newer_release_is_refused(visit: type[Fact]) -> None:
    with pytest.raises(Unreadable, match="newer release"):
        decode(WHO, 1, visit.TYPE, state({"on": "2022-01-01"}, form=4), PLAIN)


def test_a_type_of_a_newer_release_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"unknown type 'uk\.mappa\.toy\.seen'"):
        decode(WHO, 1, "uk.mappa.toy.seen", state({"on": "2022-01-01"}), PLAIN)


def test_facts_that_have_had_one_form_say_none() -> None:
    assert not [kind for kind, model in CATALOGUE.items() if model.UPCASTS]
