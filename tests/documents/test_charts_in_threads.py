"""Charts that several threads draw at once are those that one draws after another."""

from __future__ import annotations

from functools import partial

from threads import at_once
from tracker.documents.charts_drawing import Panel, panels

PARTS = [Panel("People", [("Level 1", 12), ("Level 2", 3)], 12)]


def test_charts_drawn_at_once() -> None:
    """Matplotlib's settings are those of the whole process, and each chart has its own."""
    names = [f"chart-{n}" for n in range(6)]
    expected = [panels(name, PARTS) for name in names]
    for _ in range(2):
        assert at_once([partial(panels, name, PARTS) for name in names], interval=1e-4) == expected
