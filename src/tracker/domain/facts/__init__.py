"""The catalogue of facts (contract, section 2): one frozen model per type, with its traits.

Built by `intake`, judged by `judging`, read by `meaning`. `on` is the civil date in Europe/London
on which a fact takes effect. A model refuses what has the wrong shape; `judging` refuses what the
record or the law does not allow. To add a type, edit its module: this file exports all their names.
"""
# ruff: noqa: F403

from tracker.domain.facts.annual_returns import *
from tracker.domain.facts.base import *
from tracker.domain.facts.court_orders import *
from tracker.domain.facts.management import *
from tracker.domain.facts.offending import *
from tracker.domain.facts.person import *
from tracker.domain.facts.review_stages import *
