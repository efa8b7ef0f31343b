"""Keeps views up to date with the log: reading pages, rebuilding, the registry of views."""
