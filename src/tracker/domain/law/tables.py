"""The dated rule tables of `config/law/`: each number is looked up as at the day that governs it.

Built once at start from the parsed files (`tracker.settings`), then passed to every function of
the law. An invalid table stops the program at start, with an error that names its file and key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from tracker.domain.errors import TrackerError
from tracker.domain.law.shapes import File, GoverningDay, OrderLaw, Rule

_DECIDES = {"id", "in_force", "until", "numbers"}  # the fields of a rule in its digest
_NUMBER_OF = {
    "minimum_rule": "minimum_years", "discharge_rule": "bar_years", "travel_rule": "maximum_years",
}  # fmt: skip


class Law:
    """Every rule and every kind of order, with the areas and the counting setting.

    Only `as_at` gives the numbers of a rule. The other methods say when a rule is in force, and
    which version of it applies to a day.
    """

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
            _check_versions(versions)
        for kind in self.kinds.values():
            self._check_kind(kind)
        self.digest = self._digest()

    def _check_kind(self, kind: OrderLaw) -> None:
        """Raises TrackerError if a kind names a rule, kind or number that no table has."""
        named = (kind.rule, kind.minimum_rule, kind.discharge_rule, kind.travel_rule,
                 kind.ground_rule)  # fmt: skip
        missing = [name for name in named if name is not None and name not in self._rules]
        missing += sorted(kind.ends - self.kinds.keys())
        if missing:
            raise TrackerError(f"config/law: kind {kind.kind}: no {missing[0]!r} in any table")
        for field, number in _NUMBER_OF.items():
            rule_id = getattr(kind, field)
            if any(number not in rule.numbers for rule in self._rules.get(rule_id, [])):
                raise TrackerError(
                    f"config/law: kind {kind.kind}: {field} {rule_id!r} has no number {number!r}"
                )

    def _digest(self) -> str:
        """The digest of what decides an answer: numbers, dates and kinds; no wording, no setting.

        Tables that differ only in a sentence or a bank holiday have the same digest.
        """
        rules = [{name: getattr(rule, name) for name in _DECIDES} for rule in self.rules]
        kinds = [dict(kind) | {"ends": sorted(kind.ends)} for kind in self.kinds.values()]
        for kind in kinds:
            del kind["title"]
        rules.sort(key=lambda rule: (rule["id"], rule["in_force"]))
        kinds.sort(key=lambda kind: kind["kind"])
        text = json.dumps([rules, kinds], sort_keys=True, default=date.isoformat)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def digest_with_setting(self) -> str:
        """The digest of the tables with the counting setting: all that a figure depends on."""
        return f"{self.digest}:{self.category_4}"

    @property
    def rules(self) -> list[Rule]:
        """Every version of every rule, as the page of the law lists them."""
        return [rule for versions in self._rules.values() for rule in versions]

    def as_at(self, day: date, governed_by: GoverningDay) -> LawAsAt:
        """The law as at a day; `governed_by` says which day of the case that is."""
        return LawAsAt(self, day, governed_by)

    def version(self, rule_id: str, day: date) -> Rule:
        """The version of a rule that applies to a day, to cite it.

        The first version for a day before it, the last for a day after it ended: old facts and
        saved orders still cite the provision that they come under. Raises TrackerError for an id
        that is in no table.
        """
        versions = self._versions(rule_id)
        if len(versions) == 1:
            return versions[0]
        begun = [rule for rule in versions if rule.in_force <= day]
        return begun[-1] if begun else versions[0]

    def commencement(self, rule_id: str) -> date:
        """The day on which the first version of a rule came into force."""
        return self._versions(rule_id)[0].in_force

    def last_day(self, rule_id: str) -> date | None:
        """The last day on which a rule is in force; None if no end is known."""
        return self._versions(rule_id)[-1].until

    def in_force(self, rule_id: str, day: date) -> bool:
        """Whether a rule is in force on a day."""
        return self.commencement(rule_id) <= day and not self.ended(rule_id, day)

    def ended(self, rule_id: str, day: date) -> date | None:
        """The last day of a rule that ended before a day and was not replaced; None if in force."""
        until = self.version(rule_id, day).until
        return until if until is not None and until < day else None

    def _versions(self, rule_id: str) -> list[Rule]:
        try:
            return self._rules[rule_id]
        except KeyError:
            raise TrackerError(f"config/law: no rule {rule_id!r}") from None


class LawAsAt(NamedTuple):
    """The law on one day; `governed_by` names which day of the case that is."""

    law: Law
    day: date
    governed_by: GoverningDay

    def number(self, rule_id: str, name: str) -> int:
        """One number of a rule; for a day before the first version, that of the first.

        Raises TrackerError if the rule ended before the day, if it has no such number, or if its
        table says that another day of the case governs it.
        """
        rule = self.law.version(rule_id, self.day)
        if rule.governed_by != self.governed_by:
            raise TrackerError(
                f"config/law: rule {rule_id!r} is governed by {rule.governed_by}, not by "
                f"{self.governed_by}"
            )
        last = self.law.ended(rule_id, self.day)
        if last is not None:
            raise TrackerError(
                f"config/law: rule {rule_id!r} ended on {last}: it has no number {name!r} "
                f"as at {self.day}"
            )
        try:
            return rule.numbers[name]
        except KeyError:
            raise TrackerError(f"config/law: rule {rule_id!r} has no number {name!r}") from None

    def number_if_any(self, rule_id: str, name: str) -> int | None:
        """One number of a rule, as `number`; None if the rule ended before the day."""
        return None if self.law.ended(rule_id, self.day) else self.number(rule_id, name)


def _check_versions(versions: list[Rule]) -> None:
    """Raises TrackerError for a version that is there twice, or for two governing days."""
    rule = versions[0]
    if len({version.in_force for version in versions}) < len(versions):
        raise TrackerError(f"config/law: {rule.id}: the same version is there twice")
    if len({version.governed_by for version in versions}) > 1:
        raise TrackerError(f"config/law: {rule.id}: its versions differ in `governed_by`")


def _read(name: str, content: Mapping[str, Any]) -> File:
    try:
        return File.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise TrackerError(f"config/law/{name}.toml: {key}: {first['msg']}") from None
