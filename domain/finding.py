"""A finding: what a detector concluded, from its first firing to its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Any, NamedTuple

from domain.entries import Position
from domain.errors import IllegalMove
from domain.instants import Instant
from domain.text import Text


class Severity(StrEnum):
    """How bad it is; S1 is the worst."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"


class FindingState(StrEnum):
    """Where a finding stands. `resolved` and `withdrawn` are its ends; a relapse within the cooldown opens it again."""

    PENDING = "pending"
    OPEN = "open"
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    FLAPPING = "flapping"
    WITHDRAWN = "withdrawn"


MOVES: Mapping[FindingState, frozenset[FindingState]] = {
    FindingState.PENDING: frozenset({FindingState.OPEN, FindingState.WITHDRAWN}),
    FindingState.OPEN: frozenset(
        {FindingState.RECOVERING, FindingState.RESOLVED, FindingState.FLAPPING, FindingState.WITHDRAWN}
    ),
    FindingState.RECOVERING: frozenset(
        {FindingState.OPEN, FindingState.RESOLVED, FindingState.FLAPPING, FindingState.WITHDRAWN}
    ),
    FindingState.FLAPPING: frozenset({FindingState.OPEN, FindingState.RESOLVED, FindingState.WITHDRAWN}),
    FindingState.RESOLVED: frozenset({FindingState.OPEN, FindingState.FLAPPING, FindingState.WITHDRAWN}),
    FindingState.WITHDRAWN: frozenset({FindingState.OPEN}),
}
ACTIVE = frozenset({FindingState.OPEN, FindingState.RECOVERING, FindingState.FLAPPING})


def check_move(before: FindingState, after: FindingState) -> None:
    """Nothing, or IllegalMove. Staying is always legal: evidence grows."""
    if before is not after and after not in MOVES[before]:
        raise IllegalMove("The finding", before, after, sorted(MOVES[before]))


class Evidence(NamedTuple):
    """One event or reading that a finding rests on, and the journal entry it came in."""

    position: Position
    device: str
    at: Instant
    what: str
    """The event's name, or the metric's."""
    code: str = ""
    value: float | None = None


Key = tuple[tuple[str, str], ...]
"""What a finding is about: `(("asset", "TV-17"), ("component", "panel"))`, in the rule's order."""


def finding_id(rule: str, version: str, key: Key, position: Position, nth: int = 0) -> str:
    """The id for the whole episode: rule, version, key and the entry of its first firing.

    `nth` tells apart episodes of one key that first fire within one entry (a list in one message).
    """
    parts = (rule, version, *(f"{name}={value}" for name, value in key), str(position), str(nth))
    return "F-" + blake2b("\x00".join(parts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One state of one finding. A later one with the same id and a higher `position` replaces it.

    A detector fills in what it concluded; the engine writes what the rule and the registry say
    (`id, rule, version, key, asset, component, facts, failure_mode, title, ticket_class, shadow`).
    """

    slot: int = -1
    """The key's slot in the detector's columns; means nothing outside the engine."""
    nth: int = 0
    state: FindingState
    severity: Severity
    started_at: Instant
    """Event time of the first evidence."""
    last_at: Instant
    """Event time of the last evidence."""
    fired_position: Position
    """The entry at which it first fired; fixed."""
    position: Position
    """The entry that brought this state."""
    changed_at: Instant
    """Time of arrival of that entry."""
    count: int
    """How many pieces of evidence there are, also those that `evidence` no longer lists."""
    evidence: tuple[Evidence, ...] = ()
    """In order of event time; the first and the latest where there are too many."""
    late: int = 0
    """Events about this key that came later than the rule allows; counted, not judged."""
    score: float = 1.0
    before: bytes = b""
    """At the first firing: the key's state just before entry `fired_position`, for the proof."""

    id: str = ""
    rule: str = ""
    version: str = ""
    key: Key = ()
    asset: str = ""
    component: str = ""
    failure_mode: str = ""
    title: Text = field(default_factory=dict)
    ticket_class: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the registry said of the device at the firing."""
    sources: str = ""
    """Version of the sources that were in force at the firing; `watch` writes it."""
    shadow: bool = False
    """Found by a rule in shadow, or true before its rule went live and not confirmed: recorded, never a ticket."""
    scope: Mapping[str, str] = field(default_factory=dict)
    """Of a finding about a fleet: what all its members have in common (`model`, `firmware`, `site`); empty: it is about

    one asset. A fleet's finding becomes an incident.
    """
    joined: tuple[str, ...] = ()
    """Assets that became members of the fleet's finding with this state; earlier states named the others."""
    left: tuple[str, ...] = ()
    """Assets that are no longer members."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the detector can say for it, as plain JSON: rates, baseline, the suspect release, horizon, probability."""

    @property
    def is_active(self) -> bool:
        """The condition holds, as far as is known."""
        return self.state in ACTIVE
