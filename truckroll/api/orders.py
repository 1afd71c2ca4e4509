"""Work orders: visits as they stand, what happened to them, and the moves by which people take them on."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi import Response as Answer
from pydantic import Field, StringConstraints

from adapters import ledger_orders
from adapters.ledger_orders import OrdersWanted
from domain.ticket import Priority
from domain.work_order import HOLDS, OrderKind, OrderState
from domain.work_order import WorkOrder as Kept
from ticketing.orders import Step, possible_moves
from truckroll.api.acts import Deed, Line
from truckroll.api.deeds import ETAG, Guarded, Once, digest_of
from truckroll.api.log import MOST_POSITION, LogLine
from truckroll.api.parts import Here, Running
from truckroll.api.problem import Answers, NoRevision, Stale, answers
from truckroll.api.shapes import (
    Absent,
    Asked,
    At,
    MaybeAt,
    Number,
    Page,
    Shape,
    TicketInPath,
    When,
    Word,
    page,
)
from truckroll.desk_files import load_classes
from truckroll.order_deeds import Request, decide_once, move_once

TAG: dict[str, Any] = {"ETag": {"description": "The revision, for `If-Match`.", "schema": {"type": "string"}}}
TAGGED: Answers = {200: {"description": "The order.", "headers": TAG}}

router = APIRouter(tags=["orders"])

OrderNumber = Annotated[str, StringConstraints(pattern=r"^W-[0-9]{4}-[0-9]{6,9}$")]
OrderInPath = Annotated[OrderNumber, Path(description="The order's number, such as W-2026-000123.")]


class Delay(Shape):
    """What it is expected to cost if the work waits so long."""

    days: int
    cost: float
    is_assumed: bool


class WorkOrder(Shape):
    """A visit as it stands."""

    number: str
    kind: OrderKind
    asset: str
    title: dict[str, str]
    state: OrderState
    reason: str
    """Why it is on hold or was rejected."""
    until: MaybeAt
    merged_into: str
    priority: Priority
    why: dict[str, str]
    """Why it exists."""
    grounds: dict[str, Any]
    """What that rests on."""
    tickets: list[str]
    """The tickets that it serves."""
    follows: str
    """The order whose work did not last."""
    plan: str
    cycle: str
    campaign: str
    ready_at: MaybeAt
    ideal_at: MaybeAt
    due_at: MaybeAt
    waiting: list[Delay]
    job_plan: str
    tasks: list[dict[str, str]]
    hours: float
    crew: int
    skills: list[str]
    certificates: list[str]
    kit: dict[str, int]
    tools: list[str]
    gates: list[str]
    technicians: list[str]
    starts_at: MaybeAt
    ends_at: MaybeAt
    promised_from: MaybeAt
    promised_until: MaybeAt
    question: str
    """What a person is asked; `ticket_over`: it is worked on for tickets that have ended."""
    made_at: At
    changed_at: At
    dispatched_at: MaybeAt
    started_at: MaybeAt
    done_at: MaybeAt
    ended_at: MaybeAt
    revision: int
    """Also the `ETag`."""
    is_open: bool
    moves: list[OrderState]
    """The states that it can be moved to."""


class OrdersAsked(Asked):
    """Which orders."""

    state: list[OrderState] = Field(default=[], max_length=13)
    kind: list[OrderKind] = Field(default=[], max_length=4)
    priority: list[Priority] = Field(default=[], max_length=4)
    asset: Word | Absent = None
    ticket: Number | Absent = None
    open: bool | Absent = None
    due_before: When | Absent = None
    cursor: OrderNumber | Absent = Field(None, description="Orders before this number.")
    limit: int = Field(50, ge=1, le=200)


class LinesAsked(Asked):
    """A stretch of an order's timeline."""

    cursor: int = Field(0, ge=0, lt=MOST_POSITION, description="Lines after this position.")
    limit: int = Field(200, ge=1, le=1000)


class OrderMove(Deed):
    """To another state."""

    to: OrderState
    reason: Line = Field("", description=f"Of `on_hold`: one of {', '.join(HOLDS)}. Of `rejected`: in words.")
    until: When | Absent = None
    """Of `deferred`: until then."""
    into: OrderNumber | Absent = None
    """Of `merged`: the order that takes in the work."""
    done_at: When | Absent = None
    """Of `work_done`: when it was done, where it is told later."""
    without_parts: bool = False
    """Of `released`: also where its kit is not there; `why` says why."""


class Visit(Deed):
    """Whether somebody goes there."""

    decision: Literal["yes", "no"]


class Decided(Shape):
    """The ticket's open order after a decision."""

    order: WorkOrder | None


def shown(order: Kept) -> WorkOrder:
    """The order as it travels."""
    said = {name: getattr(order, name) for name in WorkOrder.model_fields if name != "moves"}
    return WorkOrder.model_validate(said | {"moves": possible_moves(order)})


def check_seen(guard: Once, order: Kept) -> None:
    """Nothing, or Stale when the person saw another order than the one that is there; NoRevision."""
    if guard.if_match is None:
        raise NoRevision("work order")
    seen = guard.if_match.strip()
    if seen != "*" and str(order.revision) not in ETAG.findall(seen):
        raise Stale(f"Work order {order.number}")


@router.get("/orders", summary="Work orders, newest first", responses=answers(401, 422, 503))
def orders(running: Running, asked: Annotated[OrdersAsked, Query()]) -> Page[WorkOrder]:
    """By number. New ones come before the first page, so the pages after it do not move."""
    wanted = OrdersWanted(
        states=asked.state,
        kinds=asked.kind,
        priorities=asked.priority,
        asset=asked.asset or "",
        ticket=asked.ticket or "",
        is_open=asked.open,
        due_before=asked.due_before,
    )
    with running.ledger.reading() as connection:
        found = ledger_orders.orders(connection, wanted, before=asked.cursor or "", most=asked.limit + 1)
    return page(Page[WorkOrder], [shown(each) for each in found], asked.limit, lambda order: order.number)


@router.get("/orders/{order}", summary="One work order", responses=TAGGED | answers(401, 404, 422, 503))
def one_order(running: Running, order: OrderInPath, response: Answer) -> WorkOrder:
    """An order, with the `ETag` that moving it needs."""
    with running.ledger.reading() as connection:
        found = ledger_orders.order(connection, order)
    return tagged(found, response)


@router.get("/orders/{order}/timeline", summary="Its timeline", responses=answers(401, 404, 422, 503))
def timeline(running: Running, order: OrderInPath, asked: Annotated[LinesAsked, Query()]) -> Page[LogLine]:
    """What happened to it and, because of it, to its tickets: who did it, when and why, oldest first."""
    with running.ledger.reading() as connection:
        ledger_orders.order(connection, order)
        found = ledger_orders.timeline(connection, order, after=asked.cursor, most=asked.limit + 1)
    return page(Page[LogLine], found, asked.limit, lambda line: line.position)


@router.post(
    "/orders/{order}/move",
    summary="Move it to another state",
    responses=TAGGED | answers(401, 404, 409, 412, 413, 422, 428, 503),
)
def move(here: Here, order: OrderInPath, said: OrderMove, guard: Guarded, response: Answer) -> WorkOrder:
    """Its tickets follow. A move that the state does not allow is a 409 that names those it does; so is work

    that is said to be done before its gates are passed, and a release without the kit: `missing` names the parts.
    """
    step = Step(
        to=said.to,
        reason=said.reason,
        until=said.until,
        done_at=said.done_at,
        without_parts=said.without_parts,
        by=said.by,
        why=said.why,
    )
    asked = Request(guard.key or "", digest_of(said.model_dump(mode="json", exclude_unset=True)))
    moved = move_once(
        here.running.ledger,
        load_classes(here.running.settings),
        order,
        step,
        now=here.clock.now(),
        into=said.into or "",
        request=asked,
        check=lambda seen: check_seen(guard, seen),
    )
    return tagged(moved, response)


@router.post(
    "/tickets/{number}/visit",
    tags=["tickets"],
    summary="Decide whether it is visited",
    responses=answers(401, 404, 409, 412, 413, 422, 428, 503),
)
def visit(here: Here, number: TicketInPath, said: Visit, guard: Guarded) -> Decided:
    """Yes makes the order, once; no cancels an order that nobody works on."""
    asked = Request(guard.key or "", digest_of(said.model_dump(mode="json", exclude_unset=True)))
    made = decide_once(
        here.running.ledger,
        load_classes(here.running.settings),
        number,
        said.decision,
        here.clock.now(),
        by=said.by,
        why=said.why,
        request=asked,
        check=guard.check_seen,
    )
    return Decided(order=shown(made) if made else None)


def tagged(order: Kept, response: Answer) -> WorkOrder:
    """The order, whose revision stands in the `ETag`."""
    response.headers["ETag"] = f'"{order.revision}"'
    return shown(order)
