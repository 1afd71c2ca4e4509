"""How far a trouble reaches: members of incidents, and devices behind a gateway."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, String, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from adapters import ledger_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_rows import ticket_of
from domain.ticket import Ticket


def members_by_ticket(connection: Connection) -> Mapping[str, int]:
    """How many members each open incident has now, by its ticket."""
    i, m = tables.incident.c, tables.incident_member.c
    joined = tables.incident.outerjoin(tables.incident_member, (m.incident == i.id) & m.left_at.is_(None))
    question = select(i.ticket, func.count(m.asset)).select_from(joined).where(i.state == "open").group_by(i.ticket)
    return {ticket: int(many) for ticket, many in connection.execute(question)}


def children_by_parent(connection: Connection) -> Mapping[str, int]:
    """How many assets stand behind each parent."""
    facts = tables.asset.c.facts
    if connection.dialect.name == "postgresql":
        parent = cast(cast(facts, Text), JSONB)["parent"].astext
    else:
        parent = func.json_extract(cast(facts, String), "$.parent")
    question = select(parent, func.count()).where(parent != "").group_by(parent)
    return {str(name): int(many) for name, many in connection.execute(question)}


def tickets(connection: Connection, numbers: Iterable[str]) -> Sequence[Ticket]:
    """Those tickets, in order of number."""
    t, found = tables.ticket.c, []
    for asked in some(numbers):
        found += [ticket_of(row) for row in connection.execute(select(tables.ticket).where(t.number.in_(asked)))]
    return sorted(found, key=lambda ticket: ticket.number)
