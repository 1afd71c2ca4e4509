"""Judging the fleet: which scope explains a rise of faults best, and whether that is an incident.

A case is a plain value that holds all that the decision rests on, so the same case always leads to the same decision:
that is the proof of a fleet's finding.
"""

from math import exp, lgamma, log, log1p
from typing import Any

import msgspec
from msgspec import Struct

from detectors.fleet_buckets import Hit
from detectors.fleet_cells import Level, Scope

SUSPECTS = frozenset({Level.FIRMWARE, Level.RELEASE, Level.LOCAL})
"""Levels that blame a release."""
CONTENDERS = 12
"""So many scopes are weighed against each other."""
COSTS = {
    Level.MODEL: 2.0,
    Level.FIRMWARE: 0.0,
    Level.REGION: 0.0,
    Level.RELEASE: 3.0,
    Level.SITE: 3.0,
    Level.GATEWAY: 5.0,
    Level.LOCAL: 10.0,
}
"""What a narrower explanation must be better by, in logarithms of likelihood."""
LONG_PROVEN = 4.0
"""A release that has run well for long is not the first suspect."""


class Contender(Struct, frozen=True, array_like=True):
    """A scope that may explain the rise, over the stretch in which it does so best."""

    level: int
    scope: Scope
    sum: float
    """Logarithm of the likelihood ratio."""
    evidence: float
    """Logarithm of the e-detector."""
    since: int
    """The bucket with which the stretch begins."""
    hits: int
    of: int
    """Faults in the fleet in that stretch."""
    share: float
    """Faults expected in the scope, given those in the fleet."""
    own: float
    """Faults expected in the scope by its own history."""
    hours: float
    """Active device-hours, roughly."""
    active: int
    is_proven: bool
    """It blames a release that has run well for long."""

    @property
    def score(self) -> float:
        """How well it explains the rise, less what its narrowness costs."""
        cost = COSTS[Level(self.level)] + (LONG_PROVEN if self.is_proven else 0.0)
        return self.sum - cost

    @property
    def against_rest(self) -> float:
        """How many times as often as the rest of the fleet, each measured by what is usual for it."""
        return (self.hits / self.share) / ((self.of - self.hits + 0.5) / (self.of - self.share + 0.5))

    @property
    def against_own(self) -> float:
        """How many times as often as usual."""
        return self.hits / self.own

    @property
    def ratio(self) -> float:
        """The smaller of the two."""
        return min(self.against_rest, self.against_own)


class Side(Struct, frozen=True, array_like=True):
    """Faults in active device-hours of somebody."""

    name: str
    hits: float
    hours: float

    def rate(self) -> float:
        """Faults a device-hour."""
        return self.hits / self.hours if self.hours > 0 else 0.0


class Case(Struct, frozen=True, array_like=True):
    """What the buckets up to this one say."""

    number: int
    bar: float
    """What the evidence must reach, in logarithms."""
    contenders: tuple[Contender, ...]
    hits: tuple[Hit, ...]
    """Latest faults of the devices in the best contender's scope since its stretch began."""
    shared: Scope
    """What else all its devices have in common."""
    before: Side
    """The same devices on the release before …"""
    after: Side
    """… and on this one."""
    versions: tuple[Side, ...]
    """The releases of the same models in the last days."""


class Criteria(Struct, frozen=True):
    """What a rule asks for."""

    ratio: float
    season: float
    count: int
    devices: int


DECODER = msgspec.msgpack.Decoder(Case)


def pack(case: Case) -> bytes:
    """The case as bytes."""
    return msgspec.msgpack.encode(case)


def unpack(packed: bytes) -> Case:
    """The case that `pack` wrote."""
    return DECODER.decode(packed)


def best_of(contenders: tuple[Contender, ...]) -> Contender:
    """The one that explains the rise best; the first of equals."""
    return max(contenders, key=lambda contender: contender.score)


def is_incident(case: Case, criteria: Criteria) -> bool:
    """The best explanation is strong enough, of enough devices, and more than a model's season."""
    best = best_of(case.contenders)
    least = criteria.season if best.level == Level.MODEL else criteria.ratio
    return (
        best.evidence >= case.bar
        and best.hits >= criteria.count
        and len({hit.device for hit in case.hits}) >= criteria.devices
        and best.ratio >= least
    )


def sureness(case: Case) -> float:
    """The share of the best explanation in the likelihood of all that were weighed."""
    best = best_of(case.contenders).score
    return 1 / sum(exp(max(contender.score - best, -700.0)) for contender in case.contenders)


def chance(hits: int, of: int, share: float) -> float:
    """Logarithm (base 10) of the probability of so many faults or more in the scope, if nothing is wrong.

    The upper tail of the binomial distribution of `of` faults that fall inside with probability `share / of`.
    """
    inside = min(max(share / of, 1e-300), 1.0)
    if inside >= 1.0 or not hits:
        return 0.0
    first = lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1)
    first += hits * log(inside) + (of - hits) * log1p(-inside)
    total, term, many = 1.0, 1.0, hits
    while many < of and term > 1e-12 * total:
        term *= (of - many) / (many + 1) * inside / (1 - inside)
        total += term
        many += 1
    return min(0.0, (first + log(total)) / log(10))


def details(case: Case) -> dict[str, Any]:
    """What speaks for the decision, as plain JSON."""
    best = best_of(case.contenders)
    named = dict(best.scope)
    return {
        "level": Level(best.level).name.lower(),
        "rate": rounded(best.hits / best.hours),
        "baseline": rounded(best.own / best.hours),
        "ratio": rounded(best.ratio),
        "ratio_to_rest": rounded(best.against_rest),
        "hits": best.hits,
        "expected": rounded(best.share),
        "log10_p": rounded(chance(best.hits, best.of, best.share)),
        "log10_evidence": rounded(best.evidence / log(10)),
        "exposure_hours": rounded(best.hours),
        "active": best.active,
        "suspect": named["firmware"] if best.level in SUSPECTS else "",
        "sure": rounded(sureness(case)),
        "before_update": side(case.before),
        "after_update": side(case.after),
        "versions": [side(version) for version in case.versions],
        "others": [
            {"scope": dict(other.scope), "behind": rounded(best.score - other.score)}
            for other in sorted(case.contenders, key=lambda contender: -contender.score)
            if other.scope != best.scope
        ][:4],
    }


def side(of: Side) -> dict[str, Any]:
    """Faults, hours and rate."""
    return {"name": of.name, "hits": rounded(of.hits), "hours": rounded(of.hours), "rate": rounded(of.rate())}


def rounded(number: float) -> float:
    """Four digits say enough."""
    return float(f"{number:.4g}")
