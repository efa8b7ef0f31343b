"""Decides which facts may be recorded, and with which warnings."""
