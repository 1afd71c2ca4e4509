"""Availability: how often assets fail, how long they are down, and which share of the time they can be used.

The words are those of EN 13306 and IEC 61703: operating time between failures (MTBF), time to restoration (MTTR),
availability = up time by up time and down time. What still runs or is still down at the end counts as far as it goes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from statistics import NormalDist

from domain.instants import DAY, HOUR, Duration, Instant
from maintenance.gamma import quantile


@dataclass(frozen=True, slots=True)
class Outage:
    """One asset down because it failed; planned work is none."""

    begin: Instant
    end: Instant | None = None
    """None: it is still down."""


@dataclass(frozen=True, slots=True)
class Service:
    """One asset as long as it was in service, with its outages."""

    since: Instant
    until: Instant | None = None
    """None: it still is."""
    outages: tuple[Outage, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its interval; None and `inf` where nothing bounds it."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Dependability:
    """What assets were worth relying on within a span."""

    failures: int
    restored: int
    """Outages that ended within the span."""
    up: Duration
    down: Duration
    mtbf_days: Measured
    mttr_hours: Measured
    availability: Measured


def dependability(services: Iterable[Service], since: Instant, until: Instant, sure: float = 0.9) -> Dependability:
    """Of all assets together within [since, until); intervals hold with the chance `sure`.

    MTBF is operating time by failures. The assets are watched for a fixed time, so its interval is the exact one of a
    Poisson number of failures (chi-square with 2r and 2r + 2 degrees of freedom): with no failure only its low end is
    known. MTTR is down time by restorations, those still down in the first and not in the second; its interval is the
    exact one of exponential times. Availability's interval is normal in its log odds, from both.
    """
    if not 0.0 < sure < 1.0:
        raise ValueError("an interval holds with a chance between 0 and 1")
    failures = restored = up = down = 0
    for service in services:
        begin, end = max(service.since, since), min(service.until if service.until is not None else until, until)
        if end <= begin:
            continue
        spans = joined(service.outages, begin, end)
        lost = sum(until - since for since, until, _ in spans)
        up, down = up + end - begin - lost, down + lost
        failures += sum(begin <= one.begin < end for one in first_of(service.outages))
        restored += sum(is_over for _, _, is_over in spans)
    return Dependability(
        failures=failures,
        restored=restored,
        up=up,
        down=down,
        mtbf_days=mean_between(up / DAY, failures, failures + 1, sure),
        mttr_hours=mean_between(down / HOUR, restored, restored + (down > 0), sure),
        availability=share_up(up, down, failures, restored, sure),
    )


def first_of(outages: Iterable[Outage]) -> list[Outage]:
    """The outages that begin while the asset is up: what fails while it is down is no failure more."""
    found: list[Outage] = []
    ends: float = -inf
    for one in sorted(outages, key=lambda each: each.begin):
        if one.begin > ends or not found:
            found.append(one)
        ends = max(ends, inf if one.end is None else one.end)
    return found


def joined(outages: Iterable[Outage], begin: Instant, end: Instant) -> list[tuple[Instant, Instant, bool]]:
    """Down spans within [begin, end), those that overlap as one, and whether each was over by the end."""
    found: list[tuple[Instant, Instant, bool]] = []
    for one in sorted(outages, key=lambda each: each.begin):
        over = one.end is not None and one.end <= end
        first, last = max(one.begin, begin), one.end if one.end is not None and over else end
        if last <= first:
            continue
        if found and first <= found[-1][1]:
            before = found.pop()
            first, over = before[0], over if last > before[1] else before[2] and over
            last = max(last, before[1])
        found.append((first, last, over))
    return found


def mean_between(total: float, events: int, events_at_most: int, sure: float) -> Measured:
    """Time by events with its interval; no event bounds it from below only."""
    outside = (1.0 - sure) / 2.0
    low = total / quantile(float(events_at_most), 1.0 - outside) if events_at_most else 0.0
    high = total / quantile(float(events), outside) if events else inf
    return Measured(total / events if events else None, low, high)


def share_up(up: Duration, down: Duration, failures: int, restored: int, sure: float) -> Measured:
    """The share of the time that assets could be used."""
    if up + down == 0:
        return Measured(None, 0.0, 1.0)
    value = up / (up + down)
    if not (up and down and failures and restored):
        return Measured(value, 0.0, 1.0)
    odds = log(up / down)
    away = NormalDist().inv_cdf(0.5 + sure / 2.0) * sqrt(1.0 / failures + 1.0 / restored)
    return Measured(value, 1.0 / (1.0 + exp(-odds + away)), 1.0 / (1.0 + exp(-odds - away)))
