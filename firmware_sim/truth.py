"""The truth: which tickets a scenario deserves, when each is due, and what only looks as if it deserved one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.instants import DAY, Duration, Instant, instant_text
from firmware_sim.publication import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One ticket that must come."""

    key: Key
    device: str
    decided_at: Instant
    """When the message was published without which nobody could know."""
    faults: tuple[Instant, ...]
    """When it really happened: the faults up to the deciding one."""
    found_within: Duration | None = None
    """A ticket that comes later than so long after `decided_at` does not count; None = any time is in time."""
    kind: str = "crash-loop"
    """Of the fault."""

    def is_in_time(self, opened: Instant) -> bool:
        """A ticket of this moment counts: nobody could know earlier, and it is not too late."""
        after = opened - self.decided_at
        return after >= 0 and (self.found_within is None or after <= self.found_within)

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        asset, component, failure_mode = self.key
        return {
            "asset": asset,
            "component": component,
            "failure_mode": failure_mode,
            "device": self.device,
            "decided_at": instant_text(self.decided_at),
            "decided_at_ns": self.decided_at,
            "faults_ns": list(self.faults),
            "found_within_ns": self.found_within,
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident that must come, for a fault of many devices."""

    scope: Mapping[str, str]
    """What it must name: `site`, `model`, `firmware`."""
    members: tuple[str, ...]
    """The assets that it is about, in order of name."""
    decided_at: Instant
    """When so many devices were befallen that it can be known."""
    found_within: Duration | None = None
    kind: str = ""

    def is_named_by(self, scope: Mapping[str, str]) -> bool:
        """A finding of this scope names the suspect."""
        return bool(self.scope) and self.scope.items() <= scope.items()

    def is_in_time(self, opened: Instant) -> bool:
        """A finding of this moment counts."""
        return opened >= self.decided_at and (
            self.found_within is None or opened <= self.decided_at + self.found_within
        )

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        return {
            "scope": dict(self.scope),
            "members": list(self.members),
            "decided_at": instant_text(self.decided_at),
            "decided_at_ns": self.decided_at,
            "found_within_ns": self.found_within,
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """What must not lead to a ticket."""

    key: Key
    device: str
    kind: str
    at: Instant

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        asset, component, failure_mode = self.key
        names = {"asset": asset, "component": component, "failure_mode": failure_mode}
        return names | {"device": self.device, "kind": self.kind, "at": instant_text(self.at), "at_ns": self.at}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a scenario's devices deserve."""

    devices: int
    duration: Duration
    expected: Mapping[Key, Expected] = field(default_factory=dict)
    """In order of `decided_at`."""
    near_misses: tuple[NearMiss, ...] = ()
    incidents: tuple[Incident, ...] = ()
    """In order of `decided_at`."""
    optional: frozenset[Key] = frozenset()
    """Tickets of an incident's members: neither needed nor wrong."""

    @property
    def device_days(self) -> float:
        """How much life was simulated."""
        return self.devices * self.duration / DAY

    def published(self, decided: Mapping[Key, Instant]) -> "Truth":
        """The same for a run over a real broker: only what was decided there, at the times of that run."""
        kept = {key: replace(e, decided_at=decided[key]) for key, e in self.expected.items() if key in decided}
        return replace(self, expected=dict(sorted(kept.items(), key=lambda item: item[1].decided_at)))

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        return {
            "devices": self.devices,
            "duration_ns": self.duration,
            "expected": [expected.as_dict() for expected in self.expected.values()],
            "near_misses": [near_miss.as_dict() for near_miss in self.near_misses],
            "incidents": [incident.as_dict() for incident in self.incidents],
            "optional": [list(key) for key in sorted(self.optional)],
        }


def truth_of(written: Mapping[str, Any]) -> Truth:
    """The truth that `as_dict` wrote."""
    expected = [expected_of(row) for row in written["expected"]]
    near_misses = tuple(
        NearMiss(key=key_of(row), device=row["device"], kind=row["kind"], at=row["at_ns"])
        for row in written["near_misses"]
    )
    return Truth(
        devices=written["devices"],
        duration=written["duration_ns"],
        expected={e.key: e for e in expected},
        near_misses=near_misses,
        incidents=tuple(incident_of(row) for row in written.get("incidents", ())),
        optional=frozenset((asset, component, mode) for asset, component, mode in written.get("optional", ())),
    )


def expected_of(row: Mapping[str, Any]) -> Expected:
    """The ticket of a row."""
    return Expected(
        key=key_of(row),
        device=row["device"],
        decided_at=row["decided_at_ns"],
        faults=tuple(row["faults_ns"]),
        found_within=row.get("found_within_ns"),
        kind=row.get("kind", "crash-loop"),
    )


def incident_of(row: Mapping[str, Any]) -> Incident:
    """The incident of a row."""
    return Incident(
        scope=row["scope"],
        members=tuple(row["members"]),
        decided_at=row["decided_at_ns"],
        found_within=row["found_within_ns"],
        kind=row["kind"],
    )


def key_of(row: Mapping[str, Any]) -> Key:
    """What a ticket is about."""
    return row["asset"], row["component"], row["failure_mode"]
