"""Keeps views level with the log: reading pages, rebuilding, the registry of views."""
