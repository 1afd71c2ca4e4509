"""Aliases: what Sparkplug births have fixed, as entries of the journal, so that any reader finds it by position.

Retention drops old messages but never these entries, and a birth may be older than all that is kept.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple

from domain.entries import Entry, Kind, Position
from domain.finding import Finding
from domain.instants import Instant
from ingest.codecs.sparkplug import Table

ALIASES = "aliases/"
"""Topic of the entry that fixes a device's table: this and the device."""
LATE_DEATH = "late_death"
"""Topic of the entry that says that the death right after it is of an earlier session."""


class Fixed(NamedTuple):
    """What holds for a device's entries after a position."""

    after: Position
    table: Table | None


class Aliases:
    """The tables of all devices by position."""

    def __init__(self) -> None:
        self.fixed: dict[str, list[Fixed]] = {}
        self.late: set[Position] = set()
        """Deaths that say nothing."""

    def control(self, position: Position, entry: Entry) -> None:
        """Take in a control entry, in order of position; those about something else are passed over."""
        if entry.topic.startswith(ALIASES):
            device = entry.topic.removeprefix(ALIASES)
            self.fixed.setdefault(device, []).append(Fixed(position, table_from(entry.payload)))
        elif entry.topic == LATE_DEATH:
            self.late.add(position + 1)

    def at(self, device: str, position: Position) -> Table | None:
        """The table that holds for a device's message at a position; None = no birth."""
        fixed = self.fixed.get(device, ())
        place = bisect_left(fixed, position, key=lambda one: one.after)
        return fixed[place - 1].table if place else None

    def newest(self) -> Mapping[str, Table | None]:
        """What holds for each device at the end."""
        return {device: fixed[-1].table for device, fixed in self.fixed.items()}


def aliases_entry(device: str, table: Table | None, now: Instant) -> Entry:
    """The entry that fixes a device's table; None = no birth holds any more."""
    rows = None
    if table is not None:
        rows = {"names": {str(alias): name for alias, name in table.names.items()}, "types": table.types}
    return Entry(Kind.CONTROL, now, ALIASES + device, json.dumps(rows, ensure_ascii=False).encode())


def table_from(payload: bytes) -> Table | None:
    """The table of such an entry."""
    rows = json.loads(payload)
    return None if rows is None else Table({int(alias): name for alias, name in rows["names"].items()}, rows["types"])


def pinned_aliases(finding: Finding, device: str) -> str:
    """The name under which a device's table stays with a finding, for its proof."""
    return f"{ALIASES}{device}@{finding.id}"


def late_death_entry(now: Instant) -> Entry:
    """The entry that stands right before a death of an earlier session."""
    return Entry(Kind.CONTROL, now, LATE_DEATH)
