"""Webhooks and what is on its way to them, in the ledger."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from adapters import ledger_tables
from adapters import outbox_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_rows import dumps, event_of, ticket_of
from adapters.ledger_statements import adding, replacing
from domain.errors import Unknown
from domain.instants import Instant
from domain.outgoing import Delivery, OutState, Webhook, WebhookFormat
from domain.ticket import LedgerEvent, Ticket

W, D, E, T, M = tables.webhook.c, tables.delivery.c, ledger_tables.event.c, ledger_tables.ticket.c, ledger_tables.meta.c
EARLIER = tables.delivery.alias()
ITS_TURN = (
    ~select(EARLIER.c.position)
    .where(
        EARLIER.c.webhook == D.webhook,
        EARLIER.c.ticket == D.ticket,
        EARLIER.c.state == OutState.WAITING.value,
        EARLIER.c.position < D.position,
    )
    .exists()
)
"""No earlier line of the same ticket is still on its way to the same webhook."""
DUE = (
    select(tables.delivery)
    .where(
        D.webhook == bindparam("webhook"),
        D.state == OutState.WAITING.value,
        D.next_try_at <= bindparam("now"),
        ITS_TURN,
    )
    .order_by(D.position)
    .limit(bindparam("most"))
)
ITS = (D.webhook == bindparam("its"), D.position == bindparam("at"))
CLAIM = update(tables.delivery).where(*ITS).values(tries=bindparam("tried"), next_try_at=bindparam("again"))
DELIVERED = delete(tables.delivery).where(*ITS)
WAITING = select(func.count()).where(D.webhook == bindparam("webhook"), D.state == OutState.WAITING.value)
PARKED = select(func.count()).where(D.webhook == bindparam("webhook"), D.state == OutState.PARKED.value)


def epoch(connection: Connection) -> str:
    """The epoch of the journal that the ledger belongs to; empty before the first."""
    return connection.execute(select(M.value).where(M.name == "epoch")).scalar_one_or_none() or ""


# -- webhooks


def webhooks(connection: Connection) -> Sequence[Webhook]:
    """All of them, in order of their making."""
    return [webhook_of(row) for row in connection.execute(select(tables.webhook).order_by(W.created_at, W.id))]


def webhook(connection: Connection, name: str) -> Webhook:
    """One of them. Raises Unknown."""
    row = connection.execute(select(tables.webhook).where(W.id == name)).one_or_none()
    if row is None:
        raise Unknown("webhook", name)
    return webhook_of(row)


def save_webhook(connection: Connection, made: Webhook) -> None:
    """Write all of it; under the writers' lock, after it was read there."""
    row = asdict(made) | {
        "format": made.format.value,
        "kinds": dumps(made.kinds),
        "filters": dumps(dict(made.filters)),
    }
    connection.execute(replacing(connection.dialect.name, "webhook"), row)


def remove_webhook(connection: Connection, name: str) -> None:
    """Forget it, with all that was on its way to it."""
    connection.execute(delete(tables.delivery).where(D.webhook == name))
    connection.execute(delete(tables.webhook).where(W.id == name))


def webhook_of(row: Any) -> Webhook:
    """The webhook of a row."""
    values: dict[str, Any] = dict(row._mapping)
    values["format"] = WebhookFormat(values["format"])
    values["kinds"] = tuple(json.loads(values["kinds"]))
    values["filters"] = {name: tuple(wanted) for name, wanted in json.loads(values["filters"]).items()}
    return Webhook(**values)


def move_to(connection: Connection, name: str, position: int) -> None:
    """It has taken in the log up to here."""
    connection.execute(update(tables.webhook).where(W.id == name).values(position=position))


def replay(connection: Connection, name: str, position: int) -> None:
    """It takes in the log again from after a position; what was parked of that comes again with it."""
    parked = (D.webhook == name, D.position > position, D.state == OutState.PARKED.value)
    connection.execute(delete(tables.delivery).where(*parked))
    move_to(connection, name, position)


# -- deliveries


def add(connection: Connection, deliveries: Iterable[Delivery]) -> None:
    """Deliveries that are to be made; one that is on its way already is none."""
    if rows := [asdict(one) | {"state": one.state.value} for one in deliveries]:
        connection.execute(adding(connection.dialect.name, "delivery"), rows)


def due(connection: Connection, name: str, now: Instant, most: int) -> Sequence[Delivery]:
    """What may leave for a webhook now: of each ticket at most one, oldest first."""
    rows = connection.execute(DUE, {"webhook": name, "now": now, "most": most})
    return [delivery_of(row) for row in rows]


def save(connection: Connection, one: Delivery) -> None:
    """How a delivery stands now."""
    connection.execute(replacing(connection.dialect.name, "delivery"), asdict(one) | {"state": one.state.value})


def claim(connection: Connection, taken: Sequence[Delivery]) -> None:
    """They are on their way until their next try."""
    if taken:
        rows = [{"its": one.webhook, "at": one.position, "tried": one.tries, "again": one.next_try_at} for one in taken]
        connection.execute(CLAIM, rows)


def sent(connection: Connection, accepted: Sequence[Delivery], now: Instant) -> None:
    """They were accepted: nothing is kept of them but the count. Those whose webhook has gone are nothing."""
    if not accepted:
        return
    connection.execute(DELIVERED, [{"its": one.webhook, "at": one.position} for one in accepted])
    for name, many in Counter(one.webhook for one in accepted).items():
        counted = {"sent": W.sent + many, "last_sent_at": now}
        connection.execute(update(tables.webhook).where(W.id == name).values(counted))


def waiting(connection: Connection, name: str) -> int:
    """How many are on their way to a webhook."""
    return connection.execute(WAITING, {"webhook": name}).scalar_one()


def parked(connection: Connection, name: str) -> int:
    """How many dead letters a webhook has."""
    return connection.execute(PARKED, {"webhook": name}).scalar_one()


def dead_letters(connection: Connection, name: str, *, after: int = 0, most: int) -> Sequence[Delivery]:
    """The dead letters of a webhook, in order of the log."""
    chosen = (D.webhook == name, D.state == OutState.PARKED.value, D.position > after)
    rows = connection.execute(select(tables.delivery).where(*chosen).order_by(D.position).limit(most))
    return [delivery_of(row) for row in rows]


def retry(connection: Connection, name: str, now: Instant, position: int | None = None) -> int:
    """Dead letters, one or all, are tried again from now on; how many."""
    chosen = [D.webhook == name, D.state == OutState.PARKED.value]
    chosen += [] if position is None else [D.position == position]
    anew = {"state": OutState.WAITING.value, "tries": 0, "next_try_at": now}
    return connection.execute(update(tables.delivery).where(*chosen).values(anew)).rowcount


def delivery_of(row: Any) -> Delivery:
    """The delivery of a row."""
    values: dict[str, Any] = dict(row._mapping)
    return Delivery(**values | {"state": OutState(values["state"])})


def count(connection: Connection, state: OutState) -> int:
    """How many deliveries are in a state."""
    return connection.execute(select(func.count()).where(D.state == state.value)).scalar_one()


# -- what they are about


def lines_at(connection: Connection, positions: Iterable[int]) -> Mapping[int, LedgerEvent]:
    """Lines of the log by position."""
    found: dict[int, LedgerEvent] = {}
    for asked in some(positions):
        rows = connection.execute(select(ledger_tables.event).where(E.position.in_(asked)))
        found |= {row.position: event_of(row) for row in rows}
    return found


def tickets_of(connection: Connection, numbers: Iterable[str]) -> Mapping[str, Ticket]:
    """Tickets by number."""
    found: dict[str, Ticket] = {}
    for asked in some({number for number in numbers if number}):
        rows = connection.execute(select(ledger_tables.ticket).where(T.number.in_(asked)))
        found |= {row.number: ticket_of(row) for row in rows}
    return found
