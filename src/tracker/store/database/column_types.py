"""The types of columns as each database names them. For the tables of views.

The tables of a store itself stand in `migrations/*.sql`, a file for each database.
"""

from __future__ import annotations

NAMES = {
    "sqlite": {"TEXT": "TEXT", "LONG": "INTEGER", "CLUSTERED": "WITHOUT ROWID"},
    "postgresql": {"TEXT": 'TEXT COLLATE "C"', "LONG": "BIGINT", "CLUSTERED": ""},
}


def with_types(kind: str, statement: str) -> str:
    """A statement in which `{TEXT}`, `{LONG}` and the others are as a database names them."""
    for name, meaning in NAMES[kind].items():
        statement = statement.replace(f"{{{name}}}", meaning)
    return statement
