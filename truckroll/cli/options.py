"""Options that several commands share, and how they print."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from truckroll.settings import Settings, load

DEFAULT_FILE = Path("truckroll.toml")

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Configuration file; else truckroll.toml here, if there is one."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def settings_from(config: Path | None) -> Settings:
    """The settings of the given file, of `truckroll.toml` here, or the defaults."""
    return load(config or (DEFAULT_FILE if DEFAULT_FILE.exists() else None))


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """A table as wide as the terminal; plain lines where there is none."""
    table = Table(*columns, title=title or None)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    Console().print(table)
