"""The command `truckroll`."""

import sys

import typer

from domain.errors import TruckrollError, WrongFormat
from truckroll.cli import (
    backup,
    config,
    data,
    demo,
    device,
    doctor,
    prove,
    quarantine,
    rules,
    serve,
    simulate,
    source,
    tickets,
)

app = typer.Typer(
    name="truckroll",
    help="Device telemetry into the right service visit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
demo.register(app)
serve.register(app)
simulate.register(app)
source.register(app)
device.register(app)
rules.register(app)
tickets.register(app)
quarantine.register(app)
data.register(app)
prove.register(app)
config.register(app)
backup.register(app)
doctor.register(app)


def main() -> None:
    """Run the command; what a person can mend is one sentence on standard error and exit code 1."""
    try:
        app()
    except WrongFormat as error:
        print("\n".join(error.mistakes), file=sys.stderr)
        sys.exit(1)
    except (TruckrollError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
