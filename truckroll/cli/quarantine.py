"""`truckroll quarantine`: what could not be used, and why."""

from typing import Annotated

import typer

from domain.instants import instant_text
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.stores import ledger_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Messages that could not be used.", no_args_is_help=True)
    group.command("list")(list_quarantine)
    app.add_typer(group, name="quarantine")


def list_quarantine(
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many, newest first.")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Reasons with their counts, and the newest messages with topic and payload."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        counts, rejects = dict(ledger.quarantine_counts()), ledger.quarantined(most, reason)
    rows = [
        {
            "position": r.position,
            "received_at": instant_text(r.received_at),
            "topic": r.topic,
            "reason": r.reason,
            "detail": r.detail,
            "payload": r.payload.decode("utf-8", "backslashreplace"),
        }
        for r in rejects
    ]
    if as_json:
        print_json({"counts": counts, "messages": rows})
        return
    print_table(["reason", "count"], counts.items())
    columns = ["position", "topic", "reason", "detail"]
    print_table(columns, [[row[column] for column in columns] for row in rows])
