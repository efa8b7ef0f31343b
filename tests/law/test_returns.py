"""What may be recorded about a return (contract, section 4): frozen, signed off, restated."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from law.returned import SUBJECT, ReturnRecord, figures, frozen, record, restated, signed
from tracker.domain.errors import Refused
from tracker.domain.judging.frozen_returns import subject_of, versions


def test_a_return_is_frozen_with_its_figures_and_their_digest() -> None:
    (version,) = versions(record(frozen()).entries)
    assert version.figures["orders"] == {"shpo": 3}
    assert version.digest == hashlib.sha256(version.text.encode()).hexdigest()
    assert (version.by, version.status, version.last_entry) == ("ann", "frozen", 9)


def test_it_is_frozen_once() -> None:
    record(frozen()).refuses("frozen_already", frozen())


def test_another_person_than_the_freezer_signs_it_off() -> None:
    returned = record(frozen())
    returned.refuses("same_person", signed(), by="ann")
    returned.take(signed(), by="bob")
    returned.refuses("signed_off_already", signed(), by="cat")
    (version,) = versions(returned.entries)
    assert (version.status, version.signed_by) == ("signed_off", "bob")


def test_a_restatement_stands_beside_and_is_signed_off_anew() -> None:
    returned = record(frozen())
    returned.take(signed(), by="bob")
    returned.take(restated(figures(4)), by="cat")
    first, second = versions(returned.entries)
    assert (first.status, first.figures["orders"]["shpo"]) == ("signed_off", 3)
    assert (second.status, second.figures["orders"]["shpo"]) == ("frozen", 4)
    assert second.reason == "an order came late"
    returned.refuses("same_person", signed(figures(4)), by="cat")
    returned.take(signed(figures(4)), by="ann")


def test_what_is_signed_or_replaced_is_what_stands() -> None:
    returned = record(frozen(), restated(figures(4)))
    returned.refuses("other_version", signed(figures(3)), by="bob")
    returned.refuses("other_version", restated(figures(5)))


def test_nothing_is_restated_where_no_figure_is_another() -> None:
    later = figures(known_at="2023-06-01T10:00:00Z")
    record(frozen()).refuses("nothing_changed", restated(later))


def test_nothing_comes_before_the_freezing() -> None:
    record().refuses("not_frozen", signed(), by="bob")
    record().refuses("not_frozen", restated(figures(4)))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("digest", frozen(digest="0" * 64)),
        ("figures", frozen(figures(area="dorset"))),
        ("figures", frozen(figures(year="2021-22"))),
        ("figures", frozen(figures(complete=False))),
        ("figures", frozen(known_at="2023-06-01T08:00:00Z")),
        ("year_not_over", frozen(figures(period_end="2023-06-01"))),
        ("future", frozen(figures(known_at="2023-06-01T12:00:01Z"))),
        ("future", frozen(figures(known_at="2023-06-01T08:00:00"))),
        ("other_return", frozen(area="dorset")),
        ("other_return", frozen(corrects="e0")),
    ],
)
def test_the_figures_are_those_of_this_return_over_and_known(
    code: str, said: tuple[str, dict[str, Any]]
) -> None:
    record().refuses(code, said)


def test_what_is_no_return_at_all() -> None:
    text = json.dumps({"known_at": "2023-06-01T09:00:00Z"})
    record().refuses("figures", frozen(text))


def test_a_return_is_never_voided_and_no_individual_is_called_so() -> None:
    returned = record(frozen())
    void = {"on": "2023-06-01", "entry": "e1", "reason": "wrong"}
    returned.refuses("other_return", ("entry.voided", void))
    person = {"on": "2023-06-01", "area": "cheshire", "name": "A", "date_of_birth": "1980-01-01"}
    record().refuses("other_return", ("individual.registered", person))


def test_a_return_is_recorded_under_its_own_name() -> None:
    assert subject_of("cheshire", "2022-23") == SUBJECT
    with pytest.raises(Refused, match="the subject of this return is"):
        ReturnRecord("CHE-1").take(frozen())


def test_a_fact_of_a_return_is_dated_by_its_recording() -> None:
    kind, given = frozen()
    with pytest.raises(Refused) as refused:
        record().take((kind, given | {"on": "2023-06-02"}))
    assert refused.value.code == "future"
