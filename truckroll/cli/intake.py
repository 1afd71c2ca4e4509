"""`truckroll report`: faults that people report, one by one or as a list, and how their words are read."""

import getpass
import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters import ledger_reports
from adapters.system_clock import SystemClock
from domain.finding import Severity
from domain.instants import instant_text
from domain.report import Channel, Filed, Report, report_id
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.intake import Reception
from truckroll.reports_csv import read_reports
from truckroll.stores import ledger_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Reports of people: file, import, list, try.", no_args_is_help=True)
    group.command("file")(file)
    group.command("import")(import_list)
    group.command("list")(list_reports)
    group.command("try")(try_words)
    app.add_typer(group, name="report")


def file(
    text: Annotated[str, typer.Argument(help="What is wrong, in words.")],
    device: Annotated[str, typer.Option(help="The device or asset.")] = "",
    ticket_class: Annotated[str, typer.Option("--class", help="The class, if you know it.")] = "",
    severity: Annotated[Severity | None, typer.Option(help="How bad it is, if you know it.")] = None,
    fields: Annotated[list[str] | None, typer.Option("--field", help="name=value, as the class asks for.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """File one report; it joins the right ticket or opens one."""
    given = dict(field.split("=", 1) for field in fields or () if "=" in field)
    if len(given) != len(fields or ()):
        raise typer.BadParameter("write each field as name=value")
    now = SystemClock().now()
    report = Report(
        id=report_id(Channel.API, uuid.uuid4().hex),
        channel=Channel.API,
        at=now,
        reporter=getpass.getuser(),
        text=text,
        device=device,
        ticket_class=ticket_class,
        severity=severity,
        fields=given,
    )
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        reception = Reception.of(ledger, settings)
        reception.intake.check(report)
        filed = reception.take(report, now)
    if as_json:
        print_json(plain(filed))
    else:
        print(f"{filed.ticket} ({filed.taken.value}).")


def import_list(
    path: Annotated[Path, typer.Argument(help="A CSV file; its first line names the columns.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check it and say how it is read.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """File a list of reports, all of it or, where a row has a mistake, nothing; the same list again changes nothing."""
    settings, now = settings_from(config), SystemClock().now()
    with ledger_of(settings) as ledger:
        reception = Reception.of(ledger, settings)
        reports = read_reports(path, reception.intake, now)
        if dry_run:
            readings = [(report, reception.reader.read(report.words)) for report in reports]
            rows = [[r.device or n.fields.get("device", ""), r.ticket_class or n.ticket_class] for r, n in readings]
        else:
            with ledger.begin() as transaction:
                filed = [reception.take_in(transaction, report, now) for report in reports]
            rows = [[each.ticket, each.taken.value] for each in filed]
    columns = ["device", "class"] if dry_run else ["ticket", "taken"]
    if as_json:
        print_json({"dry_run": dry_run, "reports": [dict(zip(columns, row, strict=True)) for row in rows]})
        return
    print_table(columns, rows)
    print(f"{len(rows)} reports {'would be filed' if dry_run else 'are filed'}.")


def list_reports(
    most: Annotated[int, typer.Option(help="So many.")] = 50, config: Config = None, as_json: AsJson = False
) -> None:
    """The last reports of every channel."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        found = ledger_reports.newest(connection, most)
    if as_json:
        print_json({"reports": [plain(each) for each in found]})
        return
    rows: list[list[object]] = [
        [instant_text(f.report.at), f.report.channel.value, f.ticket, f.taken.value, f.report.words[:60]] for f in found
    ]
    print_table(["at", "channel", "ticket", "taken", "words"], rows)


def try_words(
    text: Annotated[str, typer.Argument(help="What somebody might write.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """How words are read: class, fields, danger; nothing is filed."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        reading = Reception.of(ledger, settings).reader.read(text)
    said = {
        "class": reading.ticket_class,
        "suggested": [{"class": name, "probability": round(share, 3)} for name, share in reading.suggested],
        "fields": dict(reading.fields),
        "severity": reading.severity.value if reading.severity else "",
    }
    if as_json:
        print_json(said)
        return
    print(f"class {reading.ticket_class or 'not sure'}, severity {said['severity'] or 'S3'}")
    print_table(["suggested", "probability"], [[name, f"{share:.2f}"] for name, share in reading.suggested])
    print_table(["field", "value"], [[name, value] for name, value in reading.fields.items()])


def plain(each: Filed) -> dict[str, Any]:
    """A report ready for JSON."""
    report = each.report
    return {
        "id": report.id,
        "at": instant_text(report.at),
        "channel": report.channel.value,
        "reporter": report.reporter,
        "text": report.words,
        "fields": {**each.reading.fields, **report.fields},
        "ticket": each.ticket,
        "taken": each.taken.value,
    }
