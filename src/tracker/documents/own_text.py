"""The area's own text in its report: Markdown in <folder>/<area>/<year>/, all of it optional.

Called by whoever makes a `report`; the folder comes from the section [report] of the settings.
"""

from pathlib import Path

from tracker.settings.toml_file import ConfigurationError

# The parts in the order of the report, with their headings.
PARTS = {
    "foreword": "Foreword",
    "arrangements": "Local arrangements",
    "board": "Strategic Management Board",
    "objectives": "Key objectives",
}


def own_text(folder: Path, area: str, year: str) -> dict[str, str]:
    """The Markdown of an area's report of a year by part; a part without a file is left out.

    Raises ConfigurationError where the folder is missing, where a Markdown file has no place in
    the report (a misspelt name would else be lost) and where one is not UTF-8.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"[report] text: there is no folder {folder}")
    files = sorted((folder / area / year).glob("*.md"))
    for file in files:
        if file.stem not in PARTS:
            places = ", ".join(f"{part}.md" for part in PARTS)
            raise ConfigurationError(f"{file}: a report has no place for it; it takes {places}")
    held = {file.stem: _read(file) for file in files}
    return {part: held[part] for part in PARTS if held.get(part, "").strip()}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: {error}") from error
