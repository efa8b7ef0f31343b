"""The charts over several years, where earlier returns are held: trend and rate.

Called by `charts`. A year of which no return is held is a gap, never a straight line across it.
"""

from collections.abc import Sequence

from projections.returns.years import Year
from tracker.documents import charts_drawing
from tracker.documents.charts_base import CATEGORIES, Chart, Figures, short, written
from tracker.documents.report import EarlierYear, Report

YEARS_AT_MOST = 10


def charts(report: Report) -> tuple[Chart, ...]:
    """Both, one or none: each needs the figures of two years."""
    years = _held(report)
    rated = [year for year in years if year["rate"] is not None]
    trend = [_trend(report, years)] if len(years) > 1 else []
    return (*trend, _rate(report, rated)) if len(rated) > 1 else tuple(trend)


def _held(report: Report) -> list[EarlierYear]:
    """The returns held of the ten years up to this one, oldest first."""
    answer = report.answer
    this: EarlierYear = {
        "year": answer["year"],
        "snapshot": answer["snapshot"],
        "rate": answer["rate_per_100k"],
    }
    held = {_first(year): year for year in (*report.trend, this)}
    last = _first(this)
    return [held[at] for at in sorted(held) if last - YEARS_AT_MOST < at <= last]


def _first(held: EarlierYear) -> int:
    """The calendar year in which a reporting year begins."""
    return Year.parse(held["year"]).start.year


def _trend(report: Report, years: Sequence[EarlierYear]) -> Chart:
    people = report.form.people.text
    names = {cat: short(report, cat) for cat in CATEGORIES}
    totals = [year["snapshot"]["total"] for year in years]
    first, last = years[0]["year"], years[-1]["year"]
    said = ", ".join(
        f"{name} from {written(totals[0][cat])} to {written(totals[-1][cat])}"
        for cat, name in names.items()
    )
    return Chart(
        id="trend",
        title=f"{people.capitalize()} on 31 March by category, {first} to {last}",
        alt=f"Line chart of {people} on 31 March, {first} to {last}: {said}.",
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
                    *(written(total[cat]) for cat in CATEGORIES),
                    written(total["total"]),
                )
                for year, total in zip(years, totals, strict=True)
            ),
        ),
    )


def _rate(report: Report, years: Sequence[EarlierYear]) -> Chart:
    name, rates = short(report, "cat1"), [year["rate"] for year in years]
    first, last = years[0]["year"], years[-1]["year"]
    return Chart(
        id="rate",
        title=f"{name} per 100,000 population on 31 March, {first} to {last}",
        alt=(
            f"Line chart of {name} per 100,000 population on 31 March: "
            f"{written(rates[0])} in {first}, {written(rates[-1])} in {last}."
        ),
        note=(
            f"{_gaps(years)} The rates of different years rest on different counts of the "
            "population."
        ).strip(),
        svg=charts_drawing.lines(
            "rate", _places(years), [(written(rates[-1]), _along(years, rates))]
        ),
        figures=Figures(
            ("Year", "Rate per 100,000"),
            tuple((year["year"], written(rate)) for year, rate in zip(years, rates, strict=True)),
        ),
    )


def _span(years: Sequence[EarlierYear]) -> range:
    return range(_first(years[0]), _first(years[-1]) + 1)


def _places(years: Sequence[EarlierYear]) -> list[str | None]:
    """The years along the axis, with None for each of which no figure is held."""
    held = {_first(year): str(year["year"]) for year in years}
    return [held.get(at) for at in _span(years)]


def _along(years: Sequence[EarlierYear], figures: Sequence[int | None]) -> list[int | None]:
    held = {_first(year): figure for year, figure in zip(years, figures, strict=True)}
    return [held.get(at) for at in _span(years)]


def _gaps(years: Sequence[EarlierYear]) -> str:
    """What a broken line means, where one is broken."""
    broken = None in _places(years)
    return "The line is broken where no figure of a year is held." if broken else ""
