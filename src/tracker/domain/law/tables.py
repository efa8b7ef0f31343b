"""The shape of the dated rule tables in `config/law/`, and how a rule is chosen by its date.

Built once at start from the parsed files (`tracker.settings`), then passed to every function of
the law. A wrong table stops the start and names its file and key.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tracker.domain.errors import TrackerError


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Rule(_Table):
    """One rule as it stood from a day on. `numbers` are in the unit that each name tells."""

    id: str
    section: str
    says: str
    in_force: date = Field(alias="from")
    until: date | None = None
    numbers: dict[str, int] = {}
    changed_by: str = ""
    source: str
    confidence: Literal["text", "inferred"]

    @property
    def version(self) -> str:
        """Names the version of the rule by the day it came into force."""
        return self.in_force.isoformat()


class OrderLaw(_Table):
    """What the law says of one kind of order; years are whole years, `made_until` a last day."""

    kind: str
    title: str
    rule: str
    family: Literal["sexual_harm", "sexual_risk", "notification", "travel", "terrorism"]
    full: bool
    made_from: date | None = None
    made_until: date | None = None
    minimum_years: int | None = None
    minimum_rule: str | None = None
    discharge_bar_years: int | None = None
    discharge_rule: str | None = None
    travel_max_years: int | None = None
    travel_rule: str | None = None
    ground: Literal["shpo", "notification_order", "s96za"] | None = None
    ground_rule: str | None = None
    breach_makes_subject: bool = False
    bars_review: bool = False
    ends: frozenset[str] = frozenset()


class _File(_Table):
    instrument: str
    bank_holidays: list[date] = []
    rule: list[Rule] = []
    kind: list[OrderLaw] = []


_DECIDES = {"id", "in_force", "until", "numbers"}  # of a rule, in its digest


class Law:
    """Every rule and every kind of order, with the areas and the counting setting beside them."""

    def __init__(
        self,
        files: Mapping[str, Mapping[str, Any]],
        areas: frozenset[str],
        category_4: Literal["exclude", "beneath"] = "exclude",
    ) -> None:
        self.areas = areas
        self.category_4 = category_4
        self.kinds: dict[str, OrderLaw] = {}
        self.instruments: dict[str, str] = {}
        self.bank_holidays: frozenset[date] = frozenset()
        self._rules: dict[str, list[Rule]] = {}
        for name, content in files.items():
            table = _read(name, content)
            self.kinds.update({k.kind: k for k in table.kind})
            self.bank_holidays |= frozenset(table.bank_holidays)
            self.instruments |= {rule.id: table.instrument for rule in table.rule}
            for rule in table.rule:
                self._rules.setdefault(rule.id, []).append(rule)
        for versions in self._rules.values():
            versions.sort(key=lambda r: r.in_force)
        self._check()
        self.digest = self._digest()

    def _digest(self) -> str:
        """The digest of what decides an answer: numbers, dates and kinds, no wording, no setting.

        Two processes whose tables differ in a sentence or a bank holiday alone have the same one.
        """
        rules = [rule.model_dump(mode="json", include=_DECIDES) for rule in self.rules]
        kinds = [kind.model_dump(mode="json", exclude={"title"}) for kind in self.kinds.values()]
        for kind in kinds:
            kind["ends"] = sorted(kind["ends"])
        rules.sort(key=lambda rule: (rule["id"], rule["in_force"]))
        kinds.sort(key=lambda kind: kind["kind"])
        text = json.dumps([rules, kinds], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def digest_with_setting(self) -> str:
        """The digest of the tables and the counting setting: what every figure rests on."""
        return f"{self.digest}:{self.category_4}"

    def _check(self) -> None:
        """Every rule and kind that a table names is in a table, and no version stands twice."""
        for versions in self._rules.values():
            days = [rule.in_force for rule in versions]
            if len(set(days)) < len(days):
                raise TrackerError(f"config/law: {versions[0].id}: the same version stands twice")
        for kind in self.kinds.values():
            named = (kind.rule, kind.minimum_rule, kind.discharge_rule, kind.travel_rule,
                     kind.ground_rule)  # fmt: skip
            missing = [name for name in named if name is not None and name not in self._rules]
            missing += sorted(kind.ends - self.kinds.keys())
            if missing:
                raise TrackerError(f"config/law: kind {kind.kind}: no {missing[0]!r} in any table")

    @property
    def rules(self) -> list[Rule]:
        return [rule for versions in self._rules.values() for rule in versions]

    def rule(self, rule_id: str, on: date | None = None) -> Rule:
        """The rule as it stands on a day; without one, or before its first version, the nearest.

        Raises TrackerError for an id that no table holds.
        """
        versions = self._rules.get(rule_id)
        if not versions:
            raise TrackerError(f"config/law: no rule {rule_id!r}")
        if on is None:
            return versions[-1]
        standing = [r for r in versions if r.in_force <= on]
        return standing[-1] if standing else versions[0]

    def number(self, rule_id: str, name: str, on: date | None = None) -> int:
        """One number of a rule; raises TrackerError where the table lacks it."""
        try:
            return self.rule(rule_id, on).numbers[name]
        except KeyError:
            raise TrackerError(f"config/law: rule {rule_id!r} has no number {name!r}") from None


def _read(name: str, content: Mapping[str, Any]) -> _File:
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise TrackerError(f"config/law/{name}.toml: {key}: {first['msg']}") from None
