"""Facts of an annual return: frozen, signed off, restated. One aggregate an area and year.

`figures` is the canonical JSON of the return without digest, status and findings, as text: what the
digest is over. `last_entry` is the position of the last entry of the log that was counted.
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
    """The return of an area and year as known at a moment: it never changes from here on.

    `law` is the digest of the tables of law and the counting setting that it was computed with.
    """

    area: Area
    year: Year
    known_at: Moment
    last_entry: Position
    law: Line
    figures: Figures
    digest: Digest


class Accepted(Value):
    """A finding that stands, of a person or a cell, and why the return is right all the same."""

    finding: Line
    subject: Annotated[Ref, Mentions("individual")] | None = None
    cell: Annotated[Ref, Mentions("cell")] | None = None
    reason: Personal[Text]


class ReturnSignedOff(Fact, type="return.signed_off", bears_on="return"):
    """Another person than the one who froze it answers for the return of that digest."""

    digest: Digest
    accepted: Annotated[tuple[Accepted, ...], Field(strict=False, max_length=10_000)] = ()


class ReturnRestated(Fact, type="return.restated", bears_on="return"):
    """Other figures beside those of the digest it `replaces`, with the reason, which is public."""

    replaces: Digest
    reason: Text
    known_at: Moment
    last_entry: Position
    law: Line
    figures: Figures
    digest: Digest
