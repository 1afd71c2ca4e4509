"""Incidents out of the ledger for people to page through: newest first, their members, and how they spread."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select, tuple_

from adapters import ledger_tables as tables
from adapters.ledger_incidents import incident as one_incident
from adapters.ledger_rows import incident_of
from adapters.ledger_sql import SqlLedger
from domain.incident import Incident, Member
from domain.instants import MINUTE, Duration, Instant
from domain.ticket import Ticket

I, M, H, T = tables.incident.c, tables.incident_member.c, tables.hold.c, tables.ticket.c  # noqa: E741
POINTS = 60
"""A spread curve has about so many points at most."""


class Begun(NamedTuple):
    """The place of an incident in the order of their beginning."""

    opened_at: Instant
    id: str


class Sized(NamedTuple):
    """An incident, and how many have been and are its members."""

    incident: Incident
    members: int
    present: int


class Part(NamedTuple):
    """A member, and the open ticket that it has of its own; empty = none."""

    member: Member
    ticket: str


class Spread(NamedTuple):
    """How many had become members, and how many had left, by an instant."""

    at: Instant
    joined: int
    left: int


def incidents(
    ledger: SqlLedger, *, states: Collection[str] = (), before: Begun | None = None, most: int
) -> Sequence[Sized]:
    """Incidents, begun last first, those before a place only."""
    place = (I.opened_at, I.id)
    question = select(tables.incident).order_by(*(column.desc() for column in place)).limit(most)
    if states:
        question = question.where(I.state.in_(sorted(set(states))))
    if before is not None:
        question = question.where(tuple_(*place) < tuple_(*before))
    with ledger.reading() as connection:
        found = [incident_of(row) for row in connection.execute(question)]
    sizes = sizes_of(ledger, [incident.id for incident in found])
    return [Sized(incident, *sizes.get(incident.id, (0, 0))) for incident in found]


def incident(ledger: SqlLedger, name: str) -> Sized:
    """One incident. Raises Unknown."""
    with ledger.reading() as connection:
        found = one_incident(connection, name)
    return Sized(found, *sizes_of(ledger, [name]).get(name, (0, 0)))


def sizes_of(ledger: SqlLedger, names: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """How many have been and are members, by incident."""
    question = select(M.incident, func.count(), func.count(M.left_at)).where(M.incident.in_(names)).group_by(M.incident)
    with ledger.reading() as connection:
        return {name: (every, every - gone) for name, every, gone in connection.execute(question)}


def members(ledger: SqlLedger, name: str, *, after: str = "", most: int) -> Sequence[Part]:
    """Who has been a member, in order of name, those after a name only."""
    mode = select(I.failure_mode).where(I.id == name).scalar_subquery()
    own = and_(T.asset == M.asset, T.failure_mode == mode, T.open_key.is_not(None))
    question = (
        select(tables.incident_member, func.min(T.number).label("own"))
        .select_from(tables.incident_member.outerjoin(tables.ticket, own))
        .where(M.incident == name, M.asset > after)
        .group_by(*tables.incident_member.c)
        .order_by(M.asset)
        .limit(most)
    )
    with ledger.reading() as connection:
        rows = connection.execute(question).all()
    return [part_of(row) for row in rows]


def part_of(row: Row[Any]) -> Part:
    """A member with its own ticket."""
    member = Member(incident=row.incident, asset=row.asset, joined_at=row.joined_at, left_at=row.left_at, why=row.why)
    return Part(member, row.own or "")


def spread(ledger: SqlLedger, name: str) -> Sequence[Spread]:
    """How the incident spread: by minute, or by as many minutes as make about sixty points."""
    with ledger.reading() as connection:
        reach = select(func.min(M.joined_at), func.max(M.joined_at), func.max(M.left_at)).where(M.incident == name)
        first, last, over = connection.execute(reach).one()
        if first is None:
            return []
        step = step_for(max(last, over or last) - first)
        counted = [pairs(connection, in_steps(name, column, step)) for column in (M.joined_at, M.left_at)]
    came, went = counted
    curve, joined, left = [], 0, 0
    for at in sorted(came.keys() | went.keys()):
        joined, left = joined + came.get(at, 0), left + went.get(at, 0)
        curve.append(Spread((at + 1) * step, joined, left))
    return curve


def step_for(reach: Duration) -> Duration:
    """A whole number of minutes."""
    return max(1, -(-reach // (POINTS * MINUTE))) * MINUTE


def in_steps(name: str, column: ColumnElement[Any], step: Duration) -> Select[Any]:
    """How many members an instant of theirs lies in each step."""
    nth = column // step
    return select(nth, func.count()).where(M.incident == name, column.is_not(None)).group_by(nth)


def held(ledger: SqlLedger) -> Mapping[str, int]:
    """How many findings each suppression, incident or parent's finding holds back, by its id."""
    question = select(H.by, func.count()).group_by(H.by)
    with ledger.reading() as connection:
        return pairs(connection, question)


def incidents_of(ledger: SqlLedger, tickets: Iterable[Ticket]) -> Mapping[str, str]:
    """The newest incident that each ticket stands for or is linked to, by the ticket's number."""
    asked = {ticket.number: (ticket.number, ticket.linked_to) for ticket in tickets}
    numbers = {number for pair in asked.values() for number in pair if number}
    question = select(I.ticket, I.id).where(I.ticket.in_(sorted(numbers))).order_by(I.opened_at)
    with ledger.reading() as connection:
        known = pairs(connection, question) if numbers else {}
    found = {number: next((known[n] for n in pair if n in known), "") for number, pair in asked.items()}
    return {number: name for number, name in found.items() if name}


def pairs(connection: Connection, question: Select[Any]) -> dict[Any, Any]:
    """The second column by the first."""
    return {row[0]: row[1] for row in connection.execute(question)}
