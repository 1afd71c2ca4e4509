"""The crew's world: the live problem read from the ledger in one look."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from adapters import ledger_crew, ledger_fitted, ledger_parts, ledger_people
from adapters.ledger_sql import SqlLedger
from domain.crew import Depot, Place, Span
from domain.instants import Instant
from domain.part import Incoming, Level, LocationKind, Reservation
from domain.text import Text
from domain.work_order import WorkOrder
from maintenance.crew_frozen import settled
from maintenance.crew_live import RESERVED, TO_PLAN, Live, Terms, World, technicians, world_of
from maintenance.crew_ways import Ways
from maintenance.joint import Lot
from maintenance.joint_live import arriving
from truckroll.crew_outside import router_of
from truckroll.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The problem, and what its reader should know."""

    world: World
    terms: Terms
    said: tuple[Text, ...] = ()
    arrivals: tuple[Lot, ...] = ()
    """Pieces that are on their way to the depot."""


def terms_of(settings: Settings) -> Terms:
    """What things cost here."""
    return settings.crew.terms(settings.maintenance.hour_cost, settings.maintenance.zone)


def look(
    ledger: SqlLedger, settings: Settings, now: Instant, days: int, away: Mapping[str, Span] | None = None
) -> Looked:
    """The problem as it stands. Raises TryLater where a routing server does not answer, GiveUp."""
    terms = terms_of(settings)
    with ledger.reading() as connection:
        live = live_of(connection, now, days, away or {})
    world = world_of(live, terms)
    crew, said = settled(world.crew, Ways(world.crew, router_of(settings.crew.ways)))
    arrivals = [lot for part, some in sorted(live.incoming.items()) for lot in arriving(part, some, terms.zone)]
    return Looked(world=replace(world, crew=crew), terms=terms, said=said, arrivals=tuple(arrivals))


def live_of(connection: Connection, now: Instant, days: int, away: Mapping[str, Span]) -> Live:
    """What the ledger knows."""
    orders = ledger_crew.orders_in(connection, sorted(TO_PLAN))
    staff = ledger_people.staff(connection)
    stock = stock_of(connection, orders, [one.id for one in technicians(staff)])
    return Live(
        now=now,
        days=days,
        orders=tuple(orders),
        facts=ledger_fitted.facts_by_asset(connection, {each.asset for each in orders}),
        staff=staff,
        vans=stock.vans,
        depot=stock.depot,
        kits=stock.kits,
        incoming=stock.incoming,
        away=away,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Parts as the planner sees them."""

    vans: Mapping[str, Mapping[str, int]]
    depot: Depot | None
    kits: Mapping[str, Mapping[str, int]]
    incoming: Mapping[str, Sequence[Incoming]]
    """On its way to the depot."""


def stock_of(connection: Connection, orders: Sequence[WorkOrder], people: Iterable[str]) -> Stock:
    """What lies in vans and in the depot with a place that has most, without what is promised to other orders.

    Of a part that is short, those who have it reserved keep it: their pieces bear a name of their own. Where no depot
    has a place, what is reserved in one counts as brought along.
    """
    known = ledger_parts.parts(connection, {part for each in orders for part in each.kit})
    places = ledger_parts.locations(connection)
    held = {each.number: ledger_parts.reservations_of(connection, each.number) for each in orders if each.kit}
    mine = Counter[tuple[str, str]]()
    for some in held.values():
        for one in some:
            mine[one.part, one.location] += one.pieces
    wanted = set(known) | {one.part for some in held.values() for one in some}
    free: dict[str, Counter[str]] = {name: Counter() for name in places}
    levels = ledger_parts.levels(connection, wanted)
    short = short_of(orders, held, levels)
    for (part, place), level in levels.items():
        if place in free:
            free[place][part] += max(level.available, 0)
            free[place][kept_name(part, short)] += mine[part, place]
    shelves = {place: {part: count for part, count in shelf.items() if count > 0} for place, shelf in free.items()}
    vans = {
        who: total(shelves[one.id] for one in places.values() if one.kind is LocationKind.VAN and one.technician == who)
        for who in people
    }
    depots = [one for one in places.values() if one.kind is LocationKind.DEPOT]
    placed = [one for one in depots if one.lat is not None and one.lon is not None]
    best = max(placed, key=lambda one: sum(shelves[one.id].values()), default=None)
    brought = set() if best else {one.id for one in depots}
    return Stock(
        vans=vans,
        depot=Depot(place=Place(best.lat or 0.0, best.lon or 0.0), stock=shelves[best.id]) if best else None,
        kits={each.number: kit_of(each, held.get(each.number, ()), set(known), brought, short) for each in orders},
        incoming={part: one.incoming for (part, place), one in levels.items() if best and place == best.id},
    )


def short_of(
    orders: Iterable[WorkOrder], held: Mapping[str, Sequence[Reservation]], levels: Mapping[tuple[str, str], Level]
) -> set[str]:
    """Parts of which orders want more beside what they have reserved than is available anywhere."""
    wanted, free = Counter[str](), Counter[str]()
    for each in orders:
        left = Counter(each.kit)
        for one in held.get(each.number, ()):
            left[one.need] -= one.pieces
        wanted += left
    for (part, _), level in levels.items():
        free[part] += level.available
    return {part for part, pieces in wanted.items() if pieces > free[part]}


def kept_name(part: str, short: set[str]) -> str:
    """How the planner calls pieces that are reserved."""
    return part + RESERVED if part in short else part


def total(shelves: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """What lies on all of them together."""
    found = Counter[str]()
    for shelf in shelves:
        found.update(shelf)
    return dict(found)


def kit_of(
    order: WorkOrder, reservations: Sequence[Reservation], known: set[str], brought: set[str], short: set[str]
) -> Mapping[str, int]:
    """The parts that somebody must bring: those that are reserved as they are, the rest as the kit says.

    What the stock ledger does not know is not asked for.
    """
    kit = Counter[str]()
    left = Counter({part: pieces for part, pieces in order.kit.items() if part in known})
    for one in reservations:
        left[one.need] -= one.pieces
        if one.location not in brought:
            kit[kept_name(one.part, short)] += one.pieces
    kit.update({part: pieces for part, pieces in left.items() if pieces > 0})
    return dict(kit)
