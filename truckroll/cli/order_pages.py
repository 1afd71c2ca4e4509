"""`truckroll orders week` and `sheet`: pages to print."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from adapters.durable_files import write_durably
from adapters.system_clock import SystemClock
from domain.text import LANGUAGES
from truckroll import printing
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.stores import ledger_of

Language = Annotated[str, typer.Option("--language", help="en or zh.")]
Out = Annotated[Path | None, typer.Option("--out", help="The HTML file; else standard output.")]


def register_in(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("week")(week)
    group.command("sheet")(sheet)


def week(
    name: Annotated[str, typer.Argument(metavar="WEEK", help="Such as 2026-W48.")],
    out: Out = None,
    site: Annotated[str, typer.Option(help="Only at this site.")] = "",
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """A week's orders by day and site, as a page to print."""
    settings, now = settings_from(config), SystemClock().now()
    check(language)
    with ledger_of(settings) as ledger:
        page = printing.week(ledger, name, settings.maintenance, now, language=language, site=site)
    tell(page, out, as_json=as_json)


def sheet(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Of the order, such as W-2026-000123.")],
    out: Out = None,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """One order as a sheet to print: tasks, parts, tools, evidence, room for signatures."""
    settings, now = settings_from(config), SystemClock().now()
    check(language)
    with ledger_of(settings) as ledger:
        page = printing.sheet(ledger, number, settings.maintenance, now, language=language)
    tell(page, out, as_json=as_json)


def check(language: str) -> None:
    """Nothing, or a sentence."""
    if language not in LANGUAGES:
        raise typer.BadParameter(f"the language is {' or '.join(LANGUAGES)}")


def tell(page: str, out: Path | None, *, as_json: bool) -> None:
    """Write the page and say where."""
    if out is not None:
        write_durably(out, [page.encode()])
        print_json({"file": str(out)}) if as_json else print(f"The page is in {out}.")
        return
    print_json({"page": page}) if as_json else sys.stdout.write(page)
