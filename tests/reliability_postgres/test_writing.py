"""The check that the others rest on is checked: each way to be wrong is noticed."""

from __future__ import annotations

import pytest

from reliability_postgres.writing import Key, Said, Writers, all_is_there_once

A, B = ("/writer/0", "0-0"), ("/writer/0", "0-1")


class Told(Writers):
    """Writers that were told so much, and are gone."""

    def __init__(self, *said: tuple[str, Key]) -> None:
        self.said = [Said(0.0, 0, word, key, "") for word, key in said]


def test_what_was_acknowledged_once_or_again_is_there_once() -> None:
    told = Told(("stored", A), ("unknown", B), ("known", B))
    all_is_there_once(told, [A, B])


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        pytest.param([("stored", A), ("stored", B)], [A], id="lost"),
        pytest.param([("stored", A), ("unknown", B), ("known", B)], [A], id="known and lost"),
        pytest.param([("stored", A), ("stored", B)], [A, B, B], id="twice"),
        pytest.param([("stored", A), ("unknown", B)], [A], id="never resolved"),
        pytest.param([("stored", A), ("refused", B)], [A], id="refused"),
        pytest.param([("stored", A)], [A, B], id="there, and nobody was told"),
    ],
)
def test_what_is_wrong_is_noticed(said: list[tuple[str, Key]], stored: list[Key]) -> None:
    with pytest.raises(AssertionError):
        all_is_there_once(Told(*said), stored)
