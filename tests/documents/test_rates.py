"""Row 9: the published rates come out of the populations attached, as printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from projections.returns.annual_return import rate_per_100k
from tracker.documents.form import form
from tracker.settings import configuration

# Area, Category 1 on 31 March and rate as printed in reports and press; England and Wales, which is
# no area, with its own residents. Two are not reproducible: of Norfolk 2021-22 (145 printed) and of
# England and Wales 2022-23 (read back from "1 in 769").
RATES: list[dict[str, Any]] = json.loads(
    (Path(__file__).with_name("published-rates.json")).read_text()
)
CALLED = [f"{rate['area'] or 'england-and-wales'} {rate['year']}" for rate in RATES]


def residents(published: dict[str, Any]) -> int:
    if published["area"] is None:
        return int(published["aged_10_plus"])
    attached = configuration.population(published["area"], published["year"])
    assert attached is not None
    return attached.aged_10_plus


@pytest.mark.parametrize("published", RATES, ids=CALLED)
def test_a_published_rate_comes_out_as_printed(published: dict[str, Any]) -> None:
    rate = rate_per_100k(published["cat1"], residents(published))
    if published["reproducible"]:
        assert rate == published["printed"]
    else:
        assert rate == published["printed"] - 1, "printed one higher than any base gives"


def test_all_but_two_are_reproducible() -> None:
    assert len(RATES) == 34
    assert [name for name, rate in zip(CALLED, RATES, strict=True) if not rate["reproducible"]] == [
        "norfolk 2021-22", "england-and-wales 2022-23",
    ]  # fmt: skip


@pytest.mark.parametrize("published", RATES, ids=CALLED)
def test_the_base_attached_is_that_of_the_form(published: dict[str, Any]) -> None:
    if published["area"] is not None:
        attached = configuration.population(published["area"], published["year"])
        assert attached is not None
        assert attached.base == form(published["year"]).population.base
