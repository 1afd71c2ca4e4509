"""The registry: which device hangs on which asset since when, and what is known of it.

The registry is the fold of the journal's `registry` entries, so every reader of the journal has the same one.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from domain.instants import Instant

STATES = ("active", "stored", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the registry says of a device on its asset."""

    device: str
    asset: str
    model: str = ""
    site: str = ""
    component: str = ""
    parent: str = ""
    owner: str = ""
    tier: str = ""
    criticality: str = ""
    lat: float | None = None
    lon: float | None = None
    installed: str = ""
    warranty_until: str = ""
    expected_state: str = "active"
    tags: Mapping[str, str] = field(default_factory=dict)
    claimed: bool = True
    """False: it reported without having been registered."""

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        said = {name: getattr(self, name) for name in FACT_NAMES}
        said["tags"] = dict(self.tags)
        return said


FACT_NAMES = tuple(f.name for f in fields(Facts))


@dataclass(frozen=True, slots=True)
class Installation:
    """A device on an asset from an instant on, until the next installation of that device."""

    since: Instant
    facts: Facts


def unclaimed(device: str) -> Facts:
    """A device nobody registered is its own asset."""
    return Facts(device=device, asset=device, claimed=False)


def registry_entry(installations: Iterable[Installation]) -> bytes:
    """The payload of a `registry` entry of the journal: devices added, changed or moved."""
    rows = [{"since": i.since, "facts": i.facts.as_dict()} for i in installations]
    return json.dumps({"installations": rows}, ensure_ascii=False, sort_keys=True).encode()


def installations_of(payload: bytes) -> Iterator[Installation]:
    """The installations in a `registry` entry."""
    for row in json.loads(payload)["installations"]:
        yield Installation(row["since"], Facts(**row["facts"]))


class Registry:
    """Who is who, at any event time. Changed only by `apply`."""

    def __init__(self) -> None:
        self.history: dict[str, list[Installation]] = {}
        self.changes = 0
        """How many entries were applied."""
        self.parents: set[str] = set()
        """Devices that are or were the parent of another."""

    def __contains__(self, device: str) -> bool:
        return device in self.history

    def __len__(self) -> int:
        return len(self.history)

    def __iter__(self) -> Iterator[str]:
        return iter(self.history)

    def apply(self, payload: bytes) -> list[Installation]:
        """Take in a `registry` entry; returns what it installed. The same `since` again replaces."""
        added = list(installations_of(payload))
        self.changes += 1
        self.parents |= {installation.facts.parent for installation in added} - {""}
        for installation in added:
            past = self.history.setdefault(installation.facts.device, [])
            place = bisect_right(past, installation.since, key=lambda i: i.since)
            if place and past[place - 1].since == installation.since:
                past[place - 1] = installation
            else:
                past.insert(place, installation)
        return added

    def facts(self, device: str, at: Instant) -> Facts:
        """What held for the device at `at`; before its first installation: the first; never registered: unclaimed."""
        past = self.history.get(device)
        if not past:
            return unclaimed(device)
        return past[max(0, bisect_right(past, at, key=lambda i: i.since) - 1)].facts

    def now(self) -> Mapping[str, Facts]:
        """Each device's latest facts."""
        return MappingProxyType({device: past[-1].facts for device, past in self.history.items()})
