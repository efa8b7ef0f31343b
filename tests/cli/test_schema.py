"""`tracker schema`: a JSON Schema of every fact, which takes what the tracker takes."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from running import Tracker
from tracker.domain.facts import CATALOGUE, PREFIX
from tracker.intake.cloudevents import line_of
from tracker.store.keys.sealing import Sealer
from tracker.store.mapper import decode
from wire import convicted, level, made, registered

GOLDEN = Path(__file__).parents[1] / "store" / "golden"
PLAIN = Sealer(cast(Any, None), lambda person: {}, on=False)
SOME = 15  # lines of each type: every one of the log would take a minute


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return Tracker(tmp_path_factory.mktemp("none") / "none.db")("schema").json()


@pytest.fixture(scope="module")
def validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def examples() -> Iterator[Any]:
    """One fact of every type, with every field."""
    for file in sorted(GOLDEN.glob("*.json")):
        state = file.read_bytes().rstrip(b"\n")
        yield json.loads(line_of(decode("", 1, PREFIX + file.stem, state, PLAIN)))


def test_is_a_schema_of_2020_12(schema: Any) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_names_every_type_once(schema: Any) -> None:
    named = [branch["properties"]["type"]["const"] for branch in schema["oneOf"]]
    assert sorted(named) == sorted(CATALOGUE)


def test_needs_no_store(tracker: Tracker) -> None:
    tracker("schema").done()
    assert not tracker.store.exists()


def test_takes_the_cheshire_log(validator: Draft202012Validator, cheshire_log: Path) -> None:
    seen: dict[str, int] = {}
    with gzip.open(cheshire_log, "rt", encoding="utf-8") as lines:
        for line in lines:
            fact = json.loads(line)
            seen[fact["type"]] = seen.get(fact["type"], 0) + 1
            if seen[fact["type"]] <= SOME:
                validator.validate(fact)
    assert len(seen) > 30


def test_takes_every_field_of_every_type(validator: Draft202012Validator) -> None:
    facts = list(examples())
    assert len(facts) == len(CATALOGUE)
    for fact in facts:
        validator.validate(fact)


def test_takes_no_unknown_field_anywhere(validator: Draft202012Validator) -> None:
    for fact in examples():
        for place in ([], ["data"], *_objects(fact["data"], ["data"])):
            wrong = copy.deepcopy(fact)
            inner = wrong
            for step in place:
                inner = inner[step]
            inner["colour"] = "red"
            assert not validator.is_valid(wrong), (fact["type"], place)


def _objects(value: Any, path: list[Any]) -> Iterator[list[Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        if isinstance(one, dict):
            yield [*path, key]
        if isinstance(one, dict | list):
            yield from _objects(one, [*path, key])


def test_demands_every_attribute(validator: Draft202012Validator) -> None:
    for attribute in registered():
        fewer = {k: v for k, v in registered().items() if k != attribute}
        assert not validator.is_valid(fewer), attribute


@pytest.mark.parametrize(
    "wrong",
    [
        registered(area=None),
        registered(sex="f"),
        registered(name=""),
        convicted(schedule_3="yes"),
        convicted(disposal={"kind": "jail"}),
        level("e", "2020-01-01", 4),
        level("e", "2020-01-01", 0),
        level("e", "2023-02-29", 1),
        level("e", "20230228", 1),
        made("e", "2020-01-01", kind="caution"),
        made("e", "2020-01-01", prohibitions=[{"ends_on": "2030-01-01"}]),
        registered() | {"type": "uk.mappa.individual.register"},
        registered() | {"subject": "CHE/1"},
        registered() | {"specversion": "0.3"},
        registered() | {"id": ""},
        level("e", "2020-01-01", 1) | {"type": "uk.mappa.category.assigned"},
    ],
)
def test_takes_nothing_that_is_not_a_fact(validator: Draft202012Validator, wrong: Any) -> None:
    assert not validator.is_valid(wrong)
