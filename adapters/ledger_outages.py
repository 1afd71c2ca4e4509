"""What the ledger knows of failures: assets as long as they were in service, their tickets, and how these went."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from adapters import ledger_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_rows import event_of, facts_of, ticket_of
from domain.finding import Severity
from domain.instants import Instant
from domain.registry import Facts
from domain.ticket import LedgerEvent, Ticket

A, I, T, E = tables.asset.c, tables.installation.c, tables.ticket.c, tables.event.c  # noqa: E741


class Known(NamedTuple):
    """An asset, when it was registered first, and when the registry said the last thing of it."""

    facts: Facts
    since: Instant
    changed_at: Instant


def assets(connection: Connection) -> list[Known]:
    """All of them that somebody registered, by name."""
    spans = select(I.asset, func.min(I.since).label("since"), func.max(I.since).label("changed_at"))
    joined = spans.group_by(I.asset).subquery()
    asked = select(A.facts, joined.c.since, joined.c.changed_at).select_from(
        tables.asset.join(joined, joined.c.asset == A.asset)
    )
    found = [Known(facts_of(row), row.since, row.changed_at) for row in connection.execute(asked.order_by(A.asset))]
    return [each for each in found if each.facts.claimed]


def tickets_of(
    connection: Connection,
    assets: Iterable[str],
    severities: Collection[Severity],
    between: tuple[Instant, Instant],
) -> list[Ticket]:
    """Tickets of some assets and severities that were open within a span, oldest first."""
    since, until = between
    is_within = and_(T.fault_at < until, or_(T.closed_at.is_(None), T.closed_at > since))
    found: list[Ticket] = []
    for names in some(assets):
        asked = select(tables.ticket).where(
            T.asset.in_(names), T.severity.in_([each.value for each in severities]), is_within
        )
        found += [ticket_of(row) for row in connection.execute(asked.order_by(T.rank))]
    return found


def lines_of(connection: Connection, tickets: Sequence[Ticket], kinds: Collection[str]) -> dict[str, list[LedgerEvent]]:
    """The lines of some kinds about each ticket, in order."""
    found: dict[str, list[LedgerEvent]] = {ticket.number: [] for ticket in tickets}
    for numbers in some(found):
        asked = select(tables.event).where(E.ticket.in_(numbers), E.kind.in_(sorted(kinds))).order_by(E.position)
        for row in connection.execute(asked):
            found[row.ticket].append(event_of(row))
    return found
