"""`truckroll tickets merge|link|similar`: duplicates become one, related ones are linked, solved ones are found."""

import getpass
from typing import Annotated

import typer

from adapters import ledger_reports
from adapters.system_clock import SystemClock
from domain.text import in_language
from ticketing import merging
from ticketing.similar import most_similar
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.stores import ledger_of
from truckroll.together import take_in

LOOKED_AT = 500
Number = Annotated[str, typer.Argument(help="The ticket's number, such as T-2026-000123.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the ticket's history.")]


def register(group: typer.Typer) -> None:
    """Add the commands to `truckroll tickets`."""
    group.command("merge")(merge)
    group.command("link")(link)
    group.command("similar")(similar)


def merge(
    number: Number,
    duplicates: Annotated[list[str], typer.Argument(help="Tickets about the same; they are cancelled.")],
    why: Why = "",
    config: Config = None,
) -> None:
    """Take duplicates in, with their findings and reports."""
    now = SystemClock().now()
    with ledger_of(settings_from(config)) as ledger, ledger.begin() as transaction:
        ticket = transaction.ticket(number)
        changed = transaction.record(take_in(transaction, ticket, duplicates, by=getpass.getuser(), now=now, why=why))
    for each in changed:
        print(f"{each.number} is {each.state}.")


def link(number: Number, to: Number, why: Why = "", config: Config = None) -> None:
    """Link a ticket to a related one."""
    now = SystemClock().now()
    with ledger_of(settings_from(config)) as ledger, ledger.begin() as transaction:
        ticket, other = transaction.ticket(number), transaction.ticket(to)
        by, revision = getpass.getuser(), ticket.revision
        transaction.record(merging.link(ticket, other, by=by, now=now, revision=revision, why=why))
    print(f"{number} is linked to {to}.")


def similar(
    number: Number,
    most: Annotated[int, typer.Option(help="So many.")] = 5,
    language: Annotated[str, typer.Option("--language", help="en or zh.")] = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Solved tickets that are like this one, and why."""
    with ledger_of(settings_from(config)) as ledger:
        ticket = ledger.ticket(number)
        model = str(ticket.dossier.get("facts", {}).get("model", ""))
        with ledger.reading() as connection:
            solved = ledger_reports.solved(connection, ticket.failure_mode, model, LOOKED_AT)
    found = most_similar(ticket, solved, most)
    if as_json:
        print_json({"similar": [{"number": f.ticket.number, "score": f.score, "terms": dict(f.terms)} for f in found]})
        return
    rows: list[list[object]] = [
        [
            f.ticket.number,
            f.score,
            ", ".join(f"{n} {t:g}" for n, t in f.terms.items()),
            in_language(f.ticket.title, language),
        ]
        for f in found
    ]
    print_table(["number", "score", "because of", "title"], rows)
