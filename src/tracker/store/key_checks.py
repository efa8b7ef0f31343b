"""What is wrong with the keys of a store, against what its log says of people.

Called by `tracker keys check`.
"""

from __future__ import annotations

import orjson

from tracker.domain.errors import TrackerError
from tracker.store.address import Options, database_of
from tracker.store.database import schema
from tracker.store.keys.people_keys import open_keys
from tracker.store.log_secrets import ERASED, key_database, master_key_source


def check_keys(url: str, options: Options) -> list[str]:
    """What is wrong with the keys of a store, a sentence each."""
    database = database_of(url, options)
    try:
        log_id = schema.check(database)
        with database.reading() as c:
            c.execute("SELECT subject, originator_id FROM individuals ORDER BY originator_id")
            people = {row[1]: row[0] for row in c.fetchall()}
            c.execute("SELECT DISTINCT originator_id FROM stored_events WHERE topic=?", (ERASED,))
            erased = {row[0] for row in c.fetchall()}

        def named(problem: str) -> str:
            first, _, rest = problem.partition(" ")
            return f"{people[first]} {rest}" if first in people else problem

        def needs_key(person: str) -> bool:
            """Whether anything is sealed: not where all was recorded with sealing off."""
            with database.reading() as c:
                c.execute("SELECT state FROM stored_events WHERE originator_id=?", (person,))
                return any("sealed" in orjson.loads(bytes(row[0])) for row in c.fetchall())

        try:
            where = key_database(url, log_id, options)
            keys = open_keys(where, master_key_source(options), bool(people))
        except TrackerError as error:
            return [str(error)]
        try:
            return [named(one) for one in keys.check(people, erased, needs_key)]
        finally:
            keys.close()
    finally:
        database.close()
