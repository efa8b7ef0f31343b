"""Says what a file that ought to be UTF-8 is instead. Called by whatever reads a file of text.

Windows PowerShell 5 writes UTF-16 with `>`, and so do some editors with "Unicode".
"""

from __future__ import annotations

_MARKS = ((b"\xff\xfe\x00\x00", "UTF-32"), (b"\x00\x00\xfe\xff", "UTF-32"),
          (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))  # fmt: skip
HOW = (
    'save it as UTF-8 (an editor: "Save as", encoding UTF-8; PowerShell: '
    "Get-Content OLD | Set-Content -Encoding utf8 NEW)"
)


def other_encoding(begin: bytes) -> str | None:
    """A sentence if a text that begins so is UTF-16 or UTF-32; None for anything else."""
    name = next((name for mark, name in _MARKS if begin.startswith(mark)), None)
    if name is None and len(begin) > 1 and (begin[0] == 0) != (begin[1] == 0):
        name = "UTF-16"  # without its mark: half of every plain letter is zero
    return name and f"the file is {name}, not UTF-8: {HOW}"
