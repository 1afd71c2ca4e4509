"""Already true: what a rule found before it went live, and what of that has an open ticket anyway."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from adapters import ledger_lists
from adapters.ledger_lists import FindingsWanted, Fired
from adapters.ledger_sql import SqlLedger
from detectors.rule import Rule
from domain.finding import ACTIVE, Finding
from domain.instants import instant_text

PAGE = 1_000


def already_true(ledger: SqlLedger, rule: Rule) -> list[Finding]:
    """The version's active findings that opened nothing, worst and oldest first."""
    found = [f for f in active(ledger, rule.id) if f.shadow and f.version == rule.version]
    return sorted(found, key=lambda finding: (finding.severity, finding.started_at, finding.asset, finding.id))


def active(ledger: SqlLedger, rule: str) -> Iterator[Finding]:
    """All active findings of a rule, whatever the version."""
    wanted = FindingsWanted(states=[state.value for state in ACTIVE], rule=rule)
    before: Fired | None = None
    while page := ledger_lists.findings(ledger, wanted, before=before, most=PAGE):
        yield from page
        last = page[-1]
        before = Fired(last.fired_position, last.nth, last.id)


def ticketed(ledger: SqlLedger, findings: Sequence[Finding]) -> dict[str, str]:
    """By finding, the ticket that is open for the same trouble: joining it opens nothing."""
    tickets = {(t.asset, t.component, t.failure_mode): t.number for t in ledger.tickets(open_only=True)}
    keys = {f.id: (f.asset, f.component, f.failure_mode) for f in findings}
    return {name: tickets[key] for name, key in keys.items() if key in tickets}


def listed(findings: Iterable[Finding], tickets: dict[str, str]) -> list[dict[str, Any]]:
    """What people are shown of them, ready for JSON."""
    return [
        {
            "finding": finding.id,
            "device": finding.facts.get("device", finding.asset),
            "asset": finding.asset,
            "component": finding.component,
            "since": instant_text(finding.started_at),
            "severity": finding.severity.value,
            "count": finding.count,
            "ticket": tickets.get(finding.id, ""),
        }
        for finding in findings
    ]
