"""`field=value` as people type it is converted to the type of the field, by the model alone."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.domain.facts import PREFIX
from tracker.intake.typed_fields import typed_data


@pytest.mark.parametrize(
    ("kind", "typed", "data"),
    [
        ("level.set", "level=2", {"level": 2}),
        (PREFIX + "level.set", "level=2", {"level": 2}),
        ("level.set", "level=two", {"level": "two"}),
        ("level.set", "level=true", {"level": "true"}),
        ("referral.decided", "level=2", {"level": 2}),
        ("referral.decided", "accepted=false", {"accepted": False}),
        ("referral.decided", "accepted=1", {"accepted": "1"}),
        ("referral.decided", "referral_id=7", {"referral_id": "7"}),
        ("review.determined", "further_years=9", {"further_years": 9}),
        ("return.frozen", "last_entry=12", {"last_entry": 12}),
        ("individual.amended", "name=true", {"name": "true"}),
        ("individual.amended", "name=[sic] Ashe", {"name": "[sic] Ashe"}),
        ("individual.amended", "date_of_birth=1980-05-04", {"date_of_birth": "1980-05-04"}),
        ("individual.amended", "identifiers.pnc=1980", {"identifiers": {"pnc": "1980"}}),
        ("individual.amended", 'identifiers={"pnc":"1"}', {"identifiers": {"pnc": "1"}}),
        ("meeting.held", 'invited=["police"]', {"invited": ["police"]}),
        ("meeting.held", "override.by=7", {"override": {"by": "7"}}),
        ("level.set", "colour=true", {"colour": True}),
        ("level.set", "colour=7", {"colour": "7"}),
        ("level.set", "level.part=7", {"level": {"part": "7"}}),
        ("level.sat", 'level=["2"]', {"level": ["2"]}),
    ],
)
def test_a_value_is_what_its_field_takes(kind: str, typed: str, data: dict[str, Any]) -> None:
    assert typed_data(kind, [typed]) == data


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["level"], "write field=value"),
        (["=2"], "write field=value"),
        (["level=2", "level=3"], "level is given twice"),
        (["level=2", "level.x=3"], "level is given twice"),
        (["actions=[{"], "actions: not JSON"),
    ],
)
def test_what_is_not_a_field_with_a_value_is_refused(typed: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        typed_data("meeting.held", typed)
