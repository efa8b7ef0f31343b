"""How long a person is subject: the table of s.82, halves and aggregates."""

from __future__ import annotations

from typing import Any

from law.boundaries.base import (
    Boundary,
    Check,
    Facts,
    all_of,
    begins,
    ends,
    recorded,
    subject,
)
from spec import convicted, registered, sentenced
from tracker.domain.law.tables import Law

DAY = "2020-03-02"
TABLE, HALVED = "soa2003.s82.1", "soa2003.s82.2"
ADULT = registered()
INDEFINITE, TEN, SEVEN, FIVE, TWO = None, "2030-03-01", "2027-03-01", "2025-03-01", "2022-03-01"
HALF_TEN, HALF_SEVEN, HALF_FIVE, HALF_TWO = FIVE, "2023-09-01", "2022-09-01", "2021-03-01"


def disposed(kind: str | None, term: str | None = None, **data: Any) -> Facts:
    """An adult convicted on 2 March 2020, or `on` another day, with that disposal."""
    return (ADULT, convicted(data.pop("on", DAY), kind, term, **data))


def lasts(last_day: str | None, kind: str = "imprisonment", term: str | None = None) -> Check:
    indefinite = last_day is None
    return subject(disposed(kind, term), DAY, TABLE, last_day, indefinite=indefinite)


def by_term(what: str, before: Check, on: Check, after: Check, rule: str = TABLE) -> Boundary:
    return Boundary(rule, what, before, on, after)


PERIODS = (
    by_term(
        "30 months",
        all_of(lasts(TEN, term="P29M"), lasts(TEN, term="P29M30D")),
        all_of(lasts(INDEFINITE, term="P30M"), lasts(INDEFINITE, term="P2Y6M")),
        lasts(INDEFINITE, term="P30M1D"),
    ),
    by_term(
        "6 months",
        lasts(SEVEN, term="P5M30D"),
        lasts(SEVEN, term="P6M"),
        lasts(TEN, term="P6M1D"),
    ),
    by_term(
        "30 months suspended or extended",
        lasts(TEN, "suspended_sentence", "P29M30D"),
        lasts(INDEFINITE, "suspended_sentence", "P30M"),
        lasts(INDEFINITE, "extended_sentence", "P30M1D"),
    ),
    by_term(
        "60 months of detention and training, which are 30 inside",
        lasts(TEN, "detention_and_training", "P59M"),
        lasts(INDEFINITE, "detention_and_training", "P60M"),
        lasts(INDEFINITE, "detention_and_training", "P60M1D"),
    ),
    by_term(
        "a restriction order",
        lasts(SEVEN, "hospital_order"),
        lasts(INDEFINITE, "hospital_order_with_restriction"),
        all_of(lasts(INDEFINITE, "life"), lasts(INDEFINITE, "ipp")),
    ),
    ends(TABLE, "10 years", disposed("imprisonment", "P1Y"), TEN),
    ends(TABLE, "7 years for a short term", disposed("imprisonment", "P6M"), SEVEN),
    ends(TABLE, "7 years for a hospital order", disposed("hospital_order"), SEVEN),
    ends(TABLE, "5 years", disposed("fine"), FIVE),
    ends(TABLE, "2 years for a caution", disposed(None, finding="caution"), TWO),
    ends(TABLE, "the discharge period", disposed("conditional_discharge", "P1Y"), HALF_TWO),
    ends(TABLE, "5 years from 29 February", disposed("fine", on="2020-02-29"), "2025-02-28"),
    ends(TABLE, "4 leap years from 29 February",
         disposed("conditional_discharge", "P4Y", on="2020-02-29"), "2024-02-28"),
    begins(TABLE, "the relevant date", disposed("fine"), DAY, FIVE),
)  # fmt: skip


def aged(born: str, last_day: str | None, rule: str, on: str = DAY, **data: Any) -> Check:
    facts = (registered("2019-01-01", born=born), convicted(on, **data))
    return subject(facts, on, rule, last_day, indefinite=last_day is None)


def at_18(what: str, half: str, full: str, **data: Any) -> Boundary:
    """Convicted or cautioned the day before the 18th birthday, on it and the day after."""
    return Boundary(
        HALVED,
        f"the 18th birthday, {what}",
        aged("2002-03-03", half, HALVED, **data),
        aged("2002-03-02", full, TABLE, **data),
        aged("2002-03-01", full, TABLE, **data),
    )


def young(**data: Any) -> Facts:
    return (registered("2019-01-01", born="2002-03-03"), convicted(DAY, **data))


YOUNG = (
    at_18("5 years", HALF_FIVE, FIVE, kind="fine"),
    at_18("10 years", HALF_TEN, TEN, kind="imprisonment", term="P1Y"),
    at_18("7 years", HALF_SEVEN, SEVEN, kind="imprisonment", term="P6M"),
    at_18("hospital order", HALF_SEVEN, SEVEN, kind="hospital_order"),
    at_18("caution", HALF_TWO, TWO, finding="caution"),
    Boundary(
        HALVED,
        "the 18th birthday of one born on 29 February",
        aged("2004-02-29", "2024-08-27", HALVED, on="2022-02-28", kind="fine"),
        aged("2004-02-29", "2027-02-28", TABLE, on="2022-03-01", kind="fine"),
        aged("2004-02-29", "2027-03-01", TABLE, on="2022-03-02", kind="fine"),
    ),
    Boundary(
        HALVED,
        "30 months, which are not halved",
        aged("2002-03-03", HALF_TEN, HALVED, kind="imprisonment", term="P29M30D"),
        aged("2002-03-03", INDEFINITE, TABLE, kind="imprisonment", term="P30M"),
        aged("2002-03-03", INDEFINITE, TABLE, kind="imprisonment", term="P30M1D"),
    ),
    ends(HALVED, "30 months, half of 5 years", young(kind="fine"), HALF_FIVE),
    ends(HALVED, "42 months, half of 7 years", young(kind="hospital_order"), HALF_SEVEN),
    ends(TABLE, "a discharge period, never halved",
         young(kind="conditional_discharge", term="P1Y"), HALF_TWO),
    ends(HALVED, "30 months from 31 August, to the end of a shorter month",
         (registered("2019-01-01", born="2002-09-01"), convicted("2019-08-31", "fine")),
         "2022-02-28"),
)  # fmt: skip


def together(first: str, second: str, last_day: str | None, **link: Any) -> Check:
    """Two joined terms: each conviction is treated as having the sum of both."""
    facts = (
        *disposed("imprisonment", first),
        convicted(DAY, "imprisonment", second, conviction_id="C2", **link),
    )

    def check(law: Law) -> None:
        grounds = recorded(law, facts).on(DAY)["notification"]["grounds"]
        found = {(g["ref"], g["rule"], g["last_day"]) for g in grounds}
        assert found == {("C1", TABLE, last_day), ("C2", TABLE, last_day)}
        both = {"/cheshire/ppu e2", "/cheshire/ppu e3"}
        assert all(both <= set(g["entries"]) for g in grounds)

    return check


AFTER, NOT_LINKED = {"consecutive_to": "C1"}, (*disposed("imprisonment", "P15M"),)


def overlapping(by: str) -> dict[str, Any]:
    return {"overlaps": {"conviction_id": "C1", "by": by}}


AGGREGATES = (
    Boundary(
        "soa2003.s82.3",
        "30 months in all, consecutive",
        together("P15M", "P14M30D", TEN, **AFTER),
        together("P15M", "P15M", INDEFINITE, **AFTER),
        together("P15M", "P15M1D", INDEFINITE, **AFTER),
    ),
    Boundary(
        "soa2003.s82.3",
        "6 months in all, consecutive",
        together("P3M", "P2M30D", SEVEN, **AFTER),
        together("P3M", "P3M", SEVEN, **AFTER),
        together("P3M", "P3M1D", TEN, **AFTER),
    ),
    Boundary(
        "soa2003.s82.3",
        "30 months in all, less an overlap",
        together("P20M", "P15M", TEN, **overlapping("P5M1D")),
        together("P20M", "P15M", INDEFINITE, **overlapping("P5M")),
        together("P20M", "P15M", INDEFINITE, **overlapping("P4M30D")),
    ),
    Boundary(
        "soa2003.s82.3",
        "the day the second is sentenced",
        *(
            subject(
                (
                    *NOT_LINKED,
                    convicted(DAY, conviction_id="C2"),
                    sentenced("2020-06-10", "imprisonment", "P15M", "C2", consecutive_to="C1"),
                ),
                on, TABLE, last_day, indefinite=last_day is None, known=on,
            )
            for on, last_day in (
                ("2020-06-09", TEN), ("2020-06-10", INDEFINITE), ("2020-06-11", INDEFINITE),
            )
        ),
    ),
)  # fmt: skip

BOUNDARIES = (*PERIODS, *YOUNG, *AGGREGATES)
