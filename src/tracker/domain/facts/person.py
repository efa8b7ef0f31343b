"""Facts of who a person is, where they are managed, and of their death, erasure and restriction."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tracker.domain.facts.base import Area, Fact, shape_error
from tracker.domain.facts.values import Day, EntryName, Line, Number, Personal, Text, Value


class Identifiers(Value):
    visor: Number | None = None
    pnc: Number | None = None
    cro: Number | None = None
    noms: Number | None = None
    crn: Number | None = None


Sex = Literal["female", "male", "other", "unknown"]
LeadAgency = Literal["police", "probation", "yot", "health", "nsd"]


class IndividualRegistered(Fact, type="individual.registered"):
    area: Area
    name: Personal[Line]
    date_of_birth: Personal[Day]
    sex: Sex | None = None
    identifiers: Personal[Identifiers | None] = None
    lead_agency: LeadAgency | None = None


class IndividualAmended(Fact, type="individual.amended"):
    """Corrects particulars for every day, past days included."""

    name: Personal[Line | None] = None
    date_of_birth: Personal[Day | None] = None
    sex: Sex | None = None
    identifiers: Personal[Identifiers | None] = None
    lead_agency: LeadAgency | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.model_fields_set <= Fact.model_fields.keys():
            raise shape_error(
                "nothing is amended: give name, date_of_birth, sex, identifiers or lead_agency"
            )
        return self


class IndividualTransferred(Fact, type="individual.transferred"):
    to_area: Area


class IndividualDeparted(Fact, type="individual.departed"):
    reason: Literal["deported", "emigrated", "other"] | None = None


class IndividualReturned(Fact, type="individual.returned"):
    reason: Literal["deported", "emigrated", "other"] | None = None


class IndividualDied(Fact, type="individual.died"):
    pass


class StandIn(Value):
    """A substitute for the date of birth in an entry, once that is erased.

    Every age that the law or the counting asks about comes out the same.
    """

    entry: EntryName
    stand_in: Day


class IndividualErased(Fact, type="individual.erased", bears_on="record"):
    """The key to the individual's personal data is destroyed. Published counts do not change.

    `retention` names the rule that allowed the erasure. `reason` is not sealed, because it must
    stay readable after the erasure: it must not name the person.
    """

    authorised_by: Line
    reason: Text
    retention: Text
    born: Annotated[tuple[StandIn, ...], Field(strict=False, max_length=10_000)]


class IndividualRestricted(Fact, type="individual.restricted", bears_on="record"):
    """Only named users may see the individual, until the restriction is lifted."""

    authorised_by: Line
    reason: Personal[Text]
    basis: Line | None = None


class IndividualRestrictionLifted(Fact, type="individual.restriction_lifted", bears_on="record"):
    authorised_by: Line
    reason: Personal[Text]
