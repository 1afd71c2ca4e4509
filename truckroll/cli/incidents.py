"""`truckroll incidents`: one trouble of many devices, who its members are, and how it spread."""

import getpass
from typing import Annotated, Any

import typer

from adapters import ledger_incident_lists
from adapters.ledger_incident_lists import Sized
from adapters.system_clock import SystemClock
from domain.incident import IncidentState, scope_text
from domain.instants import instant_text
from ticketing.visits import Need
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.incidents import give_ticket
from truckroll.stores import ledger_of

Name = Annotated[str, typer.Argument(metavar="ID", help="Of the incident, as list says it.")]
COLUMNS = ("id", "state", "ticket", "scope", "failure mode", "suspect", "members", "present", "began")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Troubles of many devices, with one ticket each.", no_args_is_help=True)
    group.command("list")(list_incidents)
    group.command("show")(show)
    group.command("ticket")(ticket)
    app.add_typer(group, name="incidents")


def list_incidents(
    open_only: Annotated[bool, typer.Option("--open", help="Only open ones.")] = False,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many, newest first.")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Incidents, begun last first."""
    states = (IncidentState.OPEN.value,) if open_only else ()
    with ledger_of(settings_from(config)) as ledger:
        rows = [row_of(each) for each in ledger_incident_lists.incidents(ledger, states=states, most=most)]
    if as_json:
        print_json({"incidents": rows})
        return
    print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])


def show(
    name: Name,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="No more members than so many.")] = 100,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """One incident with its members and its spread."""
    with ledger_of(settings_from(config)) as ledger:
        row = row_of(ledger_incident_lists.incident(ledger, name))
        parts = ledger_incident_lists.members(ledger, name, most=most)
        curve = ledger_incident_lists.spread(ledger, name)
    members = [
        {
            "asset": part.member.asset,
            "joined": instant_text(part.member.joined_at),
            "left": instant_text(part.member.left_at) if part.member.left_at is not None else "",
            "ticket": part.ticket,
            "why": part.member.why,
        }
        for part in parts
    ]
    spread = [{"until": instant_text(point.at), "joined": point.joined, "left": point.left} for point in curve]
    if as_json:
        print_json(row | {"member_list": members, "spread": spread})
        return
    print_table(COLUMNS, [[row[column] for column in COLUMNS]])
    print_table(["until", "joined", "left"], [list(point.values()) for point in spread], "How it spread")
    print_table(["asset", "joined", "left", "ticket", "why"], [list(each.values()) for each in members], "Members")


def ticket(
    name: Name,
    asset: Annotated[str, typer.Argument(help="The member that needs a ticket of its own.")],
    need: Annotated[Need, typer.Option(help="Somebody has to go there, or its owner reported.")] = Need.NEEDS_VISIT,
    why: Annotated[str, typer.Option("--why", help="The reason; it stands in the ticket's history.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Give a member a ticket of its own."""
    now, by = SystemClock().now(), getpass.getuser()
    with ledger_of(settings_from(config)) as ledger:
        given = give_ticket(ledger, name, asset, need=need, by=by, now=now, why=why)
    if as_json:
        print_json({"ticket": given.number, "asset": given.asset, "state": given.state.value})
        return
    print(f"{given.number} is {given.state}.")


def row_of(each: Sized) -> dict[str, Any]:
    """What is shown of an incident."""
    incident = each.incident
    return {
        "id": incident.id,
        "state": incident.state.value,
        "ticket": incident.ticket,
        "scope": scope_text(incident.scope),
        "failure mode": incident.failure_mode,
        "suspect": incident.suspect,
        "members": each.members,
        "present": each.present,
        "began": instant_text(incident.opened_at),
        "over": instant_text(incident.resolved_at) if incident.resolved_at is not None else "",
    }
