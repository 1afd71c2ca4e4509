"""Lists out of the ledger for people to page through: each starts after a cursor and ends at a limit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, tuple_, union_all

from adapters import ledger_tables as tables
from adapters.ledger_rows import (
    RANKS_A_YEAR,
    event_of,
    finding_of,
    pinned_of,
    rank_of,
    reject_of,
    ticket_of,
)
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.batch import Reject
from domain.finding import Finding
from domain.ticket import ENDED, LedgerEvent, Pinned, Priority, Ticket, TicketState

OPEN_STATES = frozenset(TicketState) - ENDED


class Fired(NamedTuple):
    """The place of a finding in the order of first firing."""

    position: int
    nth: int
    id: str


class Kept(NamedTuple):
    """The place of a pinned message among those of a ticket or finding."""

    position: int
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsWanted:
    """Which tickets are asked for; what is empty does not matter."""

    states: Collection[str] = ()
    priorities: Collection[str] = ()
    asset: str = ""
    failure_mode: str = ""
    is_open: bool | None = None

    def possible_states(self) -> list[str]:
        """The states asked for; empty = any."""
        if self.is_open is None:
            return sorted(set(self.states))
        possible = OPEN_STATES if self.is_open else ENDED
        return sorted(possible.intersection(self.states or possible)) or ["none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsWanted:
    """Which findings are asked for; what is empty does not matter."""

    states: Collection[str] = ()
    rule: str = ""
    asset: str = ""
    ticket: str = ""


def tickets(ledger: SqlLedger, wanted: TicketsWanted, *, before: str = "", most: int) -> Sequence[Ticket]:
    """Tickets by number, newest first, those before a number only."""
    t = tables.ticket.c
    rest = [t.failure_mode == wanted.failure_mode] if wanted.failure_mode else []
    rest += [t.rank < rank_before(before)] if before else []
    firsts = [
        select(t.rank).where(*lane, *rest).order_by(t.rank.desc()).limit(most).subquery() for lane in lanes(wanted)
    ]
    found = union_all(*(select(first.c.rank) for first in firsts)).subquery()
    question = select(tables.ticket).where(t.rank.in_(select(found.c.rank))).order_by(t.rank.desc()).limit(most)
    with ledger.reading() as connection:
        return [ticket_of(row) for row in connection.execute(question)]


def lanes(wanted: TicketsWanted) -> list[list[ColumnElement[bool]]]:
    """Conditions of which each ticket wanted meets exactly one, and whose tickets lie in order in some index.

    So a lane is read from its newest on and left after a page, however many tickets there are.
    """
    t = tables.ticket.c
    states, priorities = wanted.possible_states(), sorted(set(wanted.priorities))
    if wanted.asset:
        either = [column.in_(values) for column, values in ((t.state, states), (t.priority, priorities)) if values]
        return [[t.asset == wanted.asset, *either]]
    if not (states or priorities or wanted.failure_mode):
        return [[]]
    return [
        [t.state == state, t.priority == priority]
        for state in states or sorted(TicketState)
        for priority in priorities or sorted(Priority)
    ]


def rank_before(number: str) -> int:
    """The rank of a ticket's number, whether there is such a ticket or not."""
    _, year, nth = number.split("-")
    return rank_of(int(year), min(int(nth), RANKS_A_YEAR - 1))


def timeline(ledger: SqlLedger, number: str, *, after: int = 0, most: int) -> Sequence[LedgerEvent]:
    """A ticket's lines of the event log, in order, those after a position only."""
    e = tables.event.c
    question = select(tables.event).where(e.ticket == number, e.position > after).order_by(e.position).limit(most)
    with ledger.reading() as connection:
        return [event_of(row) for row in connection.execute(question)]


def last_event(ledger: SqlLedger) -> int:
    """The position of the event log's last line; 0 when empty."""
    with ledger.reading() as connection:
        return int(connection.execute(select(func.max(tables.event.c.position))).scalar_one() or 0)


def events_with_key(transaction: SqlTransaction, number: str, key: str) -> Sequence[LedgerEvent]:
    """The lines that a request with this idempotency key wrote about a ticket and with it about others; in order."""
    e = tables.event.c
    asked = select(tables.event).where(e.ticket == number, e.actor != "desk").order_by(e.position)
    mine = [event for row in transaction.connection.execute(asked) if bears(event := event_of(row), key)]
    if not mine:
        return []
    beside = select(tables.event).where(e.position >= mine[0].position).order_by(e.position).limit(len(mine) + 20)
    return [event for row in transaction.connection.execute(beside) if bears(event := event_of(row), key)]


def bears(event: LedgerEvent, key: str) -> bool:
    """The line was written by a request with this key."""
    return bool(event.details.get("idempotency_key") == key)


def findings(ledger: SqlLedger, wanted: FindingsWanted, *, before: Fired | None = None, most: int) -> Sequence[Finding]:
    """Findings by first firing, newest first, those before a place only."""
    f = tables.finding.c
    place = (f.fired_position, f.nth, f.id)
    question = select(tables.finding).order_by(*(column.desc() for column in place)).limit(most)
    if wanted.states:
        question = question.where(f.state.in_(sorted(set(wanted.states))))
    for column, value in ((f.rule, wanted.rule), (f.asset, wanted.asset)):
        question = question.where(column == value) if value else question
    if wanted.ticket:
        question = question.where(f.id.in_(listed_by(wanted.ticket)))
    if before is not None:
        question = question.where(tuple_(*place) < tuple_(*before))
    with ledger.reading() as connection:
        return [finding_of(row) for row in connection.execute(question)]


def listed_by(number: str) -> Select[Any]:
    """The ids of the findings that a ticket lists."""
    links = tables.ticket_finding.c
    return select(links.finding).where(links.rank == rank_before(number))


def messages_of_ticket(ledger: SqlLedger, number: str, *, after: Kept | None = None, most: int) -> Sequence[Pinned]:
    """The raw messages pinned with a ticket's findings, in journal order, those after a place only."""
    return messages(ledger, tables.pinned.c.finding.in_(listed_by(number)), after, most)


def messages_of_finding(ledger: SqlLedger, finding: str, *, after: Kept | None = None, most: int) -> Sequence[Pinned]:
    """The raw messages pinned with a finding, in journal order, those after a place only."""
    return messages(ledger, tables.pinned.c.finding == finding, after, most)


def messages(ledger: SqlLedger, whose: ColumnElement[bool], after: Kept | None, most: int) -> Sequence[Pinned]:
    """Pinned messages, in journal order."""
    p = tables.pinned.c
    question = select(tables.pinned).where(whose).order_by(p.position, p.finding).limit(most)
    if after is not None:
        question = question.where(tuple_(p.position, p.finding) > tuple_(*after))
    with ledger.reading() as connection:
        return [pinned_of(row) for row in connection.execute(question)]


def quarantined(ledger: SqlLedger, reason: str = "", *, before: int | None = None, most: int) -> Sequence[Reject]:
    """Messages in quarantine, newest first, those before a position only."""
    q = tables.quarantine.c
    question = select(tables.quarantine).order_by(q.position.desc()).limit(most)
    if reason:
        question = question.where(q.reason == reason)
    if before is not None:
        question = question.where(q.position < before)
    with ledger.reading() as connection:
        return [reject_of(row) for row in connection.execute(question)]
