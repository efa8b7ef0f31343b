"""What of an old value is still true of a new one. Called by `parts`, and by parts that resume."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any


def keep_unchanged(old: Any, new: Any, whole: bool = False) -> Any:
    """The new value, made of the old objects wherever they are equal.

    If nothing changed, it is the old value itself. Else a list keeps its equal old elements and a
    dict its equal old values, unless `whole`. The order of a dict counts as part of its value.
    """
    if old is new:
        return old
    if type(new) is dict and type(old) is dict:
        values = new if whole else {key: keep_unchanged(old.get(key), new[key]) for key in new}
        same = list(old) == list(new) and all(map(is_, old.values(), values.values()))
        return old if same else values
    if old == new:
        return old
    if type(new) is list and type(old) is list and not whole:
        kept = [a if a is b or a == b else b for a, b in zip(old, new, strict=False)]
        return kept + new[len(kept) :]
    return new


def common_prefix(old: Sequence[Any], new: Sequence[Any]) -> int:
    """The number of elements that are equal at the beginning of two sequences."""
    n = min(len(old), len(new))
    for first in (n, n - 1):  # usually only the last one differs, if any
        if old[:first] == new[:first]:
            return first
    return next(i for i in range(n) if old[i] != new[i])
