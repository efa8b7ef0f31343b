"""The characters of names, texts and ids: what nobody sees, or what turns text round, is refused.

What is stored already, from before this was so, is read, shown and exported as it is.
"""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from running import Tracker
from tracker.intake import cloudevents
from wire import Event, Written, convicted, line, made, registered, void

UNSEEN = [
    0x80, 0x85, 0x9B, 0x9F,  # C1
    0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,  # turn text round
    0x200E, 0x200F, 0x061C,  # marks of direction
    0x200B, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x206A, 0xFEFF, 0x00AD, 0x034F, 0x180E,
    0x115F, 0x3164, 0xFFA0, 0x2800,  # fillers and blanks
    0xE0001, 0xE0041, 0xE007F,  # tags
    0xE000, 0xF8FF, 0xF0000, 0x10FFFD,  # private use
    0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE, 0x0378, 0xE0FFF,  # no characters
    0xFFF9, 0xFFFA, 0xFFFB, 0x1D173, 0x1BCA0,  # between lines, in music, in shorthand
]  # fmt: skip
JOINING = [0x200C, 0x200D, 0xFE0F, 0xE0100, 0x180B]
NOT_IN_SCHEMA = (0x0378, 0x1FFFE)  # unassigned: the schema has no list of them

PLACES = {
    "data.name": lambda char: registered(name=f"Rob{char}in"),
    "data.identifiers.pnc": lambda char: registered(identifiers={"pnc": f"80/{char}1"}),
    "data.offence": lambda char: convicted(offence=f"Sexual{char} assault"),
    "data.conviction_id": lambda char: convicted(conviction_id=f"C{char}1"),
    "data.order_id": lambda char: made("e2", "2020-01-07", f"S{char}1"),
    "data.prohibitions.0.text": lambda char: made(
        "e2", "2020-01-07", prohibitions=[{"text": f"No{char}contact"}]
    ),
    "data.override.reason": lambda char: registered(
        override={"rule": "any", "reason": f"as{char}ked", "by": "me"}
    ),
    "data.override.by": lambda char: registered(
        override={"rule": "any", "reason": "asked", "by": f"m{char}e"}
    ),
    "id": lambda char: registered(f"e{char}1"),
    "source": lambda char: registered() | {"source": f"/a{char}b"},
    "recordedby": lambda char: registered() | {"recordedby": f"a{char}b"},
    "correlationid": lambda char: registered() | {"correlationid": f"a{char}b"},
    "causationid": lambda char: registered() | {"causationid": f"a{char}b"},
}
IDS = ("data.conviction_id", "data.order_id", "id", "source", "correlationid", "causationid")


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Draft202012Validator:
    schema = Tracker(tmp_path_factory.mktemp("none") / "none.db")("schema").json()
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def refusal(one: Event) -> tuple[str | None, str]:
    """The field and the reason for which a fact is refused; the same with escapes in its JSON."""
    found = []
    for text in (line(one), json.dumps(one).encode()):
        with pytest.raises(cloudevents.Refused) as refused:
            cloudevents.parse_line(text)
        found.append((refused.value.field, str(refused.value)))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("code", UNSEEN)
def test_a_character_that_nobody_sees_is_refused_by_its_name_and_place(
    place: str, code: int, validator: Draft202012Validator
) -> None:
    one = PLACES[place](chr(code))
    field, said = refusal(one)
    assert field == place
    if (place, code) not in {("id", 0x85), ("source", 0x85)}:  # a space, which no id has
        assert f"U+{code:04X}" in said or "characters" in said
    assert validator.is_valid(one) == (code in NOT_IN_SCHEMA)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("code", JOINING)
def test_a_joiner_is_refused_where_it_joins_nothing_and_in_every_id(
    place: str, code: int, validator: Draft202012Validator
) -> None:
    for one in (PLACES[place](chr(code)), PLACES[place](f"ی{chr(code)}") if place in IDS else None):
        if one is not None:
            field, said = refusal(one)
            assert field == place
            assert f"U+{code:04X}" in said
            assert not validator.is_valid(one)


@pytest.mark.parametrize(
    "name",
    [
        "می‌خواهم",  # Persian, with a non-joiner
        "ක්‍රිස්තු",  # Sinhala, with a joiner
        "葛\U000e0100城",  # one of two forms of a Japanese name
        "Zoë “Łu” O'Bríen 李 e\u0301 🚓 👩‍❤️‍👨",
        "שרה كريم",
        "a\u2028b\u00a0c\u3000d",
    ],
)
def test_names_of_every_script_are_taken(
    name: str, tracker: Tracker, file: Written, validator: Draft202012Validator
) -> None:
    one = registered(name=name)
    validator.validate(one)
    tracker("import", file(one)).done()
    assert tracker.facts() == [one]


def test_lines_and_tabs_stand_in_texts_alone(validator: Draft202012Validator) -> None:
    for char in "\n\t\r":
        assert cloudevents.parse_line(line(PLACES["data.override.reason"](char)))
        assert validator.is_valid(PLACES["data.override.reason"](char))
        for place in PLACES:
            if not place.endswith(("reason", "text")):
                assert refusal(PLACES[place](char))[0] == place
                assert not validator.is_valid(PLACES[place](char)), place


def test_a_control_character_in_a_text_is_named() -> None:
    assert "U+001B" in refusal(registered(name="Rob\x1bin"))[1]
    assert "U+007F" in refusal(registered(name="Rob\x7fin"))[1]


@pytest.mark.parametrize("place", IDS)
def test_an_id_is_composed_so_that_two_do_not_look_the_same(place: str) -> None:
    assert cloudevents.parse_line(line(PLACES[place]("é")))
    assert "NFC" in refusal(PLACES[place]("e\u0301"))[1]


class TestStoredBefore:
    """Facts with such characters, stored by a release that took them."""

    FACTS = (
        registered(name="A\x9b31mB \u202egnorw\u202c"),
        convicted(conviction_id="C\u200b1"),
        made("e3\ufeff", "2020-02-01", "S1\ufeff"),
    )

    @pytest.fixture
    def old(self, tracker: Tracker, file: Written, monkeypatch: pytest.MonkeyPatch) -> Tracker:
        with monkeypatch.context() as before:
            before.setattr(cloudevents, "check_texts", lambda event, model: None)
            tracker("import", file(*self.FACTS)).done()
        return tracker

    def test_are_read_exported_and_verified(self, old: Tracker) -> None:
        assert old.facts() == list(self.FACTS)
        assert (
            old("show", "CHE-1", "--format", "json").json()["orders"][0]["order_id"] == "S1\ufeff"
        )
        old("diary", "--within", "P10Y").done()
        old("verify").done()

    def test_can_be_voided_and_recorded_rightly(self, old: Tracker, file: Written) -> None:
        right = made("e5", "2020-02-01", "S1")
        old("import", file(void("e4", "e3\ufeff", "2020-03-01"), right)).done()
        orders = old("show", "CHE-1", "--format", "json").json()["orders"]
        assert [order["order_id"] for order in orders] == ["S1"]

    def test_an_import_names_line_and_field(self, tracker: Tracker, file: Written) -> None:
        tracker("import", file(registered(), self.FACTS[2])).refused(
            "in.jsonl:2: id: U+FEFF ZERO WIDTH NO-BREAK SPACE is not allowed here (character 3)"
        )
        assert not tracker.stored()


def test_who_freezes_and_accepts_is_asked_the_same(tracker: Tracker, file: Written) -> None:
    tracker("import", file(registered()), "--trust-times").done()
    tracker("return", "cheshire", "2020-21", "--freeze", "--by", "A\u202eB").refused("U+202E")


def test_record_is_asked_the_same(tracker: Tracker, file: Written) -> None:
    tracker("import", file(registered())).done()
    tracker("record", "level.set", "level=2", "--subject", "CHE-1", "--on", "2021-01-01",
            "--by", "A\u200bB").refused("recordedby: U+200B ZERO WIDTH SPACE")  # fmt: skip
