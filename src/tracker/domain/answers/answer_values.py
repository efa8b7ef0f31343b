"""The types of the values in an answer: dates, moments, names, and keys with a fixed set of words.

Used by the shapes beside it. Each type carries its description and form into the JSON Schema and
`docs/json.md`; in Python its values are plain strings or numbers.
"""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import Field

from tracker.domain.facts import court_orders


def says(description: str) -> Any:
    """The description of a key whose name does not say everything."""
    return Field(description=description)


def one_of(*words: str | int, says: str | None = None) -> Any:
    """The only values that a key may have; `says` is its description."""
    return Field(description=says, json_schema_extra={"enum": list(words)})


Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
KnownAt = Annotated[
    str,
    Field(
        description="the moment asked about: what was recorded later is left out",
        json_schema_extra={"format": "date-time"},
    ),
]
Subject = Annotated[str, says("the tracker reference of a person")]
AreaName = Annotated[str, says("an area, as in `config/areas.toml`")]
YearName = Annotated[str, says("a reporting year: `2022-23`")]
Rule = Annotated[str, says("the rule behind it, as in `docs/law.md`")]
Version = Annotated[str, says("the version of the rule: the day it came into force")]
Entries = Annotated[list[str], says("the entries behind it, each named `source id`")]
Ref = Annotated[
    str, says("what it is about: the id of a conviction, order, recall, review, meeting or action")
]
Cell = Annotated[
    str, says("a figure of a return by its path, such as `snapshot.level2.cat1`, `orders.shpo`")
]
Digest = Annotated[
    str, says("SHA-256 of the UTF-8 canonical JSON (keys sorted, no spaces) of the return without "
              "`digest`, `status` and `findings`")
]  # fmt: skip
Location = Annotated[str, one_of("community", "custody", "hospital", "abroad", "dead")]
OrderKind = Annotated[str, one_of(*get_args(court_orders.OrderKind))]
DeadlineName = Annotated[
    str,
    one_of(
        "initial_notification", "change_notification", "periodic_notification",
        "sro_notification", "order_ends", "travel_prohibition_ends", "notification_ends",
        "review_qualifying", "review_acknowledge", "review_determine", "review_appeal",
        "meeting_due", "action_due",
    ),
]  # fmt: skip
