"""Options that several commands share, and how they print."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import HEAVY_HEAD, SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from truckroll.settings import Settings, load

WIDEST = 4_000
"""Columns of a table that goes into a file or to another program."""
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
    """A table as wide as the terminal; where there is none, as wide as it has to be, without lines around it."""
    on_screen = sys.stdout.isatty()
    table = Table(*columns, title=title or None, box=HEAVY_HEAD if on_screen else SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    Console(width=None if on_screen else WIDEST).print(table, soft_wrap=not on_screen)
