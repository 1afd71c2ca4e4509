"""Kits: which shelf an order's parts come from, what it lacks, where else that is, and when it would arrive."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain import actors
from domain.instants import Instant
from domain.part import (
    Elsewhere,
    Level,
    Levels,
    Location,
    LocationKind,
    Missing,
    Movement,
    MovementKind,
    Part,
    Reservation,
)
from domain.work_order import WorkOrder
from maintenance.stock import Books

STOCK = actors.STOCK
"""The actor's name of what the stock ledger does by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """What there is of the parts that an order is about, and where."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    """Those that the ledger knows: of any other it says nothing, and asks for nothing."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    levels: Levels = field(default_factory=dict)
    """Of these parts and of their substitutes, everywhere."""
    reservations: Sequence[Reservation] = ()
    """Of the order."""
    site: str = ""
    """Where the order's asset stands."""

    def books(self) -> Books:
        """To book in."""
        return Books.of(self.levels, self.reservations)


def lacking(order: WorkOrder, shelves: Shelves) -> dict[str, int]:
    """Of the parts in its kit that are known: how many are not reserved for it."""
    held: dict[str, int] = {}
    for each in shelves.reservations:
        held[each.need] = held.get(each.need, 0) + each.pieces
    wanted = {part: pieces - held.get(part, 0) for part, pieces in sorted(order.kit.items()) if part in shelves.parts}
    return {part: pieces for part, pieces in wanted.items() if pieces > 0}


def too_much(order: WorkOrder, shelves: Shelves) -> Iterator[Reservation]:
    """What it has reserved beyond its kit."""
    left = dict(order.kit)
    for each in shelves.reservations:
        kept = min(each.pieces, left.get(each.need, 0))
        left[each.need] = left.get(each.need, 0) - kept
        if each.pieces > kept:
            yield replace(each, pieces=each.pieces - kept)


def serving(order: WorkOrder, shelves: Shelves) -> Sequence[Location]:
    """The locations that its parts may come from by themselves: the vans of those who go, then its site's depots.

    Other vans and other sites' depots are others' stock: people may reserve there.
    """
    vans = [each for each in shelves.locations.values() if each.kind is LocationKind.VAN]
    depots = [each for each in shelves.locations.values() if each.kind is LocationKind.DEPOT]
    mine = [each for each in vans if each.technician and each.technician in order.technicians]
    near = [each for each in depots if shelves.site and shelves.site in each.sites]
    of_all = [each for each in depots if not each.sites]
    return [each for group in (mine, near, of_all) for each in sorted(group, key=lambda one: one.id)]


def picks(part: str, pieces: int, order: WorkOrder, shelves: Shelves) -> Iterator[Level]:
    """Where to take so many from: one place that has all of them, else the first places that have some.

    The levels' `on_hand` says how many to take.
    """
    found = [shelves.levels.get((part, each.id)) for each in serving(order, shelves)]
    levels = [each for each in found if each is not None and each.available > 0]
    whole = [each for each in levels if each.available >= pieces]
    for level in whole[:1] or levels:
        if (taken := min(level.available, pieces)) > 0:
            yield replace(level, on_hand=taken)
        pieces -= taken


def reserving(order: WorkOrder, shelves: Shelves, *, now: Instant, key: str, by: str, why: str) -> Sequence[Movement]:
    """The reservations that bring its kit together, as far as there are parts."""
    taken = [
        (part, level)
        for part, pieces in lacking(order, shelves).items()
        for level in picks(part, pieces, order, shelves)
    ]
    return [
        Movement(
            id=f"{key}/reserve/{nth}",
            at=now,
            recorded_at=now,
            kind=MovementKind.RESERVATION,
            part=part,
            location=level.location,
            pieces=level.on_hand,
            order=order.number,
            need=part,
            by=by,
            why=why,
        )
        for nth, (part, level) in enumerate(taken, 1)
    ]


def releasing(reservations: Iterable[Reservation], *, now: Instant, key: str, by: str, why: str) -> Sequence[Movement]:
    """The releases that give reservations back."""
    return [
        Movement(
            id=f"{key}/release/{nth}",
            at=now,
            recorded_at=now,
            kind=MovementKind.RELEASE,
            part=each.part,
            location=each.location,
            pieces=each.pieces,
            order=each.order,
            need=each.need,
            by=by,
            why=why,
        )
        for nth, each in enumerate(reservations, 1)
    ]


def consuming(order: WorkOrder, shelves: Shelves, *, now: Instant, key: str) -> Sequence[Movement]:
    """Work that was done has used what was reserved for it, at the time when it was done."""
    done_at = order.done_at if order.done_at is not None else now
    why = "the work is done"
    releases = releasing(shelves.reservations, now=now, key=key, by=STOCK, why=why)
    issues = [
        replace(each, id=f"{key}/issue/{nth}", kind=MovementKind.ISSUE, at=done_at)
        for nth, each in enumerate(releases, 1)
    ]
    return [each for pair in zip(releases, issues, strict=True) for each in pair]


# -- what is missing


def missing(order: WorkOrder, shelves: Shelves, now: Instant) -> Sequence[Missing]:
    """What its kit would lack if everything that can be reserved by itself were; where else it is, and since when."""
    found = []
    for part, pieces in lacking(order, shelves).items():
        short = pieces - sum(level.on_hand for level in picks(part, pieces, order, shelves))
        if short > 0:
            found.append(described(shelves.parts[part], short, order, shelves, now))
    return found


def described(part: Part, pieces: int, order: WorkOrder, shelves: Shelves, now: Instant) -> Missing:
    """So many pieces that are missing, with every way out."""
    near = {each.id for each in serving(order, shelves)}
    arrives_at, is_bought = arrival(part, pieces, near, shelves, now)
    return Missing(
        part=part.id,
        pieces=pieces,
        elsewhere=tuple(lying(part.id, shelves, without=near)),
        substitutes=tuple(each for other in part.substitutes for each in lying(other, shelves)),
        arrives_at=arrives_at,
        is_bought=is_bought,
    )


def lying(part: str, shelves: Shelves, without: Iterable[str] = ()) -> Iterator[Elsewhere]:
    """Where a part is that nobody was promised, the most first."""
    levels = [each for each in shelves.levels.values() if each.part == part and each.location not in set(without)]
    for level in sorted(levels, key=lambda one: (-one.available, one.location)):
        if level.available > 0 and level.location in shelves.locations:
            yield Elsewhere(part=part, location=level.location, pieces=level.available)


def arrival(part: Part, pieces: int, near: Iterable[str], shelves: Shelves, now: Instant) -> tuple[Instant, bool]:
    """When enough of a part will have come to these places, and whether it is bought already."""
    incoming = sorted(
        each for place in near if (level := shelves.levels.get((part.id, place))) for each in level.incoming
    )
    for each in incoming:
        pieces -= each.pieces
        if pieces <= 0:
            return max(each.expected_at, now), True
    return now + part.lead, False
