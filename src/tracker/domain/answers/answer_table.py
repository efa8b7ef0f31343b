"""Every command that answers in JSON, with the shape of its answer.

Read by the schema of the answers (`intake.answer_schemas`), which `docs/json.md` is made from, and
by the test that every command answers in its shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.domain.answers.explained_shapes import (
    ChangesAnswer,
    ExplainedAnswer,
    MovementAnswer,
    VerifiedReturnAnswer,
    WhyCountedAnswer,
)
from tracker.domain.answers.figure_shapes import CountsAnswer, ReturnAnswer
from tracker.domain.answers.list_shapes import DiaryLine, EligibleLine
from tracker.domain.answers.overview_shapes import AllReturnsAnswer, ForecastAnswer, TrendAnswer
from tracker.domain.answers.person_shapes import ShowAnswer
from tracker.domain.answers.review_shapes import ReviewAnswer
from tracker.domain.answers.upkeep_shapes import (
    JobState,
    OnceAnswer,
    ProofAnswer,
    StatusAnswer,
    VerifyAnswer,
)

ANSWERS: Mapping[str, type[Any]] = {
    "show REF": ShowAnswer,
    "review REF": ReviewAnswer,
    "counts": CountsAnswer,
    "eligible": list[EligibleLine],
    "diary": list[DiaryLine],
    "return AREA YEAR": ReturnAnswer,
    "return AREA YEAR --explain CELL": ExplainedAnswer,
    "return AREA YEAR --explain CELL --subject REF": WhyCountedAnswer,
    "return AREA YEAR --changes-since T": ChangesAnswer,
    "return AREA YEAR --movement": MovementAnswer,
    "return AREA YEAR --verify": VerifiedReturnAnswer,
    "return --all YEAR": AllReturnsAnswer,
    "trend AREA": TrendAnswer,
    "forecast AREA": ForecastAnswer,
    "status": StatusAnswer,
    "schedule --list": list[JobState],
    "schedule --once JOB": OnceAnswer,
    "verify": VerifyAnswer,
    "prove ENTRY": ProofAnswer,
}
