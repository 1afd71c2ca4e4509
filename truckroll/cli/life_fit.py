"""`truckroll life fit`: how long parts last, and at which age a replacement pays."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.system_clock import SystemClock
from domain.errors import GiveUp
from domain.text import LANGUAGES, in_language
from maintenance.life import Life
from maintenance.waiting import Costs
from truckroll.cli.deeds import Language
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.desk_files import load_classes
from truckroll.fitting import lives as lives_of
from truckroll.life_plot import plot as drawn
from truckroll.life_report import as_dict, life_report, sentences
from truckroll.lives_csv import read_lives
from truckroll.stores import ledger_of

ASSUMED_RATIO = 10.0
"""A failure is assumed to cost so many times the planned work until somebody says it."""


def add_commands(group: typer.Typer) -> None:
    """Add the command to the group `life`."""
    group.command("fit")(fit)


def fit(
    lives: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="CSV: age, failed[, entered][, group]."),
    ] = None,
    family: Annotated[list[str] | None, typer.Option(help="A part or model of the registry; may be repeated.")] = None,
    planned_cost: Annotated[float, typer.Option(min=0.0, help="What a planned replacement costs.")] = 1.0,
    failure_cost: Annotated[
        float | None,
        typer.Option(min=0.0, help="What a failure costs in all; else 10 × planned, assumed."),
    ] = None,
    plot: Annotated[Path | None, typer.Option(dir_okay=False, help="An SVG of survival and cost to write.")] = None,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Fit the lives of a device family and say at which age to replace, or why never."""
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language} is not there; choose {' or '.join(LANGUAGES)}.", param_hint="--language")
    if (lives is None) == (not family):
        raise typer.BadParameter("give a file of lives, or --family for those of the registry.")
    groups, unit = read_lives(lives) if lives is not None else (registered(config, family or []), "days")
    cost = ASSUMED_RATIO * planned_cost if failure_cost is None else failure_cost
    try:
        costs = Costs(planned_cost, cost, is_assumed=failure_cost is None)
    except ValueError as error:
        raise GiveUp(f"{error}.") from None
    report = life_report(groups, unit, costs)
    if plot is not None:
        plot.write_text(drawn(report, language), encoding="utf-8")
    if as_json:
        print_json(as_dict(report) | ({"plot": str(plot)} if plot else {}))
        return
    for one in report.groups:
        print(in_language(sentences(report, one), language))
    if report.too_few:
        print(f"Too few failures to fit: {', '.join(report.too_few)}.")
    if plot is not None:
        print(f"plot → {plot}")


def registered(config: Path | None, families: list[str]) -> dict[str, list[Life]]:
    """The lives that the ledger knows of, by family. Raises GiveUp where it knows none."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        classes, now = load_classes(settings), SystemClock().now()
        found = {one: lives_of(connection, classes, one, now) for one in families}
    if empty := [one for one, rows in found.items() if not rows]:
        raise GiveUp(f"No life of {', '.join(empty)} is known; register when assets were installed, or parts fitted.")
    return found
