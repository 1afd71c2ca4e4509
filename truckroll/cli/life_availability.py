"""`truckroll life availability`: MTBF, MTTR and availability of the fleet, with intervals."""

from typing import Annotated

import typer

from adapters.system_clock import SystemClock
from domain.finding import Severity
from domain.instants import DAY
from truckroll.cli.life_left import moment
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.dependable import By, Wanted, as_dict, groups, sentence
from truckroll.desk_files import load_classes
from truckroll.stores import ledger_of

YEAR = 365 * DAY


def add_commands(group: typer.Typer) -> None:
    """Add the command to the group `life`."""
    group.command("availability")(availability)


def availability(
    by: Annotated[By, typer.Option(help="What assets are taken together by.")] = By.MODEL,
    model: Annotated[str, typer.Option(help="Assets of this model only.")] = "",
    severity: Annotated[Severity, typer.Option(help="Tickets so bad or worse stop their asset.")] = Severity.S2,
    since: Annotated[str, typer.Option(help="The span's begin; else a year before its end.")] = "",
    until: Annotated[str, typer.Option(help="The span's end; else now.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say how often assets fail, how long they are down, and how much of the time they can be used."""
    settings = settings_from(config)
    end = moment(until, SystemClock().now())
    wanted = Wanted(since=moment(since, end - YEAR), until=end, by=by, model=model, severity=severity)
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        found = groups(connection, load_classes(settings), wanted)
    if as_json:
        print_json(as_dict(found, wanted))
        return
    for each in found:
        print(sentence(each, by))
    if not found:
        print("No asset was in service then; give another span or model.")
