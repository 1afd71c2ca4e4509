"""What a transaction sees coming: asked for all of its findings at once, and written together at its end.

Only what is known *not* to be in the ledger is remembered, and forgotten as soon as the transaction writes it. The
writers' lock keeps everybody else from adding it meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select, union

from adapters import ledger_incidents as incidents
from adapters import ledger_questions as questions
from adapters import ledger_statements as statements
from adapters import ledger_tables as tables
from domain.finding import Finding
from domain.incident import IncidentState
from domain.ticket import Situation

FEW = 8
"""Fewer findings than this are quicker asked about one by one."""
KNOWN_IDS = union(
    *(
        select(column).where(column.in_(bindparam("ids", expanding=True)))
        for column in (tables.finding.c.id, tables.ticket_finding.c.finding, tables.incident.c.id)
    )
)
KNOWN_ASSETS = (
    select(tables.ticket.c.asset).where(tables.ticket.c.asset.in_(bindparam("assets", expanding=True))).distinct()
)
MODES_OF_INCIDENTS = (
    select(tables.incident.c.failure_mode).where(tables.incident.c.state == IncidentState.OPEN.value).distinct()
)

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Ahead:
    """What is not in the ledger, and rows that wait to be written together."""

    strangers: set[str] = field(default_factory=set)
    """Findings that are not recorded, that no ticket lists and nothing holds back, and that are no incident."""
    bare: set[str] = field(default_factory=set)
    """Assets that never had a ticket."""
    calm: set[str] = field(default_factory=set)
    """Failure modes without an open incident."""
    findings: Rows = field(default_factory=list)
    pinned: Rows = field(default_factory=list)
    tickets: Rows = field(default_factory=list)
    links: Rows = field(default_factory=list)
    events: Rows = field(default_factory=list)
    counters: dict[int, int] = field(default_factory=dict)
    """The last ticket number by year."""
    waiting: set[str] = field(default_factory=set)
    """Assets of the tickets that wait."""

    def look(self, connection: Connection, findings: Sequence[Finding]) -> None:
        """Learn what is not there of so many findings."""
        ids, assets = {f.id for f in findings}, {f.asset for f in findings}
        for some in questions.some(ids):
            self.strangers.update(set(some).difference(connection.execute(KNOWN_IDS, {"ids": some}).scalars()))
        for some in questions.some(assets):
            self.bare.update(set(some).difference(connection.execute(KNOWN_ASSETS, {"assets": some}).scalars()))
        known = set(connection.execute(MODES_OF_INCIDENTS).scalars())
        self.calm.update({finding.failure_mode for finding in findings} - known)

    def knows(self, finding: Finding) -> bool:
        """What is known of the finding can be told without a look at rows that wait."""
        return finding.id in self.strangers and finding.asset not in self.waiting and not finding.scope

    def situation(self, connection: Connection, finding: Finding) -> Situation:
        """What is known of the subject of a finding that `knows` allows: as `SqlTransaction.situation` tells it."""
        around: Mapping[str, Any] = {"incidents": [], "members": []}
        if finding.failure_mode not in self.calm:
            around = incidents.around_held(connection, finding, None)
        if finding.asset in self.bare:
            return Situation(recent=[], **around)
        return questions.about_key(connection, questions.key_of(finding), around=around)

    def write(self, connection: Connection) -> None:
        """Everything that waits, each table in one go; what is referred to comes first."""
        dialect = connection.dialect.name
        for statement, rows in (
            (statements.saving_finding(dialect), self.findings),
            (statements.adding(dialect, "pinned"), self.pinned),
            (statements.INSERT_TICKET, self.tickets),
            (statements.adding(dialect, "ticket_finding"), self.links),
            (statements.INSERT_EVENT, self.events),
        ):
            if rows:
                connection.execute(statement, rows)
                rows.clear()
        if self.counters:
            rows = [{"year": year, "last": last} for year, last in self.counters.items()]
            connection.execute(statements.replacing(dialect, "counter"), rows)
            self.counters.clear()
        self.waiting.clear()
