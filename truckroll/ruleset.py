"""The rule files of a configuration, as one set."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from detectors.rules import Rule, read_rules, rules_entry
from domain.errors import WrongFormat


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules from any number of files; ids are unique across them."""

    rules: tuple[Rule, ...]

    def entry(self) -> bytes:
        """The payload of the journal's `rules` entry."""
        return rules_entry(self.rules)


def load_rules(files: Iterable[Path]) -> RuleSet:
    """Read them all. Raises WrongFormat with every mistake of every file."""
    mistakes: list[str] = []
    rules: list[Rule] = []
    seen: dict[str, Path] = {}
    for path in files:
        try:
            found = read_rules(path.read_text(encoding="utf-8"), str(path))
        except WrongFormat as error:
            mistakes += error.mistakes
            continue
        for rule in found.rules:
            if rule.id in seen:
                mistakes.append(f"{path}: rule {rule.id!r} stands in {seen[rule.id]} already; give one another id")
            seen[rule.id] = path
        rules += found.rules
    if mistakes:
        raise WrongFormat(mistakes)
    return RuleSet(tuple(rules))
