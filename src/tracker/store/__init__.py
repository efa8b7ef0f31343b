"""The log: facts appended once and never lost, sealed, proved, on SQLite or PostgreSQL."""
