"""Suppression: which findings open no ticket for now, folded from what the journal says of decisions and rules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.finding import Finding
from domain.incident import Hold, HoldKind
from domain.instants import DAY, HOUR, MINUTE, Duration, Instant
from domain.suppression import TOPIC, Suppression, suppressions_of
from ticketing import windows

RULES = "rules"
IN_FORCE = ("live", "shadow")
UNITS: Mapping[str, Duration] = {"m": MINUTE, "h": HOUR, "d": DAY}
DAYS_REMEMBERED = 1_000

Stretches = tuple[tuple[Instant, Instant], ...]


@dataclass(slots=True)
class Suppressions:
    """The port `domain.ports.Suppressing`."""

    by_id: dict[str, Suppression] = field(default_factory=dict)
    rules: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The tables of the rules in force, by id; the live version where one is also in shadow."""
    days: dict[tuple[str, int], Stretches] = field(default_factory=dict)
    """A window's stretches that touch a day, by window and day."""

    def control(self, topic: str, payload: bytes) -> None:
        """Take in a CONTROL entry; the same again changes nothing."""
        if topic == RULES:
            self.rules = in_force(payload)
        if topic == TOPIC:
            decided, gone = suppressions_of(payload)
            self.days = {}
            kept = self.by_id | {each.id: each for each in decided}
            self.by_id = {name: each for name, each in kept.items() if name not in gone}

    def decided(self, finding: Finding, at: Instant) -> Hold | None:
        """The decision that holds the finding back at `at`: the one that was made first."""
        meant = (s for s in self.by_id.values() if s.whom.means(finding) and self.is_in_force(s, at))
        first = min(meant, key=lambda s: (s.since, s.id), default=None)
        if first is None:
            return None
        return Hold(finding=finding.id, asset=finding.asset, kind=first.kind, by=first.id, since=at, why=first.why)

    def holds(self, name: str, at: Instant) -> bool:
        """The decision of that id is in force at `at`."""
        return name in self.by_id and self.is_in_force(self.by_id[name], at)

    def is_in_force(self, suppression: Suppression, at: Instant) -> bool:
        """Before its end and, of a window, while it is open."""
        if suppression.until is not None and at >= suppression.until:
            return False
        if suppression.kind is not HoldKind.WINDOW:
            return True
        return any(begin <= at < end for begin, end in self.stretches(suppression, at))

    def stretches(self, window: Suppression, at: Instant) -> Stretches:
        """The window's stretches about the day of `at`."""
        day = (window.id, at // DAY)
        if day not in self.days:
            if len(self.days) >= DAYS_REMEMBERED:
                self.days = {}
            self.days[day] = tuple(windows.around(window, at))
        return self.days[day]

    def causes(self) -> Mapping[str, str]:
        """Rules whose findings hold back those of `children` or of a `site`: those that say so, and absence."""
        said = {name: str(table.get("suppresses", of_kind(table))) for name, table in self.rules.items()}
        return {name: whose for name, whose in said.items() if whose}

    def most(self, rule: str) -> tuple[int, Duration] | None:
        """So many tickets in so long the rule may open; None = any number."""
        said = str(self.rules.get(rule, {}).get("max_tickets", ""))
        count, _, unit = said.partition("/")
        return (int(count), UNITS[unit]) if said else None


def of_kind(table: Mapping[str, Any]) -> str:
    """Whom a rule of this kind holds back where it does not say: whoever hangs on a silent device is not blamed."""
    return "children" if table.get("kind") == "absence" else ""


def in_force(payload: bytes) -> dict[str, Mapping[str, Any]]:
    """The tables of the rules that watch, by id."""
    rows = [row for row in json.loads(payload)["rules"] if row["life"] in IN_FORCE]
    ordered = sorted(rows, key=lambda row: IN_FORCE.index(row["life"]), reverse=True)
    return {str(row["table"]["id"]): row["table"] for row in ordered}
