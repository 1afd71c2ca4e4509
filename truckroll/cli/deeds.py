"""What the commands about tickets share: how a ticket is named, changed under the ledger's lock, and printed."""

import getpass
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from adapters.ledger_sql import SqlLedger
from adapters.system_clock import SystemClock
from domain.instants import Instant, instant_text
from domain.ports import Transaction
from domain.ticket import Response, Ticket
from truckroll.cli.options import print_json, settings_from
from truckroll.stores import ledger_of

Number = Annotated[str, typer.Argument(help="The ticket's number, such as T-2026-000123.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the ticket's history.")]
Language = Annotated[str, typer.Option("--language", help="en or zh.")]


def opened(config: Any) -> SqlLedger:
    """The configuration's ledger."""
    return ledger_of(settings_from(config))


def act(
    config: Any, number: str, deed: Callable[[Transaction, Ticket, str, Instant], Response], *, as_json: bool = False
) -> None:
    """Do one deed under the ledger's lock and say how the ticket stands then."""
    now = SystemClock().now()
    with opened(config) as ledger, ledger.begin() as transaction:
        ticket = transaction.ticket(number)
        changed = transaction.record(deed(transaction, ticket, getpass.getuser(), now))
    if as_json:
        print_json({"tickets": [plain(each) for each in changed]})
        return
    for each in changed:
        print(f"{each.number} is {each.state}.")


def plain(ticket: Ticket) -> dict[str, Any]:
    """A ticket ready for JSON."""
    times = ("opened_at", "fault_at", "changed_at", "closed_at", "last_evidence_at")
    rows = asdict(ticket) | {"held": sorted(ticket.held)}
    return rows | {name: instant_text(rows[name]) if rows[name] else None for name in times}
