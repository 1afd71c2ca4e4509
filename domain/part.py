"""Parts and their stock: what there is, where it lies, what is promised to which order, and every piece that moved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from domain.instants import DAY, Duration, Instant
from domain.text import Text

MOST_PIECES = 1_000_000_000
"""Of one part, in one place or in one movement."""


class LocationKind(StrEnum):
    """What kind of place stock lies in."""

    DEPOT = "depot"
    VAN = "van"


class MovementKind(StrEnum):
    """What can happen to stock."""

    ORDERED = "ordered"
    CALLED_OFF = "called_off"
    RECEIPT = "receipt"
    ISSUE = "issue"
    COUNT = "count"
    RESERVATION = "reservation"
    RELEASE = "release"
    TRANSFER = "transfer"


class Serving(StrEnum):
    """Whose service is kept."""

    EACH = "each"
    """Every part has its own."""
    TOGETHER = "together"
    """All parts that learn from each other have it together, at one price for a missing piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that is kept in stock."""

    id: str
    name: Text
    cost: float = 0.0
    """Of one piece, in the installation's currency."""
    lead_days: float = 14.0
    """From a purchase until it arrives, usually."""
    reorder_point: int | None = None
    """Bought again when less is available or on its way; None = by the forecast."""
    pack: int = 1
    """It is bought in multiples of so many."""
    substitutes: tuple[str, ...] = ()
    """Parts that do the same, the best first."""
    models: tuple[str, ...] = ()
    """Of the devices that it is for; none: not known."""
    service: float = 0.95
    """The share of its demand that is to be met from the shelf."""

    @property
    def lead(self) -> Duration:
        """`lead_days` in nanoseconds."""
        return int(self.lead_days * DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place where stock lies."""

    id: str
    kind: LocationKind = LocationKind.DEPOT
    name: Text
    technician: str = ""
    """Whose van it is."""
    sites: tuple[str, ...] = ()
    """The sites that a depot serves; none: all."""
    lat: float | None = None
    lon: float | None = None


class Incoming(NamedTuple):
    """Pieces that were bought and have not arrived."""

    expected_at: Instant
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much of a part lies in a place. Never: less than nothing, or more reserved than there is."""

    part: str
    location: str
    on_hand: int = 0
    reserved: int = 0
    incoming: tuple[Incoming, ...] = ()
    """By expected arrival."""
    counted_at: Instant | None = None
    """When somebody counted it last: what happened before and is told later changes nothing."""

    @property
    def available(self) -> int:
        """What can still be promised."""
        return self.on_hand - self.reserved

    @property
    def on_order(self) -> int:
        """Pieces on their way."""
        return sum(each.pieces for each in self.incoming)


Place = tuple[str, str]
"""A part and a location."""
Levels = Mapping[Place, Level]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of the stock ledger; it is only ever added to."""

    id: str
    """The idempotency key: the same movement told twice has happened once."""
    position: int = 0
    """Given by the ledger, in order of recording."""
    at: Instant
    """When it happened."""
    recorded_at: Instant
    kind: MovementKind
    part: str
    location: str
    pieces: int
    """How many; of a count: how many there are."""
    to: str = ""
    """Of a transfer: where they went."""
    order: str = ""
    """The work order that it is for."""
    need: str = ""
    """Of a reservation and its release: the part in the order's kit that it stands for."""
    expected_at: Instant | None = None
    """Of a purchase: when it should arrive."""
    difference: int = 0
    """Of a count: how many more there were than the books said."""
    is_counted: bool = False
    """It happened before the last count, which has seen it already: nothing is taken or added."""
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Pieces that are promised to a work order."""

    order: str
    need: str
    """The part in the order's kit."""
    part: str
    """The part that it gets: the same, or a substitute."""
    location: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Where else something that is missing could come from."""

    part: str
    location: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What an order's kit lacks, and what can be done about it."""

    part: str
    pieces: int
    elsewhere: tuple[Elsewhere, ...] = ()
    """The same part in other places."""
    substitutes: tuple[Elsewhere, ...] = ()
    arrives_at: Instant | None = None
    """When enough would be there: of what is bought already, else if it is bought now."""
    is_bought: bool = False
    """Enough is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A purchase that should be made."""

    part: str
    pieces: int
    cost: float
    available: int
    on_order: int
    reorder_point: int
    demand: float
    """Expected within the lead time."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Of that: planned work, failure forecast, history."""
    arrives_at: Instant
    why: Text
