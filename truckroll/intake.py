"""Intake: reports of people go into the ledger, each once, whichever way they came."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from adapters import ledger_reports
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import Instant
from domain.report import Filed, Report
from ticketing.intake import Intake
from ticketing.text_class import Example, Reader, trained
from ticketing.text_fields import device_names
from truckroll.desk_files import load_classes
from truckroll.resources import shipped
from truckroll.ruleset import load_rules
from truckroll.settings import Settings

LANGUAGES = ("en", "zh")
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reception:
    """Where every channel brings its reports."""

    ledger: SqlLedger
    intake: Intake
    reader: Reader

    @classmethod
    def of(cls, ledger: SqlLedger, settings: Settings) -> Self:
        """With the configuration's classes, and a model of the shipped reports about them. Raises WrongFormat."""
        classes = load_classes(settings)
        model = trained([each for each in examples() if each.ticket_class in {*classes.classes, OTHER}])
        return cls(ledger, Intake(classes, modes_of(settings)), Reader(model))

    def take(self, report: Report, now: Instant) -> Filed:
        """File it; the same report again answers where it went the first time. Raises TryLater."""
        with self.ledger.begin() as transaction:
            return self.take_in(transaction, report, now)

    def take_in(self, transaction: SqlTransaction, report: Report, now: Instant) -> Filed:
        """File it within a transaction."""
        connection = transaction.connection
        if (before := ledger_reports.filed(connection, report.id)) is not None:
            return before
        named = ledger_reports.known_names(connection, list(dict.fromkeys(device_names(report.words))))
        reading = self.reader.read(report.words, named)
        said = report.device or reading.fields.get("device", "")
        device = next(iter(ledger_reports.known_names(connection, [said] if said else [])), said)
        facts = ledger_reports.facts_about(connection, device)
        modes = self.intake.modes_of(report, reading)
        around = ledger_reports.surroundings(transaction, facts, modes, report.continues)
        answer = self.intake.take(report, reading, around, now)
        written = transaction.record(answer.response)
        filed = Filed(report=report, reading=reading, ticket=written[0].number, taken=answer.taken)
        ledger_reports.save(connection, filed)
        return filed


def examples() -> Sequence[Example]:
    """The shipped reports, each with its class."""
    found = []
    for language in LANGUAGES:
        with shipped("reports", f"{language}.csv").open(encoding="utf-8", newline="") as file:
            found += [Example(row["text"], row["class"]) for row in csv.DictReader(file)]
    return found


def modes_of(settings: Settings) -> Mapping[str, Sequence[str]]:
    """The failure modes that the rules find for each class. Raises WrongFormat."""
    modes: dict[str, dict[str, None]] = {}
    for rule in load_rules(settings.rule_files()).rules:
        if rule.ticket_class and rule.failure_mode:
            modes.setdefault(rule.ticket_class, {})[rule.failure_mode] = None
    return {kind: tuple(found) for kind, found in modes.items()}
