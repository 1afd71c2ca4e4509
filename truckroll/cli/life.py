"""`truckroll life`: how long parts last, and how much life is left."""

import typer

from truckroll.cli import life_ask, life_availability, life_fit, life_left


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Lives of parts and devices: fit, train, predict, ask.", no_args_is_help=True)
    life_fit.add_commands(group)
    life_left.add_commands(group)
    life_ask.add_commands(group)
    life_availability.add_commands(group)
    app.add_typer(group, name="life")
