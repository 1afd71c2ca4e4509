"""Parts in the ledger: the catalogue, levels by location, movements, and what orders have reserved and lack."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, delete, func, insert, select

from adapters import desk_tables, ledger_tables
from adapters import order_tables as orders
from adapters import part_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_statements import replacing
from domain.errors import Unknown
from domain.instants import Instant
from domain.part import Incoming, Level, Location, Movement, MovementKind, Part, Place, Reservation
from domain.work_order import OrderKind, WorkOrder

PART, LOCATION = msgspec.json.Decoder(Part), msgspec.json.Decoder(Location)
ORDER = msgspec.json.Decoder(WorkOrder)
MOVEMENT, INCOMING = msgspec.json.Decoder(Movement), msgspec.json.Decoder(tuple[Incoming, ...])
P, S, V = tables.part.c, tables.stock_location.c, tables.stock_level.c
M, R, H = tables.stock_movement.c, tables.stock_reservation.c, tables.stock_short.c


# -- the catalogue and the locations


def parts(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, Part]:
    """Parts by id, in order of id; those that there are of some, or all."""
    asked = select(P.body).order_by(P.id)
    if ids is None:
        found = connection.execute(asked).scalars().all()
    else:
        wanted = sorted(set(ids))
        found = [body for few in some(wanted) for body in connection.execute(asked.where(P.id.in_(few))).scalars()]
    return {one.id: one for one in map(PART.decode, found)}


def part(connection: Connection, name: str) -> Part:
    """One part. Raises Unknown."""
    if (found := parts(connection, [name]).get(name)) is None:
        raise Unknown("part", name)
    return found


def has_parts(connection: Connection) -> bool:
    """Anything is known of parts here."""
    return connection.execute(select(P.id).limit(1)).first() is not None


def page_of_parts(connection: Connection, after: str, most: int) -> Sequence[Part]:
    """Parts in order of id, those after one only."""
    asked = select(P.body).where(P.id > after).order_by(P.id).limit(most)
    return [PART.decode(body) for body in connection.execute(asked).scalars()]


def locations(connection: Connection) -> dict[str, Location]:
    """All locations by id, in order of id."""
    found = connection.execute(select(S.body).order_by(S.id)).scalars()
    return {one.id: one for one in map(LOCATION.decode, found)}


def save_parts(connection: Connection, these: Iterable[Part]) -> None:
    """Parts as they are from now on."""
    if rows := [{"id": one.id, "body": said(one)} for one in these]:
        connection.execute(replacing(connection.dialect.name, "part"), rows)


def save_locations(connection: Connection, these: Iterable[Location]) -> None:
    """Locations as they are from now on."""
    if rows := [{"id": one.id, "body": said(one)} for one in these]:
        connection.execute(replacing(connection.dialect.name, "stock_location"), rows)


# -- levels and reservations


def levels(connection: Connection, parts: Iterable[str] | None = None) -> dict[Place, Level]:
    """Levels of some parts, or of all, everywhere."""
    asked: Select[Any] = select(tables.stock_level).order_by(V.part, V.location)
    if parts is None:
        rows = connection.execute(asked).all()
    else:
        wanted = sorted(set(parts))
        rows = [row for few in some(wanted) for row in connection.execute(asked.where(V.part.in_(few)))]
    return {(row.part, row.location): level_of(row) for row in rows}


def level_of(row: Any) -> Level:
    """A level, of a row."""
    return Level(
        part=row.part,
        location=row.location,
        on_hand=row.on_hand,
        reserved=row.reserved,
        incoming=INCOMING.decode(row.incoming),
        counted_at=row.counted_at,
    )


def save_levels(connection: Connection, these: Iterable[Level]) -> None:
    """Levels as they are from now on; the database refuses what cannot be."""
    rows = [
        {
            "part": one.part,
            "location": one.location,
            "on_hand": one.on_hand,
            "reserved": one.reserved,
            "incoming": said(one.incoming),
            "counted_at": one.counted_at,
        }
        for one in these
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, "stock_level"), rows)


def reservations_of(connection: Connection, order: str) -> Sequence[Reservation]:
    """What an order has reserved, in a fixed order."""
    asked = select(tables.stock_reservation).where(R.order_number == order).order_by(R.need, R.part, R.location)
    return [reservation_of(row) for row in connection.execute(asked)]


def reservations_at(connection: Connection, part: str, location: str) -> Sequence[Reservation]:
    """Who has reserved a part in a location: first who needs it last, which is who gives way first."""
    asked = (
        select(tables.stock_reservation)
        .outerjoin(orders.work_order, orders.work_order.c.number == R.order_number)
        .where(R.part == part, R.location == location)
        .order_by(
            orders.work_order.c.due_at.is_not(None), orders.work_order.c.due_at.desc(), R.order_number.desc(), R.need
        )
    )
    return [reservation_of(row) for row in connection.execute(asked)]


def reservation_of(row: Any) -> Reservation:
    """A reservation, of a row."""
    return Reservation(order=row.order_number, need=row.need, part=row.part, location=row.location, pieces=row.pieces)


def save_reservations(connection: Connection, these: Iterable[Reservation]) -> None:
    """Reservations as they are from now on; those of no pieces are gone."""
    kept = []
    for one in these:
        row = {"order_number": one.order, "need": one.need, "part": one.part, "location": one.location}
        if one.pieces:
            kept.append(row | {"pieces": one.pieces})
        else:
            mine = [tables.stock_reservation.c[name] == value for name, value in row.items()]
            connection.execute(delete(tables.stock_reservation).where(*mine))
    if kept:
        connection.execute(replacing(connection.dialect.name, "stock_reservation"), kept)


# -- movements


def movement(connection: Connection, key: str) -> Movement | None:
    """The movement with an idempotency key."""
    body = connection.execute(select(M.body).where(M.id == key)).scalar_one_or_none()
    return None if body is None else MOVEMENT.decode(body)


def movements(
    connection: Connection, *, part: str = "", order: str = "", before: int = 0, most: int
) -> Sequence[Movement]:
    """Movements, newest first, of a part, of an order, or all; those before a position only."""
    asked = select(M.body).order_by(M.position.desc()).limit(most)
    asked = asked.where(M.part == part) if part else asked
    asked = asked.where(M.order_number == order) if order else asked
    asked = asked.where(M.position < before) if before else asked
    return [MOVEMENT.decode(body) for body in connection.execute(asked).scalars()]


def add_movements(connection: Connection, these: Sequence[Movement]) -> Sequence[Movement]:
    """Movements at the end of the ledger; as they are written."""
    last = connection.execute(select(func.max(M.position))).scalar_one() or 0
    written = [replace(one, position=last + nth) for nth, one in enumerate(these, 1)]
    rows = [
        {
            "position": one.position,
            "id": one.id,
            "at": one.at,
            "kind": one.kind.value,
            "part": one.part,
            "location": one.location,
            "order_number": one.order,
            "body": said(one),
        }
        for one in written
    ]
    if rows:
        connection.execute(insert(tables.stock_movement), rows)
    return written


# -- what orders lack


def shorts(connection: Connection, *, order: str = "", parts: Collection[str] = ()) -> Mapping[str, Mapping[str, int]]:
    """Pieces that released orders lack, by order and part, who is due first first."""
    asked = select(tables.stock_short).order_by(H.due_at.is_(None), H.due_at, H.order_number, H.part)
    asked = asked.where(H.order_number == order) if order else asked
    asked = asked.where(H.part.in_(sorted(parts))) if parts else asked
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(asked):
        found.setdefault(row.order_number, {})[row.part] = row.pieces
    return found


def save_short(connection: Connection, order: str, lacks: Mapping[str, int], due_at: Instant | None) -> None:
    """What an order lacks from now on."""
    connection.execute(delete(tables.stock_short).where(H.order_number == order))
    rows = [{"order_number": order, "part": name, "pieces": n, "due_at": due_at} for name, n in sorted(lacks.items())]
    if rows:
        connection.execute(insert(tables.stock_short), rows)


def site_of(connection: Connection, asset: str) -> str:
    """The site where an asset stands; empty where nobody said."""
    a = ledger_tables.asset.c
    return connection.execute(select(a.site).where(a.asset == asset)).scalar_one_or_none() or ""


# -- what demand is read from


def unplanned_issues(connection: Connection, since: Instant) -> Sequence[Movement]:
    """What was issued since an instant for anything but planned work, in order of time."""
    kind = orders.work_order.c.kind
    asked = (
        select(M.body)
        .outerjoin(orders.work_order, orders.work_order.c.number == M.order_number)
        .where(M.kind == MovementKind.ISSUE.value, M.at >= since)
        .where((kind == OrderKind.CORRECTIVE.value) | kind.is_(None))
        .order_by(M.at, M.position)
    )
    return [MOVEMENT.decode(body) for body in connection.execute(asked).scalars()]


def open_orders(connection: Connection) -> Sequence[WorkOrder]:
    """Every order that has not ended."""
    asked = select(orders.work_order.c.body).where(orders.work_order.c.is_open).order_by(orders.work_order.c.rank)
    return [ORDER.decode(body) for body in connection.execute(asked).scalars()]


def opened_by_model(connection: Connection, since: Instant) -> Mapping[str, Sequence[Instant]]:
    """When tickets were opened since an instant, by the model of their asset."""
    t, a = ledger_tables.ticket.c, ledger_tables.asset.c
    asked = select(a.model, t.opened_at).join(ledger_tables.ticket, t.asset == a.asset).where(t.opened_at > since)
    found: dict[str, list[Instant]] = {}
    for row in connection.execute(asked.where(a.model != "")):
        found.setdefault(row.model, []).append(row.opened_at)
    return found


def was_told(connection: Connection, notice: str) -> bool:
    """There is a notice with this id."""
    n = desk_tables.notice.c
    return connection.execute(select(n.id).where(n.id == notice)).first() is not None


def said(value: Any) -> str:
    """A value as it is kept."""
    return msgspec.json.encode(value).decode()
