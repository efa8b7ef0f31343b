"""The findings, each with what it says: the one list behind the shapes and `docs/json.md`."""

from __future__ import annotations

from typing import Annotated

from tracker.domain.answers.answer_values import one_of

# Of a person, listed by `show` on the days on which they hold, and with a return.
OF_A_PERSON = {
    "category_3_at_level_1": "category 3 assigned at level 1 or with no level, which is no "
    "category",
    "level_not_set": "accepted by a referral at level 2 or 3 (`ref`) and counted at a lower level: "
    "none has been set since. Level 1 in category 1 or 2 with nothing set is the rule, and no "
    "finding",
    "category_2_without_reason": "category 2 with no licence, custody or hospital order live",
    "no_release_after_sentence": "in custody for a sentence beyond its term (`ref`: the "
    "conviction), from the day after it. The whole term counts from the day entered, of a "
    "detention and training order its custodial half, with all sentences joined to it; of several "
    "the last counts, those imposed while inside among them; none where one of them is for life, "
    "for public protection, a hospital order or of no known term",
    "threshold_not_stated": "a threshold offence sentenced with no word on whether the threshold "
    "was met",
    "no_qualifying_date": "indefinite requirements with no computed qualifying date",
    "override": "a fact recorded although a rule would refuse it",
    "release_while_not_inside": "a release of somebody not inside, as is now known",
    "leans_on_nothing": "an accepted fact that refers to what a later one took away; a breach "
    "concluded whose report was voided is listed so, and is not counted",
    "order_not_in_force": "a fact about an order that was not in force on its day, as is now known",
    "after_death": "a fact dated after a death that was recorded later",
}
# Of a return alone.
OF_A_RETURN = {
    "no_meeting_in_year": "counted in row 2, and no meeting about the person was held in the year, "
    "up to its last day counted; `from` and `entries` are those of the level held last",
    "cell_moved": "about nobody (`subject` null), with `cell`, `was` and `is`: last year's figure "
    "and this year's, both as known at `known_at`, differ by more than `moved_share` of last "
    "year's and by at least `moved_least` (settings, section `[report]`). A margin is listed only "
    "where no cell in it is; of a year not yet over the snapshot alone; nothing where nobody was "
    "counted last year",
}

PersonFindingName = Annotated[str, one_of(*OF_A_PERSON)]
ReturnFindingName = Annotated[str, one_of(*OF_A_PERSON, *OF_A_RETURN)]
