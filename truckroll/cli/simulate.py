"""`truckroll simulate`: fleets with known faults, played, judges of rules, or planted on recorded traffic."""

import typer
from typer.core import TyperGroup

from truckroll.cli.simulate_plant import plant
from truckroll.cli.simulate_play import play
from truckroll.cli.simulate_score import score

PLAY = "play"


class PlayUnlessSaid(TyperGroup):
    """Commands of which `play` need not be named: `simulate FILE.toml` plays the file."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """The words, with `play` before them where they name no command."""
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = [PLAY, *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    simulate = typer.Typer(cls=PlayUnlessSaid, help="Fleets with known faults: play them, or let them judge rules.")
    simulate.command(PLAY)(play)
    simulate.command("score")(score)
    simulate.command("plant")(plant)
    app.add_typer(simulate, name="simulate")
