"""Review: what the event log says of the decisions that people made about an order."""

from dataclasses import dataclass

from domain.ticket import LedgerEvent
from domain.work_order import OrderState

ORDER_MOVED = "order_moved"
ORDER_CHANGED = "order_changed"
"""The kind of line that says what a person changed; details: `changed`, by field the value before and after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """One order of a plan and the lines about its moves and changes, in order."""

    plan: str
    number: str
    state: OrderState
    lines: tuple[LedgerEvent, ...] = ()
