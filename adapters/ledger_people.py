"""People in the ledger, and all that routing knows of them and of the tickets they get."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, case, delete, func, or_, select

from adapters import ledger_tables
from adapters import people_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_rows import facts_of, ticket_of
from adapters.ledger_statements import INSERTS, replacing
from domain.instants import Instant
from domain.person import Assignment, Choice, Person, Record, Route, Staff, Waiting
from domain.registry import Facts
from domain.sla import Calendar
from domain.ticket import Priority, Ticket, TicketState

PERSON, SHIFT = msgspec.json.Decoder(Person), msgspec.json.Decoder(Calendar)
ROUTE, CHOICE = msgspec.json.Decoder(Route), msgspec.json.Decoder(Choice)
P, S, R, W = tables.person.c, tables.shift.c, tables.route.c, tables.waiting.c
G, F, L = tables.assignment.c, tables.first_fix.c, tables.last_given.c
T, A = ledger_tables.ticket.c, ledger_tables.asset.c

WORKED_ON = (TicketState.ASSIGNED.value, TicketState.IN_PROGRESS.value)
"""States in which a ticket counts against its owner's limit."""
UNOWNED = (TicketState.NEW.value, TicketState.TRIAGED.value)
RANK = case({priority.value: rank for rank, priority in enumerate(Priority)}, value=T.priority)
NOBODYS = or_(T.state.in_(UNOWNED), and_(T.state == TicketState.ASSIGNED.value, T.assignee == ""))
IN_TURN = select(T.number).where(NOBODYS).order_by(RANK, T.opened_at, T.number)
LOADS = select(T.assignee, func.count()).where(T.state.in_(WORKED_ON), T.assignee != "").group_by(T.assignee)


# -- people


def staff(connection: Connection) -> Staff:
    """Everybody, and the shifts."""
    people = [PERSON.decode(body) for body in connection.execute(select(P.body).order_by(P.id)).scalars()]
    shifts = [SHIFT.decode(body) for body in connection.execute(select(S.body).order_by(S.id)).scalars()]
    return Staff(people={person.id: person for person in people}, shifts={shift.id: shift for shift in shifts})


def save_staff(connection: Connection, people: Iterable[Person], shifts: Iterable[Calendar]) -> None:
    """People and shifts as they are from now on."""
    if rows := [{"id": shift.id, "body": said(shift)} for shift in shifts]:
        connection.execute(replacing(connection.dialect.name, "shift"), rows)
    if rows := [{"id": person.id, "team": person.team, "body": said(person)} for person in people]:
        connection.execute(replacing(connection.dialect.name, "person"), rows)


def loads(connection: Connection) -> Mapping[str, int]:
    """Tickets that people work on, by person."""
    return {row[0]: row[1] for row in connection.execute(LOADS)}


def last_given(connection: Connection) -> Mapping[str, Instant]:
    """When people got a ticket last."""
    return {row.person: row.at for row in connection.execute(select(L.person, L.at))}


def save_last_given(connection: Connection, at: Instant, people: Iterable[str]) -> None:
    """They got one."""
    if rows := [{"person": name, "at": at} for name in dict.fromkeys(people)]:
        connection.execute(replacing(connection.dialect.name, "last_given"), rows)


# -- first-time fixes


def records(connection: Connection) -> Mapping[tuple[str, str], Record]:
    """First-time fixes by person and failure mode."""
    return {
        (row.person, row.failure_mode): Record(row.tried, row.fixed)
        for row in connection.execute(select(tables.first_fix))
    }


def add_records(connection: Connection, grown: Mapping[tuple[str, str], Record]) -> None:
    """Records grow by so much."""
    rows = [
        {"person": person, "failure_mode": mode, "tried": record.tried, "fixed": record.fixed}
        for (person, mode), record in grown.items()
        if record != Record()
    ]
    if rows:
        added: Any = INSERTS[connection.dialect.name](tables.first_fix)
        sums = {"tried": F.tried + added.excluded.tried, "fixed": F.fixed + added.excluded.fixed}
        keys = list(tables.first_fix.primary_key)
        connection.execute(added.on_conflict_do_update(index_elements=keys, set_=sums), rows)


# -- routes and who waits


def routes_of(connection: Connection, tickets: Iterable[str]) -> dict[str, Route]:
    """Routes of tickets by number; a ticket that had no owner yet has an empty one."""
    found: dict[str, Route] = {}
    for numbers in some(tickets):
        found |= {number: Route(ticket=number) for number in numbers}
        for body in connection.execute(select(R.body).where(R.ticket.in_(numbers))).scalars():
            route = ROUTE.decode(body)
            found[route.ticket] = route
    return found


def save_routes(connection: Connection, routes: Iterable[Route]) -> None:
    """Keep how routes stand now."""
    if rows := [{"ticket": route.ticket, "body": said(route)} for route in routes]:
        connection.execute(replacing(connection.dialect.name, "route"), rows)


def in_turn(connection: Connection) -> Sequence[str]:
    """The numbers of tickets that nobody works on, the most urgent first, then the oldest."""
    return list(connection.execute(IN_TURN).scalars())


def tickets(connection: Connection, numbers: Iterable[str]) -> Sequence[Ticket]:
    """The tickets with these numbers."""
    question = select(ledger_tables.ticket)
    return [
        ticket_of(row) for asked in some(numbers) for row in connection.execute(question.where(T.number.in_(asked)))
    ]


def facts(connection: Connection, assets: Iterable[str]) -> Mapping[str, Facts]:
    """What is known of assets last."""
    found: dict[str, Facts] = {}
    for names in some(dict.fromkeys(assets)):
        rows: Any = connection.execute(select(A.asset, A.facts).where(A.asset.in_(names)))
        found |= {row.asset: facts_of(row) for row in rows}
    return found


def waiting(connection: Connection, tickets: Iterable[str]) -> Mapping[str, Waiting]:
    """Those of the tickets that wait for somebody."""
    found = {}
    for numbers in some(tickets):
        for row in connection.execute(select(tables.waiting).where(W.ticket.in_(numbers))):
            found[row.ticket] = waiting_of(row)
    return found


def all_waiting(connection: Connection, most: int) -> Sequence[Waiting]:
    """Tickets that nobody has, in turn."""
    question = (
        select(tables.waiting)
        .select_from(tables.waiting.join(ledger_tables.ticket, W.ticket == T.number))
        .where(NOBODYS)
        .order_by(RANK, T.opened_at, T.number)
        .limit(most)
    )
    return [waiting_of(row) for row in connection.execute(question)]


def waiting_of(row: Any) -> Waiting:
    """Who waits, of a row."""
    excluded = msgspec.json.decode(row.excluded)
    return Waiting(ticket=row.ticket, since=row.since, reason=row.reason, excluded=excluded)


def save_waiting(connection: Connection, waits: Iterable[Waiting], over: Iterable[str]) -> None:
    """Who waits now, and who does not any more."""
    rows = [
        {"ticket": wait.ticket, "since": wait.since, "reason": wait.reason, "excluded": said(wait.excluded)}
        for wait in waits
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, "waiting"), rows)
    if gone := [{"gone": number} for number in over]:
        connection.execute(delete(tables.waiting).where(W.ticket == bindparam("gone")), gone)


# -- assignments


def add_assignments(connection: Connection, at: Instant, choices: Sequence[Choice]) -> None:
    """Choices that were made, with their tables."""
    if not choices:
        return
    last = connection.execute(select(func.max(G.place))).scalar_one() or 0
    rows = [
        {"place": last + nth, "ticket": choice.ticket, "person": choice.chosen, "at": at, "body": said(choice)}
        for nth, choice in enumerate(choices, 1)
    ]
    connection.execute(tables.assignment.insert(), rows)


def assignments(connection: Connection, ticket: str) -> Sequence[Assignment]:
    """How a ticket came to its owners, oldest first."""
    question = select(G.at, G.body).where(G.ticket == ticket).order_by(G.place)
    return [Assignment(at=row.at, choice=CHOICE.decode(row.body)) for row in connection.execute(question)]


def said(value: Any) -> str:
    """A value as it is kept."""
    return msgspec.json.encode(value).decode()
