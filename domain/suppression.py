"""Suppression: people decide what opens no tickets for a while; detection goes on, and resolution always passes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from domain.finding import Finding
from domain.incident import HoldKind
from domain.instants import Duration, Instant

TOPIC = "suppressions"
"""Of the CONTROL entries of the journal that say them."""
KINDS = (HoldKind.SHELVE, HoldKind.WINDOW, HoldKind.SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Which findings are meant; all that is said must hold, each may have `*` and `?`, empty = any."""

    device: str = ""
    asset: str = ""
    site: str = ""
    model: str = ""
    failure_mode: str = ""

    @property
    def says_something(self) -> bool:
        """It does not mean every finding there is."""
        return any((self.device, self.asset, self.site, self.model, self.failure_mode))

    def means(self, finding: Finding) -> bool:
        """The finding is among them; of a fleet's finding it is its scope that tells, and no device of its evidence."""
        facts = finding.scope or finding.facts
        known = {name: str(facts.get(name, "")) for name in ("device", "site", "model")}
        known |= {"asset": finding.asset, "failure_mode": finding.failure_mode}
        return all(not wanted or fnmatchcase(known[name], wanted) for name, wanted in asdict(self).items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One decision: shelved until a time, a window that may come again, or out of service while it is worked on."""

    id: str
    kind: HoldKind
    whom: Whom = field(default_factory=Whom)
    since: Instant
    """When it was decided; it is in force from its place in the journal on."""
    until: Instant | None = None
    """Over from here on; None: until it is removed."""
    start: str = ""
    """Of a window: when it begins first, as a clock on the wall shows it, `2026-11-28T02:00`."""
    zone: str = ""
    """Of a window: where that clock hangs, such as `Europe/Berlin`."""
    rrule: str = ""
    """Of a window: when it comes again, such as `FREQ=WEEKLY;BYDAY=SA`; empty: never."""
    lasts: Duration = 0
    """Of a window: how long, on the same clock."""
    by: str = ""
    why: str = ""


def suppressions_entry(set_: Iterable[Suppression] = (), remove: Iterable[str] = ()) -> bytes:
    """The payload of a `suppressions` entry of the journal: decisions made or changed, and those taken back."""
    rows = [asdict(each) | {"kind": each.kind.value} for each in set_]
    return json.dumps({"set": rows, "remove": list(remove)}, ensure_ascii=False, sort_keys=True).encode()


def suppressions_of(payload: bytes) -> tuple[list[Suppression], list[str]]:
    """The decisions and the ids taken back in a `suppressions` entry. Raises ValueError, TypeError, KeyError."""
    said = json.loads(payload)
    return [suppression_of(row) for row in said["set"]], [str(name) for name in said["remove"]]


def suppression_of(row: Mapping[str, Any]) -> Suppression:
    """The decision of a row. Raises ValueError, TypeError, KeyError."""
    return Suppression(**{**row, "kind": HoldKind(row["kind"]), "whom": Whom(**row["whom"])})
