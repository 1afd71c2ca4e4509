"""`truckroll doctor`: is everything that the service needs as it must be?"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from domain.errors import WrongFormat
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.doctor import Line, Patient, Verdict, examine

SIGNS = {
    Verdict.RIGHT: "[green]✓[/]",
    Verdict.NOTE: "[yellow]![/]",
    Verdict.WRONG: "[red]✗[/]",
    Verdict.UNKNOWN: "[dim]–[/]",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    config: Config = None,
    as_json: AsJson = False,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Publish trial messages also on a broker of another machine.")
    ] = False,
    device_user: Annotated[str, typer.Option(help="A user of the broker with a device's rights, to try them.")] = "",
    device_password_file: Annotated[Path | None, typer.Option(help="The file with that user's password.")] = None,
) -> None:
    """Try everything that the service needs; exit code 1 when something is wrong."""
    try:
        settings = settings_from(config)
    except WrongFormat as error:
        tell([Line("configuration", Verdict.WRONG, mistake) for mistake in error.mistakes], as_json)
        raise typer.Exit(1) from None
    patient = Patient(
        settings=settings,
        thorough=thorough,
        device_user=device_user,
        device_password_file=str(device_password_file or ""),
    )
    console = Console(stderr=True)
    lines = []
    with console.status("") as status:
        for line in examine(patient, begins=lambda name: status.update(f"looking at {name} …")):
            lines.append(line)
            if not as_json:
                tell([line], as_json)
    if as_json:
        tell(lines, as_json)
    if any(line.verdict is Verdict.WRONG for line in lines):
        raise typer.Exit(1)


def tell(lines: list[Line], as_json: bool) -> None:
    """Lines for people, or one object for programs."""
    if as_json:
        is_well = all(line.verdict is not Verdict.WRONG for line in lines)
        print_json({"well": is_well, "lines": [line.as_dict() for line in lines]})
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(f"{SIGNS[line.verdict]} {escape(line.what)}: {escape(line.found)}")
        if line.todo:
            console.print(f"    → {escape(line.todo)}")
