"""`truckroll tickets bulk`: one act on many tickets; what does not allow it is left as it is and says why."""

import getpass
from typing import Annotated, Any, Literal

import typer

from adapters.system_clock import SystemClock
from domain.errors import WrongFormat
from domain.ticket import Response, Ticket, TicketState
from ticketing import people
from truckroll.cli.deeds import Why
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.closing import ready_for
from truckroll.desk_files import load_classes
from truckroll.stores import ledger_of
from truckroll.together import change_many

Act = Literal["edit", "move", "acknowledge"]


def register(group: typer.Typer) -> None:
    """Add the command to `truckroll tickets`."""
    group.command("bulk")(bulk)


def bulk(
    deed: Annotated[Act, typer.Argument(metavar="edit|move|acknowledge", help="What is done to each of them.")],
    tickets: Annotated[list[str], typer.Argument(help="Their numbers, at most 200; - reads them from standard input.")],
    fields: Annotated[list[str] | None, typer.Option("--set", help="For edit: name=value; give it again.")] = None,
    to: Annotated[TicketState | None, typer.Option("--to", help="For move: the state.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="For move: why they wait or are cancelled.")] = "",
    why: Why = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Edit, move or acknowledge many tickets at once; exit code 1 when one of them was left as it is."""
    changes = changes_in(deed, fields or [], to)
    settings, by, now = settings_from(config), getpass.getuser(), SystemClock().now()
    classes = load_classes(settings)
    numbers = typer.get_text_stream("stdin").read().split() if tickets == ["-"] else tickets
    with ledger_of(settings) as ledger, ledger.begin() as transaction:

        def act(ticket: Ticket) -> Response:
            said: dict[str, Any] = {"by": by, "now": now, "revision": ticket.revision, "why": why}
            if deed == "edit":
                return people.edit(ticket, changes, **said)
            if to is not None:
                ready = ready_for(transaction.connection, classes, ticket)
                return people.move(ticket, to, reason=reason, ready=ready, **said)
            return people.acknowledge(ticket, **said)

        outcomes = change_many(transaction, numbers, act, dry_run=dry_run)
    items = [{"number": o.number, "changed": bool(o.response.tickets), "why": o.trouble} for o in outcomes]
    if as_json:
        print_json({"dry_run": dry_run, "items": items})
    else:
        print_table(
            ["ticket", "would be" if dry_run else "is", "why"],
            [[i["number"], "changed" if i["changed"] else "left as it is", i["why"]] for i in items],
        )
    if any(item["why"] for item in items):
        raise typer.Exit(1)


def changes_in(deed: str, fields: list[str], to: TicketState | None) -> dict[str, str]:
    """The fields of an edit. Raises WrongFormat for words that do not belong to the act."""
    changes = dict(field.split("=", 1) for field in fields if "=" in field)
    if len(changes) != len(fields):
        raise WrongFormat(["Write each field as name=value, once, such as --set assignee=anna."])
    if bool(changes) != (deed == "edit"):
        raise WrongFormat(["--set belongs to edit, and edit needs at least one."])
    if (to is not None) != (deed == "move"):
        raise WrongFormat(["--to belongs to move, and move needs it."])
    return changes
