"""`truckroll tickets remedy`: what is tried from afar before somebody drives to the device."""

import getpass
from typing import Annotated, Any

import typer

from adapters.system_clock import SystemClock
from domain.instants import instant_text
from domain.remedy import Command
from truckroll import remedy_deeds
from truckroll.cli.deeds import Number, Why
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.remedy_deeds import Deeds
from truckroll.stores import ledger_of


def add_commands(group: typer.Typer) -> None:
    """Add the command."""
    group.command("remedy")(remedy)


def remedy(
    number: Number,
    name: Annotated[str, typer.Argument(help="The remedy to send; without it those of the ticket are listed.")] = "",
    device: Annotated[str, typer.Option(help="Where the asset has several.")] = "",
    approve: Annotated[str, typer.Option(help="Approve this command, such as R-0123456789abcdef.")] = "",
    refuse: Annotated[str, typer.Option(help="Refuse this command.")] = "",
    undo: Annotated[str, typer.Option(help="Take this command back.")] = "",
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Send the ticket's device a command; the running service sends it and waits for the device's word."""
    if sum(map(bool, (name, approve, refuse, undo))) > 1:
        raise typer.BadParameter("give one of: a remedy, --approve, --refuse, --undo")
    settings, by, now = settings_from(config), getpass.getuser(), SystemClock().now()
    with ledger_of(settings) as ledger:
        deeds = Deeds.of(settings, ledger)
        if name:
            deeds.ask(number, name, by=by, now=now, device=device, why=why)
        elif approve:
            deeds.approve(approve, by=by, now=now, why=why)
        elif refuse:
            deeds.refuse(refuse, by=by, now=now, why=why)
        elif undo:
            deeds.undo(undo, by=by, now=now)
        rows = [row_of(command) for command in remedy_deeds.of_ticket(ledger, number)]
    if as_json:
        print_json({"remedies": rows})
    else:
        print_table(["id", "device", "remedy", "state", "asked", "by", "said"], [list(row.values()) for row in rows])


def row_of(command: Command) -> dict[str, Any]:
    """A command in a list."""
    return {
        "id": command.id,
        "device": command.device,
        "remedy": command.remedy.id,
        "state": f"{command.state.value}, undone" if command.undone_by else command.state.value,
        "asked_at": instant_text(command.asked_at),
        "asked_by": command.asked_by,
        "said": command.said,
    }
