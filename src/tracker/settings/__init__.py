"""Reads and validates the configuration: areas, populations, tables of the law, settings."""
