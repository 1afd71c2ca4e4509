"""An incident of the fleet as a value: its scope, its members' number, how it spread, and when it is over."""

from math import exp
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from detectors.fleet_buckets import AN_HOUR, NAMES, Cell, Hit
from detectors.fleet_cells import Scope
from detectors.fleet_judge import Case, best_of, details
from domain.entries import Position
from domain.finding import Finding, FindingState, Severity
from domain.instants import SECOND, Instant

FIRST = 3
LATEST = 20
CURVE = 60
"""So many points of the spread are kept."""
LONGEST = 24 * 14
"""So many hours are looked back for quiet."""
MOST = 0.8
"""From this share of the faults on, their code is what the incident is about."""
ENOUGH = 10
"""So many faults with a code show which one it is."""
OVERRATED = 4.0
"""What has just crossed the bar is as a rule rated too high."""
UNLIKELY = 0.001
"""One looks every hour, so chance must seldom end an incident."""
TOLD_AS = {"region": "tag:region"}
"""What the registry calls it."""


class Incident(Struct, frozen=True, array_like=True):
    """From its firing to its end."""

    scope: Scope
    """What makes a device's fault part of it."""
    shared: Scope
    """What else its members have in common."""
    fired_position: Position
    opened: int
    """The bucket after which it fired …"""
    ratio: float
    """… and how many times as often as usual there were faults."""
    about: dict[str, Any]
    """What spoke for it then."""
    is_over: bool = False
    count: int = 0
    members: int = 0
    first: tuple[Hit, ...] = ()
    latest: tuple[Hit, ...] = ()
    codes: dict[str, int] = {}
    hour: int = 0
    """Faults in the present hour."""
    hours: tuple[tuple[int, float], ...] = ()
    """Faults, and those expected, of past hours."""
    curve: tuple[tuple[int, int], ...] = ()
    """Members by seconds after the first fault."""

    def holds(self, cell: Cell) -> bool:
        """A device there is in its scope."""
        named = dict(zip(NAMES, cell, strict=True))
        return all(named[name] == value for name, value in self.scope)

    @property
    def code(self) -> str:
        """The code it is about; empty where none stands out."""
        told = {code: many for code, many in self.codes.items() if code}
        many = max(told.values(), default=0)
        if sum(told.values()) < ENOUGH or many < MOST * sum(told.values()):
            return ""
        return max(sorted(told), key=lambda code: told[code])

    def differs(self, hit: Hit) -> bool:
        """The fault has another code than the one that the incident is about."""
        code = self.code
        return bool(code and hit.code and hit.code != code)


def begun(case: Case, position: Position) -> Incident:
    """The incident that a case makes."""
    best = best_of(case.contenders)
    return Incident(best.scope, case.shared, position, case.number, best.ratio, details(case))


def grown(incident: Incident, hits: list[Hit]) -> Incident:
    """With more faults: all are counted, the first and the latest are kept, the first piece of evidence stays."""
    codes = dict(incident.codes)
    for hit in hits:
        if hit.code in codes or len(codes) < LATEST:
            codes[hit.code] = codes.get(hit.code, 0) + 1
    room = max(0, FIRST - len(incident.first))
    later = [hit for hit in hits[room:] if hit.at >= incident.first[0].at] if len(hits) > room else []
    return replace(
        incident,
        count=incident.count + len(hits),
        hour=incident.hour + len(hits),
        codes=codes,
        first=(*incident.first, *hits[:room]),
        latest=(*incident.latest, *later)[-LATEST:],
    )


def spread(incident: Incident, members: int, at: Instant) -> Incident:
    """With so many members at an instant of arrival."""
    seconds = max(0, at - incident.first[0].received_at) // SECOND if incident.first else 0
    curve = (*(point for point in incident.curve if point[0] != seconds), (seconds, members))
    if len(curve) > CURVE:
        curve = (*curve[:-1][::2], curve[-1])
    return replace(incident, members=members, curve=curve)


def hour_over(incident: Incident, expected: float) -> Incident:
    """An hour has passed in which so many faults were to be expected; none: it tells nothing."""
    if expected <= 0:
        return replace(incident, hour=0)
    hours = (*incident.hours, (incident.hour, expected))[-LONGEST:]
    return replace(incident, hour=0, hours=hours)


def is_quiet(incident: Incident, *, hours: int, clear: float, ratio: float) -> bool:
    """For so many hours or more the rate was back below `clear` times what is usual.

    Where little is to be expected, no fault says nothing: so few must be unlikely at a fraction of the incident's
    rate, at least at `ratio` times the usual one.
    """
    raised = max(ratio, incident.ratio / OVERRATED)
    hits, expected = 0, 0.0
    for many, (one, usual) in enumerate(reversed(incident.hours), 1):
        hits, expected = hits + one, expected + usual
        if many >= hours and hits <= clear * expected and tail(hits, raised * expected) <= UNLIKELY:
            return True
    return False


def tail(hits: int, mean: float) -> float:
    """The probability of so few faults or fewer (Poisson)."""
    term = total = exp(-min(mean, 700.0))
    for many in range(1, hits + 1):
        term *= mean / many
        total += term
    return total


def finding_of(
    incident: Incident,
    *,
    slot: int,
    position: Position,
    at: Instant,
    joined: tuple[str, ...] = (),
    left: tuple[str, ...] = (),
    before: bytes = b"",
) -> Finding:
    """What is said of it now."""
    kept = sorted((*incident.first, *incident.latest), key=lambda hit: (hit.at, hit.position))
    return Finding(
        slot=slot,
        state=FindingState.RESOLVED if incident.is_over else FindingState.OPEN,
        severity=Severity.S3,
        started_at=kept[0].at,
        last_at=kept[-1].at,
        fired_position=incident.fired_position,
        position=position,
        changed_at=at,
        count=incident.count,
        evidence=tuple(hit.evidence() for hit in kept),
        before=before,
        scope={TOLD_AS.get(name, name): value for name, value in (*incident.scope, *incident.shared)},
        joined=joined,
        left=left,
        details={
            **incident.about,
            "members": incident.members,
            "code": incident.code,
            "spread": [list(point) for point in incident.curve],
        },
    )


def hours_of(buckets: int) -> float:
    """A number of buckets, one at least, in hours."""
    return max(buckets, 1) / AN_HOUR
