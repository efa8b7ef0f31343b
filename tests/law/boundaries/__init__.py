"""The boundaries of every rule in `config/law/`, one module for each subject."""

from law.boundaries import (
    acts,
    clocks,
    findings,
    grounds_of_orders,
    improbable,
    notification,
    orders,
    recall,
    record,
    retention,
    returns,
    review_steps,
    reviews,
)
from law.boundaries.base import Boundary as Boundary

SUBJECTS = (
    notification, findings, clocks, reviews, review_steps, orders, grounds_of_orders, recall,
    record, improbable, acts, retention, returns,
)  # fmt: skip
BOUNDARIES: tuple[Boundary, ...] = tuple(b for subject in SUBJECTS for b in subject.BOUNDARIES)
