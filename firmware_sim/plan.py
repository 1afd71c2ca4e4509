"""The plan: what one device will live through, laid out before the first message is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from domain.instants import Duration
from firmware_sim.conditions import Condition
from firmware_sim.episodes import Happening
from firmware_sim.fleet import Device
from firmware_sim.readers import Span
from firmware_sim.settings import Fault


class Befallen(NamedTuple):
    """A fault that has got its place in a device's life."""

    fault: Fault
    at: Duration
    """When it begins."""
    decides: Duration
    """Nobody could know before it."""


@dataclass(slots=True)
class Plan:
    """One device's life: `script` is in order of time once the plan is made."""

    device: Device
    fw: str
    powers_on: Duration | None = None
    """Before it the device is off; None = it has been running all the time."""
    script: list[Happening] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    offline: Span | None = None
    told: list[Befallen] = field(default_factory=list)
    """Its faults and when they begin."""
    busy: list[Span] = field(default_factory=list)
    updates: list[tuple[Duration, str]] = field(default_factory=list)
    moves: list[tuple[Duration, Device]] = field(default_factory=list)
    """From when on the device hangs in whose place."""

    def occupy(self, start: Duration, episode: Iterable[Happening]) -> None:
        """Put an episode at its place, where there is room."""
        moved = [happening._replace(at=start + happening.at) for happening in episode]
        self.script += moved
        self.busy.append((start, moved[-1].at))

    def runs(self, fw: str, since: Duration) -> Duration | None:
        """From when on, not before `since`, the device runs a firmware like `fw`; None = never."""
        steps = [(0, self.fw), *self.updates]
        return next((max(at, since) for at, name in steps if fnmatchcase(name, fw)), None)

    def place(self, at: Duration) -> Device:
        """In whose place, as the fleet was at first, the device hangs then."""
        return next((device for since, device in reversed(self.moves) if since <= at), self.device)

    def has(self, metric: str) -> bool:
        """One of its metrics has a trouble of its own already."""
        return any(condition.metric == metric for condition in self.conditions)
