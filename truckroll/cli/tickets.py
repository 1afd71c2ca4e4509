"""`truckroll tickets`: the desk's records, and what a person does with them."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from domain.instants import Instant, instant_text
from domain.ports import Transaction
from domain.text import in_language
from domain.ticket import Response, Ticket, TicketState
from ticketing import apart, people
from truckroll.cli import closing, owners, remedy, tickets_bulk, tickets_together
from truckroll.cli.deeds import Language, Number, Why, act, opened, plain
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.closing import ready_for
from truckroll.desk_files import load_classes


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Tickets: list, show, change.", no_args_is_help=True)
    group.command("list")(list_tickets)
    group.command("show")(show)
    group.command("move")(move)
    group.command("edit")(edit)
    group.command("reopen")(reopen)
    owners.add_commands(group)
    closing.add_commands(group)
    remedy.add_commands(group)
    tickets_together.register(group)
    tickets_bulk.register(group)
    app.add_typer(group, name="tickets")


def list_tickets(
    open_only: Annotated[bool, typer.Option("--open", help="Only open ones.")] = False,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """All tickets in order of number."""
    with opened(config) as ledger:
        tickets = ledger.tickets(open_only=open_only)
    if as_json:
        print_json({"tickets": [plain(ticket) for ticket in tickets]})
        return
    columns = ["number", "state", "priority", "asset", "failure mode", "evidence", "opened", "title"]
    print_table(columns, [row_of(ticket, language) for ticket in tickets])


def row_of(t: Ticket, language: str) -> list[object]:
    """A ticket in a list."""
    opened_at, title = instant_text(t.opened_at), in_language(t.title, language)
    return [t.number, t.state, t.priority, t.asset, t.failure_mode, t.evidence_count, opened_at, title]


def show(number: Number, language: Language = "en", config: Config = None, as_json: AsJson = False) -> None:
    """One ticket with its history."""
    with opened(config) as ledger:
        ticket = ledger.ticket(number)
        history = [event for event in ledger.events(0, 10_000_000) if event.ticket == number]
    if as_json:
        print_json(plain(ticket) | {"history": [asdict(event) for event in history]})
        return
    print(f"{ticket.number}  {ticket.state}  {ticket.priority}  {in_language(ticket.title, language)}")
    print(in_language(ticket.summary, language))
    print_table(["at", "what", "who", "why"], [[instant_text(e.at), e.kind, e.actor, e.why] for e in history])


def move(number: Number, to: TicketState, why: Why = "", config: Config = None) -> None:
    """Move a ticket to another state; waiting and cancelled need a reason, resolved what its class asks for."""
    classes = load_classes(settings_from(config))
    reason, said = (why, "") if to in (TicketState.WAITING, TicketState.CANCELLED) else ("", why)

    def deed(transaction: Any, t: Ticket, by: str, now: Instant) -> Response:
        ready = ready_for(transaction.connection, classes, t)
        return people.move(t, to, reason=reason, by=by, now=now, revision=t.revision, why=said, ready=ready)

    act(config, number, deed)


def edit(
    number: Number,
    fields: Annotated[list[str], typer.Argument(help="name=value, such as assignee=anna; what you set stays yours.")],
    config: Config = None,
) -> None:
    """Set a ticket's fields."""
    changes = dict(field.split("=", 1) for field in fields if "=" in field)
    if len(changes) != len(fields):
        raise typer.BadParameter("write each field as name=value")
    act(config, number, lambda _, t, by, now: people.edit(t, changes, by=by, now=now, revision=t.revision))


def reopen(number: Number, why: Why = "", config: Config = None) -> None:
    """Open a closed or cancelled ticket again; where another one is open for the same problem, the two are linked."""

    def deed(transaction: Transaction, ticket: Ticket, by: str, now: Instant) -> Response:
        occupant = transaction.open_ticket((ticket.asset, ticket.component, ticket.failure_mode))
        findings = transaction.free_findings(ticket)
        return apart.reopen(ticket, occupant, findings, by=by, now=now, revision=ticket.revision, why=why)

    act(config, number, deed)
