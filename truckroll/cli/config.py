"""`truckroll config`: what can be set, and whether a file is right."""

import typer

from truckroll.cli.options import Config, settings_from
from truckroll.settings import example


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The configuration file.", no_args_is_help=True)
    group.command("example")(print_example)
    group.command("check")(check)
    app.add_typer(group, name="config")


def print_example() -> None:
    """Print a commented truckroll.toml with every setting at its default."""
    print(example(), end="")


def check(config: Config = None) -> None:
    """Say whether the configuration is right, with every mistake in it."""
    settings = settings_from(config)
    print(f"The configuration is right. Data: {settings.data}; rule files: {len(settings.rule_files())}.")
