"""`truckroll rules precision` and `rules tune`: how right rules are, and a changed number for a person to approve."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from adapters.ledger_sql import SqlLedger
from detectors.rule import Rule
from domain.errors import GiveUp, Unknown
from truckroll.backtest.asked import Asked
from truckroll.backtest.csv_header import read_columns
from truckroll.backtest.job import Job
from truckroll.backtest.labels import Labelled, as_truth, codes_in, codes_of, labelled, precision
from truckroll.backtest.past import EARLIEST, LATEST
from truckroll.backtest.rows import rate_text, share_text
from truckroll.backtest.trial import rules_in
from truckroll.backtest.tune import Wish, tuned
from truckroll.cli.backtest import Columns, Csv, Journal, Registry, Since, Store, StoreAlone, Until, length, moment
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.desk_files import load_classes
from truckroll.settings import Settings
from truckroll.stores import ledger_of

Labels = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: ticket or finding, code. Else the event log's.")
]
EVERYTHING = 2**62


def add_commands(group: typer.Typer) -> None:
    """Add them to the group of rules."""
    group.command("precision")(tell_precision)
    group.command("tune", cls=StoreAlone)(tune)


def tell_precision(
    labels: Labels = None, column: Columns = None, config: Config = None, as_json: AsJson = False
) -> None:
    """How often each rule version was right, as the closing codes of its tickets say."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        said = labels_of(settings, ledger, labels, read_columns(column or ()))
        rows = [one.as_dict() for one in precision(said, ledger.findings())]
    if as_json:
        print_json({"rules": rows})
        return
    table = [
        [
            row["rule"],
            share_text(row["precision"], row["interval"]),
            row["judged"],
            ", ".join(f"{count} {label}" for label, count in row["labels"].items()),
        ]
        for row in rows
    ]
    print_table(("rule", "precision", "judged", "labels"), table)


def labels_of(settings: Settings, ledger: SqlLedger, file: Path | None, columns: dict[str, str]) -> list[Labelled]:
    """Every ticket of the ledger with what its closing says."""
    codes = codes_of(ledger.events(0, EVERYTHING)) | (codes_in(file, columns) if file else {})
    return list(labelled(ledger.tickets(), codes, load_classes(settings)))


def tune(
    rule: Annotated[str, typer.Argument(help="The rule's id.")],
    rules: Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Its file.")] = None,
    journal: Journal = None,
    store: Store = "",
    events: Csv = None,
    telemetry: Csv = None,
    registry: Registry = None,
    column: Columns = None,
    truth: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="CSV of failures; else closing codes judge.")
    ] = None,
    labels: Labels = None,
    lead: Annotated[str, typer.Option(help="A ticket so long before a failure is right, too.")] = "24h",
    since: Since = "",
    until: Until = "",
    tick: Annotated[str, typer.Option(help="Steps in which time passes where the past has none.")] = "5m",
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the draft here.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Propose a changed number, chosen on earlier weeks and judged on later ones. Nothing changes by itself."""
    settings = settings_from(config)
    asked = Asked(
        settings=settings,
        rules=tuple(rules or settings.rule_files()),
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
        lead=length(lead),
    )
    asked.check()
    report = played(wish_of(asked, rule, labels), quiet=as_json)
    if out is not None and report["draft"]:
        out.write_text(report["draft"], encoding="utf-8")
    if as_json:
        print_json(report)
    else:
        tell(report, out)


def wish_of(asked: Asked, name: str, labels: Path | None) -> Wish:
    """With the truth of the file, or of the closing codes where there is no file."""
    if asked.truth is not None:
        return Wish(asked=asked, rule=name)
    rule = next((rule for rule in rules_in(asked, asked.rules) if rule.id == name), None)
    if rule is None:
        raise Unknown("rule", name)
    there, not_there = judged_by_people(asked, rule, labels)
    return Wish(asked=asked, rule=name, there=there, not_there=not_there)


def judged_by_people(asked: Asked, rule: Rule, labels: Path | None) -> Any:
    """What closing codes say was there, and what was not. Raises GiveUp where they say nothing."""
    with ledger_of(asked.settings) as ledger:
        said = labels_of(asked.settings, ledger, labels, dict(asked.columns))
    there, not_there = as_truth(said, rule.failure_mode)
    if not there:
        raise GiveUp(f"No closing code says that {rule.failure_mode} was there; give failures with --truth.")
    return there, not_there


def played(wish: Wish, *, quiet: bool) -> dict[str, Any]:
    """The report, made in a process of its own that Ctrl-C ends."""
    with Progress(transient=True, disable=quiet) as progress, Job(wish, tuned) as job:
        task = progress.add_task("playing", total=1.0)
        return job.result(lambda done: progress.update(task, completed=done))


def tell(report: dict[str, Any], out: Path | None) -> None:
    """What was tried and what is proposed."""
    rows = [
        [
            f"{row['setting']} {row['before']} → {row['after']}" if row["setting"] else "as it is",
            f"{row['earlier']['f1']:.2f}",
            share_text(row["later"]["precision"], row["later"]["precision_interval"]),
            share_text(row["later"]["recall"], row["later"]["recall_interval"]),
        ]
        for row in sorted(report["tried"], key=lambda row: -row["earlier"]["f1"])
    ]
    print_table(("change", "F1 before", "precision after", "recall after"), rows, title=f"split {report['split'][:10]}")
    if report["proposed"] is None:
        print("No change is better than the rule as it is.")
        return
    print(f"Wrong tickets a week, on the later weeks: {rate_text(report['wrong_tickets_difference_a_week'])}")
    print(report["draft"] if out is None else f"The draft is in {out}; read it, test it, promote it if you agree.")
