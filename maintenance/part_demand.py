"""What will be wanted of each part until a purchase arrives: planned work, forecast failures, and what history says.

Planned work is counted, not guessed: orders that are not released yet say what they need and when. What was issued for
planned work is therefore no part of the history.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from domain.batch import Ints
from domain.instants import DAY, Instant
from domain.part import Level, Movement, Part, Proposal, Serving
from domain.work_order import OrderKind, OrderState, WorkOrder
from maintenance import catalogue_stock as catalogue
from maintenance.part_chances import PERIOD, PERIODS, Chances, chances_of
from maintenance.stock_words import filled

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
    serving: Serving = Serving.EACH

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


# -- what to buy


def proposals(outlook: Outlook) -> list[Proposal]:
    """What should be bought: where available and on order together are less than the reorder point; dearest first."""
    chances, needs = chances_of(outlook.parts, outlook.history(), outlook.serving), outlook.known_needs()
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
