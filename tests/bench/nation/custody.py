"""Custody, release on licence and recall, and the notifications that follow."""

from __future__ import annotations

from nation import words
from nation.almanac import ENDLESS, ISO, Almanac, Person, number

RECALL_KINDS = number(2009, 1, 1)


def enter(a: Almanac, p: Person, on: int, days: int, licence_until: int, data: str) -> None:
    """Custody from a day, for so many days; the release may be in the past too."""
    a.record(p, "custody.entered", on, data)
    p.inside = True
    if on + days <= a.today:
        release(a, p, on + days, licence_until)
    else:
        a.schedule(on + days, release, p, on + days, licence_until)


def release(a: Almanac, p: Person, on: int, licence_until: int) -> None:
    """Release, on licence if the licence still runs."""
    licence, data = on < licence_until, ""
    if licence_until >= ENDLESS:
        data = ',"licence_for_life":true'
    elif licence:
        data = f',"licence_until":"{ISO[licence_until]}"'
    p.inside, p.licence_until = False, licence_until if licence else on
    a.record(p, "custody.left", on, data)
    if on < p.until:
        _soon(a, p, on)
    if p.category == 2:
        a.schedule(max(p.licence_until, a.today + 1), supervision_ends, p)
    if licence and a.random() < (0.35 if p.category == 2 else 0.2):
        a.schedule(a.today + 30 + int(a.random() * min(licence_until - on, 1_000)), recall, p)


def _soon(a: Almanac, p: Person, on: int) -> None:
    """The three days in which to notify."""
    due = on + 1 + int(a.random() * 3)
    if due <= a.today:
        notify(a, p, due)
    else:
        a.schedule(due, notify, p, due)


def first_notified(a: Almanac, p: Person, on: int) -> None:
    """The notifications after a conviction without custody, or the like."""
    _soon(a, p, on)


def notify(a: Almanac, p: Person, on: int) -> None:
    """The initial notification, or a change of address if that was given long ago."""
    if p.inside or p.abroad:
        return
    if p.first_notified:
        change(a, p)
    else:
        p.first_notified = on
        a.record(p, "notification.given", on, ',"kind":"initial"')


def change(a: Almanac, p: Person) -> None:
    """A change of particulars, mostly of the address."""
    if p.inside or p.abroad or a.today >= p.until or not p.first_notified:
        return
    r = a.random()
    if r < 0.7:
        house = 1 + int(r * 200)
        where = f"{house} {a.pick(words.STREETS)}, {a.pick(words.TOWNS)}"
        data = f',"kind":"change","details":"new address: {where}"'
    else:
        data = ',"kind":"change","no_fixed_address":true' if r < 0.74 else ',"kind":"change"'
    a.record(p, "notification.given", a.today, data, loose=True)


def adrift(a: Almanac, p: Person, weeks: int) -> None:
    """Without a fixed address: notifies every week for so long."""
    if p.inside or p.abroad or a.today >= p.until or not p.first_notified:
        return
    data = ',"kind":"periodic","no_fixed_address":true'
    a.record(p, "notification.given", a.today, data, loose=True)
    if weeks:
        a.schedule(a.today + 7, adrift, p, weeks - 1)


def travel(a: Almanac, p: Person) -> None:
    """A journey abroad and the way back, each notified."""
    if p.inside or p.abroad or a.today >= p.until:
        return
    away = a.within(40)
    back = away + 3 + int(a.random() * 20)
    dates = f',"departs_on":"{ISO[away]}","returns_on":"{ISO[back]}"'
    a.record(p, "notification.given", a.today, f',"kind":"travel"{dates}', loose=True)
    a.schedule(back + 1, home, p)


def home(a: Almanac, p: Person) -> None:
    if not p.inside and a.today < p.until:
        a.record(p, "notification.given", a.today, ',"kind":"return"', loose=True)


def recall(a: Almanac, p: Person) -> None:
    """Recalled to prison while on licence; for a fixed 28 days or until the board releases."""
    if p.inside or p.abroad or not RECALL_KINDS <= a.today < p.licence_until:
        return
    p.episodes += 1
    ref, fixed = f"R{p.episodes}", a.random() < 0.4
    kind = "fixed_term_28" if fixed else "standard"
    a.record(p, "recall.decided", a.today, f',"recall_id":"{ref}","kind":"{kind}"')
    data = f',"kind":"recall","recall_id":"{ref}","because_of":"licence"'
    days = 28 if fixed else 60 + int(a.random() * 500)
    enter(a, p, a.today, days, p.licence_until, data)


def supervision_ends(a: Almanac, p: Person) -> None:
    """Category 2 ends with the licence; a person recalled meanwhile keeps it until released."""
    if p.category != 2 or p.inside or a.today < p.licence_until:
        return
    p.category = 0
    a.record(p, "category.ended", a.today, ',"category":2')
    if p.level > 1 and a.today >= p.until:
        p.level = 1
