"""Writes a report as a web page: one file without scripts that loads nothing from elsewhere.

Called by `report.write_report`, also for the PDF.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tracker.documents.page_content import content
from tracker.documents.report import Report

TEMPLATES = Path(__file__).with_name("templates")


def html(report: Report) -> bytes:
    """The report as a page in UTF-8; the same report gives the same bytes."""
    return templates().get_template("page.html").render(content(report)).encode()


def pdf(report: Report) -> bytes:
    """The report as a PDF, as `tracker.documents.pdf` writes it."""
    from tracker.documents.pdf import pdf as set_  # the typesetter is large: loaded where needed

    return set_(report)


@cache
def templates() -> Environment:
    """The templates, which escape every text. Public for the tests of the area's own text."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
