"""Never: why a rule can not fire, whatever devices do."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from detectors.limits import Condition, Limit
from detectors.readers import EventMatch
from detectors.rule import Rule
from detectors.rules import detector_of
from domain.instants import duration_text
from domain.registry import STATES

NATIVE = (
    "crash",
    "boot",
    "boot_ok",
    "fault",
    "fault_cleared",
    "offline",
    "online",
    "update_ok",
    "update_failed",
    "error",
)
"""Events that devices of the native vocabulary tell; a source may name others."""
AS_GOOD_AS = 0.8

Reasons = Iterator[tuple[str, tuple[str, ...]]]
"""Sentences, and the keys of the rule that they are about."""


def never_fires(rule: Rule) -> Reasons:
    """Every reason, worst first."""
    detector = detector_of(rule)
    yield from no_device(rule)
    for look in LOOKS:
        yield from look(detector)
    for name in events_of(detector):
        yield from misspelt(name)


def no_device(rule: Rule) -> Reasons:
    """Conditions that no device can meet."""
    expected = dict(rule.where.facts).get("expected_state")
    if expected is not None and not any(glob.match(state) for glob in expected for state in STATES):
        yield f"no device has this expected_state; there are: {', '.join(STATES)}.", ("where", "expected_state")
    if rule.where.firmware and not any(is_possible(c.comparisons) for c in rule.where.firmware):
        yield "no firmware meets all of where.fw at once; use a list for one or another.", ("where", "fw")


def is_possible(comparisons: tuple[tuple[str, Any], ...]) -> bool:
    """Some version lies within all bounds."""
    lows = [(bound, sign == ">") for sign, bound in comparisons if sign in (">", ">=", "==")]
    highs = [(bound, sign == "<") for sign, bound in comparisons if sign in ("<", "<=", "==")]
    excluded = {bound for sign, bound in comparisons if sign == "!="}
    if not lows or not highs:
        return True
    (low, is_above), (high, is_below) = max(lows), min(highs, key=lambda bound: (bound[0], not bound[1]))
    return low < high or (low == high and not is_above and not is_below and low not in excluded)


def too_close(detector: Any) -> Reasons:
    """So many, that far apart, do not fit into the window."""
    count, gap, within = (getattr(detector, name, None) for name in ("count", "min_gap", "within"))
    if not (count and gap and within) or (count - 1) * gap <= within:
        return
    least = duration_text((count - 1) * gap)
    yield f"{count} events at least {duration_text(gap)} apart take {least}, longer than within; widen it.", ("within",)


def resets_itself(detector: Any) -> Reasons:
    """What is counted also breaks the row."""
    event, reset = getattr(detector, "event", None), getattr(detector, "reset", None)
    if event and reset and reset.event and covers(reset.event, event) and detector.count > 1:
        yield "reset breaks the row with the very event that is counted; name another event.", ("reset",)


def ends_itself(detector: Any) -> Reasons:
    """What begins it also ends it."""
    event, resolve = getattr(detector, "event", None), getattr(detector, "resolve", None)
    if isinstance(event, EventMatch) and resolve and resolve.event and covers(resolve.event, event):
        yield "resolve ends the finding with the very event that makes it; name another event.", ("resolve",)


def covers(one: EventMatch, other: EventMatch) -> bool:
    """Whatever matches the other matches this one."""
    if one.event != other.event:
        return False
    pairs = ((one.codes, other.codes), (one.reasons, other.reasons))
    return all(not wider or (bool(narrower) and narrower <= wider) for wider, narrower in pairs)


def number(detector: Any, name: str) -> float | None:
    """A limit that is the same for all devices."""
    limit = getattr(detector, name, None)
    return limit.number if isinstance(limit, Limit) and not limit.tag else None


def never_while(detector: Any) -> Reasons:
    """Its `while` cannot hold, or not together with what it looks for."""
    condition = getattr(detector, "while_", None)
    if not isinstance(condition, Condition):
        return
    above, below = condition.above, condition.below
    if above is not None and below is not None and above >= below:
        yield f"while is never true: nothing is above {above:g} and below {below:g}.", ("while",)
    if condition.metric != getattr(detector, "metric", ""):
        return
    if below is not None and (least := number(detector, "above")) is not None and least >= below:
        yield f"above {least:g} is never reached while the same metric is below {below:g}.", ("while",)
    if above is not None and (most := number(detector, "below")) is not None and most <= above:
        yield f"below {most:g} is never reached while the same metric is above {above:g}.", ("while",)


def events_of(detector: Any) -> list[tuple[str, str]]:
    """Keys and names of the events that it looks at."""
    found: list[tuple[str, str]] = []
    for key in ("event", "first", "then", "without", "all_", "of"):
        value = getattr(detector, key, None)
        for match in value if isinstance(value, tuple) else (value,):
            if isinstance(match, EventMatch):
                found.append((key.rstrip("_"), match.event))
    for key in ("reset", "resolve"):
        match = getattr(getattr(detector, key, None), "event", None)
        if isinstance(match, EventMatch):
            found.append((key, match.event))
    return found


def misspelt(named: tuple[str, str]) -> Reasons:
    """Nearly an event of the native vocabulary."""
    key, event = named
    close = get_close_matches(event, NATIVE, 1, AS_GOOD_AS)
    if event not in NATIVE and close:
        yield f"no native device tells {event}; did you mean {close[0]}?", (key,)


LOOKS: tuple[Callable[[Any], Reasons], ...] = (too_close, resets_itself, ends_itself, never_while)
