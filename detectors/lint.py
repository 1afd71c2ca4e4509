"""Lint: rules that are written right and yet cannot do what they are for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from detectors.lint_never import never_fires
from detectors.lint_overlap import overlap
from detectors.rule import Rule
from detectors.rule_lines import Lines
from detectors.rules import RuleFile


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """One thing to look at, and where it stands."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule and the file that it stands in."""

    rule: Rule
    nth: int
    name: str
    lines: Lines

    def remark(self, sentence: str, *path: str) -> Remark:
        """Something about one of its settings."""
        line = self.lines.line("rule", self.nth, path)
        return Remark(self.name, line, f"rule {self.rule.id}: {sentence}")


def placed(files: Iterable[tuple[RuleFile, str]]) -> list[Placed]:
    """All rules of files and their texts."""
    found: list[Placed] = []
    for file, text in files:
        lines = Lines(text)
        found += [Placed(rule, nth, file.name, lines) for nth, rule in enumerate(file.rules)]
    return found


def lint(files: Sequence[tuple[RuleFile, str]]) -> list[Remark]:
    """Rules that can never fire, and those that find the same trouble as another, in order of place."""
    rules = placed(files)
    return sorted([*hopeless(rules), *twofold(rules)])


def hopeless(rules: Iterable[Placed]) -> Iterator[Remark]:
    """Why a rule can never fire."""
    for each in rules:
        for sentence, path in never_fires(each.rule):
            yield each.remark(sentence, *path)


def twofold(rules: Sequence[Placed]) -> Iterator[Remark]:
    """A rule that finds what one before it finds already."""
    for one, other in combinations(rules, 2):
        if what := overlap(one.rule, other.rule):
            yield other.remark(
                f"it looks for {what} on devices that rule {one.rule.id} looks at too, for the same failure mode; "
                "narrow one of them with where, or give it a failure mode of its own.",
            )
