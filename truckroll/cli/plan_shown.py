"""How a crew plan looks on the screen: who goes where and when, what it changes, what is left out and why."""

from collections.abc import Mapping
from typing import Any

import msgspec

from domain.crew_proposal import Booked, Proposal
from domain.text import in_language
from maintenance.crew_whatif import costs
from maintenance.printed import time_text
from truckroll.cli.options import print_json, print_table
from truckroll.settings import Settings

COLUMNS = ("order", "asset", "who", "begins", "ends", "before", "note")


def tell_plan(found: Proposal, settings: Settings, assets: Mapping[str, str], language: str) -> None:
    """The plan on the screen."""
    zone, name = settings.maintenance.zone, settings.maintenance.currency
    rows = [
        [one.order, assets.get(one.order, ""), ", ".join(one.technicians), time_text(one.starts_at, zone),
         time_text(one.ends_at, zone), before(one, zone), note(one, name)]
        for one in sorted(found.bookings, key=lambda one: (one.starts_at or 0, one.order)) if one.technicians
    ]  # fmt: skip
    print_table(COLUMNS, rows, f"Plan {found.id}".strip())
    for left in found.left:
        relief = f" {in_language(left.relief.said, language)} ({left.relief.cost:+,.0f} {name})" if left.relief else ""
        print(f"  {in_language(left.why, language)}{relief}")
    for text in found.said:
        print(f"  {in_language(text, language)}")
    terms = ", ".join(f"{what} {amount:,.0f}" for what, amount in costs(found).items() if amount and what != "total")
    print(f"Cost {costs(found)['total']:,.2f} {name} ({terms}); {len(found.changes)} changes, "
          f"{found.moved_promises} promises moved.")  # fmt: skip


def before(one: Booked, zone: str) -> str:
    """How it was, where that was different."""
    if not one.is_changed or not one.technicians_before:
        return ""
    return f"{', '.join(one.technicians_before)} {time_text(one.starts_before, zone)}"


def note(one: Booked, currency: str) -> str:
    """What is remarkable about it."""
    notes = {
        "moves the promise": one.moves_promise,
        "taken back from who is sent": one.was_dispatched and one.is_changed,
        f"while there, saves {one.saves:,.0f} {currency}": one.goes_along,
        "not approved yet": one.waits_for_review,
    }
    return ", ".join(text for text, holds in notes.items() if holds)


def tell(found: Proposal, *, as_json: bool) -> None:
    """What became of it."""
    print_json(plain(found)) if as_json else print(f"{found.id} is {found.state}; {len(found.changes)} changes.")


def plain(found: Proposal) -> dict[str, Any]:
    """All of it, for JSON."""
    total = round(costs(found)["total"], 2)
    return {**msgspec.to_builtins(found), "total": total, "changes": msgspec.to_builtins(found.changes)}
