"""Review: people change what an order says before it is released; each change stands in the log, before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from math import isfinite
from re import compile as pattern
from typing import Any

from domain.actors import MACHINES
from domain.errors import Conflict, IllegalMove, WrongFormat
from domain.instants import Instant, instant_text
from domain.review import ORDER_CHANGED
from domain.text import Text, is_blank
from domain.work_order import OrderResponse, OrderState, WorkOrder
from ticketing.orders import FARTHEST, changed, order_line

CHANGEABLE = frozenset({OrderState.DRAFT, OrderState.IN_REVIEW, OrderState.APPROVED, OrderState.DEFERRED})
"""Its parts are not reserved and nobody has planned it yet."""
MOST_HOURS, MOST_CREW, MOST_TASKS, MOST_KINDS, MOST_PIECES, MOST_LETTERS = 1_000.0, 20, 100, 100, 10_000, 500
ID = pattern(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What shall be different; what is None stays. The asset of an order never changes."""

    ready_at: Instant | None = None
    ideal_at: Instant | None = None
    due_at: Instant | None = None
    hours: float | None = None
    crew: int | None = None
    kit: Mapping[str, int] | None = None
    """The whole kit."""
    tasks: tuple[Text, ...] | None = None
    skills: tuple[str, ...] | None = None

    def said(self) -> dict[str, Any]:
        """What is not None, by field."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}


def change(order: WorkOrder, wanted: Changes, now: Instant, *, by: str, why: str, revision: int) -> OrderResponse:
    """The order with the changes and their line; nothing where it says so already.

    Raises Conflict when it is not the revision that was seen; IllegalMove; WrongFormat with everything that is wrong.
    """
    if order.revision != revision:
        raise Conflict(f"Work order {order.number}")
    if order.state not in CHANGEABLE:
        allowed = [f"changed while it is {' or '.join(sorted(CHANGEABLE))}"]
        raise IllegalMove(f"Work order {order.number}", order.state, "changed", allowed)
    new = {name: value for name, value in wanted.said().items() if value != getattr(order, name)}
    if mistakes := list(wrong(order, new, now, by)):
        raise WrongFormat(mistakes)
    if not new:
        return OrderResponse()
    after = changed(order, now, **new)
    told = {name: {"before": plain(getattr(order, name)), "after": plain(value)} for name, value in new.items()}
    line = order_line(ORDER_CHANGED, after, now, by, why, changed=told, asset=order.asset, plan=order.plan)
    return OrderResponse(orders=(after,), events=(line,))


def plain(value: Any) -> Any:
    """A field's value as the event log keeps it."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def wrong(order: WorkOrder, new: Mapping[str, Any], now: Instant, by: str) -> Iterator[str]:
    """Everything that makes no sense in what is new."""
    if by in MACHINES:
        yield f"{by} is the name of a part of the service; write yours."
    if not {"ready_at", "ideal_at", "due_at"}.isdisjoint(new):
        yield from wrong_dates(order, new, now)
    hours, crew = new.get("hours", order.hours), new.get("crew", order.crew)
    if not (isfinite(hours) and 0 < hours <= MOST_HOURS):
        yield f"hours is a number above 0, up to {MOST_HOURS:g}."
    if not 1 <= crew <= MOST_CREW:
        yield f"crew is a whole number from 1 to {MOST_CREW}."
    yield from wrong_work(new)


def wrong_dates(order: WorkOrder, new: Mapping[str, Any], now: Instant) -> Iterator[str]:
    """Ready comes before ideal, ideal before due, and due is a promise where there is a ticket."""
    ready, ideal, due = (new.get(name, getattr(order, name)) for name in ("ready_at", "ideal_at", "due_at"))
    known = [at for at in (ready, ideal, due) if at is not None]
    if known != sorted(known):
        yield "An order is ready before it is ideal, and ideal before it is due; give its dates in that order."
    if order.tickets and "due_at" in new:
        named = ", ".join(order.tickets)
        yield f"{order.number} is due when {named} was promised to be resolved; change the ticket's priority instead."
    if "due_at" in new and due <= now:
        yield "An order is due at a time to come."
    if any(abs(new[name] - now) > FARTHEST for name in ("ready_at", "ideal_at", "due_at") if name in new):
        yield "No date of an order is put more than five years ahead, or back."
    latest = order.grounds.get("latest") if order.plan else None
    last = new.get("due_at", new.get("ideal_at"))
    if isinstance(latest, int) and last is not None and last > latest:
        yield (
            f"Plan {order.plan} lets {order.number} wait until {instant_text(latest)} at most; "
            "choose an earlier date, or refuse the order."
        )


def wrong_work(new: Mapping[str, Any]) -> Iterator[str]:
    """Kit, tasks and skills have names and sizes that can be."""
    kit, tasks, skills = new.get("kit", {}), new.get("tasks", ()), new.get("skills", ())
    if len(kit) > MOST_KINDS or any(not ID.fullmatch(part) for part in kit):
        yield f"A kit has up to {MOST_KINDS} parts, each with its id of letters, digits, '.', '_' and '-'."
    if any(isinstance(many, bool) or not 1 <= many <= MOST_PIECES for many in kit.values()):
        yield f"Of each part a kit has 1 to {MOST_PIECES} pieces; leave out what is not needed."
    texts = [text for task in tasks for text in task.values()]
    if len(tasks) > MOST_TASKS or any(not task.get("en") for task in tasks):
        yield f"An order has up to {MOST_TASKS} tasks, each with a text."
    if any(is_blank(text) or len(text) > MOST_LETTERS for text in texts):
        yield f"A task can be read and has up to {MOST_LETTERS} letters."
    if len(skills) > MOST_KINDS or any(is_blank(skill) or len(skill) > 64 for skill in skills):
        yield f"An order needs up to {MOST_KINDS} skills, each with a name of up to 64 letters."


def window_on(order: WorkOrder, at: Instant) -> Changes:
    """The order's whole window moved so that it is ideally done at an instant; a promise to a ticket stays."""
    before = next((each for each in (order.ideal_at, order.due_at, order.ready_at) if each is not None), at)
    by = at - before

    def moved(was: Instant | None) -> Instant | None:
        return None if was is None else was + by

    due = None if order.tickets else moved(order.due_at)
    return Changes(ready_at=moved(order.ready_at), ideal_at=at, due_at=due)
