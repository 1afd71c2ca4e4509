"""What is asked of the ledger, inside a transaction or beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, select

from adapters import ledger_statements as statements
from adapters import ledger_tables as tables
from adapters.ledger_rows import finding_of, key_text, ticket_of
from domain.entries import Position
from domain.errors import Unknown
from domain.finding import Finding
from domain.ticket import OpenKey, Situation, Ticket

RECENT = 5
"""So many of an asset's last tickets go into a dossier."""
IN_ONE_QUESTION = 500
"""So many values are asked for at once."""

T = TypeVar("T")


def situation(connection: Connection, finding: Finding, around: Mapping[str, Any]) -> Situation:
    """What is known of a finding's subject, and of the key that its evidence goes to; `around`: of incidents."""
    owner = owner_of(connection, finding.id)
    found = {"finding": finding_by_id(connection, finding.id), "owner": owner}
    return about_key(connection, key_of(owner or finding), around={**around, **found}, owner=owner)


def about_key(
    connection: Connection, key: OpenKey, *, around: Mapping[str, Any], owner: Ticket | None = None
) -> Situation:
    """The situation with what is known of a key; `around` is the rest of it."""
    recent = recent_of(connection, key[0])
    return Situation(
        open_ticket=(owner if owner and owner.is_open else open_ticket(connection, key)) if recent else None,
        latest=latest_of(connection, key) if recent else None,
        recent=recent,
        **around,
    )


def key_of(subject: Finding | Ticket) -> OpenKey:
    """What it is about."""
    return (subject.asset, subject.component, subject.failure_mode)


def finding_by_id(connection: Connection, name: str) -> Finding | None:
    """A finding as it was recorded last."""
    row = connection.execute(statements.FINDING_BY_ID, {"id": name}).one_or_none()
    return None if row is None else finding_of(row)


def findings(connection: Connection, ids: Iterable[str] | None) -> Sequence[Finding]:
    """Recorded findings, all or by id, in order of first firing."""
    f = tables.finding.c
    questions = (
        [select(tables.finding)] if ids is None else [select(tables.finding).where(f.id.in_(s)) for s in some(ids)]
    )
    found = [finding_of(row) for question in questions for row in connection.execute(question)]
    return sorted(found, key=lambda finding: (finding.fired_position, finding.nth, finding.id))


def free_findings(connection: Connection, ticket: Ticket) -> Sequence[Finding]:
    """Those of a ticket's findings that no other open ticket lists."""
    t, links = tables.ticket.c, tables.ticket_finding.c
    others = select(links.finding).select_from(tables.ticket.join(tables.ticket_finding))
    others = others.where(t.open_key.is_not(None), t.number != ticket.number)
    taken = {name for ids in some(ticket.findings) for name in connection.scalars(others.where(links.finding.in_(ids)))}
    return findings(connection, [name for name in ticket.findings if name not in taken])


def positions(connection: Connection, ids: Iterable[str]) -> Mapping[str, Position]:
    """Of the findings that are recorded: the position of their recorded state."""
    f = tables.finding.c
    questions = [select(f.id, f.position).where(f.id.in_(names)) for names in some(ids)]
    return {row.id: row.position for question in questions for row in connection.execute(question)}


def owner_of(connection: Connection, finding: str) -> Ticket | None:
    """The ticket that lists the finding: the open one, else the newest."""
    return one_ticket(connection, statements.OWNER, {"finding": finding})


def open_ticket(connection: Connection, key: OpenKey) -> Ticket | None:
    """The ticket that occupies the key."""
    return one_ticket(connection, statements.OPEN_TICKET, {"open_key": key_text(key)})


def latest_of(connection: Connection, key: OpenKey) -> Ticket | None:
    """The ticket of this key that ended last."""
    return one_ticket(
        connection, statements.LATEST, dict(zip(("asset", "component", "failure_mode"), key, strict=True))
    )


def recent_of(connection: Connection, asset: str) -> Sequence[Ticket]:
    """An asset's last tickets, newest first."""
    rows = connection.execute(statements.RECENT, {"asset": asset, "most": RECENT})
    return [ticket_of(row) for row in rows]


def ticket_by_number(connection: Connection, number: str) -> Ticket:
    """One ticket. Raises Unknown."""
    found = one_ticket(connection, statements.TICKET_BY_NUMBER, {"number": number})
    if found is None:
        raise Unknown("ticket", number)
    return found


def one_ticket(connection: Connection, question: Select[Any], about: Mapping[str, Any]) -> Ticket | None:
    """The ticket that answers, if any."""
    row = connection.execute(question, about).one_or_none()
    return None if row is None else ticket_of(row)


def some(values: Iterable[T]) -> Iterator[list[T]]:
    """The values, as many at a time as fit into one question."""
    rest = list(values)
    for start in range(0, len(rest), IN_ONE_QUESTION):
        yield rest[start : start + IN_ONE_QUESTION]
