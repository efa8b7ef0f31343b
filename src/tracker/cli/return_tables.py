"""Prints an annual return: its figures, and who froze, signed off and restated it.

Called by `tracker return`, `demo` and `counts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tracker.cli.showing import figure, print_rows, say

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import VerifiedReturnAnswer
    from tracker.domain.answers.figure_shapes import ReturnAnswer

CATEGORIES = {"cat1": "Category 1", "cat2": "Category 2", "cat3": "Category 3", "total": "Total"}
SINGLE = (
    ("cat1_cautioned_or_convicted_breach",
     "Category 1 cautioned or convicted for breach of notification requirements"),
    ("cat1_lifetime_revoked", "Category 1 lifetime notification revoked on application"),
    ("orders.shpo", "Sexual Harm Prevention Order (SHPO)"),
    ("orders.shpo_foreign_travel", "SHPO with foreign travel restriction"),
    ("orders.notification_order", "Notification Order"),
    ("sro_breach_became_subject",
     "Became subject to notification following breach of a Sexual Risk Order"),
    ("breach_of_shpo.level2", "Returned to custody for breach of SHPO, Level 2"),
    ("breach_of_shpo.level3", "Returned to custody for breach of SHPO, Level 3"),
    ("breach_of_shpo.total", "Returned to custody for breach of SHPO, Total"),
    ("rate_per_100k", "Category 1 per 100,000 residents aged 10 and over"),
)  # fmt: skip


def _row(label: str) -> str:
    return label.replace("level", "Level ").replace("total", "Total")


def print_table(title: str, cells: Mapping[str, object]) -> None:
    """Prints a table of level by category; `-` means not applicable."""
    columns = ["", *(f">{name}" for name in CATEGORIES.values())]
    rows = [
        [_row(row), *(figure(figure_at(cells, f"{row}.{column}")) for column in CATEGORIES)]
        for row in cells
    ]
    print_rows(title, columns, rows)


def figure_at(answer: Mapping[str, object], path: str) -> object:
    """The figure at a dotted path of a return, such as `orders.shpo`; raises KeyError if none."""
    value: object = answer
    for part in path.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(path)
        value = value[part]
    return value


def print_return(answer: ReturnAnswer) -> None:
    """Prints every figure of a return, how many findings are open, and its digest."""
    state = answer["status"] if answer["complete"] else f"{answer['status']}, year not yet over"
    say(
        f"MAPPA annual return, {answer['area']}, {answer['year']} ({state}), "
        f"as known at {answer['known_at']}\n"
    )
    print_table(f"In the community on {answer['period_end']}", answer["snapshot"])
    say()
    print_table("Levels 2 and 3, yearly total", answer["yearly_level2_3"])
    say()
    returned = answer["returned_to_custody_breach_of_licence"]
    print_table("Level 2 and 3 returned to custody for breach of licence", returned)
    say()
    values = [(label, figure_at(answer, path)) for path, label in SINGLE]
    rows = [
        (label, "not available: no population figure" if v is None else str(v))
        for label, v in values
    ]
    print_rows("", ("Over the year", ">Figure"), rows)
    if answer["population"]:
        say(f"\nPopulation: {answer['population']['source']}")
    open_ = sum(one.get("accepted") is None for one in answer["findings"])
    if open_:
        say(f"{open_} findings to check (--format json lists them)")
    say(f"Digest: {answer['digest']}")
    if "frozen" in answer:
        print_frozen(answer)


def print_frozen(answer: ReturnAnswer) -> None:
    """Prints who froze a return and signed it off, and what each restatement changed."""
    frozen = answer["frozen"]
    say(f"Frozen by {frozen['by']} at {frozen['at']}, up to entry {frozen['last_entry']}")
    if frozen["signed_off_by"]:
        say(f"Signed off by {frozen['signed_off_by']} at {frozen['signed_off_at']}")
    for one in answer["restated"]:
        say(f"Restated by {one['by']} at {one['at']}: {one['reason']}")
        for cell in one["cells"]:
            say(f"  {cell['cell']}: {figure(cell['is'])}, was {figure(cell['was'])}")


def print_verified(answer: VerifiedReturnAnswer) -> None:
    """Prints for each version whether it was computed again without a difference."""
    for one in answer["versions"]:
        how = "computed again: no difference" if one["verified"] else f"NOT the same: {one['why']}"
        say(f"{answer['area']} {answer['year']}, as known at {one['known_at']}: {how}")
        say(f"  digest   {one['digest']}")
        if not one["verified"]:
            say(f"  computed {one['computed']}")
        for cell in one["differences"]:
            say(f"  {cell['cell']}: frozen {figure(cell['frozen'])}, "
                  f"computed {figure(cell['computed'])}")  # fmt: skip
