"""Compares the keys of a store with the people in its log.

Called by `tracker keys check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import partial

import orjson

from tracker.domain.errors import TrackerError
from tracker.store import log_rows
from tracker.store.address import Options, database_of, refuse_missing
from tracker.store.database import schema
from tracker.store.database.interface import Database
from tracker.store.keys.people_keys import open_keys
from tracker.store.log_secrets import ERASED, key_database, master_key_source


def check_keys(url: str, options: Options) -> list[str]:
    """What is wrong with the keys of a store, a sentence each; empty where nothing is."""
    refuse_missing(url)
    with closing(database_of(url, options)) as database:
        log_id = schema.check(database)
        with database.reading() as c:
            people = log_rows.subjects_by_person(c)
            erased = log_rows.people_with_topic(c, ERASED)
        try:
            where = key_database(url, log_id, options)
            keys = open_keys(where, master_key_source(options), bool(people))
        except TrackerError as error:
            return [str(error)]
        with closing(keys):
            problems = keys.check(people, erased, partial(_needs_key, database))
        return [_named(problem, people) for problem in problems]


def _needs_key(database: Database, person: str) -> bool:
    """Whether any entry of a person is sealed: none is where sealing was off."""
    with database.reading() as c:
        rows = log_rows.rows_of_person(c, person)
    return any("sealed" in orjson.loads(bytes(row.state)) for row in rows)


def _named(problem: str, people: Mapping[str, str]) -> str:
    """The problem with the subject in place of the person's id with which it begins."""
    first, _, rest = problem.partition(" ")
    return f"{people[first]} {rest}" if first in people else problem
