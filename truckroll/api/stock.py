"""Parts: what there is and where, what moves, what orders lack, and what should be bought."""

from collections.abc import Iterable, Sequence
from secrets import token_hex
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from adapters import ledger_parts
from domain.part import MOST_PIECES, LocationKind, MovementKind
from domain.part import Level as KeptLevel
from domain.part import Movement as KeptMovement
from domain.part import Part as KeptPart
from truckroll.api.acts import Actor, Deed
from truckroll.api.deeds import IdempotencyKey
from truckroll.api.log import MOST_POSITION
from truckroll.api.orders import OrderInPath, OrderNumber
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, Id, MaybeAt, Page, Shape, When, page
from truckroll.desk_files import load_classes
from truckroll.stock import kit_of, move_stock, reserve_by_hand
from truckroll.stock_files import FileOf, import_parts
from truckroll.supply import proposed

MOST_CHARACTERS = 900_000
CHANGED = answers(401, 404, 409, 413, 422, 503)

router = APIRouter(tags=["parts"])

PartInPath = Annotated[Id, Path(description="The part's id.")]
Told = Literal["ordered", "called_off", "receipt", "issue", "count", "transfer"]


class Incoming(Shape):
    """Pieces that were bought and have not arrived."""

    expected_at: At
    pieces: int


class Level(Shape):
    """How much of a part lies in a place."""

    location: str
    on_hand: int
    reserved: int
    available: int
    on_order: int
    incoming: list[Incoming]
    counted_at: MaybeAt


class Part(Shape):
    """Something that is kept in stock."""

    id: str
    name: dict[str, str]
    cost: float
    """Of one piece."""
    lead_days: float
    """From a purchase until it arrives."""
    reorder_point: int | None
    """null: by the forecast."""
    pack: int
    substitutes: list[str]
    models: list[str]
    service: float
    levels: list[Level]


class Location(Shape):
    """A place where stock lies."""

    id: str
    kind: LocationKind
    name: dict[str, str]
    technician: str
    """Whose van it is."""
    sites: list[str]
    """The sites that a depot serves; none: all."""
    lat: float | None
    lon: float | None


class Locations(Shape):
    """All of them, in order of id."""

    items: list[Location]


class Movement(Shape):
    """One line of the stock ledger."""

    id: str
    position: int
    at: At
    """When it happened."""
    recorded_at: At
    kind: MovementKind
    part: str
    location: str
    pieces: int
    """Of a count: how many there are."""
    to: str
    """Of a transfer: where they went."""
    order: str
    need: str
    """Of a reservation: the part of the kit that it stands for."""
    expected_at: MaybeAt
    difference: int
    """Of a count: how many more than the books said."""
    is_counted: bool
    """A later count has seen it: it changed nothing."""
    by: str
    why: str


class Movements(Shape):
    """What was booked, in order."""

    items: list[Movement]


class Reserved(Shape):
    """Pieces that are promised to an order."""

    need: str
    part: str
    location: str
    pieces: int


class Elsewhere(Shape):
    """Where else something could come from."""

    part: str
    location: str
    pieces: int


class Missing(Shape):
    """What a kit lacks."""

    part: str
    pieces: int
    elsewhere: list[Elsewhere]
    substitutes: list[Elsewhere]
    arrives_at: MaybeAt
    is_bought: bool
    """Enough is on its way; else it would arrive then if it is bought now."""


class Kit(Shape):
    """How an order's kit stands."""

    order: str
    needs: dict[str, int]
    unknown: dict[str, int]
    """Parts that the ledger does not know: it says nothing of them."""
    reserved: list[Reserved]
    missing: list[Missing]
    sentences: list[dict[str, str]]
    """About each that is missing."""


class Proposal(Shape):
    """A purchase that should be made."""

    part: str
    pieces: int
    cost: float
    available: int
    on_order: int
    reorder_point: int
    demand: float
    """Expected within the lead time."""
    shares: dict[str, float]
    """Of that: planned, forecast, history."""
    arrives_at: At
    why: dict[str, str]


class Proposals(Shape):
    """Dearest first."""

    items: list[Proposal]


class PartsAsked(Asked):
    """A stretch of the parts."""

    cursor: Id | Absent = Field(None, description="Parts after this one.")
    limit: int = Field(50, ge=1, le=200)


class MovementsAsked(Asked):
    """A stretch of a part's movements."""

    cursor: int = Field(0, ge=0, lt=MOST_POSITION, description="Movements before this position.")
    limit: int = Field(50, ge=1, le=200)


class Move(Deed):
    """Something that happened to stock."""

    kind: Told
    part: Id
    location: Id
    pieces: int = Field(ge=0, le=MOST_PIECES)
    to: Id | Absent = None
    """Of a transfer."""
    order: OrderNumber | Absent = None
    """Of an issue or a transfer: what is reserved for it is used first."""
    at: When | Absent = None
    """When it happened; absent: now."""
    expected_at: When | Absent = None
    """Of `ordered`: when it should arrive."""


class Reserve(Deed):
    """Pieces for an order, also a substitute or from another location."""

    part: Id
    location: Id
    pieces: int = Field(ge=1, le=MOST_PIECES)
    instead_of: Id | Absent = None
    """The part of the kit that it stands in for; absent: itself."""


class PartsFile(Asked):
    """A CSV file."""

    what: FileOf
    content: Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]
    dry_run: bool = False
    """Only say what would change."""
    by: Actor = "operator"


class Imported(Shape):
    """What a file changed, or would change."""

    added: int
    changed: int
    unchanged: int
    dry_run: bool


@router.get("/parts", summary="Parts and their stock", responses=answers(401, 422, 503))
def parts(running: Running, asked: Annotated[PartsAsked, Query()]) -> Page[Part]:
    """In order of id, with how much is where."""
    with running.ledger.reading() as connection:
        found = ledger_parts.page_of_parts(connection, asked.cursor or "", asked.limit + 1)
        levels = ledger_parts.levels(connection, [one.id for one in found])
    return page(Page[Part], [shown(one, levels.values()) for one in found], asked.limit, lambda one: one.id)


@router.get("/parts/proposals", summary="What should be bought", responses=answers(401, 503))
def all_proposals(here: Here) -> Proposals:
    """Parts of which less is available and on order than the reorder point."""
    with here.running.ledger.reading() as connection:
        settings = here.running.settings
        jobs, serving = load_classes(settings).plans, settings.maintenance.serving
        found = proposed(connection, here.clock.now(), jobs, serving)
    return Proposals.model_validate({"items": found})


@router.post("/parts/import", summary="Take in a file", responses=answers(401, 413, 422, 503))
def import_file(here: Here, said: PartsFile) -> Imported:
    """Parts, depots or counted stock, all or none; every mistake is told with its line."""
    plan = import_parts(
        here.running.ledger,
        said.what,
        said.content,
        f"{said.what}.csv",
        by=said.by,
        now=here.clock.now(),
        dry_run=said.dry_run,
    )
    return Imported(**plan.said, dry_run=said.dry_run)


@router.post("/parts/movements", summary="Book a movement", responses=CHANGED)
def book(here: Here, said: Move, idempotency_key: IdempotencyKey = None) -> Movements:
    """What happened to stock, with what it led to. More than there is, is a 409; the same key again books nothing."""
    now = here.clock.now()
    movement = KeptMovement(
        id=key_of(idempotency_key),
        at=now if said.at is None else said.at,
        recorded_at=now,
        kind=MovementKind(said.kind),
        part=said.part,
        location=said.location,
        pieces=said.pieces,
        to=said.to or "",
        order=said.order or "",
        expected_at=said.expected_at,
        by=said.by,
        why=said.why,
    )
    return movements_of(move_stock(here.running.ledger, [movement]))


@router.get("/parts/{part}", summary="One part", responses=answers(401, 404, 422, 503))
def one_part(running: Running, part: PartInPath) -> Part:
    """With how much is where."""
    with running.ledger.reading() as connection:
        return shown(ledger_parts.part(connection, part), ledger_parts.levels(connection, [part]).values())


@router.get("/parts/{part}/movements", summary="Its movements", responses=answers(401, 404, 422, 503))
def movements(running: Running, part: PartInPath, asked: Annotated[MovementsAsked, Query()]) -> Page[Movement]:
    """Newest first."""
    with running.ledger.reading() as connection:
        ledger_parts.part(connection, part)
        found = ledger_parts.movements(connection, part=part, before=asked.cursor, most=asked.limit + 1)
    return page(Page[Movement], found, asked.limit, lambda one: one.position)


@router.get("/locations", summary="Depots and vans", responses=answers(401, 503))
def locations(running: Running) -> Locations:
    """Where stock lies."""
    with running.ledger.reading() as connection:
        return Locations.model_validate({"items": list(ledger_parts.locations(connection).values())})


@router.get("/orders/{order}/kit", tags=["orders"], summary="Its parts", responses=answers(401, 404, 422, 503))
def kit(here: Here, order: OrderInPath) -> Kit:
    """What it needs, what is reserved, and what is missing: where else that is, and when it would arrive."""
    with here.running.ledger.reading() as connection:
        return Kit.model_validate(kit_of(connection, order, here.clock.now()))


@router.post("/orders/{order}/reserve", tags=["orders"], summary="Reserve a part for it", responses=CHANGED)
def reserve(here: Here, order: OrderInPath, said: Reserve, idempotency_key: IdempotencyKey = None) -> Movements:
    """From any location, also a substitute. Its release reserves the rest by itself."""
    done = reserve_by_hand(
        here.running.ledger,
        order,
        said.part,
        said.pieces,
        said.location,
        now=here.clock.now(),
        by=said.by,
        key=key_of(idempotency_key),
        need=said.instead_of or "",
        why=said.why,
    )
    return movements_of(done)


def key_of(key: str | None) -> str:
    """The movement's id."""
    return f"api/{key or token_hex(8)}"


def movements_of(done: Sequence[KeptMovement]) -> Movements:
    """What was booked."""
    return Movements.model_validate({"items": done})


def shown(part: KeptPart, levels: Iterable[KeptLevel]) -> Part:
    """A part as it travels."""
    mine = [each for each in levels if each.part == part.id]
    said = {name: getattr(part, name) for name in Part.model_fields if name != "levels"}
    return Part.model_validate(said | {"levels": mine})
