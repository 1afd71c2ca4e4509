"""Incidents in the ledger: their members, and the findings that open no ticket for now."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select, update

from adapters import ledger_tables as tables
from adapters.ledger_questions import findings
from adapters.ledger_rows import (
    finding_of,
    hold_of,
    hold_row,
    incident_of,
    incident_row,
    member_of,
    member_row,
    ticket_of,
)
from adapters.ledger_statements import adding, joining, replacing
from domain.errors import Unknown
from domain.finding import ACTIVE, Finding
from domain.incident import Hold, HoldKind, Incident, IncidentState, Member
from domain.instants import HOUR, Duration, Instant
from domain.ticket import NEW, Response, Ticket, TicketWithFindings

TAKES_IN: Duration = HOUR
"""A ticket opened so long before an incident's first evidence may belong to it."""
OPEN = IncidentState.OPEN.value

I, M, H, T, F = tables.incident.c, tables.incident_member.c, tables.hold.c, tables.ticket.c, tables.finding.c  # noqa: E741

AROUND = select(tables.incident).where(
    or_(
        and_(I.failure_mode == bindparam("failure_mode"), I.state == OPEN),
        I.id.in_([bindparam("own"), bindparam("holder")]),
    )
)
HOLD_OF = select(tables.hold).where(H.finding == bindparam("name"))
PARTS = select(tables.incident_member).where(
    M.asset == bindparam("whose"), M.incident.in_(bindparam("incidents", expanding=True))
)
OPENED_SINCE = (
    select(func.count()).select_from(tables.ticket).where(T.rule == bindparam("opener"), T.opened_at > bindparam("at"))
)
HOLDERS = select(H.kind, H.by).distinct()
LEAVE = (
    update(tables.incident_member)
    .where(
        M.incident == bindparam("its_incident"),
        M.asset == bindparam("its_asset"),
        ~exists().where(H.kind == HoldKind.INCIDENT.value, H.by == M.incident, H.asset == M.asset),
    )
    .values(left_at=bindparam("at"), why=bindparam("reason"))
)
LEAVE_ALL = (
    update(tables.incident_member)
    .where(M.incident == bindparam("its_incident"), M.left_at.is_(None))
    .values(
        left_at=select(I.resolved_at).where(I.id == bindparam("its_incident")).scalar_subquery(),
        why=bindparam("reason"),
    )
)
FREE = delete(tables.hold).where(H.finding == bindparam("name"))


# -- reading


def around(connection: Connection, finding: Finding) -> Mapping[str, Any]:
    """What a situation says of incidents: which there are, the asset's part in them, what holds the finding back."""
    return around_held(connection, finding, hold_on(connection, finding.id))


def around_held(connection: Connection, finding: Finding, hold: Hold | None) -> Mapping[str, Any]:
    """The same of a finding of which is known what holds it back."""
    holder = hold.by if hold is not None and hold.kind is HoldKind.INCIDENT else ""
    asked = {"failure_mode": finding.failure_mode, "own": finding.id, "holder": holder}
    known = [incident_of(row) for row in connection.execute(AROUND, asked)]
    ids = [incident.id for incident in known]
    parts = connection.execute(PARTS, {"whose": finding.asset, "incidents": ids}) if ids else ()
    is_new = finding.id not in ids
    takes = bool(finding.scope) and finding.is_active and (is_new or bool(finding.joined))
    return {
        "hold": hold,
        "incidents": sorted(known, key=lambda incident: (incident.opened_at, incident.id)),
        "members": [member_of(row) for row in parts],
        "nearby": nearby(connection, finding) if takes else (),
    }


def hold_on(connection: Connection, finding: str) -> Hold | None:
    """What holds a finding back."""
    row = connection.execute(HOLD_OF, {"name": finding}).one_or_none()
    return None if row is None else hold_of(row)


def nearby(connection: Connection, finding: Finding) -> Sequence[TicketWithFindings]:
    """Open tickets of a fleet finding's failure mode that were opened lately."""
    question = select(tables.ticket).where(
        T.failure_mode == finding.failure_mode,
        T.open_key.is_not(None),
        T.opened_at > finding.started_at - TAKES_IN,
        T.asset != finding.asset,
    )
    return with_findings(connection, [ticket_of(row) for row in connection.execute(question.order_by(T.rank))])


def with_findings(connection: Connection, tickets: Sequence[Ticket]) -> Sequence[TicketWithFindings]:
    """The tickets with the findings that they rest on."""
    known = {f.id: f for f in findings(connection, {name for ticket in tickets for name in ticket.findings})}
    return [
        TicketWithFindings(ticket, [known[name] for name in ticket.findings if name in known]) for ticket in tickets
    ]


def tickets_of_rule(connection: Connection, rule: str, version: str) -> Sequence[TicketWithFindings]:
    """Open tickets that list a finding of the rule version, in order of number."""
    links = tables.ticket_finding
    listing = (
        select(links.c.rank)
        .select_from(links.join(tables.finding, F.id == links.c.finding))
        .where(F.rule == rule, F.version == version)
    )
    question = select(tables.ticket).where(T.open_key.is_not(None), T.rank.in_(listing)).order_by(T.rank)
    return with_findings(connection, [ticket_of(row) for row in connection.execute(question)])


def incident(connection: Connection, name: str) -> Incident:
    """One incident. Raises Unknown."""
    row = connection.execute(select(tables.incident).where(I.id == name)).one_or_none()
    if row is None:
        raise Unknown("incident", name)
    return incident_of(row)


def incident_of_ticket(connection: Connection, number: str) -> Incident | None:
    """The newest incident whose ticket it is."""
    question = select(tables.incident).where(I.ticket == number).order_by(I.opened_at.desc()).limit(1)
    row = connection.execute(question).one_or_none()
    return None if row is None else incident_of(row)


def open_incidents(connection: Connection) -> Sequence[Incident]:
    """All that are open, oldest first."""
    question = select(tables.incident).where(I.state == OPEN).order_by(I.opened_at, I.id)
    return [incident_of(row) for row in connection.execute(question)]


def has_members(connection: Connection, name: str) -> bool:
    """Somebody is a member now."""
    question = select(M.asset).where(M.incident == name, M.left_at.is_(None)).limit(1)
    return connection.execute(question).one_or_none() is not None


def is_known_member(connection: Connection, name: str, asset: str) -> bool:
    """The asset is or was a member."""
    question = select(M.asset).where(M.incident == name, M.asset == asset)
    return connection.execute(question).one_or_none() is not None


def opened_since(connection: Connection, rule: str, at: Instant) -> int:
    """How many tickets findings of the rule opened after an instant."""
    return int(connection.execute(OPENED_SINCE, {"opener": rule, "at": at}).scalar_one())


def holders(connection: Connection) -> Sequence[tuple[HoldKind, str]]:
    """What holds findings back: each kind and id once, in a fixed order."""
    return sorted((HoldKind(row.kind), row.by) for row in connection.execute(HOLDERS))


def held_by(connection: Connection, kind: HoldKind, by: str, asset: str, most: int) -> Sequence[Finding]:
    """The first findings that it holds back, of one asset or of all, in order of first firing."""
    question = (
        select(tables.finding)
        .select_from(tables.finding.join(tables.hold, H.finding == F.id))
        .where(H.kind == kind.value, H.by == by)
        .order_by(F.fired_position, F.nth, F.id)
        .limit(most)
    )
    if asset:
        question = question.where(H.asset == asset)
    return [finding_of(row) for row in connection.execute(question)]


def active_of(connection: Connection, rules: Collection[str], asset: str | None) -> Sequence[Finding]:
    """Findings of the rules whose condition holds, none in shadow, of one asset or of all, in order of first firing."""
    question = (
        select(tables.finding)
        .where(F.rule.in_(sorted(rules)), F.state.in_(sorted(ACTIVE)), F.shadow.is_(False))
        .order_by(F.fired_position, F.nth, F.id)
    )
    if asset is not None:
        question = question.where(F.asset == asset)
    return [finding_of(row) for row in connection.execute(question)] if rules else []


# -- writing


def record(connection: Connection, response: Response, number: str) -> None:
    """Incidents, what is held back, and who joins or leaves; `number` is that of the response's new ticket."""
    dialect = connection.dialect.name
    for each in response.incidents:
        row = incident_row(each) | {"ticket": number if each.ticket in ("", NEW) else each.ticket}
        connection.execute(replacing(dialect, "incident"), row)
    if response.freed:
        connection.execute(FREE, [{"name": name} for name in response.freed])
    if response.holds:
        connection.execute(replacing(dialect, "hold"), [hold_row(hold) for hold in response.holds])
    join_and_leave(connection, response.members)
    for name in response.ended:
        connection.execute(LEAVE_ALL, {"its_incident": name, "reason": "the incident is over"})


def join_and_leave(connection: Connection, members: Sequence[Member]) -> None:
    """Who joins is a member; who leaves is none once nothing of it is held back by the incident any more."""
    dialect = connection.dialect.name
    coming = [member_row(member) for member in members if member.left_at is None]
    leaving = [member for member in members if member.left_at is not None]
    if coming:
        connection.execute(joining(dialect), coming)
    if leaving:
        connection.execute(adding(dialect, "incident_member"), [member_row(member) for member in leaving])
        connection.execute(
            LEAVE,
            [{"its_incident": m.incident, "its_asset": m.asset, "at": m.left_at, "reason": m.why} for m in leaving],
        )


def free_rule(connection: Connection, rule: str, version: str) -> None:
    """Nothing that the rule version found is held back for later any more."""
    its = select(F.id).where(F.rule == rule, F.version == version)
    connection.execute(delete(tables.hold).where(H.finding.in_(its)))
