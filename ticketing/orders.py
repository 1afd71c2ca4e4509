"""Orders: how a work order passes from state to state, and what becomes of its tickets with every move."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.actors import MACHINES
from domain.errors import Conflict, IllegalMove, WrongFormat
from domain.instants import DAY, Instant, instant_text
from domain.ticket import LedgerEvent, Ticket
from domain.work_order import (
    HOLDS,
    ORDER_ENDED,
    ORDER_MOVES,
    OrderResponse,
    OrderState,
    WorkOrder,
    check_order_move,
)
from ticketing.gates import check_passed
from ticketing.order_driving import ORDERS, drive

MERGEABLE = frozenset({OrderState.DRAFT, OrderState.IN_REVIEW, OrderState.APPROVED, OrderState.RELEASED})
"""An order takes in the work of others while nobody is on the way."""
FARTHEST = 5 * 365 * DAY
"""People put no date of an order further away from now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A move that somebody wants, as it was said."""

    to: OrderState
    reason: str = ""
    """Of `on_hold`: one of HOLDS; of `rejected`: in words."""
    until: Instant | None = None
    """Of `deferred`."""
    into: WorkOrder | None = None
    """Of `merged`: the order that takes in the work."""
    done_at: Instant | None = None
    """Of `work_done`: when it was done, where it is told later."""
    without_parts: bool = False
    """Of `released`: also where its kit is not there; a person takes that on and says why."""
    by: str = ORDERS
    why: str = ""


def move(
    order: WorkOrder,
    step: Step,
    tickets: Iterable[Ticket],
    now: Instant,
    *,
    revision: int,
    missing: Iterable[str] = (),
) -> OrderResponse:
    """The order in its new state, and its tickets where it drives them. `missing` are the gates that are open.

    Raises Conflict when it is not the revision that was seen; IllegalMove; WrongFormat where the move lacks something;
    GatesOpen where the work is not done before a gate is passed.
    """
    if order.revision != revision:
        raise Conflict(f"Work order {order.number}")
    check_order_move(order.number, order.state, step.to)
    check_said(order, step, now)
    if step.to is OrderState.WORK_DONE:
        check_passed(f"Work order {order.number}", missing)
    if step.into is not None:
        return merge(order, step.into, tickets, step, now)
    there = in_state(order, step, now)
    driven = [drive(there, ticket, now, by=step.by, why=step.why) for ticket in tickets]
    return OrderResponse(
        orders=(there,),
        tickets=tuple(ticket for ticket, lines in driven if lines),
        events=(told(order, there, step, now), *(each for _, lines in driven for each in lines)),
    )


def check_said(order: WorkOrder, step: Step, now: Instant) -> None:
    """Nothing, or the sentence of what the move lacks or says too much."""
    to = step.to
    if to is OrderState.ON_HOLD and step.reason not in HOLDS:
        said = f"on_hold({step.reason})" if step.reason else "on_hold"
        raise IllegalMove(f"Work order {order.number}", order.state, said, [f"on_hold({hold})" for hold in HOLDS])
    if to is OrderState.REJECTED and not step.reason:
        raise WrongFormat(["Say as reason why the order is rejected."])
    if step.reason and to not in (OrderState.ON_HOLD, OrderState.REJECTED):
        raise WrongFormat([f"A move to {to} has no reason; say it as why."])
    if (to is OrderState.DEFERRED) != (step.until is not None):
        raise WrongFormat(["Say until when the order is deferred; no other move has an until."])
    if step.until is not None and step.until <= now:
        raise WrongFormat(["An order is deferred until a time to come."])
    latest = order.grounds.get("latest") if order.plan else None
    if step.until is not None and isinstance(latest, int) and step.until > latest:
        said = f"its plan {order.plan} lets it wait until {instant_text(latest)} at most"
        raise WrongFormat([f"Order {order.number} cannot be deferred so long: {said}; defer it less, or reject it."])
    if step.until is not None and latest is None and step.until > now + FARTHEST:
        raise WrongFormat(["An order is deferred for five years at most; defer it less, or reject it."])
    if (to is OrderState.MERGED) != (step.into is not None):
        raise WrongFormat(["Say into which order it is merged; no other move has an into."])
    if step.done_at is not None:
        check_done_at(order, step, now)
    if step.without_parts and (to is not OrderState.RELEASED or not step.why or step.by in MACHINES):
        raise WrongFormat(["Only a person releases an order without its parts, and says why."])


def check_done_at(order: WorkOrder, step: Step, now: Instant) -> None:
    """Nothing, or WrongFormat where work cannot have been done then."""
    assert step.done_at is not None
    if step.to is not OrderState.WORK_DONE:
        raise WrongFormat(["Only a move to work_done says when the work was done."])
    if not order.made_at <= step.done_at <= now:
        raise WrongFormat(["Work was done after its order was made, and not in time to come."])


def in_state(order: WorkOrder, step: Step, now: Instant) -> WorkOrder:
    """The order after the move."""
    to = step.to
    stamps: dict[str, Instant | None] = {"ended_at": now if to in ORDER_ENDED else None}
    if to is OrderState.DISPATCHED:
        stamps["dispatched_at"] = now
    if to is OrderState.IN_PROGRESS and order.started_at is None:
        stamps["started_at"] = now
    if to is OrderState.WORK_DONE:
        stamps["done_at"] = now if step.done_at is None else step.done_at
    question = order.question if to is OrderState.IN_PROGRESS else ""
    return changed(order, now, state=to, reason=step.reason, until=step.until, question=question, **stamps)


def changed(order: WorkOrder, now: Instant, **changes: Any) -> WorkOrder:
    """The order with changes that its readers must see before they change it themselves."""
    return replace(order, **changes, changed_at=now, revision=order.revision + 1)


def merge(order: WorkOrder, into: WorkOrder, tickets: Iterable[Ticket], step: Step, now: Instant) -> OrderResponse:
    """Its work and its tickets go to another open order of the same asset, which drives them from now on."""
    if into.number == order.number or into.asset != order.asset or into.state not in MERGEABLE:
        state = f"{into.state} on {into.asset}"
        raise IllegalMove(
            f"Work order {into.number}",
            state,
            f"the one that {order.number} is merged into",
            [f"another order on {order.asset} that is {' or '.join(sorted(MERGEABLE))}"],
        )
    gone = replace(in_state(order, step, now), merged_into=into.number)
    whole = with_work(into, order, now)
    driven = [drive(whole, ticket, now, by=step.by, why=step.why) for ticket in tickets]
    taken = order_line("order_merged", whole, now, step.by, step.why, merged=order.number, tickets=list(order.tickets))
    return OrderResponse(
        orders=(gone, whole),
        tickets=tuple(ticket for ticket, lines in driven if lines),
        events=(told(order, gone, step, now), taken, *(each for _, lines in driven for each in lines)),
    )


def with_work(into: WorkOrder, order: WorkOrder, now: Instant) -> WorkOrder:
    """The order with the work of another one beside its own."""
    kit = dict(into.kit)
    for part, pieces in order.kit.items():
        kit[part] = kit.get(part, 0) + pieces
    return changed(
        into,
        now,
        also=(*into.also, *order.tickets),
        tasks=(*into.tasks, *order.tasks),
        hours=into.hours + order.hours,
        crew=max(into.crew, order.crew),
        skills=joined(into.skills, order.skills),
        certificates=joined(into.certificates, order.certificates),
        kit=kit,
        tools=joined(into.tools, order.tools),
        gates=joined(into.gates, order.gates),
        due_at=min((at for at in (into.due_at, order.due_at) if at is not None), default=None),
    )


def joined(these: Sequence[str], those: Sequence[str]) -> tuple[str, ...]:
    """Both, each once."""
    return tuple(dict.fromkeys((*these, *those)))


def told(before: WorkOrder, after: WorkOrder, step: Step, now: Instant) -> LedgerEvent:
    """What the event log says of a move."""
    more: dict[str, Any] = {"until": after.until} if after.until is not None else {}
    more |= {"into": after.merged_into} if after.merged_into else {}
    more |= {"done_at": step.done_at} if step.done_at is not None else {}
    said = {"was": before.state.value, "state": after.state.value, "reason": after.reason, "asset": after.asset}
    return order_line("order_moved", after, now, step.by, step.why, **said, **more)


def order_line(kind: str, order: WorkOrder, now: Instant, by: str, why: str = "", /, **details: Any) -> LedgerEvent:
    """A line of the event log about an order; it stands in the timeline of its first ticket too."""
    said: Mapping[str, Any] = {"order": order.number, **details}
    ticket = order.tickets[0] if order.tickets else ""
    return LedgerEvent(at=now, kind=kind, ticket=ticket, actor=by, why=why, details=said)


def possible_moves(order: WorkOrder) -> Sequence[OrderState]:
    """Where it can go from here."""
    return sorted(ORDER_MOVES[order.state])
