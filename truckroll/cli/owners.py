"""`truckroll tickets take | refuse | transfer | routing`: what people do about a ticket's owner, and how it came."""

from typing import Annotated, Any

import typer

from adapters import ledger_people
from domain.instants import Instant, instant_text
from domain.person import Staff
from domain.ports import Transaction
from domain.text import in_language
from domain.ticket import Response, Ticket
from domain.ticket_class import TicketClass
from ticketing import owners
from ticketing.words_of_routing import why_waiting
from truckroll.cli.deeds import Language, Number, Why, act, opened
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.desk_files import load_classes

As = Annotated[str, typer.Option("--as", help="The person's id in the file of people; else your login name.")]


def add_commands(group: typer.Typer) -> None:
    """To `truckroll tickets`."""
    for command in (take, refuse, transfer, routing):
        group.command(command.__name__)(command)


def known(config: Any) -> tuple[Staff, dict[str, TicketClass]]:
    """People, and classes by id."""
    with opened(config) as ledger, ledger.reading() as connection:
        return ledger_people.staff(connection), dict(load_classes(settings_from(config)).classes)


def take(number: Number, who: As = "", why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """Take a ticket that nobody has, out of a pool for instance."""
    staff, classes = known(config)

    def deed(_: Transaction, t: Ticket, by: str, now: Instant) -> Response:
        needs = classes.get(t.ticket_class)
        return owners.take(t, staff, needs, by=who or by, now=now, revision=t.revision, why=why)

    act(config, number, deed, as_json=as_json)


def refuse(number: Number, why: Why, who: As = "", config: Config = None, as_json: AsJson = False) -> None:
    """Give a ticket back with a reason; you are not asked again and routing looks for somebody else."""

    def deed(_: Transaction, t: Ticket, by: str, now: Instant) -> Response:
        return owners.refuse(t, by=who or by, now=now, revision=t.revision, why=why)

    act(config, number, deed, as_json=as_json)


def transfer(
    number: Number,
    to: Annotated[str, typer.Argument(help="A person's id, or @team for a team's pool.")],
    why: Why,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Hand a ticket on, with a reason."""
    staff, classes = known(config)

    def deed(_: Transaction, t: Ticket, by: str, now: Instant) -> Response:
        needs = classes.get(t.ticket_class)
        return owners.transfer(t, to, staff, needs, by=by, now=now, revision=t.revision, why=why)

    act(config, number, deed, as_json=as_json)


def routing(number: Number, language: Language = "en", config: Config = None, as_json: AsJson = False) -> None:
    """How a ticket came to its owner, with the table of the choice; or why nobody has it yet."""
    with opened(config) as ledger:
        ticket = ledger.ticket(number)
        with ledger.reading() as connection:
            assignments = ledger_people.assignments(connection, number)
            wait = ledger_people.waiting(connection, [number]).get(number)
    why = in_language(why_waiting(wait), language) if wait else ""
    rows = [
        {
            "at": instant_text(made.at),
            "ring": one.ring,
            "km": one.km,
            "person": one.person,
            "score": one.score,
            **one.terms,
        }
        for made in assignments
        for one in made.choice.candidates
    ]
    if as_json:
        print_json({"assignee": ticket.assignee, "waits": why, "candidates": rows})
        return
    print(f"{number}: {ticket.assignee or why or 'nobody has it'}")
    columns = ["at", "ring", "km", "person", "score", "fix", "load", "travel", "idle"]
    print_table(columns, [[row[column] for column in columns] for row in rows])
