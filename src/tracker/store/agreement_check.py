"""Whether a process has the law and the counting setting that all who use a store agreed on.

Called by the engine before it writes views, by intake before a return is frozen, by `tracker adopt`
and by the status. A process with others may read what is there, and writes nothing of the kind.
"""

from __future__ import annotations

from datetime import datetime

from tracker import __version__
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.store import agreements
from tracker.store.agreements import Agreement
from tracker.store.database.interface import Cursor, Database

FIRST_USE = "first use"  # who adopted the agreement that nobody had to be asked for
MIXED = "it is worked out from people's records beside the views, and would mix the two"
WHAT_TO_DO = "use the store's, or make these the store's with `tracker adopt --by NAME`"


class Disagreement(TrackerError):
    """This process has another law or counting setting than the store; `differs` says which."""

    def __init__(self, differs: str, consequence: str) -> None:
        super().__init__(f"{differs}; {consequence}; {WHAT_TO_DO}")
        self.differs = differs

    def because(self, consequence: str) -> Disagreement:
        """The same disagreement, with what follows from it in another place."""
        return Disagreement(self.differs, consequence)


def disagreement(standing: Agreement | None, law: Law) -> Disagreement | None:
    """How a process differs from what stands; None where it does not, or nothing stands yet."""
    if standing is None:
        return None
    differs = []
    if standing.law != law.digest:
        differs.append(f"other tables of law (digest {law.digest}, the store's {standing.law})")
    if standing.category_4 != law.category_4:
        setting = f"(category_4 {law.category_4}, the store's {standing.category_4})"
        differs.append(f"another counting setting {setting}")
    if not differs:
        return None
    agreed = f"{standing.adopted_by}, {standing.adopted_at:%Y-%m-%d}"
    return Disagreement(
        f"this process does not use what was agreed for the store ({agreed}): "
        f"{' and '.join(differs)}",
        "no view is built, brought level or rebuilt, and no return is frozen",
    )


def check(c: Cursor, law: Law, consequence: str = "") -> None:
    """Raises Disagreement where a process differs from what stands in this snapshot."""
    found = disagreement(agreements.current(c), law)
    if found is not None:
        raise found.because(consequence) if consequence else found


def agree(database: Database, law: Law, at: datetime) -> Agreement:
    """What stands, which is this process's own where it is the first; raises Disagreement."""
    with database.reading() as c:
        standing = agreements.current(c)
    if standing is None:
        standing = _record(database, 0, law, FIRST_USE, at)
    found = disagreement(standing, law)
    if found is not None:
        raise found
    return standing


def adopt(database: Database, law: Law, by: str, at: datetime) -> Agreement:
    """Makes the law and setting of this process the store's; adds nothing where they are already.

    Raises TrackerError where nobody is named.
    """
    if not by.strip():
        raise TrackerError("say who adopts it: --by NAME")
    while True:
        with database.reading() as c:
            standing = agreements.current(c)
        if standing is not None and disagreement(standing, law) is None:
            return standing
        standing = _record(database, standing.n if standing else 0, law, by.strip(), at)
        if disagreement(standing, law) is None:
            return standing


def _record(database: Database, replaces: int, law: Law, by: str, at: datetime) -> Agreement:
    return agreements.record(
        database, replaces=replaces, law=law.digest, category_4=law.category_4, by=by, at=at,
        release=__version__,
    )  # fmt: skip
