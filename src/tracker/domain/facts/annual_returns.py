"""Facts of an annual return: frozen, signed off, restated. One aggregate per area and year.

`figures` is the canonical JSON text of the return without digest, status and findings. `digest` is
the SHA-256 of that text, in hex. `last_entry` is the log position of the last entry counted.
"""

from typing import Annotated

from pydantic import Field

from tracker.domain.facts.base import Area, Fact
from tracker.domain.facts.traits import Mentions
from tracker.domain.facts.values import Line, Personal, Ref, Text, Value

Year = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]
Moment = Annotated[str, Field(pattern=r"^[0-9T:.+-]{19,32}Z?$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Figures = Annotated[str, Field(min_length=2, max_length=100_000)]
Position = Annotated[int, Field(ge=0, le=2**53)]


class ReturnFrozen(Fact, type="return.frozen", bears_on="return"):
    """Freezes the return of an area and year as known at a moment: this version never changes.

    `law` is the digest of the law tables and the counting setting used to compute it.
    """

    area: Area
    year: Year
    known_at: Moment
    last_entry: Position
    law: Line
    figures: Figures
    digest: Digest


class Accepted(Value):
    """An open finding on a person or a cell, and why the return is right despite it."""

    finding: Line
    subject: Annotated[Ref, Mentions("individual")] | None = None
    cell: Annotated[Ref, Mentions("cell")] | None = None
    reason: Personal[Text]


class ReturnSignedOff(Fact, type="return.signed_off", bears_on="return"):
    """Someone other than the person who froze it takes responsibility for the version `digest`."""

    digest: Digest
    accepted: Annotated[tuple[Accepted, ...], Field(strict=False, max_length=10_000)] = ()


class ReturnRestated(Fact, type="return.restated", bears_on="return"):
    """New figures that replace the version with the digest `replaces`. The reason is public."""

    replaces: Digest
    reason: Text
    known_at: Moment
    last_entry: Position
    law: Line
    figures: Figures
    digest: Digest
