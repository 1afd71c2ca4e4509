"""Stock: what each movement does to what there is, so that nothing is ever promised twice or taken from an empty shelf.

A movement is checked and booked against levels that nobody else changes meanwhile; the caller holds the ledger's lock.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.errors import NotInStock, WrongFormat
from domain.part import MOST_PIECES, Incoming, Level, Levels, Movement, MovementKind, Place, Reservation

K = MovementKind
NEEDS_REASON = frozenset({K.COUNT})
"""Kinds that nobody can follow later unless somebody said why."""


@dataclass(slots=True)
class Books:
    """Levels and reservations while movements are booked one after the other; `done` is what happened."""

    levels: dict[Place, Level]
    reservations: dict[tuple[str, str, str, str], Reservation] = field(default_factory=dict)
    """By order, need, part and location."""
    done: list[Movement] = field(default_factory=list)
    changed: dict[Place, Level] = field(default_factory=dict)
    touched: dict[tuple[str, str, str, str], Reservation] = field(default_factory=dict)
    """Reservations that are new or different; one of 0 pieces is gone."""

    @classmethod
    def of(cls, levels: Levels, reservations: Iterable[Reservation] = ()) -> "Books":
        """Books that begin with these."""
        return cls(dict(levels), {key_of(each): each for each in reservations})

    def level(self, part: str, location: str) -> Level:
        """How much of a part is there."""
        return self.levels.get((part, location)) or Level(part=part, location=location)

    def book(self, movement: Movement) -> None:
        """Take in one movement. Raises NotInStock, WrongFormat, and then nothing has changed."""
        check(movement)
        level = self.level(movement.part, movement.location)
        movement = replace(
            movement,
            difference=movement.pieces - level.on_hand if movement.kind is K.COUNT else 0,
            is_counted=is_counted(level, movement),
        )
        after = [BOOKING[movement.kind](level, movement)]
        if movement.kind is K.TRANSFER:
            after.append(arrived(self.level(movement.part, movement.to), movement))
        if movement.kind in (K.RESERVATION, K.RELEASE):
            self.promise(movement)
        for each in after:
            self.put(each)
        self.done.append(movement)

    def put(self, level: Level) -> None:
        """A level as it is from now on."""
        self.levels[level.part, level.location] = self.changed[level.part, level.location] = level

    def promise(self, movement: Movement) -> None:
        """What an order has reserved after a reservation or its release. Raises NotInStock."""
        sign = 1 if movement.kind is K.RESERVATION else -1
        key = (movement.order, movement.need or movement.part, movement.part, movement.location)
        before = self.reservations.get(key)
        pieces = (before.pieces if before else 0) + sign * movement.pieces
        if pieces < 0:
            raise NotInStock(movement.part, movement.location, movement.pieces, before.pieces if before else 0)
        self.reservations[key] = self.touched[key] = Reservation(**dict(zip(KEY, key, strict=True)), pieces=pieces)

    def of_order(self, order: str) -> Sequence[Reservation]:
        """What is reserved for an order, in a fixed order."""
        return [each for key, each in sorted(self.reservations.items()) if key[0] == order and each.pieces]


KEY = ("order", "need", "part", "location")


def key_of(each: Reservation) -> tuple[str, str, str, str]:
    """What there is one reservation for."""
    return (each.order, each.need, each.part, each.location)


def check(movement: Movement) -> None:
    """Nothing, or WrongFormat with everything that the movement lacks or says too much."""
    kind, least = movement.kind, 0 if movement.kind is K.COUNT else 1
    mistakes = []
    if not least <= movement.pieces <= MOST_PIECES:
        mistakes.append(f"A {kind} is of {least} to {MOST_PIECES} pieces, and not of {movement.pieces}.")
    if movement.at > movement.recorded_at:
        mistakes.append("A movement is told once it has happened, and not before; give a time that has passed.")
    if (kind is K.TRANSFER) != bool(movement.to) or movement.to == movement.location:
        mistakes.append("A transfer goes to another location; no other movement goes anywhere.")
    if kind in (K.RESERVATION, K.RELEASE) and not movement.order:
        mistakes.append(f"Say which work order the {kind} is for.")
    if (kind is K.ORDERED) != (movement.expected_at is not None):
        mistakes.append("A purchase says when it should arrive; no other movement does.")
    if kind in NEEDS_REASON and not movement.why:
        mistakes.append(f"Say why the {kind} was made; it changes what the books say.")
    if mistakes:
        raise WrongFormat(mistakes)


def is_counted(level: Level, movement: Movement) -> bool:
    """A later count has seen what this movement did."""
    moves = movement.kind in (K.RECEIPT, K.ISSUE, K.TRANSFER)
    return moves and level.counted_at is not None and movement.at < level.counted_at


# -- what each kind does to the level where it begins


def ordered(level: Level, movement: Movement) -> Level:
    """Bought: on its way."""
    assert movement.expected_at is not None
    incoming = sorted([*level.incoming, Incoming(movement.expected_at, movement.pieces)])
    return replace(level, incoming=tuple(incoming))


def called_off(level: Level, movement: Movement) -> Level:
    """Not on its way any more; the latest first. Raises NotInStock."""
    if movement.pieces > level.on_order:
        raise NotInStock(level.part, level.location, movement.pieces, level.on_order, "on order")
    kept = level.on_order - movement.pieces
    return replace(level, incoming=tuple(first_of(level.incoming, kept)))


def first_of(incoming: Iterable[Incoming], pieces: int) -> Iterable[Incoming]:
    """The purchases that arrive first, as far as these pieces go."""
    for each in incoming:
        if (taken := min(each.pieces, pieces)) > 0:
            yield Incoming(each.expected_at, taken)
        pieces -= taken


def received(level: Level, movement: Movement) -> Level:
    """Arrived: what was expected first is not on its way any more."""
    rest = level.on_order - min(level.on_order, movement.pieces)
    late = tuple(first_of(reversed(level.incoming), rest))[::-1]
    return replace(grown(level, 0 if movement.is_counted else movement.pieces), incoming=late)


def grown(level: Level, pieces: int) -> Level:
    """With so many more. Raises WrongFormat where nobody can have so many."""
    if level.on_hand + pieces > MOST_PIECES:
        raise WrongFormat([f"There cannot be more than {MOST_PIECES} pieces of {level.part} at {level.location}."])
    return replace(level, on_hand=level.on_hand + pieces)


def issued(level: Level, movement: Movement) -> Level:
    """Taken: only what nobody was promised. Raises NotInStock."""
    if movement.is_counted:
        return level
    if movement.pieces > level.available:
        raise NotInStock(level.part, level.location, movement.pieces, level.available)
    return replace(level, on_hand=level.on_hand - movement.pieces)


def counted(level: Level, movement: Movement) -> Level:
    """Seen with one's own eyes. Raises NotInStock where more is promised than there is: that is released first."""
    if movement.pieces < level.reserved:
        raise NotInStock(level.part, level.location, level.reserved, movement.pieces)
    last = movement.at if level.counted_at is None else max(movement.at, level.counted_at)
    return replace(level, on_hand=movement.pieces, counted_at=last)


def reserved(level: Level, movement: Movement) -> Level:
    """Promised. Raises NotInStock."""
    if movement.pieces > level.available:
        raise NotInStock(level.part, level.location, movement.pieces, level.available)
    return replace(level, reserved=level.reserved + movement.pieces)


def released(level: Level, movement: Movement) -> Level:
    """Promised no more. Raises NotInStock."""
    if movement.pieces > level.reserved:
        raise NotInStock(level.part, level.location, movement.pieces, level.reserved, "reserved")
    return replace(level, reserved=level.reserved - movement.pieces)


def arrived(level: Level, movement: Movement) -> Level:
    """The other end of a transfer."""
    has_seen = level.counted_at is not None and movement.at < level.counted_at
    return level if has_seen else grown(level, movement.pieces)


BOOKING: Mapping[MovementKind, Callable[[Level, Movement], Level]] = {
    K.ORDERED: ordered,
    K.CALLED_OFF: called_off,
    K.RECEIPT: received,
    K.ISSUE: issued,
    K.COUNT: counted,
    K.RESERVATION: reserved,
    K.RELEASE: released,
    K.TRANSFER: issued,
}


def giving_way(part: str, location: str, pieces: int, reservations: Iterable[Reservation]) -> Iterator[Reservation]:
    """What must be released before a count of so many can stand; the first reservations give way first."""
    mine = [each for each in reservations if (each.part, each.location) == (part, location)]
    too_many = sum(each.pieces for each in mine) - pieces
    for each in mine:
        if (taken := min(each.pieces, too_many)) > 0:
            yield replace(each, pieces=taken)
            too_many -= taken
