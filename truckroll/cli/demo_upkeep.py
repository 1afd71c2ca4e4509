"""How the demo's upkeep looks in the terminal: orders that wear has raised, their parts, and tomorrow's crew plan."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from domain.instants import Instant
from domain.part import Missing
from domain.text import in_language
from domain.work_order import WorkOrder
from maintenance.printed import time_text
from truckroll.demo_seen import Outcome
from truckroll.demo_tomorrow import Call, Tomorrow
from truckroll.demo_upkeep import Kept
from truckroll.maintenance_settings import MaintenanceSettings

HERE = MaintenanceSettings()
"""The demo runs with the defaults."""
WAITS = 7
"""Of the days of waiting that an order knows, the one that is shown."""


def standing(kept: Kept) -> Text:
    """One line for the live view."""
    said = f"wear: {kept.meters} fans metered · {len(kept.orders)} work orders · {kept.supplied} with their parts"
    return Text(said).append(f" · {kept.short} short of parts" if kept.short else "", style="red")


def end_of(outcome: Outcome, language: str) -> Iterator[RenderableType]:
    """What stands beneath the summary; nothing where nothing has worn."""
    kept = outcome.glance.kept
    if kept.orders:
        yield orders_of(kept)
        first = kept.orders[0]
        yield Text(f"{first.number}: {in_language(first.why, language)}")
        for text in dict.fromkeys(in_language(t, language) for kit in kept.kits.values() for t in kit.sentences):
            yield Text(text, style="red")
        for one in kept.purchases:
            yield Text(
                f"buy {one.pieces} × {one.part} for {one.cost:,.0f} {HERE.currency}: {in_language(one.why, language)}"
            )
    yield from day_of(outcome.tomorrow, language)


def orders_of(kept: Kept) -> Table:
    """The orders, with what waiting costs and how their kit stands."""
    waits = f"waiting {WAITS} d, {HERE.currency}"
    table = Table("order", "asset", "state", waits, "parts", title="raised by wear", expand=True)
    for order in kept.orders:
        kit = kept.kits[order.number]
        parts = Text(", ".join(f"{one.pieces} × {one.part} at {one.location}" for one in kit.reserved))
        if kit.missing:
            parts.append(", ".join(lacks(one) for one in kit.missing), style="red")
        table.add_row(order.number, order.asset, order.state.value, waiting(order), parts)
    return table


def lacks(one: Missing) -> str:
    """What is missing, in a cell."""
    return f"{one.pieces} × {one.part} missing"


def waiting(order: WorkOrder) -> str:
    """What a week of waiting is expected to cost."""
    found = next((one for one in order.waiting if one.days == WAITS), None)
    return "" if found is None else f"{found.cost:,.0f}{' (assumed)' * found.is_assumed}"


def day_of(tomorrow: Tomorrow, language: str) -> Iterator[RenderableType]:
    """Tomorrow's plan, and who is left out and why."""
    made = tomorrow.proposal
    if tomorrow.calls:
        title = f"tomorrow, {tomorrow.day} ({HERE.zone}) · plan {made.id} · cost {made.cost.total:,.0f} {HERE.currency}"
        table = Table("technician", "time", "order", "asset", "parts", title=title, expand=True)
        for _, some in groupby(tomorrow.calls, key=lambda call: call.technician):
            rows = list(some)
            for nth, call in enumerate(rows):
                who = call.technician if nth == 0 else ""
                table.add_row(who, time_of(call), *where(call), end_section=nth == len(rows) - 1)
        yield table
    for left in made.left:
        relief = f" {in_language(left.relief.said, language)}" if left.relief else ""
        yield Text(f"unassigned: {in_language(left.why, language)}{relief}", style="yellow")


def time_of(call: Call) -> str:
    """From and until, in hours."""
    return f"{hours(call.begins)}–{hours(call.ends)}"


def hours(at: Instant) -> str:
    """The time of day."""
    return time_text(at, HERE.zone)[-5:]


def where(call: Call) -> tuple[str, str, str]:
    """The order, its asset and its parts; of a stop at the depot what is fetched there."""
    parts = list_of(call.parts)
    return (call.order, call.asset, parts) if call.order else ("", "depot", f"fetch {parts}")


def list_of(parts: Mapping[str, int]) -> str:
    """Pieces and parts."""
    return ", ".join(f"{pieces} × {part}" for part, pieces in parts.items())
