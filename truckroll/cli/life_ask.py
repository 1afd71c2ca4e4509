"""`truckroll life ask`: what the models of the configuration say of the assets that run, and what becomes of it."""

from typing import Annotated, Any

import typer

from adapters.system_clock import SystemClock
from domain.text import in_language
from truckroll.cli.deeds import Language
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.desk_files import load_classes
from truckroll.foretelling import Heard, ask_here, hear
from truckroll.stores import ledger_of


def add_commands(group: typer.Typer) -> None:
    """Add the command to the group `life`."""
    group.command("ask")(ask)


def ask(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what the models say.")] = False,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Ask the configured models now, as the service does by itself; what they foretell becomes findings."""
    settings, now = settings_from(config), SystemClock().now()
    classes = load_classes(settings)
    with ledger_of(settings) as ledger:
        asked, report = ask_here(ledger, settings, classes, now)
        heard = None if dry_run else hear(ledger, classes, asked, report["told"], now)
    if as_json:
        print_json(as_dict(report, heard, sorted(asked.rules)))
        return
    for told in report["told"]:
        print(f"{told.asset}  {told.rule}  {in_language(told.title, language)}")
    for asset, why in report["unsaid"]:
        print(f"{asset}  {in_language(why, language)}")
    if heard is not None:
        print(f"{heard.begun} begun, {heard.changed} changed, {heard.over} over; {heard.holding} hold.")


def as_dict(report: dict[str, Any], heard: Heard | None, rules: list[str]) -> dict[str, Any]:
    """The answer for JSON."""
    told = [
        {
            "asset": each.asset,
            "rule": each.rule,
            "begins": each.begins,
            "title": dict(each.title),
            "details": dict(each.details),
        }
        for each in report["told"]
    ]
    names = ("begun", "changed", "over", "holding")
    return {
        "rules": rules,
        "told": told,
        "unsaid": [{"asset": asset, "why": dict(why)} for asset, why in report["unsaid"]],
        "recorded": None if heard is None else {name: getattr(heard, name) for name in names},
    }
