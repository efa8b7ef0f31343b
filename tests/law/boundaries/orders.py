"""Orders: dates in which each kind is made, lengths, discharge, travel, and what ends them."""

from __future__ import annotations

from typing import Any

from law.boundaries.base import Boundary, Check, accepted, day, order, refused
from spec import FactSpec, fact, made, registered, with_override

PERSON = (registered("1996-01-01"),)
LAST, FIRST = "2015-03-07", "2015-03-08"
DID_NOT_EXIST = "kind_did_not_exist"
RULE_OF = {
    "shpo": "soa2003.s103a", "interim_shpo": "soa2003.s103f", "sopo": "soa2003.s104",
    "interim_sopo": "soa2003.s109", "sro": "soa2003.s122a", "interim_sro": "soa2003.s122e",
    "rosho": "soa2003.s123", "fto": "soa2003.s114",
}  # fmt: skip


def on_order(what: str, on: str, **data: Any) -> FactSpec:
    return fact(f"order.{what}", on, **{"order_id": "S1"} | data)


def begins_on(kind: str) -> Boundary:
    return Boundary(
        RULE_OF[kind],
        f"8 March 2015, {kind}",
        refused(PERSON, made(LAST, kind), DID_NOT_EXIST, RULE_OF[kind]),
        accepted(PERSON, made(FIRST, kind)),
        accepted(PERSON, made(day(FIRST, 1), kind)),
    )


def ends_on(kind: str) -> Boundary:
    return Boundary(
        RULE_OF[kind],
        f"7 March 2015, {kind}",
        accepted(PERSON, made(day(LAST, -1), kind)),
        accepted(PERSON, made(LAST, kind)),
        refused(PERSON, made(FIRST, kind), DID_NOT_EXIST, RULE_OF[kind]),
    )


KINDS = (
    *(begins_on(kind) for kind in ("shpo", "interim_shpo", "sro", "interim_sro")),
    *(ends_on(kind) for kind in ("sopo", "interim_sopo", "rosho", "fto")),
)


def at_least(rule: str, kind: str, on: str, least: str) -> tuple[Boundary, ...]:
    """A day short of the minimum, exactly the minimum, and longer: when made and when varied."""
    varied = (*PERSON, made(on, kind))
    short, longer = day(least, -1), day(least, 1)
    later = day(on, 30)

    def forever(end: str) -> FactSpec:
        return made(on, kind, prohibitions=[{"text": "Not to go there", "ends_on": end}])

    return (
        Boundary(
            rule,
            f"the minimum, {kind} made on {on}",
            refused(PERSON, made(on, kind, ends_on=short), "minimum_length", rule),
            accepted(PERSON, made(on, kind, ends_on=least)),
            accepted(PERSON, made(on, kind, ends_on=longer)),
        ),
        Boundary(
            rule,
            f"the minimum of one prohibition, {kind} made on {on}",
            refused(PERSON, forever(short), "minimum_length", rule),
            accepted(PERSON, forever(least)),
            accepted(PERSON, forever(longer)),
        ),
        Boundary(
            rule,
            f"the minimum after a variation, {kind} made on {on}",
            refused(varied, on_order("varied", later, ends_on=short), "minimum_length", rule),
            accepted(varied, on_order("varied", later, ends_on=least)),
            accepted(varied, on_order("renewed", later, ends_on=longer)),
        ),
    )


LENGTHS = (
    *at_least("soa2003.s103c.2", "shpo", "2020-03-02", "2025-03-01"),
    *at_least("soa2003.s103c.2", "shpo", "2020-02-29", "2025-02-28"),
    *at_least("soa2003.s104", "sopo", "2008-03-03", "2013-03-02"),
    *at_least("soa2003.s122a.7", "sro", "2020-03-02", "2022-03-01"),
    *at_least("soa2003.s123", "rosho", "2008-03-03", "2010-03-02"),
)


def no_discharge_before(rule: str, kind: str, on: str, free: str) -> Boundary:
    """Barred up to the day before the anniversary, but by consent."""
    facts = (*PERSON, made(on, kind))

    def before(law: Any) -> None:
        early = on_order("discharged", day(free, -1))
        refused(facts, early, "discharge_barred", rule)(law)
        agreed = on_order("discharged", day(free, -1), with_consent=True)
        accepted(facts, agreed)(law)

    return Boundary(
        rule,
        f"the anniversary of a {kind} made on {on}",
        before,
        accepted(facts, on_order("discharged", free)),
        accepted(facts, on_order("discharged", day(free, 1))),
    )


DISCHARGES = (
    no_discharge_before("soa2003.s103e.7", "shpo", "2020-03-02", "2025-03-02"),
    no_discharge_before("soa2003.s103e.7", "shpo", "2020-02-29", "2025-03-01"),
    no_discharge_before("soa2003.s108.6", "sopo", "2008-03-03", "2013-03-03"),
    no_discharge_before("soa2003.s122d", "sro", "2020-03-02", "2022-03-02"),
    no_discharge_before("soa2003.s125", "rosho", "2008-03-03", "2010-03-03"),
)


def travel(rule: str, kind: str) -> tuple[Boundary, ...]:
    """5 years at most: when made, and when extended from the day after its last."""
    last, extended = "2025-03-01", "2030-03-01"
    banned = (*PERSON, made("2020-03-02", kind, travel_ends_on=last))

    def ban(until: str) -> FactSpec:
        return made("2020-03-02", kind, travel_ends_on=until)

    def extension(until: str) -> FactSpec:
        return on_order("varied", "2025-01-10", travel_ends_on=until)

    return (
        Boundary(
            rule,
            f"5 years of no travel, {kind}",
            accepted(PERSON, ban(day(last, -1))),
            accepted(PERSON, ban(last)),
            refused(PERSON, ban(day(last, 1)), "travel_too_long", rule),
        ),
        Boundary(
            rule,
            f"5 further years of no travel, {kind}",
            accepted(banned, extension(day(extended, -1))),
            accepted(banned, extension(extended)),
            refused(banned, extension(day(extended, 1)), "travel_too_long", rule),
        ),
    )


TRAVEL = (*travel("soa2003.s103d.1", "shpo"), *travel("soa2003.s122c.1", "sro"))


def ended_by(
    rule: str, what: str, old: FactSpec, new: FactSpec, *, old_rule: str, ends: bool = True
) -> Boundary:
    """Another order, made on 2 March 2020 or as it says, ends one in force that day, or not."""
    facts, on = (*PERSON, old, new), new.data["on"]
    last_day = day(on, -1) if ends else None

    def holds(when: str, *, in_force: bool) -> Check:
        return order(facts, when, last_day, in_force=in_force, rule=old_rule, ref="OLD")

    return Boundary(
        rule,
        what,
        holds(day(on, -1), in_force=True),
        holds(on, in_force=not ends),
        holds(day(on, 1), in_force=not ends),
    )


def by_kind(rule: str, new: str, old: str, old_on: str, on: str = "2020-03-02") -> Boundary:
    return ended_by(rule, f"a new {new} after {old}", made(old_on, old, "OLD"), made(on, new),
                    old_rule=RULE_OF[old])  # fmt: skip


NEW_SHPO = "soa2003.s103c.6"
REPLACED = (
    by_kind(NEW_SHPO, "shpo", "shpo", "2018-03-02"),
    by_kind(NEW_SHPO, "shpo", "interim_shpo", "2020-01-10"),
    by_kind(NEW_SHPO, "shpo", "sopo", "2014-03-03"),
    by_kind(NEW_SHPO, "shpo", "interim_sopo", "2015-01-12"),
    by_kind(NEW_SHPO, "shpo", "fto", "2014-03-03"),
    by_kind("soa2003.s122a", "sro", "sro", "2019-03-04"),
    by_kind("soa2003.s122e", "sro", "interim_sro", "2020-01-10"),
    by_kind("soa2003.s123", "sro", "rosho", "2014-03-03"),
    by_kind("soa2003.s109", "sopo", "interim_sopo", "2014-01-10", "2014-03-03"),
    by_kind("soa2003.s104", "sopo", "sopo", "2009-03-02", "2014-03-03"),
    by_kind("soa2003.s123", "rosho", "rosho", "2009-03-02", "2014-03-03"),
    by_kind("soa2003.s114", "fto", "fto", "2009-03-02", "2014-03-03"),
    # Kinds that were never in force together, unless recorded with an override.
    ended_by("soa2003.s103f", "a SOPO insisted on", made("2020-01-10", "interim_shpo", "OLD"),
             with_override(made("2020-03-02", "sopo")), old_rule="soa2003.s103f"),
    ended_by("soa2003.s122e", "a RoSHO insisted on", made("2020-01-10", "interim_sro", "OLD"),
             with_override(made("2020-03-02", "rosho")), old_rule="soa2003.s122e"),
    ended_by("soa2003.s103a", "a new SRO, which ends no SHPO",
             made("2018-03-02", "shpo", "OLD"), made("2020-03-02", "sro"),
             old_rule="soa2003.s103a", ends=False),
)  # fmt: skip


def by_application(kind: str, full: str) -> tuple[Boundary, ...]:
    """The full order made, or refused, under an interim order's application ends it that day."""
    interim = made("2020-01-10", kind, "OLD", application="A1")
    rule = RULE_OF[kind]
    return (
        ended_by(rule, f"the {full} made on its application", interim,
                 made("2020-03-02", full, "A1"), old_rule=rule),
        ended_by(rule, f"the {full} refused on its application", interim,
                 fact("order.refused", "2020-03-02", order_id="A1"), old_rule=rule),
    )  # fmt: skip


def runs(rule: str, kind: str, on: str, last_day: str) -> Boundary:
    """An order for its own fixed period."""
    facts = (*PERSON, made(on, kind, ends_on=last_day))
    return Boundary(
        rule,
        f"the last day of a {kind}",
        order(facts, last_day, last_day, in_force=True, rule=rule),
        order(facts, day(last_day, 1), last_day, in_force=False, rule=rule),
        order(facts, day(last_day, 2), last_day, in_force=False, rule=rule),
    )


INTERIM = (
    *by_application("interim_shpo", "shpo"),
    *by_application("interim_sro", "sro"),
    runs("soa2003.s103f", "interim_shpo", "2020-03-02", "2020-04-01"),
    runs("soa2003.s109", "interim_sopo", "2014-03-03", "2014-04-02"),
    runs("soa2003.s122e", "interim_sro", "2020-03-02", "2020-04-01"),
    runs("soa2003.s114", "fto", "2014-03-03", "2014-09-02"),
    runs("cta2008.sch4", "terrorist_notification_order", "2020-03-02", "2030-03-01"),
    runs("cta2008.sch5", "terrorist_travel_order", "2020-03-02", "2025-03-01"),
)

ALL: tuple[tuple[Boundary, ...], ...] = (KINDS, LENGTHS, DISCHARGES, TRAVEL, REPLACED, INTERIM)
BOUNDARIES = tuple(boundary for some in ALL for boundary in some)
