"""Alerts: a notification of Alertmanager goes into the ledger, all or nothing, each state once."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters import ledger_questions, ledger_reports
from adapters.ledger_sql import SqlLedger
from domain.instants import Instant
from ticketing.alerts import Alert, finding_of, in_order
from ticketing.desk import ServiceDesk


@dataclass(frozen=True, slots=True)
class Heard:
    """How many alerts there were, and how many of them said something new."""

    alerts: int
    news: int


def hear(ledger: SqlLedger, alerts: Sequence[Alert], now: Instant) -> Heard:
    """Findings and what the desk makes of them. The same notification again changes nothing. Raises TryLater."""
    desk, news = ServiceDesk(), 0
    with ledger.begin() as transaction:
        for alert in in_order(list(alerts)):
            before = ledger_questions.finding_by_id(transaction.connection, alert.finding)
            facts = ledger_reports.facts_about(transaction.connection, alert.device)
            finding = finding_of(alert, before, facts, now)
            if finding is None:
                continue
            response = desk.respond(finding, transaction.situation(finding), now)
            transaction.save_finding(finding, ())
            transaction.record(response)
            news += 1
    return Heard(len(alerts), news)
