"""The command `truckroll`. Only the module of the command that is given is imported, so that each starts quickly."""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from domain.errors import TruckrollError, WrongFormat

MODULES = {
    "demo": "demo",
    "serve": "serve",
    "simulate": "simulate",
    "source": "source",
    "device": "device",
    "rules": "rules",
    "tickets": "tickets",
    "report": "intake",
    "people": "people",
    "sla": "sla",
    "orders": "orders",
    "parts": "parts",
    "meters": "meters",
    "assets": "assets",
    "webhooks": "webhooks",
    "notices": "notices",
    "surveys": "surveys",
    "improvements": "improvements",
    "incidents": "incidents",
    "suppress": "suppress",
    "quarantine": "quarantine",
    "replay": "replay",
    "prove": "prove",
    "detect": "detect",
    "backtest": "backtest",
    "forecast": "forecast",
    "life": "life",
    "plans": "plans",
    "campaigns": "campaigns",
    "plan": "plan",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "backup",
    "config": "config",
}
"""Commands and the modules that define them, in the order of `--help`."""


def app_for(words: Sequence[str]) -> typer.Typer:
    """The command line with the command that the words ask for; with all of them where they ask for none."""
    app = typer.Typer(
        name="truckroll",
        help="Device telemetry into the right service visit.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    asked = words[0] if words else ""
    wanted = [MODULES[asked]] if asked in MODULES else dict.fromkeys(MODULES.values())
    app.callback()(lambda: None)
    gc.disable()  # nothing of what is imported is garbage, and looking for it takes a tenth of the time
    try:
        for module in wanted:
            import_module(f"truckroll.cli.{module}").register(app)
    finally:
        gc.enable()
    return app


def main() -> None:
    """Run the command; what a person can mend is one sentence on standard error and exit code 1."""
    try:
        app_for(sys.argv[1:])()
    except WrongFormat as error:
        print("\n".join(error.mistakes), file=sys.stderr)
        sys.exit(1)
    except (TruckrollError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
