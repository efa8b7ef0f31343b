"""The views: what the log says, kept ready to read, and the engine that keeps them."""

from projections.engine.bitemporal import View
from projections.engine.engine import Engine
from projections.view_list import all_views

__all__ = ["Engine", "View", "all_views"]
