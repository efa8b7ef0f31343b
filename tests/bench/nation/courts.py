"""Convictions and sentences, orders, and their breach."""

from __future__ import annotations

from nation import words
from nation.almanac import ENDLESS, ISO, Almanac, Person, number
from nation.custody import enter, first_notified

YEAR = 366
HELD_ALREADY = number(1997, 9, 1)
NEW_ORDERS = number(2015, 3, 8)
NOTICES = number(2022, 11, 29)
# The sentences of courts, with the months of a term; repeated in proportion to their frequency.
SHORT, MIDDLE, LONG = (4, 6), (8, 10, 12, 15, 18, 20, 24, 28), (30, 33, 36, 40, 48, 60, 72, 96, 120)
DISPOSALS = (
    *(("imprisonment", months) for months in (*SHORT, *MIDDLE, *LONG * 3)),
    *(("community_order", 0),) * 8, *(("suspended_sentence", 9),) * 5,
    *(("extended_sentence", 96),) * 4, *(("life", 0),) * 2, *(("caution", 0),) * 3,
    ("fine", 0), ("hospital_order", 0),
)  # fmt: skip
OUTCOMES = ("convicted", "convicted", "cautioned", "charged", "no_further_action", "acquitted")


def convict(
    a: Almanac, p: Person, on: int, offence: str, kind: str, months: int, schedule_3: bool = True
) -> None:
    """A conviction with its sentence, and custody if the sentence is prison."""
    p.convictions += 1
    ref = f"C{p.convictions}"
    finding = "caution" if kind == "caution" else "conviction"
    data = f',"conviction_id":"{ref}","finding":"{finding}","offence":"{offence}"'
    data += f',"schedule_3":{"true" if schedule_3 else "false"}'
    term = f',"term":"P{months}M"' if months else ""
    if kind != "caution":
        data += f',"disposal":{{"kind":"{kind}"{term}}}'
    a.record(p, "conviction.recorded", on, data)
    if a.random() < 0.004:
        a.void(p, f"{p.ref}.{p.told}", p.last, "conviction.recorded", on, data, True)
    if schedule_3:
        _subject(p, on, kind, months)
    _serve(a, p, on, ref, kind, months)


def _subject(p: Person, on: int, kind: str, months: int) -> None:
    """About how long the notification requirements last (s.82)."""
    if kind == "life" or months >= 30:
        p.indefinite, p.until = True, ENDLESS
    else:
        years = {"caution": 2, "hospital_order": 7}.get(kind, 5)
        years = years if not months else 7 if months <= 6 else 10
        p.until = max(p.until, on + years * YEAR)


def _serve(a: Almanac, p: Person, on: int, ref: str, kind: str, months: int) -> None:
    if kind not in ("imprisonment", "extended_sentence", "life", "hospital_order"):
        if on < p.until:
            first_notified(a, p, on)
        return
    whole = months * 30 if months else 3_000 + int(a.random() * 3_000)
    part = whole if kind in ("life", "hospital_order") else max(20, whole // 2)
    until = ENDLESS if kind == "life" else on + whole if months else on + part
    where = "hospital" if kind == "hospital_order" else "sentence"
    enter(a, p, on, part, until, f',"kind":"{where}","conviction_id":"{ref}"')


def _in_force(a: Almanac, p: Person) -> bool:
    return p.order is not None and p.order[2] <= a.today <= p.order[3]


def order(a: Almanac, p: Person, on: int, family: str, interim: bool = False) -> None:
    """A prevention or a risk order, under the law of its day."""
    if p.last_on >= on and _in_force(a, p):
        return  # something was done under the old order on the same day
    new = on >= NEW_ORDERS
    kind = {"harm": ("sopo", "shpo"), "risk": ("rosho", "sro")}[family][new]
    p.orders += 1
    ref = f"S{p.orders}"
    if interim:
        data = f',"order_id":"{ref}","kind":"{kind}"'
        a.record(p, "order.applied_for", on, f'{data},"applicant":"police"')
    years = 0 if a.random() < 0.3 else (5 if family == "harm" else 2) + int(a.random() * 6)
    until = on + years * YEAR + 5 if years else ENDLESS
    p.order = (ref, family, on, until)
    data = f',"order_id":"{ref}","kind":"{kind}","served_on":"{ISO[on]}"'
    data += f',"ends_on":"{ISO[until]}"' if years else ""
    if new and a.random() < 0.06 and (family == "harm" or not years):
        data += f',"travel_ends_on":"{ISO[on + 1_700]}"'
    data += _prohibitions(a, 1 + int(a.random() * 4))
    a.record(p, "order.made", on, f'{data},"court":"{a.pick(words.COURTS)}"')
    if family == "harm":
        p.until = max(p.until, until)
        if not p.inside and not p.first_notified:
            first_notified(a, p, on)


def _prohibitions(a: Almanac, how_many: int) -> str:
    texts = ",".join(f'{{"text":"{t}"}}' for t in words.PROHIBITIONS[:how_many])
    return f',"prohibitions":[{texts}]'


def vary(a: Almanac, p: Person) -> None:
    if p.order is not None and _in_force(a, p):
        data = f',"order_id":"{p.order[0]}"{_prohibitions(a, 2 + int(a.random() * 4))}'
        a.record(p, "order.varied", a.today, data, loose=True)


def discharge(a: Almanac, p: Person) -> None:
    """Ends an order that has lasted long enough for that."""
    if p.order is None or not _in_force(a, p) or a.today < p.order[2] + 5 * YEAR + 2:
        return
    if p.last_on >= a.today:
        a.schedule(a.today + 1, discharge, p)
        return
    a.record(p, "order.discharged", a.today, f',"order_id":"{p.order[0]}"')
    p.order = None


def foreign(a: Almanac, p: Person, on: int) -> None:
    """A conviction abroad; made subject here by an order, or by a notice under present law."""
    abroad = max(on - 200 - int(a.random() * 800), HELD_ALREADY)
    p.convictions, p.orders, p.until = 1, 1, ENDLESS
    data = ',"conviction_id":"C1","finding":"conviction","offence":"Rape","schedule_3":true'
    data += ',"foreign":true,"disposal":{"kind":"imprisonment","term":"P5Y"}'
    a.record(p, "conviction.recorded", abroad, data)
    kind = "s96za_notice" if on >= NOTICES else "notification_order"
    made = f',"order_id":"S1","kind":"{kind}","foreign_conviction_id":"C1"'
    a.record(p, "order.made", on, made)
    first_notified(a, p, on)


def breach(a: Almanac, p: Person) -> None:
    """A breach is reported, and concluded months later."""
    if p.inside or p.abroad:
        return
    of_order = p.order is not None and _in_force(a, p) and a.random() < 0.6
    if not of_order and a.today >= p.until:
        return
    p.episodes += 1
    ref = f"B{p.episodes}"
    data = f',"breach_id":"{ref}","of":"notification"'
    if of_order and p.order is not None:
        data = f',"breach_id":"{ref}","of":"order","order_id":"{p.order[0]}"'
        if p.order[1] == "risk":
            p.until = max(p.until, p.order[3])
    a.record(p, "breach.reported", a.today, data)
    a.schedule(a.within(200), conclude, p, ref, p.order[0] if of_order and p.order else "")


def conclude(a: Almanac, p: Person, ref: str, under: str) -> None:
    outcome = a.pick(OUTCOMES)
    data = f',"breach_id":"{ref}","outcome":"{outcome}"'
    a.record(p, "breach.concluded", a.today, data, loose=True)
    if outcome == "convicted" and not p.inside and not p.abroad and a.random() < 0.5:
        because = f',"because_of":"order","order_id":"{under}"' if under else ""
        days = 30 + int(a.random() * 200)
        enter(a, p, a.today, days, a.today + 2 * days, f',"kind":"sentence"{because}')


def reoffend(a: Almanac, p: Person) -> None:
    """Another conviction of the same kind; no review is sought after it."""
    if p.inside or p.abroad:
        return
    p.reviewable = False
    kind, months = a.pick(DISPOSALS)
    convict(a, p, a.today, a.pick(words.SEXUAL), kind, months)
    if kind != "caution" and a.random() < 0.3:
        order(a, p, a.today, "harm")
