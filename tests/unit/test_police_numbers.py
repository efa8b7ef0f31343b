"""PNC and CRO numbers: the ways they are written, and what makes two of them one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.police_numbers import check_letter, cro, pnc

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2019/0012345X", "2019/0012345X"), ("19/12345X", "2019/0012345X"),
        ("2019/12345x", "2019/0012345X"), (" 19 / 0012345 x ", "2019/0012345X"),
        ("19-12345X", "2019/0012345X"), ("20190012345X", "2019/0012345X"),
        ("190012345X", "2019/0012345X"), ("99/1239X", "1999/0001239X"),
        ("26/1A", "2026/0000001A"), ("27/1A", "1927/0000001A"), ("1979/0163001B", "1979/0163001B"),
        ("2079/0163001B", "2079/0163001B"), ("not known", None), ("19/12345678X", None),
        ("19/12345", None), ("", None), ("7719/1X", None),
    ],
)  # fmt: skip
def test_a_pnc_id_has_one_form(written: str, number: str | None) -> None:
    assert pnc(written, TODAY) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("012345/19A", "012345/2019A"), ("12345/19a", "012345/2019A"),
        ("12345/2019A", "012345/2019A"),
        ("01234519A", "012345/2019A"), ("SF39/12346B", "SF1939/12346B"),
        ("sf39/012346b", "SF1939/12346B"), ("SF 39/12346B", "SF1939/12346B"),
        ("SF3912346B", "SF1939/12346B"), ("1234567/19A", None), ("none", None),
    ],
)  # fmt: skip
def test_a_cro_number_has_one_form(written: str, number: str | None) -> None:
    assert cro(written, TODAY) == number


def test_the_check_letter_is_that_of_year_and_serial() -> None:
    assert check_letter("1979", "0163001") == check_letter("79", "0163001") == "B"


@given(st.integers(1950, 2026), st.integers(1, 9_999_999))
def test_however_it_is_written_it_is_the_same_number(year: int, serial: int) -> None:
    """Without the slash and the zeros only the check letter says where the year ends."""
    letter = check_letter(str(year), f"{serial:07}")
    ways = [
        f"{y}{slash}{s}{letter}"
        for y in {str(year), f"{year % 100:02}"}
        if y == str(year) or 2026 - year < 100
        for slash, s in (("/", str(serial)), ("/", f"{serial:07}"), ("", f"{serial:07}"))
    ]
    assert {pnc(way, TODAY) for way in ways} == {f"{year}/{serial:07}{letter}"}
