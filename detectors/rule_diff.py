"""Differences: which settings of a rule changed from one version to the next, in words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detectors.rule import Rule

NOT_SET = "not set"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting in both versions, as TOML would say it."""

    setting: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule in two places; None where one of them does not have it."""

    id: str
    before: Rule | None
    after: Rule | None

    @property
    def changes(self) -> list[Change]:
        """What changed, in order of setting; none where there are not two."""
        return [] if self.before is None or self.after is None else list(changes(self.before, self.after))

    @property
    def sentence(self) -> str:
        """What happened to it."""
        if self.before is None:
            return f"{self.id}: new, {self.after.version if self.after else ''}"
        if self.after is None:
            return f"{self.id}: gone, was {self.before.version}"
        if self.before.version == self.after.version:
            return f"{self.id}: unchanged, {self.after.version}"
        return f"{self.id}: {self.before.version} → {self.after.version}"


def differences(before: Sequence[Rule], after: Sequence[Rule]) -> list[Difference]:
    """Rules of two places by id, in order of id; two single rules are compared whatever they are called."""
    if len(before) == len(after) == 1 and before[0].id != after[0].id:
        return [Difference(f"{before[0].id} and {after[0].id}", before[0], after[0])]
    old, new = ({rule.id: rule for rule in rules} for rules in (before, after))
    return [Difference(id, old.get(id), new.get(id)) for id in sorted(old.keys() | new.keys())]


def changes(before: Rule, after: Rule) -> Iterator[Change]:
    """The settings that differ, by their dotted names."""
    old, new = dict(settings(before.table)), dict(settings(after.table))
    for name in sorted(old.keys() | new.keys()):
        said = [NOT_SET if name not in each else text(each[name]) for each in (old, new)]
        if said[0] != said[1]:
            yield Change(name, *said)


def settings(table: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting of a rule's table by its dotted name; lists are settings as a whole."""
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from settings(value, f"{inside}{name}.")
        else:
            yield f"{inside}{name}", value


def text(value: Any) -> str:
    """A value as a rule file writes it."""
    return json.dumps(value, ensure_ascii=False)
