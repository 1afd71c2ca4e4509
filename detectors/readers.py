"""Readers of rule values: what a setting may be, and the sentence when it is something else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.batch import DeviceEvent
from domain.instants import Duration, parse_duration


@dataclass(frozen=True, slots=True)
class EventMatch:
    """An event by name and, where given, with one of some codes, for one of some reasons."""

    event: str
    codes: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    """As a boot has them in its details: power, update, user, watchdog, crash."""

    def matches(self, event: DeviceEvent) -> bool:
        """It is one of these."""
        if event.event != self.event or (self.codes and event.code not in self.codes):
            return False
        return not self.reasons or is_among(event.details.get("reason"), self.reasons)


def is_among(said: Any, texts: frozenset[str]) -> bool:
    """What a device said is one of these texts."""
    return isinstance(said, str) and said in texts


@dataclass(frozen=True, slots=True)
class Reset:
    """What breaks the row."""

    event: EventMatch | None = None
    or_healthy_for: Duration = 0


@dataclass(frozen=True, slots=True)
class Resolve:
    """What ends a finding: an event, or nothing of the kind for so long while the device is heard."""

    event: EventMatch | None = None
    quiet_for: Duration = 0


@dataclass(frozen=True, slots=True)
class Flapping:
    """So many changes between open and resolved within so long."""

    changes: int = 0
    within: Duration = 0


def duration(value: Any) -> Duration:
    """`"10m"` as nanoseconds."""
    if not isinstance(value, str):
        raise ValueError('must be a duration in quotes, such as "10m"')
    return parse_duration(value)


def positive(value: Any) -> Duration:
    """A duration longer than nothing."""
    if not (length := duration(value)):
        raise ValueError("must be longer than nothing")
    return length


def interval(value: Any) -> Duration | None:
    """`"5m"`, or `"learned"`: None."""
    return None if value == "learned" else positive(value)


def gateway(value: Any) -> str:
    """`"gateway"`: the parent that the registry names."""
    if value != "gateway":
        raise ValueError('must be "gateway", which is the parent that the registry names')
    return str(value)


def count(value: Any) -> int:
    """A whole number from 1 to 1,000."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1000:
        raise ValueError("must be a whole number from 1 to 1000")
    return value


def metric(value: Any) -> str:
    """The name of a metric."""
    if not isinstance(value, str) or not value:
        raise ValueError('must name a metric, such as "temp"')
    return value


def event_match(value: Any) -> EventMatch:
    """`"crash"`, `{ event = "crash", code = ["0xDEAD"] }` or `{ event = "boot", reason = ["power"] }`."""
    if isinstance(value, str) and value:
        return EventMatch(value)
    table = table_of(value, {"event", "code", "reason"})
    if not isinstance(table.get("event"), str) or not table["event"]:
        raise ValueError('must name an event, such as "crash" or { event = "crash", code = ["0xDEAD"] }')
    return EventMatch(table["event"], one_of(table, "code"), one_of(table, "reason"))


def one_of(table: Mapping[str, Any], name: str) -> frozenset[str]:
    """A text or a list of texts; nothing where it is left out."""
    value = table.get(name, [])
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{name} must be a text or a list of texts")
    return frozenset(texts)


def grouping(value: Any) -> str:
    """`"fingerprint"`: what tells events of one key apart."""
    if value != "fingerprint":
        raise ValueError('must be "fingerprint"')
    return str(value)


def reset(value: Any) -> Reset:
    """`{ event = "boot_ok", or_healthy_for = "2h" }`."""
    table = table_of(value, {"event", "code", "or_healthy_for"})
    healthy = positive(table["or_healthy_for"]) if "or_healthy_for" in table else 0
    return Reset(event_in(table), healthy)


def resolve(value: Any) -> Resolve:
    """`{ quiet_for = "24h" }` or `{ event = "fault_cleared" }`."""
    table = table_of(value, {"event", "code", "quiet_for"})
    quiet = positive(table["quiet_for"]) if "quiet_for" in table else 0
    return Resolve(event_in(table), quiet)


def event_in(table: Mapping[str, Any]) -> EventMatch | None:
    """The event of a table that may have one."""
    if "event" not in table:
        return None
    return event_match({key: table[key] for key in ("event", "code") if key in table})


def flapping(value: Any) -> Flapping:
    """`{ changes = 4, within = "1h" }`."""
    table = table_of(value, {"changes", "within"})
    if set(table) != {"changes", "within"}:
        raise ValueError('needs both, such as { changes = 4, within = "1h" }')
    changes = count(table["changes"])
    if changes < 2:
        raise ValueError("changes must be at least 2")
    return Flapping(changes, positive(table["within"]))


def table_of(value: Any, known: set[str]) -> Mapping[str, Any]:
    """A table with known keys only."""
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"must be a table with {' or '.join(sorted(known))}")
    if unknown := sorted(set(value) - known):
        raise ValueError(f"has no {unknown[0]}; there are: {', '.join(sorted(known))}")
    return value
