"""Values as they are printed in a table."""

from __future__ import annotations

import pytest

from running import Tracker
from tracker.cli.showing import cell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (1, "1"),
        (None, ""),
        (["custody", "abroad"], "custody, abroad"),
    ],
)
def test_a_number_is_printed_as_a_number_and_only_a_truth_value_as_yes_or_no(
    value: object, text: str
) -> None:
    assert cell(value) == text


def test_status_prints_how_far_a_view_is_behind_in_figures(tracker: Tracker) -> None:
    tracker("migrate").done()
    tracker("counts").done()
    lines = tracker("status").out.splitlines()
    (counts,) = (line.split() for line in lines if line.startswith("counts "))
    assert counts == ["counts", "ready", "0", "0", "0"]
