"""The record of one individual as it is being written: what `individual` judges a new fact against.

Filled by the store in the order recorded; keeps what every check needs (ids in use, birth, death)
so that judging a fact costs no fold unless the law needs one.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from datetime import date, datetime

from tracker.domain import facts as f
from tracker.domain.dates import earliest
from tracker.domain.record.entry import Entry, K, is_of, voids

# What each fact brings into being, by a name that later facts refer to.
NAMES: dict[type[f.Fact], tuple[str, str]] = {
    f.ConvictionRecorded: ("conviction", "conviction_id"),
    f.OrderAppliedFor: ("application", "order_id"),
    f.OrderMade: ("order", "order_id"),
    f.RecallDecided: ("recall", "recall_id"),
    f.BreachReported: ("breach", "breach_id"),
    f.MeetingHeld: ("meeting", "meeting_id"),
    f.ReferralMade: ("referral", "referral_id"),
    f.ReviewApplied: ("review", "review_id"),
}

# What each fact leans on: (what it is, the field that names it).
LEANS: dict[type[f.Fact], tuple[tuple[str, str], ...]] = {
    f.ConvictionRecorded: (("conviction", "consecutive_to"),),
    f.ConvictionSentenced: (("conviction", "conviction_id"), ("conviction", "consecutive_to")),
    f.ConvictionQuashed: (("conviction", "conviction_id"),),
    f.TrialConcluded: (("conviction", "conviction_id"),),
    f.CustodyEntered: (
        ("conviction", "conviction_id"), ("recall", "recall_id"), ("order", "order_id"),
    ),
    f.RecallCancelled: (("recall", "recall_id"),),
    f.OrderMade: (
        ("conviction", "on_conviction_id"), ("conviction", "foreign_conviction_id"),
        ("order", "replaces"),
    ),
    f.OrderServed: (("order", "order_id"),),
    f.OrderVaried: (("order", "order_id"),),
    f.OrderRenewed: (("order", "order_id"),),
    f.OrderDischarged: (("order", "order_id"),),
    f.OrderQuashed: (("order", "order_id"),),
    f.BreachReported: (("order", "order_id"),),
    f.BreachConcluded: (("breach", "breach_id"),),
    f.ReferralDecided: (("referral", "referral_id"),),
    f.ActionClosed: (("meeting", "meeting_id"),),
    f.ReviewAcknowledged: (("review", "review_id"),),
    f.ReviewBodyNotified: (("review", "review_id"),),
    f.ReviewBodyReplied: (("review", "review_id"),),
    f.ReviewDetermined: (("review", "review_id"),),
    f.ReviewNoticeReceived: (("review", "review_id"),),
    f.ReviewAppealed: (("review", "review_id"),),
    f.ReviewAppealDecided: (("review", "review_id"),),
}  # fmt: skip

PERSONAL = frozenset({
    f.IndividualRegistered, f.IndividualAmended, f.IndividualDied, f.IndividualErased,
    f.IndividualRestricted, f.IndividualRestrictionLifted,
})  # fmt: skip


def _acting(entry: Entry) -> tuple[date, int]:
    return entry.fact.on, entry.sequence


class History:
    """The entries of one subject in the order recorded, and what counts of them.

    `presumed` names entries whose void stands in the same import as the right fact: they count
    for nothing from the first of the two on.
    """

    def __init__(self, subject: str, entries: Iterable[Entry] = ()) -> None:
        self.subject = subject
        self.entries: list[Entry] = []
        self.last_recorded_at: datetime | None = None
        self.voided: set[str] = set()
        self.presumed: set[str] = set()
        self._reset()
        for entry in entries:
            self.append(entry)

    def _reset(self) -> None:
        self.counting: list[Entry] = []
        self.named: dict[tuple[str, str], Entry] = {}
        self.registered: Entry | None = None
        self.born: date | None = None
        self._born_said: tuple[date, int] | None = None
        self.died: date | None = None
        self.erased: Entry | None = None
        self.restricted: Entry | None = None

    @property
    def next_sequence(self) -> int:
        return len(self.entries) + 1

    def append(self, entry: Entry) -> None:
        """Takes an accepted entry into the record."""
        self.entries.append(entry)
        self.last_recorded_at = entry.recorded_at
        if not isinstance(entry.fact, f.EntryVoided):
            self._count(entry)
        else:
            target = voids(entry)
            assert target is not None
            self.presumed.discard(target)
            self.voided.add(target)
            self._recount()

    def presume_void(self, target: str) -> None:
        """Leaves an entry out at once, because its void stands in the same import."""
        if target not in self.voided and target not in self.presumed:
            self.presumed.add(target)
            self._recount()

    def _recount(self) -> None:
        self._reset()
        gone = self.voided | self.presumed
        for entry in self.entries:
            if entry.name not in gone and not isinstance(entry.fact, f.EntryVoided):
                self._count(entry)

    def _count(self, entry: Entry) -> None:
        fact = entry.fact
        if self.counting and fact.on < self.counting[-1].fact.on:
            insort(self.counting, entry, key=_acting)
        else:
            self.counting.append(entry)
        kind = type(fact)
        if kind in NAMES:
            what, field = NAMES[kind]
            self.named[what, getattr(fact, field)] = entry
        elif kind in PERSONAL:
            self._count_person(entry)

    def _count_person(self, entry: Entry) -> None:
        fact = entry.fact
        if isinstance(fact, f.IndividualRegistered):
            self.registered = self.registered or entry
            self.born = self.born or fact.date_of_birth
        elif isinstance(fact, f.IndividualAmended) and fact.date_of_birth is not None:
            if self._born_said is None or self._born_said < _acting(entry):
                self.born, self._born_said = fact.date_of_birth, _acting(entry)
        elif isinstance(fact, f.IndividualDied):
            self.died = earliest(self.died, fact.on)
        elif isinstance(fact, f.IndividualErased):
            self.erased = self.erased or entry
        elif isinstance(fact, f.IndividualRestricted):
            self.restricted = entry
        elif isinstance(fact, f.IndividualRestrictionLifted):
            self.restricted = None

    def named_as(self, what: str, ref: str, kind: type[K]) -> Entry[K]:
        """The entry that brought `what` into being under a name; KeyError where none of a type did.

        For a reference that has been checked already.
        """
        entry = self.named[what, ref]
        if not is_of(entry, kind):
            raise KeyError(what, ref)
        return entry

    def entry(self, name: str) -> Entry | None:
        """The entry of a name, voided or not."""
        return next((e for e in self.entries if e.name == name), None)

    def begins_with_registration(self) -> bool:
        """Whether the first entry that counts is a registration, or nothing counts at all."""
        first = min(self.counting, key=lambda e: e.sequence, default=None)
        return first is None or isinstance(first.fact, f.IndividualRegistered)
