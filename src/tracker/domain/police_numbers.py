"""PNC and CRO numbers in one form each, whichever way they are written. Called by `duplicates`.

A PNC ID is `YYYY/NNNNNNNX`, also seen with two figures of the year, without leading zeros and
without the slash; a CRO number is `NNNNNN/YYX`, or `SFYY/NX` for a file of fingerprints. X is a
check letter over year and serial. It is part of the number and compared with it, but a wrong one
refuses nothing: here it only decides between two ways to read what is written without a slash.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
_YEAR = r"(?:18|19|20)?\d\d"
_PNC = re.compile(rf"({_YEAR})/(\d{{1,7}})([A-Z])")
_PNC_TOGETHER = re.compile(r"(\d{3,11})([A-Z])")
_CRO = re.compile(rf"(\d{{1,6}})/({_YEAR})([A-Z])")
_CRO_TOGETHER = re.compile(r"(\d{1,6})(\d\d)([A-Z])")
_CRO_FILE = re.compile(rf"SF/?({_YEAR})/(\d{{1,7}})([A-Z])")
_CRO_FILE_TOGETHER = re.compile(r"SF(\d\d)(\d{1,7})([A-Z])")


def pnc(text: str, today: date) -> str | None:
    """The PNC ID as `YYYY/NNNNNNNX`; None if it is not one. Two figures: no year after today's."""
    written = _tidy(text)
    if match := _PNC.fullmatch(written):
        year, serial, letter = match.groups()
    elif match := _PNC_TOGETHER.fullmatch(written):
        figures, letter = match.groups()
        readings = [
            (figures[:n], figures[n:])
            for n in (2, 4)
            if re.fullmatch(_YEAR, figures[:n]) and 1 <= len(figures) - n <= 7
        ]
        if not readings:
            return None
        right = (r for r in readings if check_letter(r[0], r[1].zfill(7)) == letter)
        year, serial = next(right, readings[0])
    else:
        return None
    return f"{_whole_year(year, today)}/{serial.zfill(7)}{letter}"


def cro(text: str, today: date) -> str | None:
    """The CRO number as `NNNNNN/YYYYX` or `SFYYYY/NX`; None if it is not one."""
    written = _tidy(text)
    if match := _CRO_FILE.fullmatch(written) or _CRO_FILE_TOGETHER.fullmatch(written):
        year, serial, letter = match.groups()
        return f"SF{_whole_year(year, today)}/{int(serial)}{letter}"
    if match := _CRO.fullmatch(written) or _CRO_TOGETHER.fullmatch(written):
        serial, year, letter = match.groups()
        return f"{serial.zfill(6)}/{_whole_year(year, today)}{letter}"
    return None


def check_letter(year: str, serial: str) -> str:
    """The check letter over the last two figures of the year and the serial as it is padded."""
    return CHECK_LETTERS[int(year[-2:] + serial) % len(CHECK_LETTERS)]


def _tidy(text: str) -> str:
    """In capitals, with a slash for whatever stands between the figures, none before the letter."""
    capitals = unicodedata.normalize("NFKC", text).upper()
    joined = re.sub(r"[\W_]+", "/", capitals, flags=re.ASCII).strip("/")
    return re.sub(r"/([A-Z])$", r"\1", joined)


def _whole_year(year: str, today: date) -> int:
    if len(year) == 4:
        return int(year)
    this_century = today.year // 100 * 100 + int(year)
    return this_century if this_century <= today.year else this_century - 100
