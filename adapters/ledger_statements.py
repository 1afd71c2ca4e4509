"""The ledger's frequent statements, made once: making one costs more than running it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, case, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.ledger_tables import (
    bookmark,
    counter,
    event,
    finding,
    gap,
    incident_member,
    metadata,
    pinned_text,
    ticket,
    ticket_finding,
)

INSERTS: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""What each engine calls an insert that knows what to do with a row that is there already."""

FINDING_BY_ID = select(finding).where(finding.c.id == bindparam("id"))
OWNER = (
    select(ticket)
    .select_from(ticket.join(ticket_finding))
    .where(ticket_finding.c.finding == bindparam("finding"))
    .order_by(ticket.c.open_key.is_(None), ticket.c.rank.desc())
    .limit(1)
)
OPEN_TICKET = select(ticket).where(ticket.c.open_key == bindparam("open_key"))
LATEST = (
    select(ticket)
    .where(
        ticket.c.asset == bindparam("asset"),
        ticket.c.component == bindparam("component"),
        ticket.c.failure_mode == bindparam("failure_mode"),
        ticket.c.closed_at.is_not(None),
    )
    .order_by(ticket.c.closed_at.desc(), ticket.c.rank.desc())
    .limit(1)
)
RECENT = (
    select(ticket).where(ticket.c.asset == bindparam("asset")).order_by(ticket.c.rank.desc()).limit(bindparam("most"))
)
TICKET_BY_NUMBER = select(ticket).where(ticket.c.number == bindparam("number"))
TICKET_AS_RECORDED = select(ticket.c.rank, ticket.c.revision, ticket.c.findings).where(
    ticket.c.number == bindparam("number")
)
UPDATE_TICKET = update(ticket).where(ticket.c.rank == bindparam("its_rank"))
INSERT_TICKET = insert(ticket)
INSERT_EVENT = insert(event)
LAST_EVENT = select(func.max(event.c.position))
LAST_NUMBER = select(counter.c.last).where(counter.c.year == bindparam("year"))
BOOKMARK = select(bookmark.c.position).where(bookmark.c.reader == bindparam("reader"))
KNOWN_TEXTS = select(pinned_text.c.name).where(pinned_text.c.name.in_(bindparam("names", expanding=True)))


@cache
def replacing(dialect: str, table: str) -> Any:
    """An insert that replaces the row of the same key."""
    rows = metadata.tables[table]
    added = INSERTS[dialect](rows)
    rest = {column.name: added.excluded[column.name] for column in rows.columns if not column.primary_key}
    return added.on_conflict_do_update(index_elements=list(rows.primary_key), set_=rest)


@cache
def adding(dialect: str, table: str) -> Any:
    """An insert that leaves a row of the same key as it is."""
    return INSERTS[dialect](metadata.tables[table]).on_conflict_do_nothing()


@cache
def saving_finding(dialect: str) -> Any:
    """An insert that replaces an earlier state of the finding; keeps `sources`, and `before` where the new has none."""
    added = INSERTS[dialect](finding)
    new, known = added.excluded, finding.c
    changed = {column.name: new[column.name] for column in known if column.name not in ("id", "before", "sources")}
    changed["before"] = case((new.before == b"", known.before), else_=new.before)
    return added.on_conflict_do_update(index_elements=[known.id], set_=changed, where=known.position <= new.position)


@cache
def saving_gap(dialect: str) -> Any:
    """An insert that, where the gap is known, only changes how many messages of it arrived after all."""
    added = INSERTS[dialect](gap)
    return added.on_conflict_do_update(index_elements=list(gap.primary_key), set_={"arrived": added.excluded.arrived})


@cache
def joining(dialect: str) -> Any:
    """An insert that makes a member again of one that has left; `joined_at` stays."""
    added = INSERTS[dialect](incident_member)
    back = {"left_at": None, "why": added.excluded.why}
    return added.on_conflict_do_update(index_elements=list(incident_member.primary_key), set_=back)
