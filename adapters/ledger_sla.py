"""SLA clocks and notices in the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from adapters import desk_tables as tables
from adapters import ledger_tables
from adapters.ledger_questions import some
from adapters.ledger_rows import ticket_of
from adapters.ledger_statements import adding, replacing
from domain.instants import Instant
from domain.sla import Clock, ClockKind, Notice, SlaBook
from domain.ticket import Ticket

BOOK, REACHED = "promises", "promises_reached"
WAITING, SENT, PARKED = "waiting", "sent", "parked"
CLOCK = msgspec.json.Decoder(Clock)
C, N, T, M = tables.clock.c, tables.notice.c, ledger_tables.ticket.c, ledger_tables.meta.c

DUE = select(C.ticket).where(C.next_at <= bindparam("now")).order_by(C.next_at).limit(bindparam("most"))
OVERDUE = select(func.count()).where(C.next_at <= bindparam("before"))


def clocks_of(connection: Connection, tickets: Iterable[str]) -> dict[str, list[Clock]]:
    """The clocks of tickets by number, in order of their start."""
    found: dict[str, list[Clock]] = {}
    for numbers in some(tickets):
        for body in connection.execute(select(C.body).where(C.ticket.in_(numbers))).scalars():
            clock = CLOCK.decode(body)
            found.setdefault(clock.ticket, []).append(clock)
    return {number: sorted(clocks, key=place_of) for number, clocks in found.items()}


def place_of(clock: Clock) -> tuple[str, bool]:
    """The order in which a ticket's clocks stand: its response, its resolution, then those of reports."""
    return (clock.report, clock.kind is ClockKind.RESOLUTION)


def running(connection: Connection) -> set[str]:
    """Tickets with a clock that has not stopped."""
    return set(connection.execute(select(C.ticket).where(C.is_over.is_(False))).scalars())


def save_clocks(connection: Connection, clocks: Iterable[Clock]) -> None:
    """Keep how clocks stand now."""
    if rows := [clock_row(clock) for clock in clocks]:
        connection.execute(replacing(connection.dialect.name, "sla_clock"), rows)


def clock_row(clock: Clock) -> dict[str, Any]:
    """The columns of a clock."""
    return {
        "ticket": clock.ticket,
        "kind": clock.kind.value,
        "report": clock.report,
        "next_at": clock.next_at,
        "due_at": clock.due_at,
        "is_over": clock.stopped_at is not None,
        "body": msgspec.json.encode(clock).decode(),
    }


def is_due(connection: Connection, now: Instant) -> bool:
    """At some clock something is due."""
    return connection.execute(DUE, {"now": now, "most": 1}).first() is not None


def tickets_due(connection: Connection, now: Instant, most: int) -> Sequence[Ticket]:
    """Tickets with one of so many clocks at which something is due, the longest due first."""
    numbers = list(dict.fromkeys(connection.execute(DUE, {"now": now, "most": most}).scalars()))
    found = {}
    for asked in some(numbers):
        for row in connection.execute(select(ledger_tables.ticket).where(T.number.in_(asked))):
            found[row.number] = ticket_of(row)
    return [found[number] for number in numbers if number in found]


def overdue_steps(connection: Connection, before: Instant) -> int:
    """How many clocks have a step that was due before an instant and was not taken."""
    return connection.execute(OVERDUE, {"before": before}).scalar_one()


def next_due(connection: Connection, most: int) -> Sequence[Clock]:
    """Running clocks, the next to break first."""
    question = (
        select(C.body).where(C.is_over.is_(False), C.due_at.is_not(None)).order_by(C.due_at, C.ticket).limit(most)
    )
    return [CLOCK.decode(body) for body in connection.execute(question).scalars()]


def add_notices(connection: Connection, notices: Sequence[Notice]) -> None:
    """Notices that are to be sent; one that is known by its id is none."""
    if not notices:
        return
    last = connection.execute(select(func.max(N.place))).scalar_one() or 0
    rows = [notice_row(notice) | {"place": last + nth} for nth, notice in enumerate(notices, 1)]
    connection.execute(adding(connection.dialect.name, "notice"), rows)


def notice_row(notice: Notice) -> dict[str, Any]:
    """The columns of a notice that nobody has tried to send."""
    return {
        "id": notice.id,
        "at": notice.at,
        "channel": notice.channel,
        "to": notice.to,
        "ticket": notice.ticket,
        "subject": msgspec.json.encode(notice.subject).decode(),
        "body": msgspec.json.encode(notice.body).decode(),
        "is_late": notice.is_late,
        "state": WAITING,
        "tries": 0,
        "next_try_at": notice.at,
        "said": "",
    }


# -- the book in force


def book_in_force(connection: Connection) -> SlaBook | None:
    """The book by which the clocks run; None before the first."""
    said = connection.execute(select(M.value).where(M.name == BOOK)).scalar_one_or_none()
    return None if said is None else msgspec.json.decode(said, type=SlaBook)


def keep_book(connection: Connection, book: SlaBook) -> None:
    """The clocks run by it from now on."""
    value = msgspec.json.encode(book).decode()
    connection.execute(replacing(connection.dialect.name, "meta"), {"name": BOOK, "value": value})


def reached(connection: Connection) -> str:
    """The last ticket whose clocks have gone over to the next book; empty while none goes over."""
    return connection.execute(select(M.value).where(M.name == REACHED)).scalar_one_or_none() or ""


def keep_reached(connection: Connection, ticket: str) -> None:
    """So far have the clocks gone over."""
    connection.execute(replacing(connection.dialect.name, "meta"), {"name": REACHED, "value": ticket})


def book_said(book: SlaBook) -> Mapping[str, Any]:
    """A book as the event log keeps it."""
    return dict(msgspec.to_builtins(book))


def book_of(said: Mapping[str, Any]) -> SlaBook:
    """The book that a line of the log holds."""
    return msgspec.convert(said, SlaBook)
