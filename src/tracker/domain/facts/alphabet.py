"""The characters that texts and ids may have: none that nobody sees, none that turns text round.

Marks on the types in `values`, asked when facts come in (`intake.texts`): a fact that is stored is
read and exported as it is. JSON Schema gets the same patterns.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Any

# Written as pattern text, in what Python and ECMA 262 both read. Controls but for tab and line end,
# soft hyphen, joiners and fillers without a shape, marks of direction, surrogates, private use.
_UNSEEN = (
    r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    r"\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufeff"
    r"\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U0010ffff"
)
# Zero-width joiners and variation selectors: needed to write Persian, the scripts of India,
# Mongolian and some Japanese names, after a letter of such a script; seen nowhere else.
_JOINING = r"\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f" "\U000e0100-\U000e01ef"
_AFTER = r"(?<=[\u0600-\u200b\u200e-\U0010ffff])".replace(r"\U0010ffff", "\U0010ffff")


class Alphabet:
    """A mark on a type of text: `pattern` matches what it may have, in Python and in ECMA 262."""

    def __init__(self, pattern: str, composed: bool) -> None:
        self.pattern = rf"^{pattern}$"
        self._composed = composed

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern.removesuffix("$"))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        json_schema: Mapping[str, Any] = handler(schema)
        return {**json_schema, "allOf": [{"pattern": self.pattern}]}

    def objection(self, text: str) -> str | None:
        """What is wrong with a text: the first character that is refused and its place; or None."""
        match = self._compiled.match(text)
        at = match.end() if match else 0
        # Which characters are assigned, the patterns leave to Python's Unicode.
        unassigned = next((n for n, c in enumerate(text) if unicodedata.category(c) == "Cn"), at)
        at = min(at, unassigned)
        if at < len(text):
            return f"{named(text[at])} is not allowed here (character {at + 1})"
        if self._composed and not unicodedata.is_normalized("NFC", text):
            return "an id is written with composed characters (Unicode NFC): é is one, U+00E9"
        return None


def named(char: str) -> str:
    """A character as U+XXXX with its name: it may have no shape, or a shape like another's."""
    kind = unicodedata.name(char, "") or _KINDS.get(unicodedata.category(char), "")
    return f"U+{ord(char):04X} {kind}".rstrip()


_KINDS = {"Cc": "(a control character)", "Co": "(private use)", "Cs": "(half a character)",
          "Cn": "(no character)"}  # fmt: skip
_WITHOUT_JOINING = rf"[^{_UNSEEN}{_JOINING}]*"

TEXT = Alphabet(rf"(?:[^{_UNSEEN}{_JOINING}]|{_AFTER}[{_JOINING}])*", composed=False)
NUMBER = Alphabet(_WITHOUT_JOINING, composed=False)
ID = Alphabet(_WITHOUT_JOINING, composed=True)
