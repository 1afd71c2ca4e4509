"""docs/operations.md speaks of commands, options, files and numbers that are there."""

import re
from pathlib import Path

import typer

from truckroll.cli import app_for

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operations.md").read_text()


def test_every_command_exists() -> None:
    """With its group."""
    group = typer.main.get_command(app_for([]))
    commands: dict[str, object] = dict(getattr(group, "commands", {}))
    named = set(re.findall(r"(?:`|bin/|exec truckroll )truckroll ([a-z]+)", TEXT))

    assert named <= commands.keys(), named - commands.keys()
    assert {"backup", "restore", "doctor", "replay", "config", "tickets"} <= named


def test_every_option_of_the_doctor_exists() -> None:
    """As its help tells them."""
    command = getattr(typer.main.get_command(app_for([])), "commands", {})["doctor"]
    options = {option for parameter in command.params for option in parameter.opts}

    assert {"--thorough", "--device-user", "--device-password-file", "--json"} <= options


def test_every_file_it_leads_to_is_there() -> None:
    """Links, and what is to be installed; benchmarks are measured by `make bench`."""
    for path in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / path).exists() or path == "benchmarks.md", path
    for path in re.findall(r"\b(deploy/[\w./-]+\w)", TEXT):
        assert (ROOT / path).exists() or path.startswith("deploy/compose/secrets"), path
