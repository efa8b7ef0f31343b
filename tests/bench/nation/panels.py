"""Referral, level and meetings; and the review of indefinite notification requirements."""

from __future__ import annotations

import json

from nation import words
from nation.almanac import ISO, Almanac, Person, number

REVIEWS = number(2012, 9, 1)
FIRST_OF_MAY_2004 = number(2004, 5, 1)
WAIT = 15 * 366 + 30


def refer(a: Almanac, p: Person) -> None:
    """A referral to level 2 or 3; two of three are accepted."""
    if p.level > 1 or not managed(a, p):
        return
    p.episodes += 1
    ref = f"F{p.episodes}"
    agency = a.pick(words.AGENCIES)
    a.record(p, "referral.made", a.today, f',"referral_id":"{ref}","agency":"{agency}"')
    a.schedule(a.within(20), decide, p, ref, a.random() < 0.67)


def managed(a: Almanac, p: Person) -> bool:
    return a.today < p.until or p.category > 0


def decide(a: Almanac, p: Person, ref: str, accepted: bool) -> None:
    level = 3 if a.random() < 0.06 else 2
    data = f',"accepted":true,"level":{level}' if accepted else ',"accepted":false'
    a.record(p, "referral.decided", a.today, f',"referral_id":"{ref}"{data}')
    if accepted and managed(a, p):
        panel(a, p, level)


def panel(a: Almanac, p: Person, level: int) -> None:
    """Sets a level and schedules its meetings."""
    p.level = level
    a.record(p, "level.set", a.today, f',"level":{level}', loose=True)
    a.schedule(a.within(14), meet, p, level, 1 + int(a.random() * 5))


def meet(a: Almanac, p: Person, level: int, left: int) -> None:
    """A meeting, followed by another or by the end of the level."""
    p.episodes += 1
    ref = f"M{p.episodes}"
    invited = words.AGENCIES[: 3 + int(a.random() * 5)]
    attended = [x for x in invited if a.random() < 0.85]
    after = a.today + 45 + int(a.random() * 60)
    parts = [f',"meeting_id":"{ref}","level":{level},"invited":{_list(invited)}',
             f',"attended":{_list(attended)}']  # fmt: skip
    if left:
        parts.append(f',"next_review_on":"{ISO[after]}"')
    if a.random() < 0.5:
        told = "disclosed" if a.random() < 0.3 else "not_disclosed"
        parts.append(f',"disclosure":"{told}"')
    action = a.random() < 0.5
    if action:
        owner, due = a.pick(invited), ISO[a.today + 28]
        parts.append(f',"actions":[{{"action_id":"1","text":"Home visit and report",'
                     f'"owner":"{owner}","due_on":"{due}"}}]')  # fmt: skip
        a.schedule(a.within(45), close, p, ref)
    a.record(p, "meeting.held", a.today, "".join(parts), loose=not action)
    a.schedule(after, *((meet, p, level, left - 1) if left else (step_down, p)))


def _list(names: list[str] | tuple[str, ...]) -> str:
    return json.dumps(names, separators=(",", ":"))


def close(a: Almanac, p: Person, meeting: str) -> None:
    a.record(p, "action.closed", a.today, f',"meeting_id":"{meeting}","action_id":"1"')


def step_down(a: Almanac, p: Person) -> None:
    """Back to level 1; a person in category 3 leaves it with the level."""
    p.level = 1
    if p.category == 3:
        p.category = 0
        a.record(p, "category.ended", a.today, ',"category":3', loose=True)
    elif managed(a, p):
        a.record(p, "level.set", a.today, ',"level":1', loose=True)


def may_apply(a: Almanac, p: Person) -> bool:
    """Whether an application today is certainly lawful."""
    if not (p.indefinite and p.reviewable and p.first_notified) or a.today < REVIEWS:
        return False
    barred = p.order is not None and p.order[3] >= a.today
    early = p.first_notified < FIRST_OF_MAY_2004
    return not barred and (early or a.today > p.first_notified + WAIT)


def apply(a: Almanac, p: Person) -> None:
    """An application for review; a person first notified before May 2004 has the date set."""
    if not may_apply(a, p):
        return
    if p.first_notified < FIRST_OF_MAY_2004:
        why = ',"authorised_by":"Superintendent Byford","reason":"first notified before 2004"'
        data = f',"qualifying_on":"{ISO[a.today]}"{why}'
        a.record(p, "review.qualifying_date_set", a.today, data)
    p.reviewable = False
    a.record(p, "review.applied", a.today, ',"review_id":"V1"')
    a.schedule(a.today + 5, step, p, "acknowledged", "")
    a.schedule(a.today + 8, step, p, "body_notified", ',"body":"probation"')
    a.schedule(a.today + 30, step, p, "body_replied", ',"body":"probation"')
    a.schedule(a.today + 50 + int(a.random() * 30), determine, p)


def step(a: Almanac, p: Person, what: str, data: str) -> None:
    a.record(p, f"review.{what}", a.today, f',"review_id":"V1"{data}')


def determine(a: Almanac, p: Person) -> None:
    """Mostly revokes; otherwise the person may appeal."""
    revoked = a.random() < 0.6
    data = f',"outcome":"{"revoked" if revoked else "continues"}"'
    data += ',"determined_by":"Superintendent Byford","rank":"superintendent"'
    data += "" if revoked else f',"further_years":{8 + int(a.random() * 8)}'
    step(a, p, "determined", data)
    a.schedule(a.today + 4, notice, p, revoked)


def notice(a: Almanac, p: Person, revoked: bool) -> None:
    step(a, p, "notice_received", "")
    if revoked:
        p.until, p.indefinite = a.today, False
    elif a.random() < 0.15:
        a.schedule(a.today + 10, step, p, "appealed", "")
        a.schedule(a.today + 100, step, p, "appeal_decided", ',"outcome":"dismissed"')
