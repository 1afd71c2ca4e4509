"""Stock: what people do with parts, each deed one change of the ledger, and sent twice it is done once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

import msgspec
from sqlalchemy import Connection

from adapters import ledger_orders, ledger_parts
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.errors import PartsMissing, Unknown, WrongFormat
from domain.instants import Instant
from domain.part import Level, Missing, Movement, MovementKind, Reservation
from domain.text import in_language
from domain.ticket import LedgerEvent, Response
from domain.work_order import OrderState, WorkOrder
from maintenance.stock import Books, giving_way
from maintenance.stock_kits import Shelves, lacking, missing, releasing, reserving
from maintenance.stock_words import sentence
from ticketing.orders import Step

MOVED = "stock_moved"
"""The kind of line that says that stock moved; details: kind, part, location, pieces, to, stock_order."""
K = MovementKind
TO_BE_SUPPLIED = frozenset({OrderState.APPROVED, OrderState.ON_HOLD})
"""States from which an order is released only with its kit, or knowingly without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """How an order's kit stands: what it needs, what is reserved, and what is missing with the way out."""

    order: str
    needs: dict[str, int] = field(default_factory=dict)
    """Of parts that the ledger knows."""
    unknown: dict[str, int] = field(default_factory=dict)
    """Of parts that it does not know, and says nothing of."""
    reserved: Sequence[Reservation] = ()
    missing: Sequence[Missing] = ()
    sentences: Sequence[dict[str, str]] = ()
    """About each that is missing."""


# -- movements by people


def move_stock(ledger: SqlLedger, movements: Sequence[Movement]) -> Sequence[Movement]:
    """Book movements, all or none; the same again books nothing and answers what was booked.

    Raises Unknown for a part, location or order that is not there; NotInStock; WrongFormat, also where an id was
    another movement's.
    """
    with ledger.begin() as transaction:
        connection = transaction.connection
        if (before := repeated(connection, movements)) is not None:
            return before
        check_known(connection, movements)
        whole = [each for one in movements for each in made_room(connection, one)]
        check_new(connection, whole)
        return book(transaction, whole)


def repeated(connection: Connection, movements: Sequence[Movement]) -> Sequence[Movement] | None:
    """The movements as they were booked, where they were. Raises WrongFormat where an id was another movement's."""
    before = [ledger_parts.movement(connection, each.id) for each in movements]
    for each, known in zip(movements, before, strict=True):
        if known is not None and digest_of(known) != digest_of(each):
            raise WrongFormat([f"The key {each.id} was used for another movement; give each its own."])
    found = [each for each in before if each is not None]
    return found if found and len(found) == len(movements) else None


def check_new(connection: Connection, movements: Iterable[Movement]) -> None:
    """Nothing, or WrongFormat where an id was another movement's, also of one that this one leads to."""
    seen: set[str] = set()
    for each in movements:
        if each.id in seen or ledger_parts.movement(connection, each.id) is not None:
            raise WrongFormat([f"The key {each.id} was used for another movement; give each its own."])
        seen.add(each.id)


def digest_of(movement: Movement) -> str:
    """What was said of a movement, without what the ledger or the time of telling adds."""
    at = movement.at if movement.at != movement.recorded_at else 0
    bare = replace(movement, position=0, at=at, recorded_at=0, expected_at=None, difference=0, is_counted=False)
    return sha256(msgspec.json.encode(bare)).hexdigest()


def check_known(connection: Connection, movements: Iterable[Movement]) -> None:
    """Nothing, or Unknown."""
    known = ledger_parts.locations(connection)
    for each in movements:
        ledger_parts.part(connection, each.part)
        for name in (each.location, each.to):
            if name and name not in known:
                raise Unknown("location", name)
        if each.order:
            ledger_orders.order(connection, each.order)


def made_room(connection: Connection, movement: Movement) -> Sequence[Movement]:
    """A movement after what must give way to it: reservations that a count leaves nothing for, and its order's own."""
    if movement.kind is K.COUNT:
        promised = ledger_parts.reservations_at(connection, movement.part, movement.location)
        gone = list(giving_way(movement.part, movement.location, movement.pieces, promised))
        now, key, by, why = movement.recorded_at, movement.id, movement.by, movement.why
        return [*releasing(gone, now=now, key=key, by=by, why=why), movement]
    if movement.order and movement.kind in (K.ISSUE, K.TRANSFER):
        return own_first(connection, movement)
    return [movement]


def own_first(connection: Connection, movement: Movement) -> Sequence[Movement]:
    """An issue or a transfer for an order uses what is reserved for it; what is transferred stays reserved."""
    mine = [
        each
        for each in ledger_parts.reservations_of(connection, movement.order)
        if (each.part, each.location) == (movement.part, movement.location)
    ]
    found: list[Movement] = []
    left = movement.pieces
    for nth, each in enumerate(mine, 1):
        if (taken := min(each.pieces, left)) <= 0:
            continue
        left -= taken
        of_it = replace(
            movement, id=f"{movement.id}/release/{nth}", kind=K.RELEASE, pieces=taken, need=each.need, to=""
        )
        found.append(replace(of_it, at=movement.recorded_at))
    again = [
        replace(each, id=each.id.replace("/release/", "/reserve/"), kind=K.RESERVATION, location=movement.to)
        for each in found
        if movement.kind is K.TRANSFER
    ]
    return [*found, movement, *again]


def book(transaction: SqlTransaction, movements: Sequence[Movement]) -> Sequence[Movement]:
    """Book under the writers' lock, with a line in the event log for each. Raises NotInStock, WrongFormat."""
    if not movements:
        return ()
    connection = transaction.connection
    books = Books.of(
        ledger_parts.levels(connection, {each.part for each in movements}),
        [
            one
            for order in {each.order for each in movements}
            for one in ledger_parts.reservations_of(connection, order)
        ],
    )
    for each in movements:
        books.book(each)
    ledger_parts.save_levels(connection, books.changed.values())
    ledger_parts.save_reservations(connection, books.touched.values())
    written = ledger_parts.add_movements(connection, books.done)
    transaction.record(Response(events=tuple(told(each) for each in written)))
    return written


def told(movement: Movement) -> LedgerEvent:
    """The line of the event log about a movement."""
    details = {
        "movement": movement.id,
        "kind": movement.kind.value,
        "part": movement.part,
        "location": movement.location,
        "pieces": movement.pieces,
        "to": movement.to,
        "stock_order": movement.order,
        "happened_at": movement.at,
        "difference": movement.difference,
    }
    return LedgerEvent(at=movement.recorded_at, kind=MOVED, actor=movement.by, why=movement.why, details=details)


# -- kits of orders


def shelves_of(connection: Connection, order: WorkOrder) -> Shelves:
    """What there is of an order's parts and their substitutes, and where."""
    parts = ledger_parts.parts(connection, order.kit)
    if not parts:
        return Shelves(reservations=ledger_parts.reservations_of(connection, order.number))
    others = [other for one in parts.values() for other in one.substitutes]
    return Shelves(
        parts=parts,
        locations=ledger_parts.locations(connection),
        levels=ledger_parts.levels(connection, [*parts, *others]),
        reservations=ledger_parts.reservations_of(connection, order.number),
        site=ledger_parts.site_of(connection, order.asset),
    )


def kit_of(connection: Connection, number: str, now: Instant) -> Kit:
    """How an order's kit stands. Raises Unknown."""
    order = ledger_orders.order(connection, number)
    shelves = shelves_of(connection, order)
    lacks = missing(order, shelves, now) if order.is_open and order.done_at is None else ()
    return Kit(
        order=order.number,
        needs={part: pieces for part, pieces in order.kit.items() if part in shelves.parts},
        unknown={part: pieces for part, pieces in order.kit.items() if part not in shelves.parts},
        reserved=shelves.reservations,
        missing=lacks,
        sentences=[dict(sentence(each, shelves.parts[each.part])) for each in lacks],
    )


def reserve_kit(transaction: SqlTransaction, order: WorkOrder, now: Instant, *, key: str, by: str, why: str) -> Shelves:
    """Reserve what an order still needs, as far as there is; how things stand afterwards."""
    connection = transaction.connection
    shelves = shelves_of(connection, order)
    wanted = reserving(order, shelves, now=now, key=key, by=by, why=why)
    book(transaction, wanted)
    after = shelves_of(connection, order) if wanted else shelves
    lacks = lacking(order, after)
    if lacks or ledger_parts.shorts(connection, order=order.number):
        ledger_parts.save_short(connection, order.number, lacks, order.due_at)
    return after


def before_release(
    transaction: SqlTransaction, order: WorkOrder, now: Instant, *, by: str, why: str, without_parts: bool
) -> dict[str, int]:
    """Reserve the kit of an order that a person releases; what it goes without.

    Raises PartsMissing with a sentence about each part that is not there, unless it is released without them.
    """
    connection = transaction.connection
    lacks = missing(order, shelves := shelves_of(connection, order), now)
    if lacks and not without_parts:
        said = {each.part: in_language(sentence(each, shelves.parts[each.part]), "en") for each in lacks}
        raise PartsMissing(order.number, said)
    key = f"release/{order.number}/{order.revision}"
    reserve_kit(transaction, order, now, key=key, by=by, why=why)
    return {each.part: each.pieces for each in lacks}


def reserve_by_hand(
    ledger: SqlLedger,
    number: str,
    part: str,
    pieces: int,
    location: str,
    *,
    now: Instant,
    by: str,
    key: str,
    need: str = "",
    why: str = "",
) -> Sequence[Movement]:
    """Reserve a part, or a substitute of what the kit needs, anywhere, for an order that is open.

    Raises Unknown, NotInStock, WrongFormat.
    """
    with ledger.begin() as transaction:
        connection = transaction.connection
        order = ledger_orders.order(connection, number)
        wanted = Movement(
            id=key,
            at=now,
            recorded_at=now,
            kind=K.RESERVATION,
            part=part,
            location=location,
            pieces=pieces,
            order=number,
            need=need or part,
            by=by,
            why=why,
        )
        if (before := repeated(connection, [wanted])) is not None:
            return before
        check_known(connection, [wanted])
        check_reservable(connection, order, wanted)
        done = book(transaction, [wanted])
        if ledger_parts.shorts(connection, order=number):
            ledger_parts.save_short(connection, number, lacking(order, shelves_of(connection, order)), order.due_at)
        return done


def check_reservable(connection: Connection, order: WorkOrder, wanted: Movement) -> None:
    """Nothing, or WrongFormat where the order has no use for it."""
    need = ledger_parts.parts(connection, [wanted.need]).get(wanted.need)
    if order.done_at is not None or not order.is_open or order.state is OrderState.DEFERRED:
        raise WrongFormat(
            [f"Work order {order.number} is {order.state}; parts are reserved for orders to be worked on."]
        )
    if wanted.need not in order.kit:
        raise WrongFormat(
            [f"The kit of {order.number} has no {wanted.need}; it needs {', '.join(order.kit) or 'nothing'}."]
        )
    if wanted.part != wanted.need and (need is None or wanted.part not in need.substitutes):
        raise WrongFormat([f"{wanted.part} is no substitute of {wanted.need}; say so in the parts file first."])
    lacks = lacking(order, shelves_of(connection, order)).get(wanted.need, 0)
    if wanted.pieces > lacks:
        raise WrongFormat([f"{order.number} lacks {lacks} of {wanted.need}; reserve no more than that."])


def release_kit(transaction: SqlTransaction, order: WorkOrder, step: Step, now: Instant) -> dict[str, int]:
    """What becomes of the parts when a person moves an order: it is released with its kit reserved.

    Returns what it is released without. Raises PartsMissing.
    """
    if step.to is not OrderState.RELEASED or order.state not in TO_BE_SUPPLIED:
        return {}
    return before_release(transaction, order, now, by=step.by, why=step.why, without_parts=step.without_parts)


def total_of(levels: Iterable[Level]) -> tuple[int, int, int]:
    """On hand, reserved, on order, of all."""
    found = list(levels)
    return (
        sum(each.on_hand for each in found),
        sum(each.reserved for each in found),
        sum(each.on_order for each in found),
    )
