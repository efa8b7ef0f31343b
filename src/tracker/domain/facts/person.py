"""Facts of who a person is, where managed, and of life and death."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from tracker.domain.facts.base import Area, Fact, wrong
from tracker.domain.values import Day, Line, Value


class Identifiers(Value):
    visor: Line | None = None
    pnc: Line | None = None
    cro: Line | None = None
    noms: Line | None = None
    crn: Line | None = None


Sex = Literal["female", "male", "other", "unknown"]
LeadAgency = Literal["police", "probation", "yot", "health", "nsd"]


class IndividualRegistered(Fact, type="individual.registered"):
    area: Area
    name: Line
    date_of_birth: Day
    sex: Sex | None = None
    identifiers: Identifiers | None = None
    lead_agency: LeadAgency | None = None


class IndividualAmended(Fact, type="individual.amended"):
    """Corrects particulars for all days."""

    name: Line | None = None
    date_of_birth: Day | None = None
    sex: Sex | None = None
    identifiers: Identifiers | None = None
    lead_agency: LeadAgency | None = None

    @model_validator(mode="after")
    def _something(self) -> IndividualAmended:
        if not self.model_fields_set & {
            "name", "date_of_birth", "sex", "identifiers", "lead_agency"
        }:  # fmt: skip
            raise wrong("nothing is amended: give name, date_of_birth, sex, identifiers or agency")
        return self


class IndividualTransferred(Fact, type="individual.transferred"):
    to_area: Area


class IndividualDeparted(Fact, type="individual.departed"):
    reason: Literal["deported", "emigrated", "other"] | None = None


class IndividualReturned(Fact, type="individual.returned"):
    reason: Literal["deported", "emigrated", "other"] | None = None


class IndividualDied(Fact, type="individual.died"):
    pass
