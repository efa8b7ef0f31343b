"""Writes a report as a tagged PDF that meets PDF/UA-1; called by `page.pdf`.

Typst typesets it: it needs no system libraries, checks PDF/UA-1 as it writes, and lets us set the
date of the file.
"""

import json
from pathlib import Path

import matplotlib
import typst

from tracker.documents.charts_drawing import FONT
from tracker.documents.page_content import content
from tracker.documents.pdf_headers import with_row_headers
from tracker.documents.report import NotThisReport, Report
from tracker.domain.dates import civil
from tracker.intake.times import parse_time

TEMPLATE = Path(__file__).with_name("templates") / "report.typ"


def pdf(report: Report) -> bytes:
    """The report as a PDF, dated `known_at`; the same report gives the same bytes.

    Raises NotThisReport if the area's own text has a letter that the font lacks, or cannot be
    typeset for another reason.
    """
    known_at = parse_time(report.answer["known_at"])
    day = civil(known_at)
    data = {
        **content(report),
        "font": FONT,
        "date": {"year": day.year, "month": day.month, "day": day.day},
    }
    try:
        document = typst.compile(
            TEMPLATE,
            root=TEMPLATE.parent,
            sys_inputs={"report": json.dumps(data)},
            font_paths=[Path(matplotlib.get_data_path()) / "fonts" / "ttf"],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=int(known_at.timestamp()),
        )
    except typst.TypstError as error:
        raise NotThisReport(_reason(error)) from error
    return with_row_headers(document)


def _reason(error: typst.TypstError) -> str:
    """Why there is no PDF, in one sentence."""
    said = " ".join(str(error.message).split())
    if "could not be displayed" in said:
        return (
            f"there is no PDF: its font has no such letter ({said}); write the area's own text "
            "without it"
        )
    return (
        f"there is no PDF: the typesetter refused the report ({said}); look at the area's own text"
    )
