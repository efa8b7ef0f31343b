"""The charts over several years, made if there are earlier returns: trend and rate.

Called by `charts`. The line is broken at a year without a return, never drawn straight across it.
"""

from collections.abc import Sequence

from projections.returns.years import Year
from tracker.documents import charts_drawing
from tracker.documents.charts_base import CATEGORIES, Chart, Figures, category_label, figure_text
from tracker.documents.report import EarlierYear, Report

YEARS_AT_MOST = 10


def charts(report: Report) -> tuple[Chart, ...]:
    """The charts of trend and rate; each is left out without figures of at least two years."""
    years = _years_shown(report)
    rated = [year for year in years if year["rate"] is not None]
    trend = [_trend(report, years)] if len(years) > 1 else []
    return (*trend, _rate(report, rated)) if len(rated) > 1 else tuple(trend)


def _years_shown(report: Report) -> list[EarlierYear]:
    """This year and the earlier years with a return among the ten up to it, oldest first."""
    answer = report.answer
    this: EarlierYear = {
        "year": answer["year"],
        "snapshot": answer["snapshot"],
        "rate": answer["rate_per_100k"],
    }
    years = {_start_year(year): year for year in (*report.trend, this)}
    last = _start_year(this)
    return [years[at] for at in sorted(years) if last - YEARS_AT_MOST < at <= last]


def _start_year(year: EarlierYear) -> int:
    """The calendar year in which a reporting year begins."""
    return Year.parse(year["year"]).start.year


def _trend(report: Report, years: Sequence[EarlierYear]) -> Chart:
    people = report.form.people.text
    names = {cat: category_label(report, cat) for cat in CATEGORIES}
    totals = [year["snapshot"]["total"] for year in years]
    first, last = years[0]["year"], years[-1]["year"]
    changes = ", ".join(
        f"{name} from {figure_text(totals[0][cat])} to {figure_text(totals[-1][cat])}"
        for cat, name in names.items()
    )
    return Chart(
        id="trend",
        title=f"{people.capitalize()} on 31 March by category, {first} to {last}",
        alt=f"Line chart of {people} on 31 March, {first} to {last}: {changes}.",
        note=_gaps(years),
        svg=charts_drawing.lines(
            "trend",
            _places(years),
            [
                (name, _along(years, [total[cat] for total in totals]))
                for cat, name in names.items()
            ],
        ),
        figures=Figures(
            ("Year", *names.values(), report.form.categories["total"].text),
            tuple(
                (
                    year["year"],
                    *(figure_text(total[cat]) for cat in CATEGORIES),
                    figure_text(total["total"]),
                )
                for year, total in zip(years, totals, strict=True)
            ),
        ),
    )


def _rate(report: Report, years: Sequence[EarlierYear]) -> Chart:
    name, rates = category_label(report, "cat1"), [year["rate"] for year in years]
    first, last = years[0]["year"], years[-1]["year"]
    return Chart(
        id="rate",
        title=f"{name} per 100,000 population on 31 March, {first} to {last}",
        alt=(
            f"Line chart of {name} per 100,000 population on 31 March: "
            f"{figure_text(rates[0])} in {first}, {figure_text(rates[-1])} in {last}."
        ),
        note=(
            f"{_gaps(years)} The rates of different years are based on different counts of "
            "the population."
        ).strip(),
        svg=charts_drawing.lines(
            "rate", _places(years), [(figure_text(rates[-1]), _along(years, rates))]
        ),
        figures=Figures(
            ("Year", "Rate per 100,000"),
            tuple(
                (year["year"], figure_text(rate)) for year, rate in zip(years, rates, strict=True)
            ),
        ),
    )


def _span(years: Sequence[EarlierYear]) -> range:
    return range(_start_year(years[0]), _start_year(years[-1]) + 1)


def _places(years: Sequence[EarlierYear]) -> list[str | None]:
    """The years along the axis, with None for each year without a figure."""
    names = {_start_year(year): str(year["year"]) for year in years}
    return [names.get(at) for at in _span(years)]


def _along(years: Sequence[EarlierYear], figures: Sequence[int | None]) -> list[int | None]:
    by_year = {_start_year(year): figure for year, figure in zip(years, figures, strict=True)}
    return [by_year.get(at) for at in _span(years)]


def _gaps(years: Sequence[EarlierYear]) -> str:
    """A sentence on what a break in the line means; empty if there is none."""
    broken = None in _places(years)
    return "The line is broken at years without a figure." if broken else ""
