"""`truckroll orders`: visits, how they stand, and the moves by which people take them on."""

import getpass
from typing import Annotated, Any

import msgspec
import typer

from adapters import ledger_orders
from adapters.ledger_orders import OrdersWanted
from adapters.system_clock import SystemClock
from domain.instants import Instant, instant_text, parse_duration, parse_instant
from domain.text import in_language
from domain.work_order import OrderState, WorkOrder
from ticketing.order_making import NO, YES
from ticketing.orders import Step, possible_moves
from truckroll.cli import order_pages, orders_crew_pages, orders_review, orders_schedule
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.desk_files import load_classes
from truckroll.order_deeds import move_order, visit
from truckroll.stores import ledger_of

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Of the order, such as W-2026-000123.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the order's history.")]
Language = Annotated[str, typer.Option("--language", help="en or zh.")]
COLUMNS = ("number", "state", "priority", "asset", "tickets", "due", "hours", "crew", "why")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Work orders: visits and planned work.", no_args_is_help=True)
    group.command("list")(list_orders)
    group.command("show")(show)
    group.command("move")(move)
    group.command("visit")(decide)
    orders_review.register_in(group)
    order_pages.register_in(group)
    orders_schedule.register_in(group)
    orders_crew_pages.register_in(group)
    app.add_typer(group, name="orders")


def list_orders(
    open_only: Annotated[bool, typer.Option("--open", help="Only open ones.")] = False,
    state: Annotated[list[OrderState] | None, typer.Option(help="Only in this state; may be given again.")] = None,
    asset: Annotated[str, typer.Option(help="Only of this asset.")] = "",
    ticket: Annotated[str, typer.Option(help="Only for this ticket.")] = "",
    before: Annotated[str, typer.Option(help="Only those before this number.")] = "",
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many, newest first.")] = 50,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Work orders, newest first."""
    wanted = OrdersWanted(states=state or (), asset=asset, ticket=ticket, is_open=True if open_only else None)
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        found = ledger_orders.orders(connection, wanted, before=before, most=most)
    if as_json:
        print_json({"orders": [plain(each) for each in found]})
        return
    print_table(COLUMNS, [row_of(each, language) for each in found])


def show(number: Number, language: Language = "en", config: Config = None, as_json: AsJson = False) -> None:
    """One order with its work and its history."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        order = ledger_orders.order(connection, number)
        lines = ledger_orders.timeline(connection, number, most=10_000)
    if as_json:
        print_json(plain(order) | {"history": msgspec.to_builtins(lines)})
        return
    print_table(COLUMNS, [row_of(order, language)])
    for nth, task in enumerate(order.tasks, 1):
        print(f"{nth}. {in_language(task, language)}")
    history = [[instant_text(e.at), e.kind, e.details.get("state", ""), e.ticket, e.actor, e.why] for e in lines]
    print_table(["at", "what", "state", "ticket", "who", "why"], history, "History")
    print(f"It can become: {', '.join(possible_moves(order)) or 'nothing any more'}.")


def move(
    number: Number,
    to: Annotated[OrderState, typer.Argument(help="The new state.")],
    reason: Annotated[str, typer.Option(help="Of on_hold: part, access or weather; of rejected: in words.")] = "",
    until: Annotated[str, typer.Option(help="Of deferred: 7d, or an instant such as 2026-11-28T08:00:00Z.")] = "",
    into: Annotated[str, typer.Option(help="Of merged: the order that takes in the work.")] = "",
    done_at: Annotated[str, typer.Option(help="Of work_done: when it was done, such as 2026-11-28T08:00:00Z.")] = "",
    without_parts: Annotated[bool, typer.Option(help="Of released: also where its kit is not there; say why.")] = False,
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Move an order to another state; its tickets follow."""
    now = SystemClock().now()
    step = Step(
        to=to,
        reason=reason,
        until=time_of(until, now),
        done_at=time_of(done_at, now),
        without_parts=without_parts,
        by=getpass.getuser(),
        why=why,
    )
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        moved = move_order(ledger, load_classes(settings), number, step, now, into=into)
    tell(moved, as_json=as_json)


def decide(
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="Its number, such as T-2026-000123.")],
    decision: Annotated[str, typer.Argument(help="yes or no.")],
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Decide whether a ticket is visited: yes makes its order, no cancels an order that nobody works on."""
    if decision not in (YES, NO):
        raise typer.BadParameter("decide yes or no")
    now, settings = SystemClock().now(), settings_from(config)
    with ledger_of(settings) as ledger:
        made = visit(ledger, load_classes(settings), ticket, decision, now, by=getpass.getuser(), why=why)
    if made is None:
        print_json({"order": None}) if as_json else print(f"{ticket} has no visit.")
        return
    tell(made, as_json=as_json)


def tell(order: WorkOrder, *, as_json: bool) -> None:
    """How an order stands now."""
    print_json(plain(order)) if as_json else print(f"{order.number} is {order.state}.")


def time_of(text: str, now: Instant) -> Instant | None:
    """The instant that is meant, or that lies so far ahead; None for nothing."""
    if not text:
        return None
    try:
        return parse_instant(text) if "T" in text else now + parse_duration(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is neither a duration such as 7d nor an instant with a zone") from None


def plain(order: WorkOrder) -> dict[str, Any]:
    """Everything about an order, with what it can become."""
    return {**msgspec.to_builtins(order), "moves": list(possible_moves(order))}


def row_of(order: WorkOrder, language: str) -> list[object]:
    """An order in a list."""
    state = f"{order.state}({order.reason})" if order.reason else order.state
    due, why = instant_text(order.due_at) if order.due_at is not None else "", in_language(order.why, language)
    tickets = ", ".join(order.tickets)
    return [order.number, state, order.priority, order.asset, tickets, due, order.hours, order.crew, why]
