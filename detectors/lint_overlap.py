"""Overlap: two rules that find the same trouble on the same devices."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from detectors.lint_never import events_of
from detectors.rule import Rule
from detectors.rules import detector_of

CAUSES = ("event", "first", "then", "without", "all", "of")
DIRECTIONS = ("above", "below", "rises", "falls")


def overlap(one: Rule, other: Rule) -> str:
    """The event or metric that both look for, on devices that both may look at; empty where there is none.

    A fleet's finding is about many devices and overlaps with none about a single one. A limit from above and one from
    below look for different things.
    """
    if one.failure_mode != other.failure_mode or (one.kind == "fleet") != (other.kind == "fleet"):
        return ""
    if not share_devices(one.table.get("where", {}), other.table.get("where", {})):
        return ""
    common = sorted(sought(one) & sought(other))
    return ", ".join(common)


def sought(rule: Rule) -> set[str]:
    """What a rule looks for, in words."""
    detector = detector_of(rule)
    events = {f"event {name}" for key, name in events_of(detector) if key in CAUSES}
    metric = getattr(detector, "metric", "")
    if not metric:
        return events or ({"silence"} if rule.kind == "absence" else set())
    sides = [side for side in DIRECTIONS if getattr(detector, side, None) is not None] or [rule.kind]
    return events | {f"metric {metric} ({side})" for side in sides}


def share_devices(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Some device may meet both; firmware is not judged."""
    tags = (dict(one.get("tag", {})), dict(other.get("tag", {})))
    facts = tuple({name: value for name, value in table.items() if name not in ("tag", "fw")} for table in (one, other))
    return all(
        any_common(mine[name], yours[name]) for mine, yours in (tags, facts) for name in mine.keys() & yours.keys()
    )


def any_common(one: Any, other: Any) -> bool:
    """Some text may match a glob of either."""
    return any(may_meet(mine, yours) for mine in listed(one) for yours in listed(other))


def may_meet(one: str, other: str) -> bool:
    """Some text may match both globs: one matches the other, or their plain beginnings agree as far as both go."""
    if fnmatchcase(one, other) or fnmatchcase(other, one):
        return True
    if not (is_open(one) and is_open(other)):
        return False
    beginnings = zip(beginning(one), beginning(other), strict=False)
    return all(mine == yours for mine, yours in beginnings)


def is_open(glob: str) -> bool:
    """It stands for more than one text."""
    return any(sign in glob for sign in "*?[")


def beginning(glob: str) -> str:
    """What comes before its first sign."""
    return glob[: min((glob.index(sign) for sign in "*?[" if sign in glob), default=len(glob))]


def listed(value: Any) -> list[str]:
    """A text or a list of texts."""
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
