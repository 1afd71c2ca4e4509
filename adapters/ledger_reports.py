"""People's reports in the ledger, and what is known around one that comes in."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, or_, select, update

from adapters import ledger_tables
from adapters import report_tables as tables
from adapters.ledger_questions import recent_of
from adapters.ledger_rows import facts_of, ticket_of
from adapters.ledger_statements import replacing
from adapters.ledger_write import SqlTransaction
from domain.errors import Unknown
from domain.incident import HoldKind, Incident
from domain.registry import Facts
from domain.report import Filed, Reading, Report, Surroundings, Taken
from domain.ticket import Ticket

R, T, A = tables.report.c, ledger_tables.ticket.c, ledger_tables.asset.c
MAIL = "mail:"


class Body(msgspec.Struct):
    """What stands in a row's body."""

    report: Report
    reading: Reading


def filed(connection: Connection, name: str) -> Filed | None:
    """The report with this id; None where it never came."""
    row = connection.execute(select(tables.report).where(R.id == name)).one_or_none()
    return None if row is None else filed_of(row)


def reports_of(connection: Connection, ticket: str) -> Sequence[Filed]:
    """The reports of a ticket, oldest first."""
    question = select(tables.report).where(R.ticket == ticket).order_by(R.place)
    return [filed_of(row) for row in connection.execute(question)]


def newest(connection: Connection, most: int) -> Sequence[Filed]:
    """The last reports, newest first."""
    question = select(tables.report).order_by(R.place.desc()).limit(most)
    return [filed_of(row) for row in connection.execute(question)]


def filed_of(row: Row[Any]) -> Filed:
    """The report of a row."""
    body = msgspec.json.decode(row.body, type=Body)
    return Filed(report=body.report, reading=body.reading, ticket=row.ticket, taken=Taken(row.taken))


def save(connection: Connection, each: Filed) -> None:
    """File a report that is new."""
    last = connection.execute(select(func.max(R.place))).scalar_one() or 0
    row = {
        "place": last + 1,
        "id": each.report.id,
        "at": each.report.at,
        "channel": each.report.channel.value,
        "ticket": each.ticket,
        "taken": each.taken.value,
        "body": msgspec.json.encode(Body(each.report, each.reading)).decode(),
    }
    connection.execute(insert(tables.report), row)


def move_reports(connection: Connection, tickets: Sequence[str], to: str) -> None:
    """The reports of tickets belong to another one from now on."""
    connection.execute(update(tables.report).where(R.ticket.in_(list(tickets))).values(ticket=to))


# -- what is known around a report


def facts_about(connection: Connection, name: str) -> Facts | None:
    """What is registered of an asset, or of the asset that a device of this name hangs on."""
    if not name:
        return None
    i = ledger_tables.installation.c
    hung = select(i.asset).where(i.device == name).order_by(i.since.desc()).limit(1)
    asset = connection.execute(hung).scalar_one_or_none() or name
    row = connection.execute(select(A.facts).where(A.asset == asset)).one_or_none()
    return None if row is None else facts_of(row)


def known_names(connection: Connection, names: Sequence[str]) -> Sequence[str]:
    """Those of the names that a device or an asset has, in their order; letters may be large or small."""
    if not names:
        return []
    i = ledger_tables.installation.c
    asked = [name.casefold() for name in names]
    devices = connection.scalars(select(i.device).where(func.lower(i.device).in_(asked)))
    assets = connection.scalars(select(A.asset).where(func.lower(A.asset).in_(asked)))
    found = {name.casefold(): name for name in (*sorted(assets), *sorted(devices))}
    return [found[name] for name in asked if name in found]


def surroundings(transaction: SqlTransaction, asset: Facts | None, modes: Sequence[str], named: str) -> Surroundings:
    """What is known around a report about an asset, of failure modes (none: any), that names a ticket."""
    connection = transaction.connection
    continued = ticket_or_none(connection, named)
    if asset is None:
        return Surroundings(continued=continued)
    mine = select(ledger_tables.ticket).where(T.asset == asset.asset, T.open_key.is_not(None)).order_by(T.rank)
    open_tickets = [ticket_of(row) for row in connection.execute(mine)]
    home = home_of(transaction, asset.asset, modes)
    held = transaction.held_by(HoldKind.INCIDENT, home.id, asset.asset) if home else ()
    return Surroundings(
        facts=asset,
        open_tickets=open_tickets,
        recent=recent_of(connection, asset.asset),
        continued=continued,
        home=home,
        template=transaction.ticket(home.ticket) if home else None,
        held=[finding for finding in held if finding.component == held[0].component],
    )


def home_of(transaction: SqlTransaction, asset: str, modes: Sequence[str]) -> Incident | None:
    """The oldest open incident that the asset is a member of now and that the failure modes can mean."""
    m, i = ledger_tables.incident_member.c, ledger_tables.incident.c
    mine = select(i.id).select_from(ledger_tables.incident.join(ledger_tables.incident_member, m.incident == i.id))
    mine = mine.where(m.asset == asset, m.left_at.is_(None), i.state == "open").order_by(i.opened_at, i.id)
    if modes:
        mine = mine.where(i.failure_mode.in_(modes))
    name = transaction.connection.execute(mine.limit(1)).scalar_one_or_none()
    return None if name is None else transaction.incident(name)


def ticket_or_none(connection: Connection, number: str) -> Ticket | None:
    """The ticket of that number, where there is one."""
    row = connection.execute(select(ledger_tables.ticket).where(T.number == number)).one_or_none() if number else None
    return None if row is None else ticket_of(row)


def ticket_of_messages(connection: Connection, names: Sequence[str]) -> str:
    """The ticket to which a report with one of these ids belongs; empty where none does."""
    question = select(R.ticket).where(R.id.in_(list(names))).order_by(R.place.desc()).limit(1)
    return (connection.execute(question).scalar_one_or_none() or "") if names else ""


def solved(connection: Connection, failure_mode: str, model: str, most: int) -> Sequence[Ticket]:
    """Closed tickets of the failure mode or about assets of the model, the newest first."""
    of_model = select(A.asset).where(A.model == model) if model else None
    about = T.failure_mode == failure_mode
    wanted = about if of_model is None else or_(about, T.asset.in_(of_model))
    question = select(ledger_tables.ticket).where(T.state == "closed", wanted).order_by(T.rank.desc()).limit(most)
    return [ticket_of(row) for row in connection.execute(question)]


# -- how far a mailbox was read


def mail_bookmark(connection: Connection, mailbox: str) -> tuple[int, int]:
    """The mailbox's validity and the last message that was read; (0, 0) at first."""
    m = ledger_tables.meta.c
    said = connection.execute(select(m.value).where(m.name == MAIL + mailbox)).scalar_one_or_none()
    validity, _, last = (said or "0:0").partition(":")
    return int(validity), int(last)


def move_mail_bookmark(connection: Connection, mailbox: str, validity: int, last: int) -> None:
    """So far it was read."""
    row = {"name": MAIL + mailbox, "value": f"{validity}:{last}"}
    connection.execute(replacing(connection.dialect.name, "meta"), row)


def report_by_id(connection: Connection, name: str) -> Filed:
    """One report. Raises Unknown."""
    found = filed(connection, name)
    if found is None:
        raise Unknown("report", name)
    return found
