"""Variants: a rule with one of its numbers changed, as a person would try it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from detectors.learning.draft import lines_of
from detectors.rule import Rule
from detectors.rule_table import read_rule
from domain.instants import duration_text, parse_duration

COUNTS = ("count", "m", "n", "missed")
LIMITS = ("above", "below", "rise", "fall", "score")
LENGTHS = ("within", "for", "off", "min_gap", "every")
PARTNER = {"above": "clear_below", "below": "clear_above"}
"""The limit that moves along, so that the distance to clearing stays."""
STEPS = (-2, -1, 1, 2, 4)
SHARES = (-0.2, -0.1, -0.05, 0.05, 0.1, 0.2)
FACTORS = ((1, 4), (1, 2), (2, 1), (4, 1))


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule, and what was changed in it; nothing = as it is."""

    rule: Rule
    setting: str = ""
    before: Any = None
    after: Any = None


def variants(rule: Rule) -> list[Variant]:
    """The rule as it is, then each change that is a right rule too."""
    found = [Variant(rule)]
    for setting, before, after, table in changes(rule.table):
        changed = checked(table)
        if changed is not None and all(other.rule.version != changed.version for other in found):
            found.append(Variant(replace(changed, life="draft"), setting, before, after))
    return found


def changes(table: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, dict[str, Any]]]:
    """(setting, before, after, the whole table) of each change."""
    for setting, before in table.items():
        if setting in COUNTS and isinstance(before, int):
            for step in STEPS:
                yield setting, before, before + step, {**table, setting: before + step}
        elif setting in LIMITS and isinstance(before, int | float) and not isinstance(before, bool):
            for part in SHARES:
                moved = round(before + part * (abs(before) or 1.0), 6)
                yield setting, before, moved, {**table, setting: moved, **along(table, setting, moved - before)}
        elif setting in LENGTHS and isinstance(before, str):
            for times, of in FACTORS:
                changed = duration_text(parse_duration(before) * times // of)
                yield setting, before, changed, {**table, setting: changed}


def along(table: Mapping[str, Any], setting: str, by: float) -> dict[str, Any]:
    """The partner of a limit, moved as far."""
    partner = PARTNER.get(setting, "")
    before = table.get(partner)
    return {partner: round(before + by, 6)} if isinstance(before, int | float) else {}


def checked(table: Mapping[str, Any]) -> Rule | None:
    """The rule of a table; None where it would be a mistake."""
    wrong: list[str] = []
    rule = read_rule(table, lambda sentence, *path: wrong.append(sentence))
    return None if wrong else rule


def draft_text(variant: Variant, why: str) -> str:
    """The variant as a rule file that a person may read, test and promote."""
    comments = "\n".join(f"# {line}" for line in why.splitlines())
    rows = lines_of({**variant.rule.table, "life": "draft"})
    return f"{comments}\n[[rule]]\n" + "\n".join(rows) + "\n"
