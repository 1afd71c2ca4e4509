"""What a transaction under the writers' lock is asked: as of now, with everything that it has recorded itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from adapters import ledger_incidents as incidents
from adapters import ledger_questions as questions
from adapters import ledger_statements as statements
from adapters.ledger_ahead import FEW, Ahead
from adapters.ledger_quarantine import QuarantineLimits
from domain.entries import Position
from domain.finding import Finding
from domain.incident import HoldKind, Incident
from domain.instants import Instant
from domain.ticket import OpenKey, Situation, Ticket, TicketWithFindings


class SqlQuestions:
    """The half of `SqlTransaction` that asks; `domain.ports.Transaction` says what each method promises."""

    def __init__(self, connection: Connection, limits: QuarantineLimits) -> None:
        self.direct = connection
        """The connection past the rows that wait."""
        self.dialect = connection.dialect.name
        self.limits = limits
        self.last_event: int | None = None
        self.last_numbers: dict[int, int] = {}
        self.pinned_texts: set[str] = set()
        self.ahead: Ahead | None = None

    @property
    def connection(self) -> Connection:
        """The connection, to which nothing is missing that was recorded until now."""
        self.settle()
        return self.direct

    def settle(self) -> None:
        """Write the rows that wait."""
        if self.ahead is not None:
            self.ahead.write(self.direct)

    def expect(self, findings: Sequence[Finding]) -> None:
        """Ask about many findings at once, and write what they bring together; nothing else is different."""
        if len(findings) >= FEW:
            self.ahead = self.ahead or Ahead()
            self.settle()
            self.ahead.look(self.direct, findings)

    def situation(self, finding: Finding) -> Situation:
        """What is known of the finding's subject. Asked before `save_finding`: it tells what was recorded until now."""
        if self.ahead is not None and self.ahead.knows(finding):
            return self.ahead.situation(self.direct, finding)
        return questions.situation(self.connection, finding, incidents.around(self.connection, finding))

    def findings(self, ids: Iterable[str]) -> Sequence[Finding]:
        """Those of the findings that are recorded, in order of first firing."""
        return questions.findings(self.connection, ids)

    def free_findings(self, ticket: Ticket) -> Sequence[Finding]:
        """Those of a ticket's findings that no other open ticket lists, in order of first firing."""
        return questions.free_findings(self.connection, ticket)

    def ticket(self, number: str) -> Ticket:
        """One ticket. Raises Unknown."""
        return questions.ticket_by_number(self.connection, number)

    def open_ticket(self, key: OpenKey) -> Ticket | None:
        """The ticket that occupies the key."""
        return questions.open_ticket(self.connection, key)

    def revisions(self, findings: Iterable[str]) -> Mapping[str, Position]:
        """Of the findings that are recorded: the `position` of their recorded state."""
        return questions.positions(self.connection, findings)

    def tickets_of_rule(self, rule: str, version: str) -> Sequence[TicketWithFindings]:
        """Open tickets that list a finding of the rule version, in order of number."""
        return incidents.tickets_of_rule(self.connection, rule, version)

    def incident(self, name: str) -> Incident:
        """One incident. Raises Unknown."""
        return incidents.incident(self.connection, name)

    def open_incidents(self) -> Sequence[Incident]:
        """Incidents that take members, oldest first."""
        return incidents.open_incidents(self.connection)

    def incident_of_ticket(self, number: str) -> Incident | None:
        """The newest incident whose ticket it is."""
        return incidents.incident_of_ticket(self.connection, number)

    def has_members(self, incident: str) -> bool:
        """Somebody is a member of it now."""
        return incidents.has_members(self.connection, incident)

    def opened_since(self, rule: str, at: Instant) -> int:
        """How many tickets findings of the rule opened after an instant."""
        return incidents.opened_since(self.connection, rule, at)

    def is_known_member(self, incident: str, asset: str) -> bool:
        """The asset is or was a member of it."""
        return incidents.is_known_member(self.connection, incident, asset)

    def holders(self) -> Sequence[tuple[HoldKind, str]]:
        """What holds findings back: each kind and id once, in a fixed order."""
        return incidents.holders(self.connection)

    def held_by(self, kind: HoldKind, by: str, asset: str = "", *, most: int = 1000) -> Sequence[Finding]:
        """The first findings that it holds back, of one asset or of all, in order of first firing."""
        return incidents.held_by(self.connection, kind, by, asset, most)

    def active_of(self, rules: Collection[str], asset: str | None = None) -> Sequence[Finding]:
        """Findings of the rules whose condition holds, of one asset or of all, in order of first firing."""
        return incidents.active_of(self.connection, rules, asset)

    def bookmark(self, reader: str) -> Position:
        """How far a reader has got; 0 at first."""
        return self.connection.execute(statements.BOOKMARK, {"reader": reader}).scalar_one_or_none() or 0
