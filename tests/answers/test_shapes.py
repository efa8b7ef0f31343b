"""Every command that answers in JSON has the keys of its shape, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from jsonschema import Draft202012Validator

from answers.world import Answers, asked
from running import Tracker
from tracker.cli import main
from tracker.domain.answers.answer_table import ANSWERS
from tracker.intake.answer_schemas import REF, answer_schemas

SCHEMA = answer_schemas()
SHAPES = SCHEMA["$defs"]
BY_COMMAND = {one["title"]: one for one in SCHEMA["anyOf"]}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return asked(tmp_path_factory.mktemp("answers"))


def closed(command: str) -> Draft202012Validator:
    """A validator of one command's answer that allows no key outside its shape."""
    shapes = {name: shape | {"additionalProperties": False} for name, shape in SHAPES.items()}
    whole = BY_COMMAND[command] | {"$defs": shapes}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("command", ANSWERS)
def test_an_answer_has_the_keys_of_its_shape_and_no_others(command: str, answers: Answers) -> None:
    validator = closed(command)
    for answer in answers[command]:
        validator.validate(answer)


def test_every_key_of_every_shape_is_given_by_some_command(answers: Answers) -> None:
    documented = {(name, key) for name, shape in SHAPES.items() for key in shape["properties"]}
    given = {
        seen for command, found in answers.items() for one in found
        for seen in keys(one, BY_COMMAND[command])
    }  # fmt: skip
    assert documented - given == set()


def keys(value: Any, schema: Any) -> Iterator[tuple[str, str]]:
    """The pair (shape, key) of each key in an answer."""
    if isinstance(value, list):
        for one in value:
            yield from keys(one, schema["items"])
    elif isinstance(value, dict):
        named = [one for one in (schema, *schema.get("anyOf", ())) if "$ref" in one]
        for name in (one["$ref"].removeprefix(REF) for one in named):
            for key, inner in value.items():
                yield name, key
                yield from keys(inner, SHAPES[name]["properties"][key])


def test_every_command_that_answers_in_json_is_in_the_table() -> None:
    commands: dict[str, Any] = vars(typer.main.get_command(main.app))["commands"]
    answering = {
        name for name, command in commands.items()
        if any("--format" in option.opts for option in command.params)
    }  # fmt: skip
    assert answering == {name.split()[0] for name in ANSWERS} - {"prove"}


def test_the_schema_is_printed(tracker: Tracker) -> None:
    assert tracker("schema", "--answers").json() == SCHEMA
    Draft202012Validator.check_schema(SCHEMA)
    assert not tracker.store.exists()
