"""Notices on their way to people, in the ledger."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from adapters.desk_tables import notice
from adapters.ledger_sla import PARKED, WAITING
from adapters.ledger_statements import adding
from adapters.outbox_tables import notice_read
from domain.errors import Unknown
from domain.instants import Instant
from domain.outgoing import OutState
from domain.sla import Notice

N, R = notice.c, notice_read.c
WITH_READ = select(notice, R.at.label("read_at")).outerjoin(notice_read, R.id == N.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A notice, and how far it has got."""

    notice: Notice
    place: int
    state: OutState = OutState.WAITING
    tries: int = 0
    next_try_at: Instant = 0
    said: str = ""
    read_at: Instant = 0
    """When its receiver saw it; 0 = not yet."""


def due(connection: Connection, now: Instant, most: int, without: Sequence[str] = ()) -> Sequence[Sending]:
    """What is to be sent now, oldest first, `without` what is to go on some channels."""
    chosen = (N.state == WAITING, N.next_try_at <= now, N.channel.not_in(without))
    return [sending_of(row) for row in connection.execute(WITH_READ.where(*chosen).order_by(N.place).limit(most))]


def is_known(connection: Connection, name: str) -> bool:
    """A notice of this id is there, whatever became of it."""
    return connection.execute(select(N.id).where(N.id == name)).first() is not None


def save(connection: Connection, one: Sending) -> None:
    """How it stands now."""
    now = {"state": one.state.value, "tries": one.tries, "next_try_at": one.next_try_at, "said": one.said}
    connection.execute(update(notice).where(N.id == one.notice.id).values(now))


def count(connection: Connection, state: OutState) -> int:
    """How many are in a state."""
    return connection.execute(select(func.count()).where(N.state == state.value)).scalar_one()


def listed(
    connection: Connection, *, to: str = "", unread: bool = False, state: str = "", before: int = 2**62, most: int
) -> Sequence[Sending]:
    """Notices, newest first: of one person or of all."""
    question = WITH_READ.where(N.place < before)
    if to:
        question = question.where(N.to == to)
    if state:
        question = question.where(N.state == state)
    if unread:
        question = question.where(R.at.is_(None))
    return [sending_of(row) for row in connection.execute(question.order_by(N.place.desc()).limit(most))]


def at(connection: Connection, place: int) -> Sending:
    """One notice. Raises Unknown."""
    row = connection.execute(WITH_READ.where(N.place == place)).one_or_none()
    if row is None:
        raise Unknown("notice", str(place))
    return sending_of(row)


def mark_read(connection: Connection, one: Sending, now: Instant, by: str) -> None:
    """Its receiver saw it; the first time counts."""
    row = {"id": one.notice.id, "at": now, "by": by}
    connection.execute(adding(connection.dialect.name, "notice_read"), row)


def retry(connection: Connection, now: Instant, place: int | None = None) -> int:
    """Parked notices, one or all, are tried again from now on; how many."""
    chosen = [N.state == PARKED] + ([] if place is None else [N.place == place])
    anew = {"state": WAITING, "tries": 0, "next_try_at": now}
    return connection.execute(update(notice).where(*chosen).values(anew)).rowcount


def sending_of(row: Row[Any]) -> Sending:
    """The notice of a row."""
    told = Notice(
        id=row.id,
        at=row.at,
        channel=row.channel,
        to=row.to,
        ticket=row.ticket,
        subject=json.loads(row.subject),
        body=json.loads(row.body),
        is_late=row.is_late,
    )
    return Sending(
        notice=told,
        place=row.place,
        state=OutState(row.state),
        tries=row.tries,
        next_try_at=row.next_try_at,
        said=row.said,
        read_at=row.read_at or 0,
    )
