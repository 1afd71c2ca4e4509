"""A list of reports as CSV: `subject, text, reporter, device, component, failure_mode, ticket_class, severity`, any

further column is a field of the class; `id` makes it safe to import the list again.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from domain.errors import WrongFormat
from domain.finding import Severity
from domain.instants import Instant
from domain.report import Channel, Report, report_id
from ticketing.intake import Intake

COLUMNS = ("subject", "text", "reporter", "device", "component", "failure_mode", "ticket_class")
MOST = 10_000


def read_reports(path: Path, intake: Intake, now: Instant) -> list[Report]:
    """Every report of the list. Raises WrongFormat with every mistake of every row."""
    found: list[Report] = []
    mistakes: list[str] = []
    named: dict[str, Report] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            mistakes += [
                f"{path}: the column {name} is there twice; keep one." for name in twice(rows.fieldnames or ())
            ]
            for nth, row in enumerate(rows, start=2):
                try:
                    report = report_of({name: value or "" for name, value in row.items() if isinstance(name, str)}, now)
                    intake.check(report)
                    if named.setdefault(report.id, report) != report:
                        raise WrongFormat(["Another report above has the same id; give each its own."])
                    found.append(report)
                except WrongFormat as error:
                    mistakes += [f"{path}:{nth}: {mistake}" for mistake in error.mistakes]
    except (UnicodeDecodeError, csv.Error) as error:
        raise WrongFormat([f"{path}: this is no CSV file in UTF-8: {error}."]) from None
    if len(found) > MOST:
        mistakes.append(f"{path}: {len(found)} reports are too many for one list; split it into {MOST} each.")
    if not found and not mistakes:
        mistakes.append(f"{path}: there is no report in it; its first line names the columns, such as device,text.")
    if mistakes:
        raise WrongFormat(mistakes)
    return found


def twice(names: Sequence[str]) -> list[str]:
    """Those of the names that are there more than once."""
    return [name for name, many in Counter(names).items() if many > 1]


def report_of(row: Mapping[str, str], now: Instant) -> Report:
    """The report of a row; without an `id` its content is what it is known by."""
    severity = row.get("severity", "")
    if severity not in ("", *Severity):
        raise WrongFormat([f"severity must be one of {', '.join(Severity)}, not {severity!r}."])
    digest = hashlib.sha256("\x00".join(f"{name}={row[name]}" for name in sorted(row)).encode()).hexdigest()
    said = {name: row.get(name, "").replace("\0", "") for name in COLUMNS}
    return Report(
        id=report_id(Channel.CSV, row.get("id") or digest),
        channel=Channel.CSV,
        at=now,
        subject=said["subject"],
        text=said["text"],
        reporter=said["reporter"],
        device=said["device"],
        component=said["component"],
        failure_mode=said["failure_mode"],
        ticket_class=said["ticket_class"],
        severity=Severity(severity) if severity else None,
        fields=dict(others(row)),
    )


def others(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The columns that are fields of the class."""
    for name, value in row.items():
        if name not in (*COLUMNS, "id", "severity") and value:
            yield name, value
