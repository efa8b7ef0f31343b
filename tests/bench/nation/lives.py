"""How people become known, and what happens to them in a year. All events start here."""

from __future__ import annotations

from nation import courts, custody, panels, words
from nation.almanac import ISO, Almanac, Person, number

DEATHS = [min(0.5, 0.008 * 2 ** ((age - 60) / 8)) for age in range(130)]


def begin(a: Almanac, p: Person, pace: float, back: int = 0) -> None:
    """Registers a person; `back` days ago for people known before the log begins."""
    on = max(a.today - back, courts.HELD_ALREADY)
    r = a.random()
    _register(a, p, on)
    if r < 0.74:
        sexual(a, p, on)
    elif r < 0.94:
        violent(a, p, on)
    elif r < 0.965:
        courts.order(a, p, on, "risk")
    elif r < 0.99:
        dangerous(a, p, on, 3)
    elif r < 0.997:
        courts.foreign(a, p, on)
    else:
        dangerous(a, p, on, 4)
    a.schedule(a.within(365), year, p, pace)


def _register(a: Almanac, p: Person, on: int) -> None:
    name = f"{a.pick(words.FIRST)} {a.pick(words.LAST)}"
    sex = "female" if a.random() < 0.03 else "male"
    data = f',"area":"{p.source[1:-4]}","name":"{name}","date_of_birth":"{ISO[p.born]}"'
    data += f',"sex":"{sex}","lead_agency":"police"'
    if a.random() < 0.7:
        n = int(a.random() * 9_000_000) + 1_000_000
        data += f',"identifiers":{{"visor":"V{n}","pnc":"{n % 90 + 10}/{n // 10}X"}}'
    a.record(p, "individual.registered", on, data)


def sexual(a: Almanac, p: Person, on: int) -> None:
    """Schedule 3: category 1 follows from the law; a third come with a prevention order."""
    kind, months = a.pick(courts.DISPOSALS)
    courts.convict(a, p, on, a.pick(words.SEXUAL), kind, months)
    if kind != "caution" and on >= number(2004, 5, 1) and a.random() < 0.3:
        courts.order(a, p, on, "harm")


def violent(a: Almanac, p: Person, on: int) -> None:
    """Twelve months or more for violence: category 2 for as long as there is a licence."""
    p.category = 2
    a.record(p, "category.assigned", on, ',"category":2')
    months = 12 + int(a.random() ** 2 * 160)
    offence = a.pick(words.VIOLENT)
    courts.convict(a, p, on, offence, "imprisonment", months, schedule_3=False)


def dangerous(a: Almanac, p: Person, on: int, category: int) -> None:
    """Category 3 (or 4, terrorism) is managed by meetings from the first day."""
    p.category = category
    extra = ',"terrorism":true' if category == 4 else ""
    data = ',"conviction_id":"C1","finding":"conviction","offence":"Assault","schedule_3":false'
    p.convictions = 1
    disposal = ',"disposal":{"kind":"community_order"}'
    a.record(p, "conviction.recorded", on, f"{data}{extra}{disposal}")
    a.record(p, "category.assigned", on, f',"category":{category}', loose=True)
    panels.panel(a, p, 2)


def year(a: Almanac, p: Person, pace: float) -> None:
    """One year of a person: the periodic notification, and random other events."""
    a.schedule(a.today + 365, year, p, pace)
    if a.random() < DEATHS[(a.today - p.born) // 365]:
        a.schedule(a.within(360), die, p)
    subject = a.today < p.until
    if subject and not p.inside and not p.abroad and p.first_notified:
        a.record(p, "notification.given", a.today, ',"kind":"periodic"', loose=True)
        for _ in range(int(pace + a.random())):
            a.schedule(a.within(360), custody.change, p)
    if subject or p.category or p.order:
        _chances(a, p)
    elif a.random() < 0.01:
        a.schedule(a.within(360), courts.reoffend, p)


CHANCES = (
    (0.100, custody.travel), (0.080, panels.refer), (0.050, courts.breach),
    (0.015, courts.reoffend), (0.160, courts.vary), (0.040, courts.discharge),
)  # fmt: skip


def _chances(a: Almanac, p: Person) -> None:
    for likely, what in CHANCES:
        if a.random() < likely:
            a.schedule(a.within(360), what, p)
    r = a.random()
    if r < 0.02:
        a.schedule(a.within(360), transfer, p)
    elif r < 0.05:
        a.schedule(a.within(360), amend, p)
    elif r < 0.052:
        a.schedule(a.within(360), depart, p)
    elif r < 0.072 and p.order is None and p.until > a.today:
        a.schedule(a.within(360), prevent, p)
    if a.random() < 0.08:
        a.schedule(a.within(360), custody.adrift, p, 4 + int(a.random() * 48))
    if p.indefinite and a.random() < 0.2:
        a.schedule(a.within(360), panels.apply, p)


def prevent(a: Almanac, p: Person) -> None:
    """The police apply for an order and get it."""
    if p.order is None and not p.inside:
        courts.order(a, p, a.today, "harm", interim=True)


def transfer(a: Almanac, p: Person) -> None:
    area = a.pick(tuple(words.SIZES))
    a.record(p, "individual.transferred", a.today, f',"to_area":"{area}"')
    p.managed_by(area)


def amend(a: Almanac, p: Person) -> None:
    """Another name, or an identifier that was not known before."""
    data = f',"name":"{a.pick(words.FIRST)} {a.pick(words.LAST)}"'
    if a.random() < 0.6:
        data = f',"identifiers":{{"crn":"X{int(a.random() * 900_000) + 100_000}"}}'
    a.record(p, "individual.amended", a.today, data, loose=True)


def depart(a: Almanac, p: Person) -> None:
    if p.inside or p.abroad:
        return
    p.abroad = True
    a.record(p, "individual.departed", a.today, ',"reason":"emigrated"')
    if a.random() < 0.4:
        a.schedule(a.today + 100 + int(a.random() * 900), come_back, p)


def come_back(a: Almanac, p: Person) -> None:
    p.abroad = False
    a.record(p, "individual.returned", a.today)


def die(a: Almanac, p: Person) -> None:
    """The last fact, alone on its day."""
    if p.last_on >= a.today:
        a.schedule(a.today + 1, die, p)
        return
    a.record(p, "individual.died", a.today)
    p.dead = True
