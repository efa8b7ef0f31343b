"""Why each date is what it is: rule, section, version, entries, the arithmetic, what changes it.

Called by `show --why`. It calls the same functions that compute the dates, and only adds words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from tracker.domain.answers.show import iso, withheld
from tracker.domain.answers.why_clocks import clock_steps, in_words
from tracker.domain.dates import DAY, after_months, after_term, birthday, last_day, parse_term
from tracker.domain.law import convictions as c
from tracker.domain.law.notification import Ground
from tracker.domain.law.order_limits import OLD_ORDERS, treated_as_new_from
from tracker.domain.law.orders import OLD_KINDS, Order
from tracker.domain.law.periods import Person, period_on
from tracker.domain.law.recall import recalls
from tracker.domain.law.review import QualifyingDate
from tracker.domain.meaning.outstanding import deadlines
from tracker.domain.meaning.timeline import Timeline

if TYPE_CHECKING:
    from tracker.domain.answers.person_shapes import Reason


def _age(t: Timeline, day: date) -> str:
    """The age of a person on a day, in words.

    For an erased or restricted person, only whether it was under the age that the law asks about.
    """
    born = t.particulars.date_of_birth
    of_age = t.law.as_at(day, "relevant_date").number_if_any("soa2003.s82.2", "age")
    if withheld(t):
        if of_age is None:
            return "of an age that the law does not ask about"
        return f"under {of_age}" if day < birthday(born, of_age) else f"{of_age} or over"
    return str(max(n for n in range(day.year - born.year + 1) if birthday(born, n) <= day))


def _term_steps(
    person: Person, conviction: c.Conviction, sentence: c.Sentence, relevant: date, day: date
) -> list[str]:
    """How the term, or the total of the joined terms, compares with 30 and with 6 months."""
    group = c.joined_convictions(conviction.ref, person.convictions, day, person.law)
    term, _ = c.total_term(group, person.convictions, day)
    total = f"{in_words(term.months)}{f' and {term.days} days' if term.days else ''}"
    steps = []
    others = ", ".join(sorted(group - {conviction.ref}))
    if others:
        steps.append(
            f"Its term is taken together with those of {others}, "
            f"less what overlaps (s.82(3), (4)): {total}."
        )
    end = after_term(sentence.on, term)
    for name in ("indefinite_from_months", "short_term_months"):
        months = person.number(relevant, name)
        mark = person.months_after(relevant, sentence.on, name)
        relation = "after" if end > mark else "on" if end == mark else "before"
        steps.append(
            f"Counted from {sentence.on}, {total} end {relation} the end of "
            f"{months} months ({end - DAY} against {mark - DAY})."
        )
        if name == "indefinite_from_months" and end >= mark:
            break
    return steps


def _conviction_steps(t: Timeline, g: Ground) -> list[str]:
    conviction = t.convictions[g.conviction]
    person = Person(t.particulars.date_of_birth, t.convictions, t.law)
    day = max([on for on, _ in g.changes] or [g.relevant])
    steps = [
        f"The {conviction.fact.finding} was recorded for {conviction.fact.on} ({conviction.entry})."
    ]
    if conviction.fact.threshold:
        steps.append(
            "The offence counts only with a sentence above a threshold (s.132(3)): the first "
            f"sentence that meets it was imposed on {g.relevant}."
        )
        if any(x.met is None for x in conviction.sentences):
            steps.append(_other_rule(t, "soa2003.s132.3", g.relevant))
    steps.append(f"The relevant date is {g.relevant}; the person was {_age(t, g.relevant)}.")
    sentence = conviction.sentence_on(day)
    if conviction.fact.finding == "caution":
        return steps
    if sentence is None:
        return [*steps, "No disposal is recorded yet: the ground applies, with no last day."]
    term = f" of {sentence.disposal.term}" if sentence.disposal.term else ""
    kind = sentence.disposal.kind.replace("_", " ")
    steps.append(f"The disposal in force is {kind}{term}, of {sentence.on} ({sentence.entry}).")
    mad = conviction.fact.finding in ("insanity", "disability")
    if sentence.custodial is not None and not mad:
        steps += _term_steps(person, conviction, sentence, g.relevant, day)
    elif sentence.disposal.kind == "conditional_discharge" and sentence.disposal.term:
        until = after_term(g.relevant, parse_term(sentence.disposal.term))
        steps.append(f"The period is that of the discharge: to {until - DAY}.")
    return steps


def _months_between(start: date, until: date) -> int | None:
    months = (until.year - start.year) * 12 + until.month - start.month
    return next((m for m in (months, months - 1) if after_months(start, m) == until), None)


def _ran_out(t: Timeline, g: Ground) -> bool:
    """Whether a ground ends with the period of s.82, and nothing else ended it earlier."""
    if not g.conviction:
        return False
    person = Person(t.particulars.date_of_birth, t.convictions, t.law)
    day = max([on for on, _ in g.changes] or [g.relevant])
    return period_on(person, t.convictions[g.conviction], g.relevant, day).until == g.until


def _period_steps(t: Timeline, g: Ground) -> list[str]:
    if g.until is None:
        how = "The requirements are indefinite." if g.indefinite else "No last day is known."
        return [how]
    months = _months_between(g.relevant, g.until) if _ran_out(t, g) else None
    if months is None:
        return [f"It ended on {g.until}: {g.until - DAY} is the last day subject."]
    halved = " (half, for a person under 18)" if g.rule == "soa2003.s82.2" else ""
    return [
        f"{in_words(months)}{halved} beginning with {g.relevant}: that day is the first, "
        f"{g.until - DAY} the last, and {g.until} the first day no longer subject."
    ]


def _ground_steps(t: Timeline, g: Ground) -> list[str]:
    steps: list[str] = []
    order = t.orders.get(g.ref)
    if g.ground in ("shpo", "notification_order", "s96za") and order is not None:
        steps.append(f"The {order.law.title} was made on {order.start} ({order.entries[0]}).")
    if g.ground == "shpo" and order is not None:
        steps.append(
            f"It was served on {order.service}, the day from which the first deadline is counted."
        )
    if g.conviction:
        steps += _conviction_steps(t, g)
    if g.ground == "sro_breach":
        steps.append(f"The breach was concluded against the person on {g.start}.")
    return steps + _period_steps(t, g)


def _other_rule(t: Timeline, rule_id: str, day: date) -> str:
    """A second rule that a date depends on, in words; marked if it is inferred."""
    rule = t.law.version(rule_id, day)
    mark = ", inferred" * (rule.confidence == "inferred")
    return f"{rule.says} [{rule.id}, in force from {rule.version}{mark}]"


def _made_under(t: Timeline, order: Order, on: date) -> list[str]:
    """The rules on how the order was made and, for an old order, on treating it as a new one."""
    law, kind, made = t.law, order.made.kind, order.start
    steps: list[str] = []
    if kind == "shpo" and order.made.on_conviction_id:
        if law.in_force("sa2020.s343", made):
            steps.append(_other_rule(t, "sa2020.s343", made))
    elif kind in ("shpo", "sro") and not law.ended("soa2003.proof", made):
        steps.append(_other_rule(t, "soa2003.proof", made))
    treated = treated_as_new_from(on, law)
    if kind in OLD_KINDS and treated is not None and on >= treated:
        steps.append(_other_rule(t, OLD_ORDERS, on))
    return steps


def _order_steps(t: Timeline, order: Order, on: date) -> list[str]:
    end = last_day(t.end_of(order))
    steps = [f"Made on {order.start} ({order.entries[0]}).", *_made_under(t, order, on)]
    for entry in order.entries[1:]:
        steps.append(f"Changed or ended by {entry}.")
    steps.append(f"Its last day is {end}." if end else "It runs until further order.")
    return steps


def _review_steps(t: Timeline, q: QualifyingDate) -> list[str]:
    if q.on is None or not q.entries:
        return []
    last = next((e for e in t.entries if e.name == q.entries[-1]), None)
    if last is None or q.rule == "person.qualifying_date_set":
        return [f"A person set the date: {q.on}."]
    months = _months_between(last.fact.on, q.on)
    length = in_words(months) if months is not None else "the period"
    return [
        f"{length} beginning with {last.fact.on} ({last.name}) end with {q.on - DAY}; "
        f"the day after is {q.on}."
    ]


class Basis(NamedTuple):
    """What a date rests on: its rule, the governing day of that rule, and the entries."""

    rule: str
    governed_on: date
    entries: Sequence[str]


def reason(t: Timeline, what: str, on: date | None, basis: Basis, steps: Sequence[str]) -> Reason:
    """One date with its reason; `sentence` says all of it in words that a court could read."""
    version, entries = t.law.version(basis.rule, basis.governed_on), basis.entries
    when = f"{on}" if on is not None else "no end"
    doubt = " This rule is inferred: have the date confirmed." * (version.confidence == "inferred")
    changed = f" It would change with {version.changed_by}." if version.changed_by else ""
    words = " ".join(steps)
    return {
        "what": what,
        "date": iso(on),
        "rule": version.id,
        "section": version.section,
        "instrument": t.law.instruments[version.id],
        "version": version.version,
        "confidence": version.confidence,
        "entries": list(entries),
        "arithmetic": list(steps),
        "changed_by": version.changed_by,
        "sentence": f"{what}: {when}. {words}{' ' * bool(words)}{t.law.instruments[version.id]}, "
        f"{version.section} (in force from {version.version}): {version.says} "
        f"It rests on {', '.join(entries) or 'no entry'}.{changed}{doubt}",
    }


def why(t: Timeline, on: date) -> list[Reason]:
    """Every date in the answer of `show` for a day, with its reason."""
    return [*_grounds(t, on), *_orders(t, on), *_review(t, on), *_recalls(t, on), *_clocks(t, on)]


def _grounds(t: Timeline, on: date) -> Iterator[Reason]:
    for g in t.grounds_on(on):
        what = f"Subject on the ground {g.ground} {g.ref} from {g.start}; last day"
        basis = Basis(g.rule, g.governed_on, g.entries)
        yield reason(t, what, last_day(g.until), basis, _ground_steps(t, g))


def _orders(t: Timeline, on: date) -> Iterator[Reason]:
    for order in sorted(t.orders.values(), key=lambda o: (o.start, o.order_id)):
        if t.in_force(order, on):
            what = f"{order.law.title} {order.order_id} from {order.start}; last day"
            basis = Basis(order.law.rule, order.start, order.entries)
            yield reason(t, what, last_day(t.end_of(order)), basis, _order_steps(t, order, on))


def _review(t: Timeline, on: date) -> Iterator[Reason]:
    q = t.review_on(on)
    if q is not None and q.on is not None and q.rule is not None:
        basis = Basis(q.rule, q.governed_on, q.entries)
        yield reason(t, "Qualifying date for review", q.on, basis, _review_steps(t, q))


def _recalls(t: Timeline, on: date) -> Iterator[Reason]:
    for r in recalls(t.entries, t.law):
        if r.last_day is not None and r.returned_on is not None and r.returned_on <= on:
            days = (r.last_day - r.returned_on).days + 1
            steps = [
                f"Returned to custody on {r.returned_on}: that day is the first of {days}, "
                f"{r.last_day} the last."
            ]
            what = f"Recall {r.recall_id} ({r.kind}); last day inside"
            yield reason(t, what, r.last_day, Basis(r.rule, r.decided_on, r.entries), steps)


def _clocks(t: Timeline, on: date) -> Iterator[Reason]:
    for d in deadlines(t, on):
        if d.what != "review_qualifying":
            what = d.what.replace("_", " ").removesuffix(" due").capitalize() + " due"
            basis = Basis(d.rule, d.governed_on, d.entries)
            yield reason(t, what, d.due_on, basis, clock_steps(t, d))
