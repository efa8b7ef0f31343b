"""Prints who is counted in a figure of a return, why somebody is not, and what changed in it.

Called by `tracker return`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracker.cli.showing import figure, print_rows, say

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import (
        ChangesAnswer,
        ExplainedAnswer,
        WhyCountedAnswer,
    )


def print_cases(answer: ExplainedAnswer) -> None:
    """Prints everybody counted in a cell, with the rule and the entries."""
    say(f"{answer['cell']} = {answer['figure']}  ({answer['area']} {answer['year']})")
    say(f"  {answer['rule']}")
    for case in answer["cases"]:
        say(f"  {case['subject']}  {case['on']}  {case['cell']}  {case.get('ref', '')}".rstrip())
        _print_entries(case["entries"])


def _print_entries(entries: Sequence[str]) -> None:
    for entry in entries:
        say(f"      {entry}")


def print_why(answer: WhyCountedAnswer) -> None:
    """Prints why a person is counted in a cell, or is not."""
    how = "counted" if answer["counted"] else "not counted"
    say(
        f"{answer['subject']} is {how} in {answer['cell']}  ({answer['area']} {answer['year']}): "
        f"{answer['reason']}"
    )
    _print_entries(answer["entries"])
    say(f"The rule: {answer['rule']}.")


def print_changes(answer: ChangesAnswer) -> None:
    """Prints each cell that changed, and each person whose cells changed, with the entries."""
    title = f"{answer['area']} {answer['year']}, from {answer['since']} to {answer['known_at']}"
    if not answer["cells"] and not answer["people"]:
        say(f"{title}: no change")
        return
    rows = [(cell["cell"], figure(cell["was"]), figure(cell["is"])) for cell in answer["cells"]]
    print_rows(title, ("Cell", ">Was", ">Is"), rows)
    say()
    for person in answer["people"]:
        cells = (("left", person["left"]), ("joined", person["joined"]))
        moves = [f"{how} {', '.join(named)}" for how, named in cells if named]
        say(f"  {person['subject']}  {'; '.join(moves)}")
        later = f"no new entry: counted on a later day, {answer['days']['is']}"
        _print_entries(person["entries"] or [later])
