"""Seals the personal part of a fact under the person's own key, and unseals it on load.

Used by `mapper` for every fact. What was sealed with a destroyed key reads as forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date

import orjson

from tracker.domain.facts.personal import forget, has_birth_date, may_have_personal, merge, split
from tracker.domain.open_json import JsonObject
from tracker.domain.record.entry import Entry
from tracker.store.keys.people_keys import KeyStore
from tracker.store.keys.seal import seal, unseal


class Sealer:
    """Seals and unseals facts; see `mapper.Sealing`.

    `stand_ins` gives the dates in place of an erased person's dates of birth, by "source id" of the
    entry. `on` False seals nothing. `everything` False unseals no more than folding needs; the rest
    reads as forgotten.
    """

    def __init__(
        self,
        keys: KeyStore,
        stand_ins: Callable[[str], Mapping[str, date]],
        on: bool = True,
        everything: bool = True,
    ) -> None:
        self.keys, self.on, self.everything = keys, on, everything
        self._stand_ins = stand_ins
        self._erased: dict[str, Mapping[str, date]] = {}

    def for_folding(self) -> Sealer:
        """A sealer with the same keys that unseals no more than folding needs."""
        return Sealer(self.keys, self._stand_ins, self.on, everything=False)

    def prepare(self, originator_ids: Collection[str]) -> None:
        """Makes the keys of people new to the store; they are durable before what they seal."""
        if self.on and originator_ids:
            self.keys.make_keys(originator_ids)

    def seal(self, originator_id: str, entry: Entry) -> tuple[bytes, str | None]:
        """The open part of a fact as JSON, and the sealed part if there is one."""
        fact = entry.fact
        # The serializer itself: half the time of `model_dump_json`, on the path every fact takes.
        if not self.on or not may_have_personal(fact):
            return fact.__pydantic_serializer__.to_json(fact, exclude_unset=True), None
        data = fact.__pydantic_serializer__.to_python(fact, mode="json", exclude_unset=True)
        public, personal = split(fact.TYPE, data)
        shown = orjson.dumps(public)
        if not personal:
            return shown, None
        kid, key = self.keys.key_for_writing(originator_id)
        return shown, seal(key, kid, originator_id, entry.sequence, fact.TYPE, shown,
                           orjson.dumps(personal))  # fmt: skip

    def open(
        self, originator_id: str, version: int, topic: str, stored: JsonObject
    ) -> tuple[JsonObject, bool]:
        """The data of a stored fact, and whether its personal part is forgotten."""
        public: JsonObject = stored["data"]
        if not self.everything and not has_birth_date(topic):  # folding needs only the age
            return forget(topic, public, None), True
        person_key = self.keys.key_of(originator_id)
        if person_key is None:
            return self._forgotten(originator_id, topic, stored), True
        kid, key = person_key
        opened = unseal(
            key, kid, originator_id, version, topic, orjson.dumps(public), stored["sealed"]
        )
        return merge(topic, public, orjson.loads(opened)), False

    def _forgotten(self, originator_id: str, topic: str, stored: JsonObject) -> JsonObject:
        if originator_id not in self._erased:
            self._erased[originator_id] = self._stand_ins(originator_id)
        born = self._erased[originator_id].get(f"{stored['source']} {stored['id']}")
        return forget(topic, stored["data"], born)

    def close(self) -> None:
        self.keys.close()
