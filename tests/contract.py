"""The facts of the contract, section 2, copied by hand, with valid data of each.

Used by the tests of the catalogue, of the wire format and of what is encrypted. A new type of fact
is added here, and an example of it in store/golden.
"""

from __future__ import annotations

from typing import Any

# Every type with its fields besides `on`; `?` marks optional.
CONTRACT = {
    "individual.registered": "area name date_of_birth sex? identifiers? lead_agency?",
    "individual.amended": "name? date_of_birth? sex? identifiers? lead_agency?",
    "individual.transferred": "to_area",
    "individual.departed": "reason?",
    "individual.returned": "reason?",
    "individual.died": "",
    "conviction.recorded": "conviction_id finding offence schedule_3 threshold? threshold_met? "
    "terrorism? foreign? s81_caught? sentenced_on? disposal? consecutive_to? overlaps?",
    "conviction.sentenced": "conviction_id disposal threshold_met? consecutive_to? overlaps?",
    "conviction.quashed": "conviction_id",
    "trial.concluded": "conviction_id",
    "custody.entered": "kind conviction_id? recall_id? because_of? order_id?",
    "custody.left": "licence_until? licence_for_life?",
    "licence.ended": "",
    "recall.decided": "recall_id kind reason?",
    "recall.cancelled": "recall_id",
    "notification.given": "kind no_fixed_address? details? departs_on? returns_on?",
    "order.applied_for": "order_id kind applicant? court?",
    "order.made": "order_id kind served_on? ends_on? travel_ends_on? travel_only? prohibitions? "
    "requirements? court? application? on_conviction_id? foreign_conviction_id? replaces?",
    "order.served": "order_id",
    "order.varied": "order_id ends_on? until_further_order? travel_ends_on? prohibitions? "
    "requirements?",
    "order.renewed": "order_id ends_on? until_further_order?",
    "order.discharged": "order_id with_consent?",
    "order.quashed": "order_id with_consent?",
    "order.refused": "order_id with_consent?",
    "breach.reported": "breach_id of order_id?",
    "breach.concluded": "breach_id outcome",
    "category.assigned": "category",
    "category.ended": "category",
    "level.set": "level",
    "referral.made": "referral_id agency",
    "referral.decided": "referral_id accepted level?",
    "meeting.held": "meeting_id level invited attended next_review_on? disclosure? actions?",
    "action.closed": "meeting_id action_id",
    "review.eligibility_flagged": "qualifying_on basis",
    "review.qualifying_date_set": "qualifying_on authorised_by reason",
    "review.applied": "review_id",
    "review.acknowledged": "review_id",
    "review.body_notified": "review_id body",
    "review.body_replied": "review_id body",
    "review.determined": "review_id outcome determined_by rank further_years? reasons?",
    "review.notice_received": "review_id",
    "review.appealed": "review_id",
    "review.appeal_decided": "review_id outcome",
    "entry.voided": "entry entry_source? reason",
}
# What was added since. Existing names never change.
CONTRACT["review.determined"] += " factors?"
# Facts of the record itself and of returns, added to the facts of the contract.
ADDED = {
    "individual.erased", "individual.restricted", "individual.restriction_lifted",
    "return.frozen", "return.signed_off", "return.restated",
}  # fmt: skip
# Every personal field, copied by hand; override.reason is personal in every type.
PERSONAL_FIELDS = {
    "individual.registered": {"name", "date_of_birth", "identifiers"},
    "individual.amended": {"name", "date_of_birth", "identifiers"},
    "individual.restricted": {"reason"},
    "individual.restriction_lifted": {"reason"},
    "conviction.recorded": {"offence"},
    "recall.decided": {"reason"},
    "notification.given": {"details"},
    "order.made": {"prohibitions.text", "requirements.text"},
    "order.varied": {"prohibitions.text", "requirements.text"},
    "meeting.held": {"actions.text"},
    "return.signed_off": {"accepted.reason"},
    "review.qualifying_date_set": {"reason"},
    "review.determined": {"reasons", "factors.note"},
    "entry.voided": {"reason"},
}
KINDS_OF_ORDER = (
    "shpo interim_shpo sro interim_sro notification_order interim_notification_order s96za_notice "
    "sopo interim_sopo rosho fto terrorist_notification_order terrorist_travel_order"
)
# The values that a field may have, by `type:path`.
VALUES = {
    "individual.registered:sex": "female male other unknown",
    "individual.registered:lead_agency": "police probation yot health nsd",
    "individual.departed:reason": "deported emigrated other",
    "individual.returned:reason": "deported emigrated other",
    "individual.amended:sex": "female male other unknown",
    "individual.amended:lead_agency": "police probation yot health nsd",
    "conviction.recorded:finding": "conviction caution insanity disability",
    "custody.entered:kind": "remand sentence recall hospital immigration",
    "custody.entered:because_of": "licence order offence",
    "recall.decided:kind": "fixed_term_14 fixed_term_28 fixed_term_56 standard emergency",
    "notification.given:kind": "initial change periodic travel return",
    "order.applied_for:kind": KINDS_OF_ORDER,
    "order.applied_for:applicant": "police nca btp modp defendant",
    "order.made:kind": KINDS_OF_ORDER,
    "breach.reported:of": "notification order licence",
    "breach.concluded:outcome": "charged cautioned convicted insanity disability acquitted "
    "no_further_action",
    "meeting.held:disclosure": "disclosed not_disclosed",
    "review.determined:outcome": "revoked continues",
    "review.determined:rank": "superintendent chief_superintendent acc dcc cc",
    "review.appeal_decided:outcome": "allowed dismissed",
    "conviction.sentenced:disposal.kind": "imprisonment suspended_sentence extended_sentence "
    "detention_and_training life ipp hospital_order hospital_order_with_restriction caution "
    "conditional_discharge absolute_discharge community_order fine other",
}
ACTION = {"action_id": "A1", "text": "Visit", "owner": "police", "due_on": "2024-02-01"}
SAMPLES: dict[str, Any] = {
    "area": "cheshire", "to_area": "cheshire", "name": "A Person", "date_of_birth": "1970-01-01",
    "sex": "male", "identifiers": {"pnc": "1979/0163001B"}, "lead_agency": "police",
    "finding": "conviction", "offence": "Sexual assault", "schedule_3": True, "threshold": True,
    "threshold_met": False, "terrorism": False, "foreign": False, "s81_caught": False,
    "sentenced_on": "2024-01-01", "disposal": {"kind": "imprisonment", "term": "P30M"},
    "overlaps": {"conviction_id": "C2", "by": "P1M"}, "because_of": "licence",
    "licence_until": "2025-01-01", "licence_for_life": False, "no_fixed_address": True,
    "departs_on": "2024-02-01", "returns_on": "2024-03-01", "applicant": "police",
    "served_on": "2024-01-02", "ends_on": "2030-01-01", "travel_ends_on": "2026-01-01",
    "travel_only": False,
    "prohibitions": [{"text": "Not to enter a school", "ends_on": "2029-01-01"}],
    "requirements": [{"text": "To attend"}], "until_further_order": False, "with_consent": True,
    "of": "order", "category": 2, "level": 2, "accepted": True, "invited": ["police"],
    "attended": ["police", "probation"], "next_review_on": "2024-04-01", "disclosure": "disclosed",
    "actions": [ACTION], "qualifying_on": "2024-01-01",
    "basis": {"rule": "soa2003.s91b.2", "entries": ["/cheshire/ppu e1"]}, "rank": "acc",
    "further_years": 9, "factors": [{"factor": "a", "note": "grave"}, {"factor": "o"}],
}  # fmt: skip
TYPES = sorted(CONTRACT)


def fields(kind: str) -> list[str]:
    return CONTRACT[kind].split()


def first_value(kind: str, field: str) -> Any:
    """A valid value of a field: the first of its values, or a sample."""
    names = VALUES.get(f"{kind}:{field}")
    return names.split()[0] if names else SAMPLES.get(field, "X1")


def example(kind: str, *, optional: bool = True) -> dict[str, Any]:
    """Valid data of a type, with or without its optional fields."""
    names = [f.rstrip("?") for f in fields(kind) if optional or not f.endswith("?")]
    if not optional and kind == "individual.amended":
        names = ["name"]
    if not optional and kind == "order.renewed":
        names.append("ends_on")
    return {"on": "2024-01-01"} | {name: first_value(kind, name) for name in names}
