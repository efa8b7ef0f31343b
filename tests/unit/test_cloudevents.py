"""The wire format (contract, section 1): what a line may contain; round trips."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contract import TYPES, example
from tracker.domain.errors import Refused
from tracker.domain.facts import PREFIX
from tracker.intake.cloudevents import IncomingFact, line_of, parse_line
from tracker.intake.times import parse_time

# The contract's own example.
LINE = (
    '{"specversion":"1.0","id":"c1-0007","source":"/cheshire/ppu","type":"uk.mappa.order.made",'
    '"subject":"CHE-000123","time":"2022-06-14T10:30:00+01:00","recordedby":"ppu.officer7",'
    '"data":{"on":"2022-06-13","order_id":"S1","kind":"shpo","served_on":"2022-06-13",'
    '"ends_on":"2027-06-12","court":"Chester Crown Court"}}'
)
RECORDED = datetime(2022, 6, 14, 9, 31, tzinfo=UTC)


def event(**changes: Any) -> dict[str, Any]:
    return json.loads(LINE) | changes


def parsed(found: dict[str, Any]) -> IncomingFact:
    return parse_line(json.dumps(found).encode())


def refusal(line: bytes | dict[str, Any]) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_line(json.dumps(line).encode() if isinstance(line, dict) else line)
    return caught.value


class TestRoundTrip:
    def test_the_contracts_example_comes_back_to_the_letter(self) -> None:
        assert line_of(parse_line(LINE.encode()).entry(RECORDED, 1)) == LINE

    @pytest.mark.parametrize("kind", TYPES)
    @pytest.mark.parametrize("optional", [True, False])
    def test_every_type_comes_back(self, kind: str, optional: bool) -> None:
        found = event(type=PREFIX + kind, data=example(kind, optional=optional))
        arrived = parsed(found)
        entry = arrived.entry(RECORDED, 1)
        assert json.loads(line_of(entry)) == found
        again = parse_line(line_of(entry).encode())
        assert again == arrived
        assert again.same_as(entry)
        assert line_of(again.entry(RECORDED, 1)) == line_of(entry)

    def test_correlation_and_causation_come_back(self) -> None:
        found = event(correlationid="case 7", causationid="c1-0006")
        assert json.loads(line_of(parsed(found).entry(RECORDED, 1))) == found

    def test_any_script_comes_back(self) -> None:
        data = {"on": "2022-06-13", "kind": "change", "details": 'Zoë "名"\n\t\\ \U0001f600 \u2028'}
        found = event(type=PREFIX + "notification.given", data=data)
        line = line_of(parsed(found).entry(RECORDED, 1))
        assert "\n" not in line
        assert json.loads(line) == found

    def test_the_name_of_an_entry_is_source_space_id(self) -> None:
        assert parsed(event()).name == "/cheshire/ppu c1-0007"


class TestTheSameFactAgain:
    def test_time_is_compared_as_an_instant(self) -> None:
        entry = parsed(event()).entry(RECORDED, 1)
        assert parsed(event(time="2022-06-14T09:30:00Z")).same_as(entry)
        assert not parsed(event(time="2022-06-14T09:30:01Z")).same_as(entry)

    def test_the_order_of_keys_does_not_count(self) -> None:
        entry = parsed(event()).entry(RECORDED, 1)
        found = event()
        turned = dict(reversed(found.items())) | {"data": dict(reversed(found["data"].items()))}
        assert parsed(turned).same_as(entry)

    @pytest.mark.parametrize(
        "changes",
        [
            {"subject": "CHE-000124"},
            {"recordedby": "ppu.officer8"},
            {"correlationid": "x"},
            {"data": {**json.loads(LINE)["data"], "court": "Crewe"}},
            {"data": {**json.loads(LINE)["data"], "prohibitions": []}},
        ],
    )
    def test_other_content_is_another_fact(self, changes: dict[str, Any]) -> None:
        entry = parsed(event()).entry(RECORDED, 1)
        assert not parsed(event(**changes)).same_as(entry)


class TestAttributes:
    @pytest.mark.parametrize("name", sorted(json.loads(LINE)))
    def test_each_is_required(self, name: str) -> None:
        refused = refusal({k: v for k, v in event().items() if k != name})
        assert (refused.field, refused.message) == (name, "missing")

    @pytest.mark.parametrize("name", ["colour", "dataschema", "data_base64", "recordedBy", "ID"])
    def test_no_other_is_known(self, name: str) -> None:
        refused = refusal(event(**{name: "x"}))
        assert (refused.field, refused.message) == (name, "unknown attribute")

    def test_data_is_json(self) -> None:
        parsed(event(datacontenttype="application/json"))
        for bad in ("text/xml", "application/jsonx", "application/json;", "application/json; x", 7):
            assert refusal(event(datacontenttype=bad)).field == "datacontenttype"

    @pytest.mark.parametrize(
        "media_type",
        [
            "application/json; charset=utf-8", "application/json;charset=UTF-8",
            "Application/JSON", 'application/json ; charset="utf-8"; q=1',
        ],
    )  # fmt: skip
    def test_a_media_type_has_parameters_and_no_case(self, media_type: str) -> None:
        assert parsed(event(datacontenttype=media_type)) == parsed(event())

    @pytest.mark.parametrize("name", ["datacontenttype", "correlationid", "causationid"])
    def test_an_attribute_that_is_null_is_left_out(self, name: str) -> None:
        assert parse_line(json.dumps(event(**{name: None})).encode()) == parsed(event())
        assert refusal(event(subject=None)).message == "missing"
        assert refusal(event(data=None)).message == "missing"
        assert refusal(event(colour=None)).field == "colour"

    @pytest.mark.parametrize(
        ("name", "bad"),
        [
            ("specversion", ["1.1", 1.0, "", True]),
            ("type", ["uk.mappa.individual.rehoused", "order.made", "", 7, ["uk.mappa"], {}]),
            ("id", ["", "a b", "a\n", "a" * 129, "\x00", 7, True, ["a"], "\ud800"]),
            ("source", ["", "/a b", "a" * 257, 7, "\udfff"]),
            ("recordedby", ["", "a\tb", "a" * 257, 7, {}, "\ud83d"]),
            ("correlationid", ["", 7, "a\x7f"]),
            ("causationid", ["", False]),
            ("data", ["text", 7, [], True]),
        ],
    )
    def test_wrong_values(self, name: str, bad: list[Any]) -> None:
        for value in bad:
            assert refusal(event(**{name: value})).field == name

    @pytest.mark.parametrize("subject", ["A", "9", "CHE-000123", "a.b_c-D", "A" * 64])
    def test_subjects(self, subject: str) -> None:
        assert parsed(event(subject=subject)).subject == subject

    @pytest.mark.parametrize(
        "subject",
        [
            "",
            "A" * 65,
            "-A",
            ".A",
            "_A",
            "A B",
            "A/B",
            "A\n",
            "Å",
            "A\x00",
            "Ａ",
            "../A",
            7,
            True,
            ["A"],
        ],
    )
    def test_wrong_subjects(self, subject: Any) -> None:
        assert refusal(event(subject=subject)).field == "subject"

    def test_an_unknown_type_is_named(self) -> None:
        refused = refusal(event(type="uk.mappa.individual.rehoused"))
        assert refused.code == "unknown_type"
        assert "individual.rehoused" in str(refused)


class TestTime:
    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            ("2022-06-14T10:30:00+01:00", "2022-06-14T09:30:00+00:00"),
            ("2022-06-14T09:30:00Z", "2022-06-14T09:30:00+00:00"),
            ("2022-06-14t09:30:00z", "2022-06-14T09:30:00+00:00"),
            ("2022-06-14T09:30:00-00:00", "2022-06-14T09:30:00+00:00"),
            ("2022-06-14T09:30:00.5Z", "2022-06-14T09:30:00.500000+00:00"),
            ("2022-06-14T09:30:00.123456789Z", "2022-06-14T09:30:00.123456+00:00"),
            ("2022-06-14T09:30:00.1234567+00:30", "2022-06-14T09:00:00.123456+00:00"),
            ("2024-02-29T23:59:59+14:00", "2024-02-29T09:59:59+00:00"),
        ],
    )
    def test_is_an_instant(self, text: str, instant: str) -> None:
        assert parse_time(text) == datetime.fromisoformat(instant)

    @pytest.mark.parametrize(
        "text",
        [
            "2022-06-14", "2022-06-14T09:30:00", "2022-06-14 09:30:00Z", "2022-06-14T09:30Z",
            "2022-06-14T24:00:00Z", "2022-06-14T09:60:00Z", "2022-06-14T09:30:60Z",
            "2023-02-29T09:30:00Z", "2022-06-14T09:30:00+25:00", "2022-06-14T09:30:00+0100",
            "2022-06-14T09:30:00.Z", "2022-06-14T09:30:00.1234567890Z", "0001-01-01T00:00:00+14:00",
            "0000-01-01T00:00:00Z", "now", "", "1655199000", 1655199000, True,
        ],
    )  # fmt: skip
    def test_is_nothing_else(self, text: Any) -> None:
        assert refusal(event(time=text)).field == "time"


class TestJson:
    @pytest.mark.parametrize(
        ("line", "says"),
        [
            (b"", "not JSON"),
            (b"{", "not JSON"),
            (b"not json", "not JSON"),
            (b"[]", "not a JSON object"),
            (b"7", "not a JSON object"),
            (b"null", "not a JSON object"),
            (LINE.encode() + b"{}", "not JSON"),
            (LINE.replace('"', "'").encode(), "not JSON"),
            (LINE[:-1].encode() + b",}", "not JSON"),
            (LINE.encode()[:60] + b"\x00" + LINE.encode()[60:], "NUL byte at byte 61"),
            (LINE.replace("Crown", "Cr\xf6wn").encode("latin-1"), "not UTF-8 at byte"),
            (b"\xff\xfe" + LINE.encode("utf-16-le"), "NUL byte"),
            (b'{"a":' * 100_000, "not JSON"),
            (b"[" * 1_000_000, "not JSON"),
            (b'{"data":' + b"9" * 5000 + b"}", "not JSON"),
        ],
        ids=lambda part: repr(part)[:20],
    )
    def test_anything_else_is_refused(self, line: bytes, says: str) -> None:
        assert says in str(refusal(line))

    @pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
    def test_no_number_that_json_lacks(self, value: str) -> None:
        line = LINE.replace('"shpo"', value)
        assert f"{value} is not JSON" in str(refusal(line.encode()))

    @pytest.mark.parametrize("value", ["1e400", "-1e400", "2.0", "2e0", '"2"', "true"])
    def test_only_whole_numbers_are_whole_numbers(self, value: str) -> None:
        found = json.dumps(event(type=PREFIX + "level.set", data={"on": "2022-06-13", "level": 2}))
        assert (
            refusal(found.replace('"level": 2', f'"level": {value}').encode()).field == "data.level"
        )

    def test_no_key_stands_twice(self) -> None:
        assert refusal((LINE[:-1] + ',"id":"c2"}').encode()).field == "id"
        inner = LINE.replace('"kind":"shpo"', '"kind":"shpo","kind":"sro"')
        refused = refusal(inner.encode())
        assert (refused.field, refused.message) == ("kind", "the key stands twice in one object")

    def test_null_is_not_a_value(self) -> None:
        found = event()
        refused = refusal(found | {"data": found["data"] | {"ends_on": None}})
        assert refused.field == "ends_on"
        assert "leave the field out" in refused.message

    def test_a_lone_surrogate_is_not_text(self) -> None:
        line = LINE.replace("Chester", "\\ud800")
        refused = refusal(line.encode())
        assert (refused.field, refused.message) == ("data.court", "not valid Unicode")
        assert parse_line(LINE.replace("Chester", "\\ud83d\\ude00").encode())

    def test_nesting_within_data_is_refused_by_shape(self) -> None:
        deep: Any = "x"
        for _ in range(200):
            deep = {"disposal": deep}
        assert refusal(event(data=deep)).code == "shape"

    def test_a_byte_order_mark_and_blanks_around_are_passed_over(self) -> None:
        assert parse_line(b"\xef\xbb\xbf  " + LINE.encode() + b" \r\n") == parse_line(LINE.encode())
