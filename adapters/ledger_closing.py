"""What closing a ticket leaves in the ledger: pictures, codes, scores, tasks and surveys."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from adapters import closing_tables as tables
from adapters import ledger_tables
from adapters.ledger_questions import some
from adapters.ledger_rows import ticket_of
from adapters.ledger_statements import adding, replacing
from domain.closing import Attachment, Check, Improvement, Picture, Quality, Record, Survey
from domain.errors import Unknown
from domain.instants import Instant
from domain.ticket import OpenKey, Ticket

A, R, K = tables.attachment.c, tables.closing_record.c, tables.repair_check.c
Q, B, S, T = tables.quality.c, tables.improvement.c, tables.survey.c, ledger_tables.ticket.c
RECORD, CHECK = msgspec.json.Decoder(Record), msgspec.json.Decoder(Check)
QUALITY, TASK, SURVEY = msgspec.json.Decoder(Quality), msgspec.json.Decoder(Improvement), msgspec.json.Decoder(Survey)

LIVE = A.removed_at.is_(None)
CHECKS_DUE = select(K.body).where(K.next_at <= bindparam("now")).order_by(K.next_at, K.ticket).limit(bindparam("most"))
SETTLING = (
    select(Q.body).where(Q.settles_at <= bindparam("now")).order_by(Q.settles_at, Q.ticket).limit(bindparam("most"))
)


def said(value: Any) -> str:
    """A value as it is kept."""
    return msgspec.json.encode(value).decode()


# -- pictures


def attach(connection: Connection, new: Attachment) -> tuple[Attachment, bool]:
    """Keep it and give it its id; the same picture in the same place again is the one that is there. The second value:

    it is new.
    """
    same = select(tables.attachment).where(
        A.ticket == new.ticket, A.slot == new.slot, A.digest == new.picture.digest, LIVE
    )
    if (row := connection.execute(same).first()) is not None:
        return attachment_of(row), False
    last = connection.execute(select(func.max(A.id))).scalar_one() or 0
    kept = replace(new, id=last + 1)
    connection.execute(insert(tables.attachment), attachment_row(kept))
    return kept, True


def remove(connection: Connection, gone: Attachment) -> bool:
    """Note who removed it, when and why; true when nothing else needs the picture."""
    values = {"removed_at": gone.removed_at, "removed_by": gone.removed_by, "removed_why": gone.removed_why}
    connection.execute(update(tables.attachment).where(A.id == gone.id).values(values))
    others = select(func.count()).where(A.digest == gone.picture.digest, LIVE)
    return connection.execute(others).scalar_one() == 0


def attachments_of(connection: Connection, ticket: str) -> list[Attachment]:
    """All that were ever attached to a ticket, in order."""
    question = select(tables.attachment).where(A.ticket == ticket).order_by(A.id)
    return [attachment_of(row) for row in connection.execute(question)]


def attachment(connection: Connection, ticket: str, name: int) -> Attachment:
    """One of a ticket. Raises Unknown."""
    question = select(tables.attachment).where(A.id == name, A.ticket == ticket)
    if (row := connection.execute(question).one_or_none()) is None:
        raise Unknown(f"attachment of ticket {ticket} numbered", str(name))
    return attachment_of(row)


def bytes_kept(connection: Connection) -> int:
    """How much all pictures take that were not removed."""
    return int(connection.execute(select(func.sum(A.size)).where(LIVE)).scalar_one() or 0)


def is_needed(connection: Connection, digest: str) -> bool:
    """Something shows this picture."""
    return connection.execute(select(A.id).where(A.digest == digest, LIVE).limit(1)).first() is not None


def attachment_row(one: Attachment) -> dict[str, Any]:
    """The columns of an attachment."""
    beside = {name: getattr(one, name) for name in ("id", "ticket", "slot", "at", "by")}
    gone = {name: getattr(one, name) for name in ("removed_at", "removed_by", "removed_why")}
    return beside | gone | msgspec.to_builtins(one.picture)


def attachment_of(row: Row[Any]) -> Attachment:
    """The attachment of a row."""
    values = dict(row._mapping)
    names = ("digest", "media_type", "size", "width", "height")
    return Attachment(picture=Picture(**{name: values.pop(name) for name in names}), **values)


# -- codes and fields


def record_of(connection: Connection, ticket: str) -> Record | None:
    """What was written down for a ticket's closing."""
    body = connection.execute(select(R.body).where(R.ticket == ticket)).scalar_one_or_none()
    return None if body is None else RECORD.decode(body)


def save_record(connection: Connection, record: Record) -> None:
    """Keep it."""
    row = {"ticket": record.ticket, "body": said(record)}
    connection.execute(replacing(connection.dialect.name, "closing_record"), row)


# -- confirmations


def save_checks(connection: Connection, checks: Iterable[Check]) -> None:
    """Keep how repairs stand on their way to be confirmed."""
    if rows := [{"ticket": check.ticket, "next_at": check.next_at, "body": said(check)} for check in checks]:
        connection.execute(replacing(connection.dialect.name, "repair_check"), rows)


def drop_checks(connection: Connection, tickets: Iterable[str]) -> None:
    """These wait for no confirmation any more."""
    for numbers in some(tickets):
        connection.execute(delete(tables.repair_check).where(K.ticket.in_(numbers)))


def checks_of(connection: Connection, tickets: Iterable[str]) -> dict[str, Check]:
    """Those of these tickets that wait for a confirmation, by number."""
    found: dict[str, Check] = {}
    for numbers in some(tickets):
        bodies = connection.execute(select(K.body).where(K.ticket.in_(numbers))).scalars()
        found |= {check.ticket: check for check in map(CHECK.decode, bodies)}
    return found


def checks_due(connection: Connection, now: Instant, most: int) -> list[Check]:
    """Those that somebody has to look at, the longest due first."""
    return [CHECK.decode(body) for body in connection.execute(CHECKS_DUE, {"now": now, "most": most}).scalars()]


def tickets_by_number(connection: Connection, numbers: Iterable[str]) -> Mapping[str, Ticket]:
    """Tickets as they stand, by number."""
    found: dict[str, Ticket] = {}
    for asked in some(numbers):
        for row in connection.execute(select(ledger_tables.ticket).where(T.number.in_(asked))):
            found[row.number] = ticket_of(row)
    return found


# -- quality


def quality_of(connection: Connection, tickets: Iterable[str]) -> dict[str, Quality]:
    """How well tickets were closed, by number."""
    found: dict[str, Quality] = {}
    for numbers in some(tickets):
        bodies = connection.execute(select(Q.body).where(Q.ticket.in_(numbers))).scalars()
        found |= {one.ticket: one for one in map(QUALITY.decode, bodies)}
    return found


def save_quality(connection: Connection, qualities: Iterable[Quality]) -> None:
    """Keep how well tickets were closed."""
    rows = [
        {"ticket": q.ticket, "closing": q.closing, "tenths": q.tenths, "settles_at": q.settles_at, "body": said(q)}
        for q in qualities
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, "quality"), rows)


def settling(connection: Connection, now: Instant, most: int) -> list[Quality]:
    """Closings of which it is known now that they did not come back."""
    return [QUALITY.decode(body) for body in connection.execute(SETTLING, {"now": now, "most": most}).scalars()]


def closed_before(connection: Connection, key: OpenKey, number: str, since: Instant) -> list[str]:
    """Tickets of the same key that were closed since an instant, but for one."""
    asset, component, failure_mode = key
    question = select(T.number).where(
        T.asset == asset,
        T.component == component,
        T.failure_mode == failure_mode,
        T.closed_at >= since,
        T.number != number,
    )
    return list(connection.execute(question).scalars())


# -- tasks


def open_tasks(connection: Connection, tasks: Iterable[Improvement]) -> None:
    """Open tasks; one about the same closing is opened once."""
    if rows := [task_row(task) for task in tasks]:
        connection.execute(adding(connection.dialect.name, "improvement"), rows)


def has_task(connection: Connection, ticket: str, closing: int) -> bool:
    """A task about this closing was opened."""
    question = select(B.ticket).where(B.ticket == ticket, B.closing == closing)
    return connection.execute(question).first() is not None


def save_task(connection: Connection, task: Improvement) -> None:
    """Keep how a task stands now."""
    connection.execute(replacing(connection.dialect.name, "improvement"), task_row(task))


def task_row(task: Improvement) -> dict[str, Any]:
    """The columns of a task."""
    return {
        "ticket": task.ticket,
        "closing": task.closing,
        "opened_at": task.opened_at,
        "is_open": task.closed_at is None,
        "body": said(task),
    }


def tasks(connection: Connection, *, open_only: bool, most: int) -> list[Improvement]:
    """Tasks, newest first."""
    question = select(B.body).order_by(B.opened_at.desc(), B.ticket, B.closing).limit(most)
    bodies = connection.execute(question.where(B.is_open.is_(True)) if open_only else question).scalars()
    return [TASK.decode(body) for body in bodies]


def task(connection: Connection, ticket: str, closing: int) -> Improvement:
    """One task. Raises Unknown."""
    question = select(B.body).where(B.ticket == ticket, B.closing == closing)
    body = connection.execute(question).scalar_one_or_none()
    if body is None:
        raise Unknown("improvement task", f"{ticket}/{closing}")
    return TASK.decode(body)


# -- surveys


def survey(connection: Connection, digest: str) -> Survey | None:
    """The survey behind a link; None where there is none."""
    body = connection.execute(select(S.body).where(S.digest == digest)).scalar_one_or_none()
    return None if body is None else SURVEY.decode(body)


def surveys_of(connection: Connection, ticket: str) -> Sequence[Survey]:
    """All of a ticket, oldest first."""
    bodies = connection.execute(select(S.body).where(S.ticket == ticket).order_by(S.asked_at, S.digest)).scalars()
    return [SURVEY.decode(body) for body in bodies]


def surveys(connection: Connection, *, answered_only: bool, most: int) -> list[Survey]:
    """Surveys, asked last first."""
    bodies = connection.execute(select(S.body).order_by(S.asked_at.desc(), S.digest)).scalars()
    found = (one for body in bodies if (one := SURVEY.decode(body)).answered_at is not None or not answered_only)
    return list(islice(found, most))


def save_survey(connection: Connection, one: Survey) -> None:
    """Keep how it stands now."""
    row = {"digest": one.digest, "ticket": one.ticket, "asked_at": one.asked_at, "body": said(one)}
    connection.execute(replacing(connection.dialect.name, "survey"), row)


def drop_survey(connection: Connection, digest: str) -> None:
    """Its link works no more."""
    connection.execute(delete(tables.survey).where(S.digest == digest))
