"""What will be wanted of each part until a purchase arrives: planned work, forecast failures, and what history says.

Planned work is counted, not guessed: orders that are not released yet say what they need and when. What was issued for
planned work is therefore no part of the history.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np

from domain.batch import Floats, Ints
from domain.instants import DAY, Duration, Instant
from domain.part import Level, Movement, Part, Proposal
from domain.work_order import OrderKind, OrderState, WorkOrder
from maintenance import catalogue_stock as catalogue
from maintenance.demand import sba
from maintenance.demand_pool import LEAST, PAST, Pool
from maintenance.reorder import base_stock, calibrated, negative_binomial
from maintenance.stock_words import filled

PERIOD: Duration = 30 * DAY
PERIODS = 36
"""So much history is looked at."""
MANY = 50
"""With so many parts that have a history they learn from each other."""
SERVICES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
MOST = 2_000
"""Distributions go up to so many pieces; the demand of what is wanted in larger numbers is a normal one."""
PLANNED, FORECAST, HISTORY = "planned", "forecast", "history"
SHARES: Mapping[OrderKind, str] = {
    OrderKind.PREVENTIVE: PLANNED,
    OrderKind.CORRECTIVE: PLANNED,
    OrderKind.CONDITION_BASED: FORECAST,
    OrderKind.PREDICTIVE: FORECAST,
}
"""What an order's need counts as: work that somebody decided, or a failure that is seen coming."""
TO_COME = frozenset({OrderState.DRAFT, OrderState.IN_REVIEW, OrderState.APPROVED, OrderState.DEFERRED})
"""Orders whose parts are not reserved yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """What a campaign will take for its units that have no order yet."""

    kit: Mapping[str, int]
    """Pieces for one unit."""
    left: int
    """Units without an order."""
    units: int
    """So many are worked on at a time …"""
    days: int
    """… within so many days."""

    def pieces(self, part: Part) -> int:
        """Those of the units that come before a purchase, made one period later, would arrive."""
        turns = 1 + int((part.lead + PERIOD) // (max(self.days, 1) * DAY))
        return self.kit.get(part.id, 0) * min(self.left, self.units * turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known of all parts together, at an instant."""

    now: Instant
    parts: Mapping[str, Part]
    levels: Iterable[Level] = ()
    issues: Iterable[Movement] = ()
    """Of the last PERIODS, without those for planned work."""
    orders: Iterable[WorkOrder] = ()
    """Open ones."""
    shorts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What released orders lack, by order and part."""
    waves: Iterable[Wave] = ()
    """Of campaigns that run."""

    def history(self) -> dict[str, Ints]:
        """Pieces issued by period, oldest first, of each part: from its first issue, or none."""
        found = {part: np.zeros(PERIODS, int) for part in self.parts}
        for each in self.issues:
            back = (self.now - each.at) // PERIOD
            if each.part in found and 0 <= back < PERIODS:
                found[each.part][PERIODS - 1 - back] += each.pieces
        return found

    def known_needs(self) -> dict[str, dict[str, float]]:
        """By part: what open orders will need within its lead time and one period, by share; and what is lacking."""
        found: dict[str, dict[str, float]] = {part: {PLANNED: 0.0, FORECAST: 0.0} for part in self.parts}
        for order in self.orders:
            lacks = self.shorts.get(order.number, {})
            for part, pieces in (order.kit if order.state in TO_COME else lacks).items():
                if part in found and is_soon(order, self.parts[part], self.now):
                    found[part][SHARES[order.kind]] += pieces
        for wave in self.waves:
            for part in wave.kit.keys() & found.keys():
                found[part][PLANNED] += wave.pieces(self.parts[part])
        return found


def is_soon(order: WorkOrder, part: Part, now: Instant) -> bool:
    """A purchase that is made one period later would come too late for it."""
    at = order.ideal_at if order.ideal_at is not None else order.due_at
    return at is None or at <= now + part.lead + PERIOD


def lead_periods(part: Part) -> int:
    """Whole periods until a purchase arrives, at least one."""
    return max(1, ceil(part.lead / PERIOD))


@dataclass(frozen=True, slots=True)
class Chances:
    """What history says of the demand until arrival."""

    mean: float
    """Within the lead time."""
    stock: int
    """That is enough for the part's service."""
    up_to: int
    """With the demand of one period more."""


def chances_of(parts: Mapping[str, Part], history: Mapping[str, Ints]) -> dict[str, Chances]:
    """Of every part, by its lead time and service; parts with the same lead time learn together where they are many."""
    found: dict[str, Chances] = {}
    by_lead: dict[int, list[str]] = {}
    for part in parts.values():
        by_lead.setdefault(lead_periods(part), []).append(part.id)
    for lead, ids in sorted(by_lead.items()):
        rows = np.stack([history[one] for one in ids])
        rows = rows[:, begins(rows) :]
        means, lumps = moments(rows)
        is_many = (lead + 1) * means + 4 * np.sqrt((lead + 1) * means * np.maximum(lumps, 1)) > MOST
        for nth in np.flatnonzero(is_many).tolist():
            found[ids[nth]] = in_numbers(float(means[nth]), float(lumps[nth]), lead, parts[ids[nth]].service)
        if is_many.all():
            continue
        rows, few = rows[~is_many], [one for one, many in zip(ids, is_many, strict=True) if not many]
        until = distributions(rows, lead)
        dials = dials_of(rows, lead, sorted({parts[one].service for one in few}))
        for nth, one in enumerate(few):
            service = dials.get(parts[one].service, parts[one].service)
            mean = float(until[0][nth] @ np.arange(until[0].shape[1]))
            found[one] = Chances(mean, int(base_stock(until[0][nth], service)), int(base_stock(until[1][nth], service)))
    return found


def moments(rows: Ints) -> tuple[Floats, Floats]:
    """Of the demand of a period: its mean, and its variance in pieces of the mean."""
    mean: Floats = rows.mean(axis=1)
    return np.maximum(sba(rows)[:, -1], mean), rows.var(axis=1, ddof=1) / np.maximum(mean, 1e-9)


def in_numbers(mean: float, lumps: float, lead: int, service: float) -> Chances:
    """What history says of a part that is wanted by the thousand."""
    beyond = NormalDist().inv_cdf(service)
    stock, up_to = (ceil(mean * n + max(0.0, beyond) * sqrt(mean * n * max(lumps, 1.0))) for n in (lead, lead + 1))
    return Chances(mean * lead, stock, up_to)


def begins(rows: Ints) -> int:
    """The first period in which anything was issued at all, but never the last three."""
    seen = np.flatnonzero(rows.any(axis=0))
    return int(min(seen[0] if len(seen) else rows.shape[1], rows.shape[1] - 3))


def distributions(rows: Ints, lead: int) -> tuple[Floats, Floats]:
    """Of the demand during the lead time and until one period later, [part, pieces]."""
    most = int(max(60, 4 * rows.sum(axis=1).max(initial=0)))
    if len(rows) >= MANY and rows.shape[1] >= LEAST + PAST // 2 + lead:
        pool = Pool.learned(rows, lead, most=min(most, MOST))
        group = pool.group_of(rows)
        return pool.during_lead[group], pool.until_arrival[group]
    mean, lumps = moments(rows)
    during, until = (negative_binomial(mean * n, mean * lumps * n, min(most, MOST)) for n in (lead, lead + 1))
    return during, until


def dials_of(rows: Ints, lead: int, services: Sequence[float]) -> dict[float, float]:
    """The chance of being enough that achieved each service in lead times at the end that it had not seen.

    Empty where the history is too short, or too few parts share it: then the chance is the service itself.
    """
    if len(rows) < MANY or rows.shape[1] < LEAST + PAST // 2 + 2 * lead + 2:
        return {}
    until, seen = distributions(rows[:, : -lead - 1], lead)[1], rows[:, -lead - 1 :].sum(axis=1)

    def achieved(dial: float) -> float:
        return float(np.minimum(seen, base_stock(until, dial)).sum() / max(1, seen.sum()))

    return {service: calibrated(SERVICES, achieved, service) for service in services}


# -- what to buy


def proposals(outlook: Outlook) -> list[Proposal]:
    """What should be bought: where available and on order together are less than the reorder point; dearest first."""
    chances, needs = chances_of(outlook.parts, outlook.history()), outlook.known_needs()
    levels: dict[str, list[Level]] = {}
    for level in outlook.levels:
        levels.setdefault(level.part, []).append(level)
    found = [
        proposal(part, levels.get(part.id, []), chances[part.id], needs[part.id], outlook.now)
        for part in outlook.parts.values()
    ]
    return sorted((each for each in found if each is not None), key=lambda each: (-each.cost, each.part))


def proposal(
    part: Part, levels: Sequence[Level], chances: Chances, needs: Mapping[str, float], now: Instant
) -> Proposal | None:
    """What should be bought of one part; None where there is enough."""
    available, on_order = sum(each.available for each in levels), sum(each.on_order for each in levels)
    known = ceil(sum(needs.values()))
    by_forecast, up_to = known + chances.stock, known + chances.up_to
    point = by_forecast if part.reorder_point is None else part.reorder_point
    if part.reorder_point is not None:
        up_to = max(up_to, part.reorder_point)
    if available + on_order >= point:
        return None
    packs = ceil((max(up_to, point) - available - on_order) / part.pack)
    demand = round(chances.mean + known, 2)
    said = {"available": available, "on_order": on_order, "point": point}
    return Proposal(
        part=part.id,
        pieces=packs * part.pack,
        cost=round(packs * part.pack * part.cost, 2),
        available=available,
        on_order=on_order,
        reorder_point=point,
        demand=demand,
        shares={**needs, HISTORY: round(chances.mean, 2)},
        arrives_at=now + part.lead,
        why=filled(catalogue.PROPOSED, **said, demand=f"{demand:g}", days=f"{part.lead_days:g}"),
    )
