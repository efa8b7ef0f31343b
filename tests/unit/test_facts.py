"""The catalogue has the facts of the contract, section 2, and refuses every other shape."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from contract import ACTION, ADDED, CONTRACT, TYPES, VALUES, example, fields
from tracker.domain.errors import Refused
from tracker.domain.facts import CATALOGUE, PREFIX, Fact
from tracker.intake.cloudevents import parse_fact


def refusal(kind: str, data: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_fact(PREFIX + kind, data)
    assert caught.value.code == "shape"
    return caught.value


def test_the_catalogue_is_the_contracts() -> None:
    assert {kind.removeprefix(PREFIX) for kind in CATALOGUE} == set(CONTRACT) | ADDED
    assert all(kind == model.TYPE for kind, model in CATALOGUE.items())


@pytest.mark.parametrize("kind", TYPES)
class TestEveryType:
    def test_has_exactly_the_contracts_fields(self, kind: str) -> None:
        model = CATALOGUE[PREFIX + kind]
        assert set(model.model_fields) - set(Fact.model_fields) == {
            f.rstrip("?") for f in fields(kind)
        }
        needed = {name for name, field in model.model_fields.items() if field.is_required()}
        assert needed == {"on"} | {f for f in fields(kind) if not f.endswith("?")}

    def test_takes_all_its_fields_and_the_least(self, kind: str) -> None:
        for optional in (True, False):
            data = example(kind, optional=optional)
            fact = parse_fact(PREFIX + kind, data)
            assert fact.model_dump(mode="json", exclude_unset=True) == data

    def test_names_a_missing_field(self, kind: str) -> None:
        data = example(kind)
        for field in ["on", *(f for f in fields(kind) if not f.endswith("?"))]:
            refused = refusal(kind, {k: v for k, v in data.items() if k != field})
            assert (refused.field, refused.message) == (f"data.{field}", "missing")

    def test_names_an_unknown_field(self, kind: str) -> None:
        refused = refusal(kind, example(kind) | {"colour": "red"})
        assert refused.field == "data.colour"
        assert refused.message.startswith("unknown field")

    def test_refuses_another_type_in_each_field(self, kind: str) -> None:
        for field, value in example(kind).items():
            for other in wrong_for(value):
                refused = refusal(kind, example(kind) | {field: other})
                assert (refused.field or "").startswith(f"data.{field}"), (field, other)

    def test_may_be_insisted_on_and_may_correct(self, kind: str) -> None:
        override = {"rule": "soa2003.s103c.2", "reason": "ordered so", "by": "ppu.inspector1"}
        fact = parse_fact(PREFIX + kind, example(kind) | {"override": override, "corrects": "e1"})
        assert fact.override is not None
        assert fact.corrects == "e1"
        for part in override:
            less = {k: v for k, v in override.items() if k != part}
            assert (
                refusal(kind, example(kind) | {"override": less}).field == f"data.override.{part}"
            )

    def test_is_frozen(self, kind: str) -> None:
        fact = parse_fact(PREFIX + kind, example(kind))
        with pytest.raises(ValueError, match="frozen"):
            fact.on = fact.on  # type: ignore[misc]


def wrong_for(value: Any) -> list[Any]:
    """Values of other types that a lenient parser would accept."""
    if type(value) is bool:
        return [0, 1, "true", "yes", 1.0, [], {}]
    if type(value) is int:
        return [True, float(value), str(value), [value], {}, -1, 1000, 1e300]
    if type(value) is str:
        return [0, True, 1.5, [value], {"text": value}, ""]
    if type(value) is list:
        return [value[0], {"0": value[0]}, "police", 1, True, [1], [[]]]
    less = [] if set(value) == {"pnc"} else [{}]
    return ["text", 1, True, [value], value | {"colour": "red"}, *less]


@pytest.mark.parametrize("place", sorted(VALUES))
def test_the_names_in_brackets_are_the_only_values(place: str) -> None:
    kind, path = place.split(":")
    field, _, part = path.partition(".")
    for name in [*VALUES[place].split(), "unheard_of", "Police", ""]:
        data = example(kind)
        data[field] = data[field] | {part: name} if part else name
        if name in VALUES[place].split():
            parse_fact(PREFIX + kind, data)
        else:
            assert refusal(kind, data).field == f"data.{path}"


class TestShapesThatDependOnEachOther:
    @pytest.mark.parametrize(
        "kind",
        [
            "imprisonment", "suspended_sentence", "extended_sentence", "detention_and_training",
            "conditional_discharge",
        ],
    )  # fmt: skip
    def test_a_term_is_required_for_these_disposals(self, kind: str) -> None:
        data = example("conviction.sentenced") | {"disposal": {"kind": kind}}
        assert "term" in refusal("conviction.sentenced", data).message

    @pytest.mark.parametrize("kind", ["life", "ipp", "hospital_order", "fine", "caution", "other"])
    def test_no_term_is_required_for_others(self, kind: str) -> None:
        data = example("conviction.sentenced") | {"disposal": {"kind": kind}}
        parse_fact(PREFIX + "conviction.sentenced", data)

    @pytest.mark.parametrize("kind", ["notification_order", "s96za_notice"])
    def test_a_notification_order_or_notice_names_the_foreign_conviction(self, kind: str) -> None:
        data = {"on": "2024-01-01", "order_id": "N1", "kind": kind}
        assert "foreign_conviction_id" in refusal("order.made", data).message

    def test_an_interim_notification_order_need_not(self) -> None:
        data = {"on": "2020-01-01", "order_id": "N1", "kind": "interim_notification_order"}
        parse_fact(PREFIX + "order.made", data)

    def test_a_renewal_gives_one_end(self) -> None:
        data = {"on": "2024-01-01", "order_id": "S1"}
        refusal("order.renewed", data)
        refusal("order.renewed", data | {"until_further_order": False})
        refusal("order.renewed", data | {"until_further_order": True, "ends_on": "2030-01-01"})
        parse_fact(PREFIX + "order.renewed", data | {"until_further_order": True})

    def test_a_variation_gives_at_most_one_end(self) -> None:
        data = {"on": "2024-01-01", "order_id": "S1", "until_further_order": True}
        refusal("order.varied", data | {"ends_on": "2030-01-01"})
        parse_fact(PREFIX + "order.varied", data)

    def test_an_amendment_amends_something(self) -> None:
        refusal("individual.amended", {"on": "2024-01-01"})

    @pytest.mark.parametrize("lacking", ["action_id", "text", "owner", "due_on"])
    def test_an_action_has_all_four_parts(self, lacking: str) -> None:
        action = {k: v for k, v in ACTION.items() if k != lacking}
        refused = refusal("meeting.held", example("meeting.held") | {"actions": [action]})
        assert refused.field == f"data.actions.0.{lacking}"


class TestValues:
    @pytest.mark.parametrize(
        "day",
        [
            "2023-02-29", "2024-02-30", "2024-13-01", "2024-00-10", "2024-01-00", "02/03/2020",
            "2024-1-1", "20240101", "2024-001", "2024-W01-1", "24-01-01", "2024-01-01T00:00:00",
            " 2024-01-01", "2024-01-01 ", "２０２４-01-01", "1849-12-31", "2200-01-01",
            "9999-12-31", "0000-00-00", "today", 20240101, 1704067200.0, True, ["2024-01-01"],
        ],
    )  # fmt: skip
    def test_a_day_is_an_iso_date_that_exists(self, day: Any) -> None:
        assert refusal("level.set", {"on": day, "level": 2}).field == "data.on"

    @pytest.mark.parametrize("day", ["2024-02-29", "1850-01-01", "2199-12-31"])
    def test_days_at_the_edges(self, day: str) -> None:
        assert parse_fact(PREFIX + "level.set", {"on": day, "level": 2}).on.isoformat() == day

    @pytest.mark.parametrize("term", ["P1.5W", "PT1H", "P", "P1.5Y", "30 months", "P151Y", "p1y"])
    def test_a_duration_is_whole_years_months_days(self, term: str) -> None:
        data = example("conviction.sentenced") | {
            "disposal": {"kind": "imprisonment", "term": term}
        }
        assert refusal("conviction.sentenced", data).field == "data.disposal.term"

    @pytest.mark.parametrize(
        ("kind", "field", "bad"),
        [
            ("level.set", "level", [0, 4]),
            ("category.assigned", "category", [0, 1, 5]),
            ("category.ended", "category", [1]),
            ("meeting.held", "level", [1, 4]),
            ("referral.decided", "level", [0, 4]),
            ("individual.registered", "area", ["Cheshire", "x", "a" * 65, "che shire", "-a"]),
            ("individual.registered", "name", ["a" * 257, "a\nb", "a\x00b", "\ud800"]),
            ("order.made", "order_id", ["S 1", "S1\n", "a" * 129, "S\x7f1"]),
            ("referral.made", "agency", ["a" * 41, "a\tb"]),
            ("meeting.held", "invited", [["a" * 41], [""], ["police", 1], ["x"] * 101]),
            ("notification.given", "details", ["a" * 10_001, "a\x00b", "\udfff"]),
        ],
    )
    def test_out_of_bounds(self, kind: str, field: str, bad: list[Any]) -> None:
        for value in bad:
            refused = refusal(kind, example(kind) | {field: value})
            assert (refused.field or "").startswith(f"data.{field}")

    def test_text_may_hold_lines_and_any_script(self) -> None:
        text = "Zoë\n\tŁukasz 名"
        fact = parse_fact(
            PREFIX + "notification.given", example("notification.given") | {"details": text}
        )
        assert fact.model_dump()["details"] == text

    @pytest.mark.parametrize("data", [None, [], "text", 1, True, [["on", "2024-01-01"]]])
    def test_data_is_an_object(self, data: Any) -> None:
        assert refusal("level.set", data).field == "data"

    def test_no_refusal_shows_the_value(self) -> None:
        refused = refusal("level.set", {"on": "2024-01-01", "level": "Jane Doe"})
        assert "Jane" not in str(refused)


def test_every_literal_is_tested() -> None:
    """A value added to a Literal of a model must be added to VALUES too."""
    for kind in TYPES:
        for name, field in CATALOGUE[PREFIX + kind].model_fields.items():
            names = [v for v in _literals(field.annotation) if isinstance(v, str)]
            if names:
                assert set(VALUES[f"{kind}:{name}"].split()) == set(names)


def _literals(annotation: Any) -> list[Any]:
    if str(annotation).startswith("typing.Literal"):
        return list(get_args(annotation))
    return [v for part in get_args(annotation) for v in _literals(part)]
