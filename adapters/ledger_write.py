"""One all-or-nothing change of the ledger, made under the writers' lock."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, delete
from sqlalchemy.exc import IntegrityError

from adapters import ledger_incidents as incidents
from adapters import ledger_statements as statements
from adapters import ledger_tables as tables
from adapters.ledger_asked import SqlQuestions
from adapters.ledger_assets import install
from adapters.ledger_gaps import save
from adapters.ledger_quarantine import keep
from adapters.ledger_rows import event_row, finding_row, number_of, pinned_row, rank_of, ticket_row
from domain.batch import Reject
from domain.entries import Position
from domain.errors import Conflict, Unknown
from domain.finding import Finding
from domain.gap import Losses
from domain.instants import SECOND, Instant
from domain.registry import Facts
from domain.ticket import NEW, LedgerEvent, Pinned, Response, Ticket


class SqlTransaction(SqlQuestions):
    """What `SqlLedger.begin` yields; `domain.ports.Transaction` says what each method promises."""

    # -- findings

    def save_finding(self, finding: Finding, pinned: Iterable[Pinned]) -> None:
        """Record the finding unless a later state of it is recorded; pin what is not pinned yet."""
        row, pins = finding_row(finding), [pinned_row(pin) for pin in pinned]
        if self.ahead is not None and finding.id in self.ahead.strangers:
            self.ahead.strangers.remove(finding.id)
            self.ahead.findings.append(row)
            self.ahead.pinned += pins
            return
        self.connection.execute(statements.saving_finding(self.dialect), row)
        self.add(tables.pinned, pins)

    def pin_texts(self, texts: Mapping[str, bytes]) -> None:
        """Keep texts by name; one that is there already stays."""
        if not (new := [name for name in texts if name not in self.pinned_texts]):
            return
        known = set(self.direct.execute(statements.KNOWN_TEXTS, {"names": new}).scalars())
        if rows := [{"name": name, "body": texts[name]} for name in new if name not in known]:
            self.direct.execute(statements.adding(self.dialect, "pinned_text"), rows)
        self.pinned_texts.update(new)

    def add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows whose keys are not there yet."""
        if rows:
            self.connection.execute(statements.adding(self.dialect, table.name), rows)

    # -- tickets and events

    def record(self, response: Response) -> Sequence[Ticket]:
        """Write tickets, then events. Raises Conflict when two open tickets would share a key."""
        written: list[Ticket] = []
        number = ""
        for ticket in response.tickets:
            written.append(self.write(with_number(ticket, number)) if ticket.number else self.open(ticket))
            number = number or ("" if ticket.number else written[-1].number)
        self.log(response.events, number, written[0].number if written else "")
        self.about_incidents(response, number)
        return written

    def about_incidents(self, response: Response, number: str) -> None:
        """What a response says of incidents; `number` is that of its new ticket."""
        if not any((response.incidents, response.members, response.ended, response.holds, response.freed)):
            return
        if self.ahead is not None:
            self.ahead.calm.difference_update(incident.failure_mode for incident in response.incidents)
            self.ahead.strangers.difference_update(incident.id for incident in response.incidents)
        incidents.record(self.connection, response, number)

    def open(self, ticket: Ticket) -> Ticket:
        """A new ticket gets the year's next number."""
        rank = self.next_rank(ticket.opened_at)
        numbered = replace(ticket, number=number_of(rank))
        row = ticket_row(numbered) | {"rank": rank}
        if self.ahead is not None and ticket.asset in self.ahead.bare:
            self.ahead.bare.remove(ticket.asset)
            self.ahead.waiting.add(ticket.asset)
            self.ahead.tickets.append(row)
        else:
            self.note(ticket)
            with one_open_a_key(ticket):
                self.direct.execute(statements.INSERT_TICKET, row)
        self.list_findings(rank, ticket.findings)
        return numbered

    def write(self, ticket: Ticket) -> Ticket:
        """A known ticket as it stands now. Raises Unknown, and Conflict when a newer revision is recorded."""
        row = self.connection.execute(statements.TICKET_AS_RECORDED, {"number": ticket.number}).one_or_none()
        if row is None:
            raise Unknown("ticket", ticket.number)
        if row.revision > ticket.revision:
            raise Conflict(f"Ticket {ticket.number}")
        self.note(ticket)
        with one_open_a_key(ticket):
            self.connection.execute(statements.UPDATE_TICKET, ticket_row(ticket) | {"its_rank": row.rank})
        self.relist_findings(row.rank, json.loads(row.findings), ticket.findings)
        return ticket

    def note(self, ticket: Ticket) -> None:
        """Its asset has a ticket now; one of the same asset that waits is written before it."""
        if self.ahead is not None:
            self.ahead.bare.discard(ticket.asset)
            if ticket.asset in self.ahead.waiting:
                self.settle()

    def relist_findings(self, rank: int, before: Sequence[str], now: Sequence[str]) -> None:
        """Which findings a ticket lists now."""
        links = tables.ticket_finding
        for gone in set(before).difference(now):
            self.connection.execute(delete(links).where(links.c.rank == rank, links.c.finding == gone))
        self.list_findings(rank, [name for name in now if name not in before])

    def list_findings(self, rank: int, findings: Sequence[str]) -> None:
        """Findings that a ticket lists from now on."""
        rows = [{"rank": rank, "finding": name} for name in findings]
        if self.ahead is None:
            self.add(tables.ticket_finding, rows)
            return
        self.ahead.strangers.difference_update(findings)
        self.ahead.links += rows

    def next_rank(self, at: Instant) -> int:
        """The year's next ticket number, never given out again once this transaction is committed."""
        year = datetime.fromtimestamp(at // SECOND, UTC).year
        if year not in self.last_numbers:
            counted = self.direct.execute(statements.LAST_NUMBER, {"year": year}).scalar_one_or_none()
            self.last_numbers[year] = counted or 0
        self.last_numbers[year] += 1
        if self.ahead is None:
            self.replace(tables.counter, {"year": year, "last": self.last_numbers[year]})
        else:
            self.ahead.counters[year] = self.last_numbers[year]
        return rank_of(year, self.last_numbers[year])

    def log(self, events: Sequence[LedgerEvent], new: str, first: str) -> None:
        """Events get the next positions; nobody else can take one before this transaction ends."""
        if not events:
            return
        if self.last_event is None:
            self.last_event = self.direct.execute(statements.LAST_EVENT).scalar_one() or 0
        rows = [
            event_row(said_of(event, new), self.last_event + i, event.ticket or new or first)
            for i, event in enumerate(events, start=1)
        ]
        if self.ahead is None:
            self.direct.execute(statements.INSERT_EVENT, rows)
        else:
            self.ahead.events += rows
        self.last_event += len(rows)

    def free_rule(self, rule: str, version: str) -> None:
        """Nothing that the rule version found is held back for later any more."""
        incidents.free_rule(self.connection, rule, version)

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


def with_number(ticket: Ticket, number: str) -> Ticket:
    """The ticket, linked to the response's new one where it says so."""
    return replace(ticket, linked_to=number) if ticket.linked_to == NEW else ticket


def said_of(event: LedgerEvent, number: str) -> LedgerEvent:
    """The event, which names the response's new ticket where it means it."""
    if event.details.get("to") != NEW:
        return event
    return replace(event, details={**event.details, "to": number})


@contextmanager
def one_open_a_key(ticket: Ticket) -> Iterator[None]:
    """Within it, the database's refusal of a second open ticket is a Conflict."""
    try:
        yield
    except IntegrityError as trouble:
        raise Conflict(f"The open ticket of {'/'.join(ticket.open_key or ())}") from trouble
