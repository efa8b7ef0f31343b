"""The catalogue of facts (contract, section 2): a frozen model each, with its topic and traits.

Built by `intake`, judged by `judging`, read by `meaning`. `on` is the civil date in Europe/London
on which a fact takes effect. What a model refuses is shape; what the record or the law refuses is
in `judging`. A type is added to its module and to nothing here: whatever a module names is here.
"""
# ruff: noqa: F403

from tracker.domain.facts.annual_returns import *
from tracker.domain.facts.base import *
from tracker.domain.facts.court_orders import *
from tracker.domain.facts.management import *
from tracker.domain.facts.offending import *
from tracker.domain.facts.person import *
from tracker.domain.facts.review_stages import *
