"""`truckroll backtest`: what rules would have made of the past, down to tickets, hours and parts."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from typer.core import TyperCommand

from domain.instants import Duration, Instant, parse_duration, parse_instant
from domain.text import LANGUAGES
from truckroll.backtest.asked import CONFIGURED, Asked
from truckroll.backtest.charts import sparkline
from truckroll.backtest.csv_header import read_columns
from truckroll.backtest.job import Job
from truckroll.backtest.page import page
from truckroll.backtest.past import EARLIEST, LATEST
from truckroll.backtest.rows import by_rule, difference, drafts, facts, notes, only_in, outcome
from truckroll.backtest.trial import trial
from truckroll.backtest.words import label
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from

Csv = Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A CSV file; may be repeated.")]
Journal = Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="A data directory with a journal.")]
Store = Annotated[
    str, typer.Option(help="The configured one; or a folder with a telemetry store, or the address of an InfluxDB.")
]
Columns = Annotated[list[str] | None, typer.Option("--column", help="NAME=COLUMN, such as device=machineID.")]
Registry = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Devices, as for device import.")]
Since = Annotated[str, typer.Option("--from", help="Nothing before it is looked at.")]
Until = Annotated[str, typer.Option("--to", help="Nothing from here on is looked at.")]


class StoreAlone(TyperCommand):
    """A command whose `--store` may stand alone: then the configured one is meant."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As always, with the word that was left out."""
        return super().parse_args(ctx, store_named(args))


def store_named(args: Sequence[str]) -> list[str]:
    """The arguments, with a store behind every `--store`; a file, such as rules, is none."""
    options = args[: args.index("--")] if "--" in args else args
    named = list(args)
    for place in reversed([place for place, word in enumerate(options) if word == "--store"]):
        following = [*options, "-"][place + 1]
        if following.startswith("-") or Path(following).is_file():
            named.insert(place + 1, CONFIGURED)
    return named


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest", cls=StoreAlone)(backtest)


def backtest(
    rules: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Rule files, drafts too.")],
    journal: Journal = None,
    store: Store = "",
    events: Csv = None,
    telemetry: Csv = None,
    registry: Registry = None,
    column: Columns = None,
    truth: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: asset, failure_mode, from, to.")
    ] = None,
    lead: Annotated[str, typer.Option(help="A ticket so long before a failure is right, too.")] = "24h",
    since: Since = "",
    until: Until = "",
    against: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="Another rule file, to compare with.")
    ] = None,
    tick: Annotated[str, typer.Option(help="Steps in which time passes where the past has none.")] = "5m",
    heard: Annotated[str, typer.Option(help="With events alone: devices are taken to be heard so often.")] = "15m",
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals: the same seed gives the same.")] = 7,
    html: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the report here as one page.")] = None,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Play rules over the past: tickets a week after merging, hours, parts, and how right that would have been."""
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language} is not there; choose {' or '.join(LANGUAGES)}.", param_hint="--language")
    asked = Asked(
        settings=settings_from(config),
        rules=tuple(rules),
        against=tuple(against or ()),
        journal=journal,
        store=store,
        events=tuple(events or ()),
        telemetry=tuple(telemetry or ()),
        registry=registry,
        truth=truth,
        columns=read_columns(column or ()),
        since=moment(since, EARLIEST),
        until=moment(until, LATEST),
        tick=length(tick),
        heard=length(heard),
        lead=length(lead),
        seed=seed,
    )
    asked.check()
    report = played(asked, quiet=as_json)
    if html is not None:
        html.write_text(page(report, language), encoding="utf-8")
    if as_json:
        print_json(report)
    else:
        tell(report, language)


def played(asked: Asked, *, quiet: bool) -> dict[str, Any]:
    """The report. Ctrl-C ends the process that makes it."""
    with Progress(transient=True, disable=quiet) as progress, Job(asked, trial) as job:
        task = progress.add_task("playing", total=1.0)
        return job.result(lambda done: progress.update(task, completed=done))


def moment(text: str, otherwise: Instant) -> Instant:
    """An instant, in UTC where no zone is said."""
    try:
        return parse_instant(text, UTC) if text else otherwise
    except ValueError:
        raise typer.BadParameter(f'"{text}" is no time; write it as 2026-11-22T08:00:00Z.') from None


def length(text: str) -> Duration:
    """A duration longer than nothing."""
    try:
        found = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None
    if not found:
        raise typer.BadParameter("0 is no duration here; choose a longer one, such as 5m.")
    return found


def tell(report: dict[str, Any], language: str) -> None:
    """The report for a terminal."""
    print_table(("", ""), list(facts(report, language)), title=label("title", language))
    for which in ("a", "b"):
        if report[which] is not None:
            tell_result(report[which], language, label(which, language) if report["b"] is not None else "")
    if report["against"] is not None:
        print_table(("", ""), list(difference(report["against"], language)), title=label("against", language))
        for which in ("only_a", "only_b"):
            table = only_in(report["against"], which, language)
            if table.rows:
                print_table(table.columns, table.rows, title=table.title)
    for note in notes(report, language):
        print(f"· {note}")
    for name in drafts(report):
        print(label("next", language, name=name))


def tell_result(result: dict[str, Any], language: str, title: str) -> None:
    """One rule file."""
    print_table(("", ""), list(outcome(result, language)), title=title)
    table = by_rule(result, language)
    print_table(table.columns, table.rows, title=table.title)
    print(f"{label('tickets_a_week', language)}: {sparkline([week['tickets'] for week in result['weeks']])}")
    for example in result["examples"]:
        values = sparkline([value for _, value in example["points"]])
        what = values or ", ".join(dict.fromkeys(what for _, what in example["events"]))
        print(f"  {example['rule']}  {example['asset']}  {example['from'][:16]}  {example['metric']} {what}")
