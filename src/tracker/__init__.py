"""MAPPA tracker: facts about managed individuals, and what follows from them."""

__version__ = "0.1.0"
