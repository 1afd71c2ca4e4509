"""One all-or-nothing change of the ledger, made under the writers' lock."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete
from sqlalchemy.exc import IntegrityError

from adapters import ledger_questions as questions
from adapters import ledger_statements as statements
from adapters import ledger_tables as tables
from adapters.ledger_assets import install
from adapters.ledger_gaps import save
from adapters.ledger_quarantine import QuarantineLimits, keep
from adapters.ledger_rows import event_row, finding_row, number_of, pinned_row, rank_of, ticket_row
from domain.batch import Reject
from domain.entries import Position
from domain.errors import Conflict, Unknown
from domain.finding import Finding
from domain.gap import Losses
from domain.instants import SECOND, Instant
from domain.registry import Facts
from domain.ticket import LedgerEvent, OpenKey, Pinned, Response, Situation, Ticket


class SqlTransaction:
    """What `SqlLedger.begin` yields; `domain.ports.Transaction` says what each method promises."""

    def __init__(self, connection: Connection, limits: QuarantineLimits) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self.limits = limits
        self.last_event: int | None = None
        self.last_numbers: dict[int, int] = {}

    # -- reading

    def situation(self, finding: Finding) -> Situation:
        """What is known of the finding's subject. Asked before `save_finding`: it tells what was recorded until now."""
        return questions.situation(self.connection, finding)

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

    def bookmark(self, reader: str) -> Position:
        """How far a reader has got; 0 at first."""
        return self.connection.execute(statements.BOOKMARK, {"reader": reader}).scalar_one_or_none() or 0

    # -- findings

    def save_finding(self, finding: Finding, pinned: Iterable[Pinned]) -> None:
        """Record the finding unless a later state of it is recorded; pin what is not pinned yet."""
        self.connection.execute(statements.saving_finding(self.dialect), finding_row(finding))
        self.add(tables.pinned, [pinned_row(pin) for pin in pinned])

    def pin_texts(self, texts: Mapping[str, bytes]) -> None:
        """Keep texts by name; one that is there already stays."""
        known = set(self.connection.execute(statements.KNOWN_TEXTS, {"names": list(texts)}).scalars())
        self.add(tables.pinned_text, [{"name": n, "body": body} for n, body in texts.items() if n not in known])

    def add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows whose keys are not there yet."""
        if rows:
            self.connection.execute(statements.adding(self.dialect, table.name), rows)

    # -- tickets and events

    def record(self, response: Response) -> Sequence[Ticket]:
        """Write tickets, then events. Raises Conflict when two open tickets would share a key."""
        written = [self.write(ticket) if ticket.number else self.open(ticket) for ticket in response.tickets]
        fresh = [new.number for new, old in zip(written, response.tickets, strict=True) if not old.number]
        self.log(response.events, (fresh or [ticket.number for ticket in written] or [""])[0])
        return written

    def open(self, ticket: Ticket) -> Ticket:
        """A new ticket gets the year's next number."""
        rank = self.next_rank(ticket.opened_at)
        numbered = replace(ticket, number=number_of(rank))
        with one_open_a_key(ticket):
            self.connection.execute(statements.INSERT_TICKET, ticket_row(numbered) | {"rank": rank})
        self.list_findings(rank, ticket.findings)
        return numbered

    def write(self, ticket: Ticket) -> Ticket:
        """A known ticket as it stands now. Raises Unknown, and Conflict when a newer revision is recorded."""
        row = self.connection.execute(statements.TICKET_AS_RECORDED, {"number": ticket.number}).one_or_none()
        if row is None:
            raise Unknown("ticket", ticket.number)
        if row.revision > ticket.revision:
            raise Conflict(f"Ticket {ticket.number}")
        with one_open_a_key(ticket):
            self.connection.execute(statements.UPDATE_TICKET, ticket_row(ticket) | {"its_rank": row.rank})
        self.relist_findings(row.rank, json.loads(row.findings), ticket.findings)
        return ticket

    def relist_findings(self, rank: int, before: Sequence[str], now: Sequence[str]) -> None:
        """Which findings a ticket lists now."""
        links = tables.ticket_finding
        for gone in set(before).difference(now):
            self.connection.execute(delete(links).where(links.c.rank == rank, links.c.finding == gone))
        self.list_findings(rank, [name for name in now if name not in before])

    def list_findings(self, rank: int, findings: Iterable[str]) -> None:
        """Findings that a ticket lists from now on."""
        self.add(tables.ticket_finding, [{"rank": rank, "finding": name} for name in findings])

    def next_rank(self, at: Instant) -> int:
        """The year's next ticket number, never given out again once this transaction is committed."""
        year = datetime.fromtimestamp(at // SECOND, UTC).year
        if year not in self.last_numbers:
            counted = self.connection.execute(statements.LAST_NUMBER, {"year": year}).scalar_one_or_none()
            self.last_numbers[year] = counted or 0
        self.last_numbers[year] += 1
        self.replace(tables.counter, {"year": year, "last": self.last_numbers[year]})
        return rank_of(year, self.last_numbers[year])

    def log(self, events: Sequence[LedgerEvent], ticket: str) -> None:
        """Events get the next positions; nobody else can take one before this transaction ends."""
        if not events:
            return
        if self.last_event is None:
            self.last_event = self.connection.execute(statements.LAST_EVENT).scalar_one() or 0
        rows = [event_row(e, self.last_event + i, e.ticket or ticket) for i, e in enumerate(events, start=1)]
        self.connection.execute(statements.INSERT_EVENT, rows)
        self.last_event += len(rows)

    # -- the rest

    def quarantine(self, rejects: Iterable[Reject]) -> None:
        """Keep what could not be used; beyond the limits the oldest go."""
        keep(self.connection, rejects, self.limits)

    def save_gaps(self, losses: Losses) -> None:
        """Record gaps, and who numbers messages."""
        save(self.connection, losses)

    def install(self, facts: Iterable[Facts], since: Instant) -> None:
        """Write assets and installations."""
        install(self.connection, facts, since)

    def move_bookmark(self, reader: str, position: Position) -> None:
        """Set it."""
        self.replace(tables.bookmark, {"reader": reader, "position": position})

    def replace(self, table: Table, row: Mapping[str, Any]) -> None:
        """A row instead of the one with the same key."""
        self.connection.execute(statements.replacing(self.dialect, table.name), row)


@contextmanager
def one_open_a_key(ticket: Ticket) -> Iterator[None]:
    """Within it, the database's refusal of a second open ticket is a Conflict."""
    try:
        yield
    except IntegrityError as trouble:
        raise Conflict(f"The open ticket of {'/'.join(ticket.open_key or ())}") from trouble
