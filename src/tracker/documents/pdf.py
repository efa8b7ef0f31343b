"""Writes a report as a tagged PDF after PDF/UA-1; called by `page.pdf`.

Typst sets it: it installs without any library of the system, checks PDF/UA-1 as it writes, and
dates the file as it is told.
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
from tracker.intake.cloudevents import parse_time

TEMPLATE = Path(__file__).with_name("templates") / "report.typ"


def pdf(report: Report) -> bytes:
    """The report as a PDF, dated by the moment its figures were known; the same for the same.

    Raises NotThisReport where the area's own text has a letter that no font has.
    """
    known_at = parse_time(report.answer["known_at"])
    day = civil(known_at)
    said = {
        **content(report),
        "font": FONT,
        "date": {"year": day.year, "month": day.month, "day": day.day},
    }
    try:
        written = typst.compile(
            TEMPLATE,
            root=TEMPLATE.parent,
            sys_inputs={"report": json.dumps(said)},
            font_paths=[Path(matplotlib.get_data_path()) / "fonts" / "ttf"],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=int(known_at.timestamp()),
        )
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        raise NotThisReport(
            f"there is no PDF: its font has no such letter ({error.message}); "
            "write the area's own text without it"
        ) from error
    return with_row_headers(written)
