"""Severity: how bad a finding is, always the same or by count or by model."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from itertools import pairwise
from typing import Any

from detectors.rule_lines import Wrong, nearest
from domain.finding import Severity

LEVELS = tuple(Severity)
COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class SeverityScale:
    """The severity of a count of evidence and a model; one of the two decides."""

    counts: tuple[tuple[int, Severity], ...] = ((0, Severity.S3),)
    """From this count on; ascending. Below the first: the first."""
    models: tuple[tuple[re.Pattern[str], Severity], ...] = ()
    """First match decides; the last one matches everything."""

    def of(self, count: int, model: str) -> Severity:
        """How bad so many pieces of evidence are on this model."""
        if self.models:
            return next(severity for pattern, severity in self.models if pattern.match(model))
        reached = [severity for least, severity in self.counts if least <= count]
        return reached[-1] if reached else self.counts[0][1]


def always(severity: Severity) -> SeverityScale:
    """One severity, whatever the count and model."""
    return SeverityScale(counts=((0, severity),))


def read_severity(value: Any, wrong: Wrong) -> SeverityScale:
    """`"S2"`, a table by count `{ "3" = "S3" }`, or by model `{ model = { "TV-*" = "S1", "*" = "S2" } }`."""
    if isinstance(value, Mapping) and set(value) == {"model"}:
        return by_model(pairs(value["model"]), wrong)
    if isinstance(value, Mapping) and value and "model" not in value:
        return by_count(value, wrong)
    if isinstance(value, Mapping):
        wrong("severity is a table by count or by model, not both and not empty.", "severity")
        return SeverityScale()
    return always(level(value, wrong))


def canonical_severity(value: Any) -> Any:
    """The same severity as JSON whose order of keys means nothing: models become a list of pairs."""
    if isinstance(value, Mapping) and "model" in value:
        return {**value, "model": [[model, severity] for model, severity in pairs(value["model"])]}
    return value


def pairs(models: Any) -> list[tuple[Any, Any]]:
    """Models and their severities in order; empty where it is neither a table nor a list of pairs."""
    if isinstance(models, Mapping):
        return list(models.items())
    rows = models if isinstance(models, list) else []
    return [(row[0], row[1]) for row in rows if isinstance(row, list) and len(row) == 2]


def level(value: Any, wrong: Wrong, *path: str) -> Severity:
    """One severity."""
    if value in LEVELS:
        return Severity(value)
    wrong(f"severity {value!r} is unknown; {nearest(value, LEVELS)}", "severity", *path)
    return Severity.S3


def by_count(table: Mapping[str, Any], wrong: Wrong) -> SeverityScale:
    """More evidence is never less severe."""
    for text in table:
        if not COUNT.fullmatch(text):
            wrong(f'{text!r} in severity is no count; write {{ "3" = "S3", "5" = "S2" }}.', "severity", text)
    counted = {text: level(severity, wrong, text) for text, severity in table.items() if COUNT.fullmatch(text)}
    steps = sorted((int(text), severity) for text, severity in counted.items())
    if any(before < after for (_, before), (_, after) in pairwise(steps)):
        wrong("severity must not get milder as the count grows; S1 is the worst.", "severity")
    return SeverityScale(counts=tuple(steps)) if steps else SeverityScale()


def by_model(rows: Iterable[tuple[Any, Any]], wrong: Wrong) -> SeverityScale:
    """The first pattern that matches; `*` comes last, so that every model has a severity."""
    named = [(str(model), level(severity, wrong, "model", str(model))) for model, severity in rows]
    patterns = [model for model, _ in named]
    if "*" not in patterns or patterns.index("*") < len(patterns) - 1:
        wrong('severity by model ends with "*", so that every model has one.', "severity", "model")
        named.append(("*", Severity.S3))
    return SeverityScale(models=tuple((re.compile(translate(model)), severity) for model, severity in named))
