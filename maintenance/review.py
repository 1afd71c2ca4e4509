"""Review: which orders people look at first, and the day on which an order stands."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from domain.instants import Instant
from domain.work_order import WorkOrder

FOREVER: Instant = 2**63 - 1
COST_DAYS = 7
"""Orders are compared by what it costs to wait so long."""


class First(StrEnum):
    """What comes first in a list."""

    DUE = "due"
    COST = "cost"
    """What costs most by waiting a week; before them those for tickets, where the failure is there already."""


def in_order(orders: Iterable[WorkOrder], first: First) -> list[WorkOrder]:
    """The orders, the most pressing first."""
    return sorted(orders, key=KEYS[first])


def by_due(order: WorkOrder) -> tuple[Any, ...]:
    """Who is due first; among equals whose waiting costs most."""
    return (order.due_at if order.due_at is not None else FOREVER, -cost(order), order.number)


def by_cost(order: WorkOrder) -> tuple[Any, ...]:
    """Who costs most by waiting; those with a failure that is there already before them, by due."""
    if order.tickets and not order.waiting:
        return (0, *by_due(order))
    return (1, -cost(order), *by_due(order))


KEYS: Mapping[First, Callable[[WorkOrder], tuple[Any, ...]]] = {First.DUE: by_due, First.COST: by_cost}


def cost(order: WorkOrder) -> float:
    """What waiting a week costs; 0 where nobody knows."""
    return next((each.cost for each in order.waiting if each.days == COST_DAYS), 0.0)


def stands_at(order: WorkOrder) -> Instant | None:
    """The instant on whose day an order stands: as the crew plan says, else as promised, deferred, ideal or due."""
    found = (order.starts_at, order.promised_from, order.until, order.ideal_at, order.due_at, order.ready_at)
    return next((at for at in found if at is not None), None)
