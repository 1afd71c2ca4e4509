"""`truckroll demo`: everything at once, live in the terminal."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adapters.embedded_broker import EmbeddedBroker
from domain.instants import MINUTE, Instant
from domain.sla import Clock, SlaColour
from domain.text import in_language
from domain.ticket import TicketState
from truckroll.cli.demo_upkeep import end_of, standing
from truckroll.cli.options import AsJson
from truckroll.demo import demo as run_demo
from truckroll.demo_seen import Glance, Outcome

LINES = 12
RINGS = {SlaColour.BLUE: "blue", SlaColour.ORANGE: "dark_orange", SlaColour.RED: "red"}
S = TicketState
DOTS = {
    **dict.fromkeys((S.NEW, S.TRIAGED, S.ASSIGNED, S.CANCELLED), "bright_black"),
    **dict.fromkeys((S.IN_PROGRESS, S.WAITING), "yellow"),
    **dict.fromkeys((S.RESOLVED, S.VERIFYING), "green"),
    S.CLOSED: "blue",
}
"""Colours of states; the word stands beside them."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    seconds: Annotated[int, typer.Option(min=0, help="How long; 0 = until Ctrl-C, an hour at most.")] = 60,
    devices: Annotated[int, typer.Option(min=1, help="How many devices.")] = 200,
    seed: Annotated[int, typer.Option(help="Which faults they have.")] = 7,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    as_json: AsJson = False,
) -> None:
    """A broker, the service and a simulated fleet with known faults; exit code 1 when a ticket is missing or extra."""
    console = Console(stderr=as_json)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        outcome = asyncio.run(
            until_told(
                partial(
                    run_demo,
                    devices=devices,
                    seconds=seconds,
                    seed=seed,
                    look=lambda glance: live.update(picture(glance, language), refresh=True),
                    greet=lambda broker: introduce(console, broker),
                )
            )
        )
    if as_json:
        print(json.dumps(outcome.as_dict()))
    else:
        console.print(Group(summary(outcome), *end_of(outcome, language)))
    if not outcome.is_right:
        raise typer.Exit(1)


async def until_told(run: Callable[..., Awaitable[Outcome]]) -> Outcome:
    """Run to the end; Ctrl-C ends the fleet, and what it has published so far is judged."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    return await run(stop=stop)


def introduce(console: Console, broker: EmbeddedBroker) -> None:
    """Which broker it is and what it cannot promise."""
    console.print(f"Broker: {broker.name} on {broker.host}:{broker.port}, MQTT {broker.version}.")
    if broker.promises:
        console.print(Text(broker.promises, style="yellow"))


def picture(glance: Glance, language: str) -> Group:
    """The live view."""
    rate = glance.journaled / glance.elapsed_seconds if glance.elapsed_seconds else 0.0
    numbers = Table.grid(padding=(0, 3))
    numbers.add_row(
        "messages/s", "published", "journaled", "stored readings", "quarantine", "findings", "tickets", style="dim"
    )
    numbers.add_row(
        f"{rate:,.0f}",
        *(f"{n:,}" for n in (glance.published, glance.journaled, glance.stored, glance.quarantined, glance.findings)),
        f"{len(glance.tickets):,}",
    )
    lines = Table("ticket", "asset", "priority", "state", "owner", "SLA", "delay", "", expand=True)
    for ticket in glance.tickets[-LINES:]:
        delay = glance.delays_ms.get(ticket.number)
        told = f"{delay:.0f} ms" if delay is not None else ""
        title, sla = in_language(ticket.title, language), ring(glance.clocks.get(ticket.number, ()), glance.now)
        state = Text(f"● {ticket.state}", style=DOTS[ticket.state])
        lines.add_row(ticket.number, ticket.asset, ticket.priority, state, ticket.owner, sla, told, title)
    troubles = [Text(f"{part}: {trouble}", style="red") for part, trouble in glance.troubles.items()]
    title = f"Truckroll · {glance.elapsed_seconds:.0f} s{' · ' * bool(glance.doing)}{glance.doing}"
    return Group(Panel(numbers, title=title), lines, standing(glance.kept), *troubles)


def ring(clocks: Sequence[Clock], now: Instant) -> Text:
    """The promise that breaks first: a ring in its colour, and the time that is left."""
    running = [clock for clock in clocks if clock.due_at is not None]
    if not running:
        return Text("◌" if any(clock.paused for clock in clocks) else "")
    first = min(running, key=lambda clock: clock.due_at or 0)
    left, colour = (first.due_at or now) - now, first.colour(now) or SlaColour.BLUE
    return Text(f"◯ {first.kind.value} {left // MINUTE} min", style=RINGS[colour])


def summary(outcome: Outcome) -> Panel:
    """How it ended, against the simulator's truth."""
    told = outcome.as_dict()
    delay = told["delay_ms"]
    rows = Table.grid(padding=(0, 2))
    for word in ("published", "journaled", "stored", "quarantined", "findings"):
        rows.add_row(word, f"{told[word]:,}")
    rows.add_row("expected tickets", str(told["expected_tickets"]))
    rows.add_row("found", str(told["expected_tickets"] - told["missing"]))
    rows.add_row("missing", str(told["missing"]))
    rows.add_row("extra", str(told["extra"]))
    rows.add_row("assigned", str(told["assigned"]))
    rows.add_row("repairs confirmed by the device", str(told["confirmed"]))
    rows.add_row(
        "fault to ticket", f"p50 {delay['p50']:.0f} ms · p95 {delay['p95']:.0f} ms · max {delay['max']:.0f} ms"
    )
    return Panel(rows, title="exactly right" if outcome.is_right else "NOT right")
