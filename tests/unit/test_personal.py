"""Personal data of a fact: split off, merged again exactly, and erased without a trace."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contract import PERSONAL_FIELDS
from tracker.domain.dates import birthday
from tracker.domain.facts import CATALOGUE, PREFIX, Fact
from tracker.domain.facts.personal import (
    FORGOTTEN,
    forget,
    may_have_personal,
    merge,
    split,
    stand_in,
)
from tracker.domain.facts.values import EARLIEST, LATEST

GOLDEN = Path(__file__).parents[1] / "store" / "golden"
TOPICS = sorted(CATALOGUE)
SECRET = "Zoë Ünique"
STANDING_IN = date(1999, 12, 31)
Data = dict[str, Any]

# --- arbitrary data of every type -----------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=12)
NAMES = st.from_regex(r"[A-Za-z0-9/][A-Za-z0-9.-]{0,8}", fullmatch=True)
DAYS = st.dates(EARLIEST, LATEST)


def strings(schema: Data) -> st.SearchStrategy[str]:
    if schema.get("format") == "date":
        return DAYS.map(date.isoformat)
    pattern = schema.get("pattern", "")
    if r"+ [^" in pattern:
        return st.builds("{} {}".format, NAMES, NAMES)
    if r"\s" in pattern:
        return NAMES
    if pattern.startswith("^[a-"):
        return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    return WORDS if pattern else st.sampled_from(["P30M", "P2Y6M", "P6M1D"])


def values(schema: Data, parts: Data) -> st.SearchStrategy[Any]:
    """Any value that the JSON Schema of a type accepts."""
    if "$ref" in schema:
        return values(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:
        return st.one_of([values(one, parts) for one in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        fields = {name: values(one, parts) for name, one in schema["properties"].items()}
        needed = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(needed, optional=fields)
    return {
        "array": lambda: st.lists(values(schema["items"], parts), max_size=3),
        "integer": lambda: st.integers(schema["minimum"], schema["maximum"]),
        "boolean": st.booleans,
        "null": st.none,
        "string": lambda: strings(schema),
    }[schema["type"]]()


@cache
def data_of(topic: str) -> st.SearchStrategy[Data]:
    """Data of any fact of a type, as stored: only fields that are set, in order."""
    schema = CATALOGUE[topic].model_json_schema()
    return values(schema, schema.get("$defs", {})).map(lambda data: stored(topic, data))


def stored(topic: str, data: Data) -> Data:
    """The data of a fact made from `data`."""
    try:
        fact = CATALOGUE[topic].model_validate(data)
    except ValidationError:  # parts that depend on each other
        assume(False)
        raise
    return fact.model_dump(mode="json", exclude_unset=True)


every_fact = st.sampled_from(TOPICS).flatmap(lambda t: st.tuples(st.just(t), data_of(t)))
thoroughly = settings(max_examples=300, deadline=None)


def golden(topic: str) -> Data:
    held: Data = json.loads((GOLDEN / f"{topic.removeprefix(PREFIX)}.json").read_bytes())["data"]
    return held


def whole(topic: str) -> Data:
    """Data with every personal field set, including the reason of an override."""
    data = golden(topic) | {"override": {"rule": "r", "reason": "because", "by": "b"}}
    return data | ({"prohibitions": [{"text": "no"}]} if topic.endswith("varied") else {})


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field in data with its path, through nested objects and lists."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def texts_as(value: Any, text: str) -> Any:
    """The same data with each text replaced, except dates and values of a Literal."""
    if isinstance(value, dict):
        return {name: texts_as(inner, text) for name, inner in value.items()}
    if isinstance(value, list):
        return [texts_as(inner, text) for inner in value]
    return text if isinstance(value, str) else value


# --- split and merged -----------------------------------------------------------------------------


@thoroughly
@given(every_fact)
def test_merged_is_what_was_split(of: tuple[str, Data]) -> None:
    topic, data = of
    public, personal = split(topic, data)
    merged = merge(topic, json.loads(json.dumps(public)), json.loads(json.dumps(personal)))
    assert json.dumps(merged) == json.dumps(data), "to the order of the fields"


@thoroughly
@given(every_fact)
def test_each_field_is_in_one_part(of: tuple[str, Data]) -> None:
    topic, data = of
    public, personal = split(topic, data)
    private = PERSONAL_FIELDS.get(topic.removeprefix(PREFIX), set()) | {"override.reason"}
    for part, own in ((public, False), (personal, True)):
        for path, _ in leaves(part):
            assert (path in private or path.partition(".")[0] in private) is own, path
    told = sorted(json.dumps(leaf) for part in (public, personal) for leaf in leaves(part))
    assert told == sorted(json.dumps(leaf) for leaf in leaves(data))


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_personal_of_every_type(topic: str) -> None:
    """With every field set, exactly the marked fields are personal."""
    kind = topic.removeprefix(PREFIX)
    data = whole(topic)
    _, personal = split(topic, data)
    found = {path.partition(".")[0] if path.startswith("identifiers") else path
             for path, _ in leaves(personal)}  # fmt: skip
    assert found == PERSONAL_FIELDS.get(kind, set()) | {"override.reason"}


def test_no_text_stays_open_that_is_free() -> None:
    """A field of long text is personal, unless it is public or must outlive the erasure."""
    for topic in TOPICS:
        schema = CATALOGUE[topic].model_json_schema()
        long = {
            name
            for model in (schema, *schema.get("$defs", {}).values())
            for name, field in model["properties"].items()
            if '"maxLength": 10000' in json.dumps(field)
        }
        paths = PERSONAL_FIELDS.get(topic.removeprefix(PREFIX), set()) | {"override.reason"}
        account = {"retention", "reason"} if topic.endswith("erased") else set()
        if topic.endswith(("frozen", "restated")):
            account = {"figures", "reason"}  # a return is published, with why it is another
        assert long <= {path.rpartition(".")[2] for path in paths} | account, topic


@pytest.mark.parametrize("topic", TOPICS)
def test_the_open_part_tells_nothing_personal(topic: str) -> None:
    data = whole(topic)
    public, personal = split(topic, data)
    secret = merge(topic, public, texts_as(personal, SECRET))
    open_again, _ = split(topic, secret)
    assert SECRET in json.dumps(secret, ensure_ascii=False)
    assert open_again == public


def test_a_list_of_objects_keeps_its_places() -> None:
    data = {
        "on": "2024-01-01",
        "order_id": "S1",
        "kind": "shpo",
        "prohibitions": [{"text": "no"}, {"text": "never", "ends_on": "2030-01-01"}],
    }
    public, personal = split(PREFIX + "order.made", data)
    assert public["prohibitions"] == [{}, {"ends_on": "2030-01-01"}]
    assert personal == {"prohibitions": [{"text": "no"}, {"text": "never"}]}


def test_nothing_personal_leaves_nothing_to_seal() -> None:
    for kind, more in (
        ("recall.decided", {"recall_id": "X1", "kind": "standard"}),
        ("order.varied", {"order_id": "S1", "prohibitions": [], "requirements": None}),
        ("review.determined", {"review_id": "R1", "outcome": "continues", "determined_by": "Q",
                               "rank": "acc", "factors": [{"factor": "a"}]}),
    ):  # fmt: skip
        data = {"on": "2024-01-01", **more}
        assert split(PREFIX + kind, data) == (data, {})


def fact(topic: str, data: Data) -> Fact:
    return CATALOGUE[topic].model_validate(data)


@pytest.mark.parametrize(
    "topic", [t for t in TOPICS if t.removeprefix(PREFIX) not in PERSONAL_FIELDS]
)
def test_a_type_without_personal_fields_is_not_touched(topic: str) -> None:
    data = {k: v for k, v in golden(topic).items() if k != "override"}
    public, personal = split(topic, data)
    assert public is data
    assert merge(topic, public, personal) is data
    assert not may_have_personal(fact(topic, data))
    data |= {"override": {"rule": "r", "reason": "because", "by": "b"}}
    assert may_have_personal(fact(topic, data))
    assert split(topic, data)[1] == {"override": {"reason": "because"}}


@thoroughly
@given(every_fact)
def test_what_may_hold_nothing_personal_holds_nothing(of: tuple[str, Data]) -> None:
    topic, data = of
    assert may_have_personal(fact(topic, data)) or split(topic, data)[1] == {}


def test_a_field_of_a_newer_release_is_not_lost() -> None:
    topic = PREFIX + "individual.registered"
    public, personal = split(topic, golden(topic) | {"shoe_size": 7})
    assert merge(topic, public, personal) == golden(topic) | {"shoe_size": 7}


# --- forgotten ------------------------------------------------------------------------------------


@thoroughly
@given(every_fact)
def test_what_is_forgotten_is_still_a_fact(of: tuple[str, Data]) -> None:
    topic, data = of
    public, _ = split(topic, data)
    forgotten = forget(topic, public, STANDING_IN)
    again = stored(topic, forgotten)
    assert again == forgotten, "a fact, and all of it"
    assert list(again) == list(forgotten), "in order"
    open_again, personal = split(topic, forgotten)
    assert open_again == public, "what was counted stands"
    for path, value in leaves(personal):
        assert value == (STANDING_IN.isoformat() if path == "date_of_birth" else FORGOTTEN)


@pytest.mark.parametrize("topic", TOPICS)
def test_nothing_personal_is_remembered(topic: str) -> None:
    data = whole(topic)
    public, personal = split(topic, data)
    told = json.dumps(forget(topic, public, STANDING_IN), ensure_ascii=False)
    for path, value in leaves(personal):
        assert json.dumps(value, ensure_ascii=False) not in told, path


def test_of_a_person_forgotten_the_identifiers_are_absent_and_the_area_stands() -> None:
    topic = PREFIX + "individual.registered"
    public, _ = split(topic, golden(topic))
    assert forget(topic, public, STANDING_IN) == {
        "on": "2021-05-04", "area": "cheshire", "name": FORGOTTEN,
        "date_of_birth": "1999-12-31", "sex": "female", "lead_agency": "police",
    }  # fmt: skip


def test_a_date_of_birth_that_was_not_given_is_not_made_up() -> None:
    topic = PREFIX + "individual.amended"
    assert forget(topic, {"on": "2021-05-04"}, None) == {"on": "2021-05-04", "name": FORGOTTEN}


def test_a_date_of_birth_that_was_given_needs_a_stand_in() -> None:
    with pytest.raises(ValueError, match="no stand-in"):
        forget(PREFIX + "individual.registered", {"on": "2021-05-04", "area": "kent"}, None)


# --- the date of birth that stands in -------------------------------------------------------------

LEAP = st.integers(1852, 2196).map(lambda year: date(year - year % 4, 3, 1) - timedelta(days=1))
NEAR = st.integers(-3, 3).map(lambda n: timedelta(days=n))


@st.composite
def lives(draw: st.DrawFn) -> tuple[date, list[date], int]:
    """A date of birth, random days and days close to a birthday, and an age."""
    age, born = draw(st.just(18) | st.integers(1, 40)), draw(DAYS | LEAP)
    close = NEAR.map(lambda n: birthday(born, age) + n)
    days = draw(st.lists(DAYS | LEAP | close, max_size=8))
    return born, [min(max(day, EARLIEST), LATEST) for day in days], age


@settings(max_examples=800, deadline=None)
@given(lives())
def test_who_stands_in_is_of_age_on_the_same_days(life: tuple[date, list[date], int]) -> None:
    born, days, age = life
    other = stand_in(born, days, age)
    assert EARLIEST <= other <= LATEST
    for day in days:
        assert (day < birthday(other, age)) == (day < birthday(born, age)), day


@settings(max_examples=500, deadline=None)
@given(lives(), st.integers(0, 6_000))
def test_it_reveals_no_more_than_the_days_do(
    life: tuple[date, list[date], int], later: int
) -> None:
    """Anyone else with the same answers on every day gets the same stand-in."""
    born, days, age = life
    other = min(born + timedelta(days=later), LATEST)
    same = all((day < birthday(other, age)) == (day < birthday(born, age)) for day in days)
    assert not same or stand_in(other, days, age) == stand_in(born, days, age)


@pytest.mark.parametrize(
    ("born", "days", "expected"),
    [
        ("1970-05-04", ["1988-05-04", "2020-01-01"], "1900-01-01"),
        ("1970-05-04", [], "1900-01-01"),
        ("2004-05-04", ["2022-05-03", "2022-05-04"], "2004-05-04"),
        ("2004-05-04", ["2019-07-31", "2030-01-01"], "2001-08-01"),
        ("2004-02-29", ["2022-02-28", "2022-03-01"], "2004-03-01"),
        ("2006-03-01", ["2024-02-28", "2024-03-01"], "2006-03-01"),
        ("1850-06-01", ["1851-01-01"], "1850-01-01"),
        ("1850-06-01", ["1900-01-01"], "1850-01-01"),
    ],
)
def test_dates_that_stand_in(born: str, days: list[str], expected: str) -> None:
    given_days = [date.fromisoformat(day) for day in days]
    assert stand_in(date.fromisoformat(born), given_days, 18) == date.fromisoformat(expected)
