"""What an earlier release stored must always load, and be stored in the same form again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel

from tracker.domain.facts import CATALOGUE, PREFIX
from tracker.domain.facts.traits import parts_of
from tracker.domain.record.entry import Entry
from tracker.intake.cloudevents import line_of, parse_line
from tracker.store.keys.sealing import Sealer
from tracker.store.mapper import decode as decoded
from tracker.store.mapper import encode as encoded

GOLDEN = Path(__file__).with_name("golden")
TOPICS = sorted(file.stem for file in GOLDEN.glob("*.json") if not file.stem[-1].isdigit())


LATER = sorted(file.stem for file in (GOLDEN / "later").glob("*.json"))  # with fields added since

WHO = "0" * 32
PLAIN = Sealer(cast(Any, None), lambda person: {}, on=False)


def decode(topic: str, version: int, state: bytes) -> Entry:
    return decoded(WHO, version, topic, state, PLAIN)


def encode(entry: Entry) -> bytes:
    return encoded(entry, WHO, PLAIN)


def state(topic: str) -> bytes:
    return (GOLDEN / f"{topic}.json").read_bytes().rstrip(b"\n")


def later(topic: str) -> bytes:
    return (GOLDEN / "later" / f"{topic}.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("topic", LATER)
def test_a_field_added_to_a_form_is_stored_the_same_again(topic: str) -> None:
    assert encode(decode(PREFIX + topic, 7, later(topic))) == later(topic)


def test_there_is_one_of_every_topic() -> None:
    assert {PREFIX + topic for topic in TOPICS} == set(CATALOGUE)


def test_there_is_one_of_every_form_a_topic_has_had() -> None:
    """The first form is in TOPIC.json, the second in TOPIC.2.json, and so on."""
    for kind, model in CATALOGUE.items():
        for form in range(2, len(model.UPCASTS) + 2):
            assert (GOLDEN / f"{kind.removeprefix(PREFIX)}.{form}.json").is_file()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_stored_state_loads_and_is_stored_the_same_again(topic: str) -> None:
    entry = decode(PREFIX + topic, 7, state(topic))
    assert (entry.subject, entry.sequence, entry.fact.TYPE) == ("CHE-000123", 7, PREFIX + topic)
    assert encode(entry) == state(topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_stored_state_has_the_fact_as_it_was_sent(topic: str) -> None:
    stored, entry = json.loads(state(topic)), decode(PREFIX + topic, 7, state(topic))
    line = json.loads(line_of(entry))
    assert line["data"] == stored["data"]
    assert (line["id"], line["source"], line["time"], line["recordedby"]) == (
        stored["id"],
        stored["source"],
        stored["time"],
        stored["by"],
    )
    assert line.get("correlationid") == stored.get("correlation")
    assert line.get("causationid") == stored.get("causation")
    assert encode(parse_line(line_of(entry).encode()).entry(entry.recorded_at, 7)) == state(topic)


def fields(value: Any) -> Iterator[str]:
    """Every field in a stored state, and in what is within it."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from fields(inner)


def parts_within(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model of a value within a fact."""
    for field in model.model_fields.values():
        for part in parts_of(field):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield part
                yield from parts_within(part)


def test_the_stored_states_use_every_field() -> None:
    """A field without an example could change its form unseen."""
    used = {topic: set(fields(json.loads(state(topic))["data"])) for topic in TOPICS}
    for topic in LATER:
        used[topic] |= set(fields(json.loads(later(topic))["data"]))
    for name, model in CATALOGUE.items():
        missing = set(model.model_fields) - used[name.removeprefix(PREFIX)]
        missing -= {"override", "corrects", "until_further_order", "ends_on", "with_consent"}
        assert not missing, name
    parts = {part for model in CATALOGUE.values() for part in parts_within(model)}
    assert len(parts) >= 7
    everywhere = {field for stored in used.values() for field in stored}
    for part in parts:
        assert set(part.model_fields) <= everywhere, part
