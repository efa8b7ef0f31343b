"""The counting rules of the annual return, each stated once: section 4 of the contract, row by row.

`sql` renders a rule for the tables of the views (`counted_people`, `computed_return`); `counts`
applies it to one person's timeline (`cases`); `conditions` puts each condition into words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal, NamedTuple

from tracker.domain.meaning.occurrences import MANAGED, CountedRun, Occurrence

LEVELS, CATEGORIES, HIGHER = (1, 2, 3), (1, 2, 3), (2, 3)
LICENCE, SHPO = "returned_to_custody_breach_of_licence", "breach_of_shpo"
RATE = "rate_per_100k"

Column = Literal["area", "location", "category", "level"]
Value = str | int | None


class Condition(NamedTuple):
    """A condition on one column. In SQL as in Python an unknown value is none of `among`."""

    column: Column
    among: tuple[str | int, ...] = ()
    test: Literal["one of", "none of", "known"] = "one of"

    def met_by(self, value: Value) -> bool:
        """Whether a value of the column meets the condition."""
        if self.test == "known":
            return value is not None
        return (value in self.among) == (self.test == "one of")

    @property
    def sql(self) -> str:
        """The condition as SQL, without parameters."""
        if self.test == "known":
            return f"{self.column} IS NOT NULL"
        values = [f"'{value}'" if isinstance(value, str) else str(value) for value in self.among]
        # `=` for one value: a partial index is used only if its condition is repeated literally
        one_of = f"={values[0]}" if len(values) == 1 else f" IN ({','.join(values)})"
        if self.test == "one of":
            return f"{self.column}{one_of}"
        return f"({self.column} IS NULL OR NOT {self.column}{one_of})"


IN_COMMUNITY = Condition("location", ("community",))
MANAGED_SOMEWHERE = Condition("location", tuple(sorted(MANAGED)))
IN_CATEGORY_1_TO_3 = Condition("category", CATEGORIES)
IN_CATEGORY_4 = Condition("category", (4,))
NOT_IN_CATEGORY_4 = Condition("category", (4,), "none of")
AT_HIGHER_LEVEL = Condition("level", HIGHER)
AT_A_LEVEL = Condition("level", test="known")

# Which of the days counted decides; they run from `first` to `last`, both included.
Days = Literal["last day", "any day", "day it happened", "day before it happened"]


class Rule(NamedTuple):
    """One row of the return, or one cell of the orders.

    If `kind` is empty, the rule counts runs of days (`view_standing`). Otherwise it counts
    occurrences of that kind (`view_occurrences`), which have the area, location, category and level
    of the day that decides. `by` names the columns that divide the row into cells. `once`: each
    person counts once, at the highest level and by the last such item; otherwise each occurrence
    counts.
    """

    row: str
    days: Days
    conditions: tuple[Condition, ...]
    says: str
    kind: str = ""
    by: tuple[Column, ...] = ()
    once: bool = True

    def cell(self, level: int | None, category: int | None) -> str:
        """The dotted path of the cell that counts a person at a level and in a category."""
        inner = {"level": f".level{level}", "category": f".cat{category}"}
        return self.row + "".join(inner[column] for column in self.by)


SNAPSHOT = Rule(
    "snapshot",
    "last day",
    (IN_COMMUNITY, IN_CATEGORY_1_TO_3, AT_A_LEVEL),
    "each person in the community on the last day, in category 1, 2 or 3, managed by the area that "
    "day",
    by=("level", "category"),
)
YEARLY = Rule(
    "yearly_level2_3",
    "any day",
    (MANAGED_SOMEWHERE, IN_CATEGORY_1_TO_3, AT_HIGHER_LEVEL),
    "each person managed by the area at level 2 or 3 in category 1, 2 or 3 on any day of the year, "
    "in the community, custody or hospital: once, at the highest level, under the category of the "
    "last day at that level",
    by=("level", "category"),
)
OCCURRENCES = (
    Rule(
        "cat1_cautioned_or_convicted_breach",
        "day it happened",
        (NOT_IN_CATEGORY_4,),
        "each person with a breach of notification requirements concluded in the year as cautioned "
        "or convicted, managed by the area that day: once",
        "notification_breach",
    ),
    Rule(
        "cat1_lifetime_revoked",
        "day it happened",
        (NOT_IN_CATEGORY_4,),
        "each person whose revocation on application took effect in the year, managed by the area "
        "that day: once",
        "lifetime_revoked",
    ),
    Rule(
        "sro_breach_became_subject",
        "day it happened",
        (NOT_IN_CATEGORY_4,),
        "each person who became subject in the year through s.122I, not subject on the day before "
        "and by no other ground beginning that day: once",
        "sro_breach_subject",
    ),
    Rule(
        "orders.shpo",
        "day it happened",
        (NOT_IN_CATEGORY_4,),
        "each full SHPO made in the year on a person whose managing area it is "
        "that day, wherever the person is",
        "shpo_made",
        once=False,
    ),
    Rule(
        "orders.shpo_foreign_travel",
        "day it happened",
        (NOT_IN_CATEGORY_4,),
        "each full SHPO made in the year with a travel prohibition when made, on a person "
        "whose managing area it is that day, wherever the person is",
        "shpo_travel_made",
        once=False,
    ),
    Rule(
        "orders.notification_order",
        "day it happened",
        (NOT_IN_CATEGORY_4,),
        "each notification order made and s.96ZA notice given in the year to a person whose "
        "managing area it is that day, wherever the person is",
        "notification_order_made",
        once=False,
    ),
    Rule(
        LICENCE,
        "day before it happened",
        (IN_COMMUNITY, IN_CATEGORY_1_TO_3, AT_HIGHER_LEVEL),
        "each person who entered custody from the community in the year for breach of licence, or "
        "by recall, and stood at level 2 or 3 the day before: once, at the highest such level, by "
        "the last return at it; area, level and category of the day before",
        "returned_licence",
        ("level", "category"),
    ),
    Rule(
        SHPO,
        "day before it happened",
        (IN_COMMUNITY, IN_CATEGORY_1_TO_3, AT_HIGHER_LEVEL),
        "each person who entered custody from the community in the year for breach of an SHPO, "
        "interim SHPO, SOPO or interim SOPO, and stood at level 2 or 3 the day before: once, at "
        "the highest such level",
        "returned_shpo",
        ("level",),
    ),
)
RULES = {rule.row: rule for rule in (SNAPSHOT, YEARLY, *OCCURRENCES)}
SAYS = {row: rule.says for row, rule in RULES.items()} | {
    RATE: "category 1 of the snapshot × 100,000 ÷ residents aged 10 and over, to the nearest "
    "integer, halves up",
}
# A return leaves category 4 out; the national figures count it separately, by level.
CATEGORY_4_SNAPSHOT = Rule(
    "snapshot", "last day", (IN_COMMUNITY, IN_CATEGORY_4),
    "each person in the community on the last day, in category 4", by=("level",),
)  # fmt: skip
CATEGORY_4_YEARLY = Rule(
    "yearly_level2_3", "any day", (MANAGED_SOMEWHERE, IN_CATEGORY_4, AT_HIGHER_LEVEL),
    "each person managed at level 2 or 3 in category 4 on any day of the year", by=("level",),
)  # fmt: skip


def rule_of(cell: str) -> Rule:
    """The rule of a cell, given its dotted path."""
    return RULES.get(cell) or RULES[cell.partition(".")[0]]


# --- as SQL, and for one person -------------------------------------------------------------------

HAPPENED = "happened>=:first AND happened<=:last"
DAYS_IN_SQL: dict[Days, str] = {
    "last day": "start<=:last AND until>:last",
    "any day": "start<=:last AND until>:first AND :first<=:last",
    "day it happened": HAPPENED,
    "day before it happened": HAPPENED,
}
# `until` is the first day after a run, None if it has no end.
RUN_DAYS: dict[Days, Callable[[CountedRun, date, date], bool]] = {
    "last day": lambda run, first, last: run.start <= last and _lasts_past(run, last),
    "any day": lambda run, first, last: (
        first <= last and run.start <= last and _lasts_past(run, first)
    ),
}


def sql(rule: Rule) -> str:
    """The rule as an SQL condition on its table, with parameters `:first` and `:last`."""
    return f"{DAYS_IN_SQL[rule.days]} AND {conditions_sql(rule)}"


def conditions_sql(rule: Rule) -> str:
    """The rule as an SQL condition, without the days, which all occurrence rules share."""
    kind = [f"kind='{rule.kind}'"] if rule.kind else []
    return " AND ".join([*kind, *(c.sql for c in rule.conditions)])


def counts(rule: Rule, one: CountedRun | Occurrence, first: date, last: date) -> bool:
    """Whether the rule counts a run of days, or an occurrence, between `first` and `last`."""
    if isinstance(one, Occurrence):
        within = one.kind == rule.kind and first <= one.on <= last
    else:
        within = not rule.kind and RUN_DAYS[rule.days](one, first, last)
    return within and all(c.met_by(getattr(one, c.column)) for c in rule.conditions)


def _lasts_past(run: CountedRun, day: date) -> bool:
    return run.until is None or day < run.until
