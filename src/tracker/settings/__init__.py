"""What changes without code: areas, populations, tables of the law, settings."""
