"""The views: tables computed from the log for fast reading, and the engine that updates them."""

from projections.engine.bitemporal import View
from projections.engine.engine import Engine
from projections.view_list import all_views

__all__ = ["Engine", "View", "all_views"]
