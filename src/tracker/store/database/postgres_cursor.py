"""A psycopg cursor that takes the placeholders of the store's SQL. For `postgres`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Self

import psycopg

from tracker.store.database.interface import Row

_PLACEHOLDERS = re.compile(r"\?|(?<![:\w]):([a-z_][a-z_0-9]*)")


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """A statement with psycopg's placeholders in place of `?` and `:name`."""
    return _PLACEHOLDERS.sub(lambda m: f"%({m[1]})s" if m[1] else "%s", sql.replace("%", "%%"))


class PostgresCursor(psycopg.Cursor[Row]):
    """A cursor for the SQL of the store; see `interface.Cursor`."""

    each = "json_array_elements(CAST(? AS json))"

    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> Self:
        if isinstance(query, str) and params:
            query = translated(query)
        return super().execute(query, params or None, **kwargs)

    def executemany(self, query: Any, params_seq: Any, **kwargs: Any) -> None:
        super().executemany(translated(query), params_seq, **kwargs)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        with self.copy(f"COPY {table} ({','.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def run_script(self, script: str) -> None:
        self.execute(script, prepare=False)  # several statements at once cannot be prepared

    def exists(self, table: str) -> bool:
        # from pg_class: to_regclass alone may answer from an outdated cache
        self.execute("SELECT 1 FROM pg_catalog.pg_class WHERE oid=to_regclass(?)", (table,))
        return self.fetchone() is not None
