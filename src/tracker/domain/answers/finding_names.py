"""The findings, each with what it says: the one list behind the shapes and `docs/json.md`."""

from __future__ import annotations

from typing import Annotated

from tracker.domain.answers.answer_values import one_of

# About a person: listed by `show` on the days they cover, and with a return.
OF_A_PERSON = {
    "category_3_at_level_1": "category 3 assigned at level 1 or with no level, which is no "
    "category",
    "level_not_set": "accepted by a referral at level 2 or 3 (`ref`) and counted at a lower level, "
    "because no level has been set since. Level 1 in category 1 or 2 with no level set is normal, "
    "and no finding",
    "category_2_without_reason": "category 2 with no licence, custody, hospital order or "
    "running suspended sentence",
    "no_release_after_sentence": "in custody for a sentence beyond its term (`ref`: the "
    "conviction), from the day after it. The whole term counts (half of a detention and training "
    "order), from the day of entering custody, with all sentences joined to it. The term that ends "
    "last counts, also of a sentence imposed while inside. No finding where one of the sentences "
    "is for life, for public protection, a hospital order or of no known term",
    "threshold_not_stated": "a threshold offence sentenced with nothing recorded on whether the "
    "threshold was met",
    "no_qualifying_date": "indefinite requirements with no computed qualifying date",
    "override": "a fact recorded although a rule would refuse it",
    "release_while_not_inside": "a release of somebody who, as now known, was not inside",
    "leans_on_nothing": "an accepted fact that refers to something a later fact removed, such as "
    "the conclusion of a breach whose report was voided, which is then not counted",
    "order_not_in_force": "a fact about an order that was not in force on its day, as now known",
    "order_on_quashed_conviction": "an order (`ref`) still in force although the conviction that "
    "it was made on is quashed: it is a sentence, and falls with the conviction",
    "after_death": "a fact dated after a death that was recorded later",
}
# Only with a return.
OF_A_RETURN = {
    "no_meeting_in_year": "counted in row 2, and no meeting about the person was held in the year, "
    "up to its last day counted; `from` and `entries` are those of the last level",
    "cell_moved": "about no person (`subject` is null), with `cell`, `was` and `is`: last year's "
    "figure and this year's, both as known at `known_at`, differ by more than `moved_share` of "
    "last year's and by at least `moved_least` (settings, section `[report]`). A margin is listed "
    "only if no cell in it is. For a year not yet over, only cells of the snapshot are listed; if "
    "nobody was counted last year, none",
}

PersonFindingName = Annotated[str, one_of(*OF_A_PERSON)]
ReturnFindingName = Annotated[str, one_of(*OF_A_PERSON, *OF_A_RETURN)]
