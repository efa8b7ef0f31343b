"""Acts that replaced or moved orders: 2014 s.114, the Sentencing Code, proof."""

from __future__ import annotations

from datetime import date

from law.boundaries.base import Boundary, Check, Facts, day, recorded, unwarned, warned
from spec import FactSpec, convicted, fact, made, registered
from tracker.domain.answers.why import why
from tracker.domain.law.tables import Law

OLD, CODE, PROOF = "asbcpa2014.s114", "sa2020.s343", "soa2003.proof"
PERSON = (registered("1996-01-01"), convicted("2008-01-10", "imprisonment", "P1Y"))


def said(facts: Facts, on: str, *words: str, unsaid: str = "never said") -> Check:
    """The reason for the last day of order S1 has one text in it on a day, and not another."""

    def check(law: Law) -> None:
        reasons = why(recorded(law, facts).timeline, date.fromisoformat(on))
        orders = [r for r in reasons if not r["what"].startswith("Subject on")]
        [sentence] = [r["sentence"] for r in orders if " S1 from " in r["what"]]
        assert all(word in sentence for word in words), sentence
        assert unsaid not in sentence

    return check


def old_order(kind: str) -> Facts:
    return (*PERSON, made("2014-03-03", kind))


def longer(what: str, on: str) -> FactSpec:
    return fact(f"order.{what}", on, order_id="S1", until_further_order=True)


def treated_as_new(kind: str) -> Boundary:
    facts = old_order(kind)
    return Boundary(
        OLD,
        f"8 March 2020, a {kind} still running",
        said(facts, "2020-03-07", unsaid=OLD),
        said(facts, "2020-03-08", OLD),
        said(facts, "2020-03-09", OLD),
    )


def on_conviction(on: str) -> Facts:
    return (*PERSON, made(on, on_conviction_id="C1"))


def by_code(on: str, *, code: bool) -> Check:
    facts = on_conviction(on)
    return said(facts, on, CODE) if code else said(facts, on, unsaid=CODE)


def proved(kind: str, on: str, version: str) -> Check:
    return said((*PERSON, made(on, kind)), on, f"[{PROOF}, in force from {version}")


BOUNDARIES = (
    *(treated_as_new(kind) for kind in ("sopo", "interim_sopo", "rosho", "fto")),
    Boundary(
        OLD,
        "8 March 2015, from which none is made to last longer",
        unwarned(old_order("sopo"), longer("varied", "2015-03-07")),
        warned(old_order("sopo"), longer("varied", "2015-03-08"), OLD),
        warned(old_order("sopo"), longer("renewed", "2015-03-09"), OLD),
    ),
    Boundary(
        OLD,
        "8 March 2020, from which one is made to last longer again",
        warned(old_order("rosho"), longer("varied", "2020-03-07"), OLD),
        unwarned(old_order("rosho"), longer("varied", "2020-03-08")),
        unwarned(old_order("rosho"), longer("renewed", "2020-03-09")),
    ),
    Boundary(
        CODE,
        "1 December 2020",
        by_code("2020-11-30", code=False),
        by_code("2020-12-01", code=True),
        by_code("2020-12-02", code=True),
    ),
    *(
        Boundary(
            PROOF,
            f"29 November 2022, {kind}",
            proved(kind, day("2022-11-29", -1), "2015-03-08"),
            proved(kind, "2022-11-29", "2022-11-29"),
            proved(kind, day("2022-11-29", 1), "2022-11-29"),
        )
        for kind in ("shpo", "sro")
    ),
)
