"""Types of fact that are in no module of the tracker: an example of all that adding a type takes.

Loaded by toy_checks before anything reads the catalogue, like a module of facts. Nothing in the
tracker names these types or their judges.
"""

from __future__ import annotations

import sys
from typing import Annotated

from pydantic import Field

from tracker.domain.errors import Refused
from tracker.domain.facts.base import Fact
from tracker.domain.facts.traits import Defines, RefersTo
from tracker.domain.facts.values import Line, Personal, Ref, Text, Value
from tracker.domain.judging.judges import judges
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History

assert "tracker.domain.meaning.timeline" not in sys.modules, "what reads facts was loaded first"

BoatRef = Annotated[Ref, RefersTo("boat")]
Metres = Annotated[int, Field(ge=1, le=99)]


class Mast(Value):
    metres: Metres
    tender_of: BoatRef | None = None


class BoatBought(Fact, type="boat.bought"):
    boat_id: Annotated[Ref, Defines("boat")]
    name: Personal[Line]
    berths: Annotated[int, Field(ge=1, le=20)]
    licensed: bool = False
    mast: Mast | None = None


class BoatMoored(Fact, type="boat.moored"):
    boat_id: BoatRef
    nights: int | None = None
    berthing: Personal[Text | None] = None


class BoatSold(Fact, type="boat.sold", may_act_after_death=True):
    boat_id: BoatRef


@judges(BoatMoored)
def _not_in_its_own_berth(history: History, entry: Entry[BoatMoored], law: Law) -> None:
    bought = history.defining_entry("boat", entry.fact.boat_id, BoatBought)
    if (entry.fact.nights or 0) > 10 * bought.fact.berths:
        raise Refused("too_long", "a boat of few berths is not moored so long", field="nights",
                      entries=(bought.name,), overridable=True)  # fmt: skip
