"""`truckroll sla`: what is promised, and which promises are about to break."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from adapters import ledger_sla
from adapters.system_clock import SystemClock
from domain.instants import HOUR, MINUTE, Instant, instant_text
from domain.sla import Clock, SlaBook
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.desk_files import load_promises
from truckroll.promises import overdue_steps
from truckroll.stores import ledger_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Promises: check the file, see what is due.", no_args_is_help=True)
    group.command("check")(check)
    group.command("due")(due)
    app.add_typer(group, name="sla")


def check(config: Config = None, as_json: AsJson = False) -> None:
    """Every mistake in the file of promises; else what is promised, and who is on call now."""
    now = SystemClock().now()
    book = load_promises(settings_from(config), now)
    if as_json:
        print_json({"policies": [asdict(policy) for policy in book.policies.values()], "on_call": on_call(book, now)})
        return
    columns = ["policy", "severity", "response", "resolution", "calendar"]
    print_table(columns, [row for policy in book.policies.values() for row in promised(book, policy.id)])
    print_table(["duty", "on call"], on_call(book, now).items())


def promised(book: SlaBook, policy: str) -> list[list[object]]:
    """A policy as lines of a table."""
    return [
        [policy, severity, f"{t.response / HOUR:g} h", f"{t.resolution / HOUR:g} h", t.calendar or "round the clock"]
        for severity, t in book.policies[policy].targets.items()
    ]


def on_call(book: SlaBook, now: Instant) -> dict[str, str]:
    """Who is called, by duty."""
    return {duty.id: duty.on_call(now) or "nobody" for duty in book.duties.values()}


def due(
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many.")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Running clocks, the next to break first; exit code 1 when a step of the ladder was missed."""
    now = SystemClock().now()
    with ledger_of(settings_from(config)) as ledger:
        missed = overdue_steps(ledger, now)
        with ledger.reading() as connection:
            clocks = ledger_sla.next_due(connection, most)
    rows = [row_of(clock, now) for clock in clocks]
    if as_json:
        print_json({"clocks": rows, "escalations_overdue": missed})
    else:
        print_table(
            ["ticket", "clock", "report", "colour", "minutes left", "due"], [list(row.values()) for row in rows]
        )
        print(f"{missed} steps of the ladder are overdue.")
    if missed:
        raise typer.Exit(1)


def row_of(clock: Clock, now: Instant) -> dict[str, Any]:
    """A running clock in a list."""
    colour, at = clock.colour(now), clock.due_at or now
    return {
        "ticket": clock.ticket,
        "clock": clock.kind.value,
        "report": clock.report,
        "colour": colour.value if colour else "",
        "minutes_left": (at - now) // MINUTE,
        "due_at": instant_text(at),
    }
