"""Reads the area's own text for its report: Markdown in <folder>/<area>/<year>/, all optional.

Called where a `report` is made; the folder is set in the section [report] of the settings.
"""

from pathlib import Path

from tracker.settings.text_encoding import other_encoding
from tracker.settings.toml_file import ConfigurationError

# The parts in the order of the report, with their headings.
PARTS = {
    "foreword": "Foreword",
    "arrangements": "Local arrangements",
    "board": "Strategic Management Board",
    "objectives": "Key objectives",
}


def own_text(folder: Path, area: str, year: str) -> dict[str, str]:
    """The area's own Markdown for a year by part (see PARTS); parts without text are left out.

    Raises ConfigurationError if the folder is missing, a file is not UTF-8, or a Markdown file is
    not named after a part: a misspelt name would otherwise be ignored silently.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"[report] text: there is no folder {folder}")
    files = sorted((folder / area / year).glob("*.md"))
    for file in files:
        if file.stem not in PARTS:
            places = ", ".join(f"{part}.md" for part in PARTS)
            raise ConfigurationError(f"{file}: a report has no place for it; it takes {places}")
    texts = {file.stem: _read(file) for file in files}
    return {part: texts[part] for part in PARTS if texts.get(part, "").strip()}


def _read(file: Path) -> str:
    try:
        content = file.read_bytes()
        if other := other_encoding(content[:4]):
            raise ConfigurationError(f"{file}: {other}")
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: {error}") from error
