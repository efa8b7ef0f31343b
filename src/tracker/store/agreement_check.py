"""Checks that a process uses the law and the counting setting agreed for a store.

Called by the engine before it writes views, by intake before a return is frozen, by `tracker adopt`
and by the status. A process that uses others may read views and returns, but may not write any.
"""

from __future__ import annotations

from datetime import datetime

from tracker import __version__
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.store import agreements
from tracker.store.agreements import Agreement
from tracker.store.database.interface import Cursor, Database

FIRST_USE = "first use"  # `adopted_by` of the first agreement, recorded without a question
MIXED = "it is worked out from people's records beside the views, and would mix the two"
WHAT_TO_DO = "use the store's, or make these the store's with `tracker adopt --by NAME`"


class Disagreement(TrackerError):
    """This process has another law or counting setting than the store.

    `differs` says which of the two; the message adds the consequence and what to do.
    """

    def __init__(self, differs: str, consequence: str) -> None:
        super().__init__(f"{differs}; {consequence}; {WHAT_TO_DO}")
        self.differs = differs

    def with_consequence(self, consequence: str) -> Disagreement:
        """The same disagreement, whose message names another consequence."""
        return Disagreement(self.differs, consequence)


def disagreement(agreement: Agreement | None, law: Law) -> Disagreement | None:
    """How the law of this process differs from an agreement, as an error to raise.

    None where it does not differ, or where there is no agreement yet.
    """
    if agreement is None:
        return None
    differs = []
    if agreement.law != law.digest:
        differs.append(f"other tables of law (digest {law.digest}, the store's {agreement.law})")
    if agreement.category_4 != law.category_4:
        setting = f"(category_4 {law.category_4}, the store's {agreement.category_4})"
        differs.append(f"another counting setting {setting}")
    if not differs:
        return None
    agreed = f"{agreement.adopted_by}, {agreement.adopted_at:%Y-%m-%d}"
    return Disagreement(
        f"this process does not use what was agreed for the store ({agreed}): "
        f"{' and '.join(differs)}",
        "no view is built, updated or rebuilt, and no return is frozen",
    )


def check(c: Cursor, law: Law, consequence: str = "") -> None:
    """Raises Disagreement where `law` differs from the agreement in force in this snapshot.

    `consequence`, if any, replaces the usual one in the message.
    """
    problem = disagreement(agreements.current(c), law)
    if problem is not None:
        raise problem.with_consequence(consequence) if consequence else problem


def agree(database: Database, law: Law, at: datetime) -> Agreement:
    """The agreement in force; the first process to ask records its own law and setting as it.

    Raises Disagreement where `law` differs from it.
    """
    with database.reading() as c:
        agreement = agreements.current(c)
    if agreement is None:
        agreement = _record(database, 0, law, FIRST_USE, at)
    problem = disagreement(agreement, law)
    if problem is not None:
        raise problem
    return agreement


def adopt(database: Database, law: Law, by: str, at: datetime) -> Agreement:
    """Makes the law and setting of this process those of the store; returns the agreement.

    Nothing is added where they are already in force. Raises TrackerError where `by` is blank.
    """
    if not by.strip():
        raise TrackerError("say who adopts it: --by NAME")
    while True:
        with database.reading() as c:
            agreement = agreements.current(c)
        if agreement is not None and disagreement(agreement, law) is None:
            return agreement
        agreement = _record(database, agreement.n if agreement else 0, law, by.strip(), at)
        if disagreement(agreement, law) is None:
            return agreement


def _record(database: Database, replaces: int, law: Law, by: str, at: datetime) -> Agreement:
    return agreements.record(
        database, replaces=replaces, law=law.digest, category_4=law.category_4, by=by, at=at,
        release=__version__,
    )  # fmt: skip
