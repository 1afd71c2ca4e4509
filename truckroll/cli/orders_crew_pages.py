"""`truckroll orders day`, `gantt` and `calendar`: the crew's papers."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.durable_files import write_durably
from adapters.system_clock import SystemClock
from truckroll import crew_printing
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.cli.order_pages import Language, Out, check, tell
from truckroll.stores import ledger_of

Who = Annotated[str, typer.Argument(metavar="TECHNICIAN", help="Whose.")]


def register_in(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("day")(day)
    group.command("gantt")(gantt)
    group.command("calendar")(calendar)


def day(
    who: Who,
    on: Annotated[str, typer.Argument(metavar="DAY", help="Such as 2026-11-28.")],
    out: Out = None,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """A technician's day as a page to print."""
    settings, now = settings_from(config), SystemClock().now()
    check(language)
    with ledger_of(settings) as ledger:
        page = crew_printing.day(ledger, who, on, settings.maintenance, now, language=language)
    tell(page, out, as_json=as_json)


def gantt(
    week: Annotated[str, typer.Argument(metavar="WEEK", help="Such as 2026-W48.")],
    out: Out = None,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Who is where in a week, as a chart to look at or to print."""
    settings, now = settings_from(config), SystemClock().now()
    check(language)
    with ledger_of(settings) as ledger:
        page = crew_printing.gantt(ledger, week, settings.maintenance, now, language=language)
    tell(page, out, as_json=as_json)


def calendar(
    who: Who,
    out: Annotated[Path, typer.Option("--out", help="The .ics file.")],
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """A technician's visits as a calendar file; the API has it as a feed to subscribe to."""
    settings, now = settings_from(config), SystemClock().now()
    check(language)
    with ledger_of(settings) as ledger:
        content = crew_printing.calendar(ledger, who, settings.maintenance, now, language=language)
    write_durably(out, [content])
    print_json({"file": str(out)}) if as_json else print(f"The calendar is in {out}.")
