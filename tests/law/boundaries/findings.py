"""Who is subject by which finding: ss.80-81, the end of s.82(5), thresholds and discharges."""

from __future__ import annotations

from typing import Any

from law.boundaries.base import Boundary, Check, Facts, all_of, begins, day, free, recorded, subject
from law.boundaries.notification import ADULT, DAY, FIVE, HALF_TWO, TABLE, TEN, disposed
from spec import convicted, fact, registered, sentenced
from tracker.domain.law.tables import Law

# The disposal of a finding, and the end of a trial.
FOUND = (ADULT, convicted(DAY))
FINED = (*FOUND, sentenced("2020-06-10", "fine"))
DISABLED = (ADULT, convicted(DAY, finding="disability"))
TRIED = (*DISABLED, fact("trial.concluded", "2020-06-10", conviction_id="C1"))
CONVICTED_THEN = (*TRIED, convicted("2020-06-10", "fine", conviction_id="C2"))

FINDINGS = (
    Boundary(
        "soa2003.s80",
        "the disposal",
        subject(FINED, "2020-06-09", "soa2003.s80", None, known="2020-06-09"),
        subject(FINED, "2020-06-10", TABLE, FIVE, known="2020-06-10"),
        subject(FINED, "2020-06-11", TABLE, FIVE),
    ),
    begins("soa2003.s80", "the finding", FOUND, DAY, None),
    begins("soa2003.s80", "a finding of disability", DISABLED, DAY, None),
    Boundary(
        "soa2003.s82.5",
        "the conclusion of the trial",
        subject(TRIED, "2020-06-09", "soa2003.s80", "2020-06-09"),
        free(TRIED, "2020-06-10"),
        free(TRIED, "2020-06-11"),
    ),
    Boundary(
        "soa2003.s82.5",
        "a conviction that concludes the trial",
        subject(CONVICTED_THEN, "2020-06-09", "soa2003.s80", "2020-06-09"),
        subject(CONVICTED_THEN, "2020-06-10", TABLE, "2025-06-09"),
        subject(CONVICTED_THEN, "2025-06-09", TABLE, "2025-06-09"),
    ),
)


def long_ago(on: str, **data: Any) -> Facts:
    return (registered("1990-01-01"), convicted(on, **data))


BEGAN = "1997-09-01"
BEFORE_1997 = (
    Boundary(
        "soa2003.s81",
        "1 September 1997, for one caught on it",
        *(
            check
            for caught in [long_ago("1997-05-06", kind="life", s81_caught=True)]
            for check in (
                free(caught, day(BEGAN, -1)),
                subject(caught, BEGAN, TABLE, None, indefinite=True),
                subject(caught, day(BEGAN, 1), TABLE, None, indefinite=True),
            )
        ),
    ),
    Boundary(
        "soa2003.s81",
        "1 September 1997, the day of the finding",
        free(long_ago("1997-08-31", kind="life"), day(BEGAN, 1)),
        subject(long_ago(BEGAN, kind="fine"), BEGAN, TABLE, "2002-08-31"),
        subject(long_ago("1997-09-02", kind="fine"), "1997-09-02", TABLE, "2002-09-01"),
    ),
    Boundary(
        "soa2003.s81",
        "1 September 1997, the day of a caution",
        free(long_ago("1997-08-31", finding="caution", s81_caught=True), day(BEGAN, 1)),
        subject(long_ago(BEGAN, finding="caution"), BEGAN, TABLE, "1999-08-31"),
        subject(long_ago("1997-09-02", finding="caution"), "1997-09-02", TABLE, "1999-09-01"),
    ),
)


def threshold(term: str, **data: Any) -> Facts:
    return disposed("imprisonment", term, threshold=True, **data)


def listed(check: Check, facts: Facts) -> Check:
    """Also listed as a finding, because nothing was recorded about the threshold."""

    def find(law: Law) -> None:
        assert recorded(law, facts).findings(DAY) == ["threshold_not_stated"]

    return all_of(check, find)


LATER_SENTENCE = (
    ADULT,
    convicted(DAY, threshold=True),
    sentenced("2020-06-10", "imprisonment", "P2Y", threshold_met=True),
)
MET_ON_APPEAL = (
    *disposed("fine", threshold=True, threshold_met=False),
    sentenced("2020-06-10", "imprisonment", "P2Y", threshold_met=True),
)
ABSOLUTE = (*disposed("fine"), sentenced("2020-06-10", "absolute_discharge"))

THRESHOLDS = (
    Boundary(
        "soa2003.s132.3",
        "12 months of custody",
        listed(free(threshold("P11M27D"), DAY), threshold("P11M27D")),
        listed(subject(threshold("P12M"), DAY, TABLE, TEN), threshold("P12M")),
        listed(subject(threshold("P12M1D"), DAY, TABLE, TEN), threshold("P12M1D")),
    ),
    Boundary(
        "soa2003.s132.3",
        "12 months of custody, half of 24 of a detention and training order",
        free(disposed("detention_and_training", "P23M", threshold=True), DAY),
        subject(disposed("detention_and_training", "P24M", threshold=True), DAY, TABLE, TEN),
        subject(disposed("detention_and_training", "P24M2D", threshold=True), DAY, TABLE, TEN),
    ),
    Boundary(
        "soa2003.s132.3",
        "the sentence that meets it",
        free(LATER_SENTENCE, "2020-06-09"),
        subject(LATER_SENTENCE, "2020-06-10", TABLE, "2030-06-09"),
        subject(LATER_SENTENCE, "2020-06-11", TABLE, "2030-06-09"),
    ),
    Boundary(
        "soa2003.s132.3",
        "a sentence on appeal that meets it",
        free(MET_ON_APPEAL, "2020-06-09"),
        subject(MET_ON_APPEAL, "2020-06-10", TABLE, "2030-06-09"),
        subject(MET_ON_APPEAL, "2020-06-11", TABLE, "2030-06-09"),
    ),
    Boundary(
        "soa2003.s134",
        "an absolute discharge on appeal",
        subject(ABSOLUTE, "2020-06-09", TABLE, "2020-06-09"),
        free(ABSOLUTE, "2020-06-10"),
        free(ABSOLUTE, "2020-06-11"),
    ),
    Boundary(
        "soa2003.s134",
        "an absolute discharge",
        subject(disposed("conditional_discharge", "P1Y"), DAY, TABLE, HALF_TWO),
        free(disposed("absolute_discharge"), DAY),
        free(disposed("absolute_discharge"), day(DAY, 1)),
    ),
)

BOUNDARIES = (*FINDINGS, *BEFORE_1997, *THRESHOLDS)
