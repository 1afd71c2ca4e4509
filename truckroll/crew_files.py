"""Crew files: orders and technicians as JSON, and the plan that goes out as JSON."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from domain.crew import (
    ANY_TIME,
    Booking,
    Break,
    Crew,
    CrewCost,
    CrewPlan,
    Depot,
    Place,
    Route,
    Shift,
    Span,
    Technician,
    Visit,
)
from domain.errors import WrongFormat
from domain.instants import MINUTE, Instant, instant_text, parse_instant
from domain.person import FOR_EVER
from domain.work_order import Waiting

Times = tuple[str, str]
Minutes = Annotated[float, msgspec.Meta(ge=0, le=31 * 24 * 60)]
"""A month at most."""
Money = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Loss = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
Pieces = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Days = Annotated[int, msgspec.Meta(ge=0, le=3_650)]
Some = msgspec.Meta(max_length=1_000)
"""As many windows, shifts or names as one row may have."""
Row = TypeVar("Row")
Made = TypeVar("Made")


class OrderRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One visit in the file of orders."""

    order: str
    lat: float
    lon: float
    minutes: Minutes
    crew: int = 1
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    windows: Annotated[tuple[Times, ...], Some] = ()
    promised: Times | None = None
    pins: tuple[str, ...] = ()
    frozen_for: tuple[str, ...] = ()
    frozen_at: str = ""
    parts: dict[str, Pieces] = {}
    tools: tuple[str, ...] = ()
    due_at: str = ""
    breach_cost: Money = 0.0
    waiting: Annotated[tuple[tuple[Days, Loss], ...], Some] = ()
    unassigned_cost: Money = 1_000.0


class Orders(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The file of orders."""

    orders: Annotated[tuple[OrderRow, ...], msgspec.Meta(max_length=20_000)]
    now: str = ""
    zone: str = "UTC"


class BreakRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rest that begins between two times."""

    between: Times
    minutes: Minutes


class ShiftRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A shift."""

    times: Times
    overtime_minutes: Minutes = 0
    breaks: tuple[BreakRow, ...] = ()


class TechnicianRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One technician in the file of the crew."""

    id: str
    lat: float
    lon: float
    shifts: Annotated[tuple[ShiftRow, ...], Some]
    skills: tuple[str, ...] = ()
    certificates: dict[str, str] = {}
    leave: tuple[Times, ...] = ()
    works_holidays: bool = False
    stock: dict[str, Pieces] = {}
    tools: tuple[str, ...] = ()
    hour_cost: Money = 60.0
    overtime_cost: Money = 30.0


class DepotRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The depot."""

    lat: float
    lon: float
    loading_minutes: Minutes = 10
    stock: dict[str, Pieces] | None = None
    opens: Times | None = None


class CrewRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The file of the crew."""

    technicians: Annotated[tuple[TechnicianRow, ...], msgspec.Meta(max_length=2_000)]
    depot: DepotRow | None = None
    holidays: tuple[Times, ...] = ()
    km_cost: Money = 0.4
    freeze_minutes: Minutes = 120
    zone: str = "UTC"


def read_crew(orders: Path, technicians: Path, now: Instant) -> Crew:
    """The problem that two files describe; `now` where the file of orders says nothing. Raises WrongFormat."""
    given, staff = read(orders, Orders), read(technicians, CrewRow)
    try:
        zone, home = zone_of(given.zone), zone_of(staff.zone)
        crew = Crew(
            now=instant(given.now, zone) if given.now else now,
            visits=tuple(told_of("order", row.order, visit_of, row, zone) for row in given.orders),
            technicians=tuple(told_of("technician", row.id, technician_of, row, home) for row in staff.technicians),
            depot=depot_of(staff.depot, home) if staff.depot else None,
            holidays=tuple(span(one, home) for one in staff.holidays),
            km_cost=staff.km_cost,
            freeze=round(staff.freeze_minutes * MINUTE),
        )
    except ValueError as error:
        raise WrongFormat([f"{orders} or {technicians}: {error}"]) from error
    mistakes = list(mistakes_in(crew))
    if mistakes:
        raise WrongFormat(mistakes)
    return crew


def told_of(what: str, name: str, make: Callable[[Row, tzinfo], Made], row: Row, zone: tzinfo) -> Made:
    """What a row says; a mistake bears its name. Raises ValueError."""
    try:
        return make(row, zone)
    except ValueError as error:
        raise ValueError(f"{what} {name}: {error}") from error


def read(file: Path, kind: type[Row]) -> Row:
    """A file as its rows. Raises WrongFormat with the place of the mistake."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongFormat([f"{file}: {error}; see docs/crew-planning.md for what goes there."]) from error


def zone_of(name: str) -> tzinfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f'"{name}" is no time zone; write one such as "Europe/Berlin"') from error


def instant(text: str, zone: tzinfo) -> Instant:
    """A time of the file. Raises ValueError."""
    try:
        return parse_instant(text, zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'"{text}" is no time; write it like 2026-11-23T08:00') from error


def span(times: Times, zone: tzinfo) -> Span:
    """From and until. Raises ValueError."""
    begin, end = (instant(one, zone) for one in times)
    if end < begin:
        raise ValueError(f"{times[1]} is before {times[0]}")
    return Span(begin, end)


def visit_of(row: OrderRow, zone: tzinfo) -> Visit:
    """One order."""
    frozen = Booking(row.frozen_for, instant(row.frozen_at, zone)) if row.frozen_at else None
    return Visit(
        order=row.order,
        place=Place(row.lat, row.lon),
        duration=round(row.minutes * MINUTE),
        crew=row.crew,
        skills=row.skills,
        certificates=row.certificates,
        windows=tuple(span(one, zone) for one in row.windows),
        promised=span(row.promised, zone) if row.promised else None,
        pins=row.pins,
        frozen=frozen,
        parts=row.parts,
        tools=row.tools,
        due_at=instant(row.due_at, zone) if row.due_at else None,
        breach_cost=row.breach_cost,
        waiting=tuple(Waiting(days=days, cost=cost) for days, cost in row.waiting),
        unassigned_cost=row.unassigned_cost,
    )


def technician_of(row: TechnicianRow, zone: tzinfo) -> Technician:
    """One technician; a certificate without a date never expires."""
    return Technician(
        id=row.id,
        home=Place(row.lat, row.lon),
        shifts=tuple(shift_of(one, zone) for one in row.shifts),
        skills=row.skills,
        certificates={name: instant(until, zone) if until else FOR_EVER for name, until in row.certificates.items()},
        leave=tuple(span(one, zone) for one in row.leave),
        works_holidays=row.works_holidays,
        stock=row.stock,
        tools=row.tools,
        hour_cost=row.hour_cost,
        overtime_cost=row.overtime_cost,
    )


def shift_of(row: ShiftRow, zone: tzinfo) -> Shift:
    """One shift."""
    breaks = tuple(Break(span(one.between, zone), round(one.minutes * MINUTE)) for one in row.breaks)
    return Shift(span=span(row.times, zone), overtime=round(row.overtime_minutes * MINUTE), breaks=breaks)


def depot_of(row: DepotRow, zone: tzinfo) -> Depot:
    """The depot."""
    return Depot(
        place=Place(row.lat, row.lon),
        loading=round(row.loading_minutes * MINUTE),
        stock=row.stock,
        opens=span(row.opens, zone) if row.opens else ANY_TIME,
    )


def mistakes_in(crew: Crew) -> Iterator[str]:
    """What cannot be planned because it makes no sense."""
    for what, names in (
        ("order", [visit.order for visit in crew.visits]),
        ("technician", [one.id for one in crew.technicians]),
    ):
        twice = sorted(name for name, count in Counter(names).items() if count > 1)
        yield from (f"The {what} {name} is there twice; give each its own name." for name in twice)
    people = {one.id for one in crew.technicians}
    for visit in crew.visits:
        if visit.crew not in (1, 2):
            yield f"The order {visit.order} asks for a crew of {visit.crew}; one or two can go."
        if visit.duration <= 0:
            yield f"The order {visit.order} takes no time; say how many minutes."
        if visit.frozen and (set(visit.frozen.technicians) - people or len(visit.frozen.technicians) != visit.crew):
            yield f"The order {visit.order} is frozen for other people than there are; name {visit.crew} of the crew."
    for place in dict.fromkeys([visit.place for visit in crew.visits] + [one.home for one in crew.technicians]):
        if not (-90 <= place.lat <= 90 and -180 <= place.lon <= 180):
            yield f"{place.lat}, {place.lon} is nowhere on Earth; write degrees north and east."


def plan_rows(plan: CrewPlan, cost: CrewCost) -> Mapping[str, Any]:
    """A plan for JSON: routes with every stop, what is left out and why, and the cost."""
    return {
        "routes": [route_row(route) for route in plan.routes],
        "unassigned": [
            {"order": one.order, "obstacle": one.obstacle.value, "why": dict(one.why)} for one in plan.unassigned
        ],
        "cost": {**{name: round(value, 2) for name, value in asdict(cost).items()}, "total": round(cost.total, 2)},
    }


def route_row(route: Route) -> Mapping[str, Any]:
    """One route for JSON."""
    return {
        "technician": route.technician,
        "leaves_at": instant_text(route.leaves_at),
        "returns_at": instant_text(route.returns_at),
        "stops": [
            {
                "kind": stop.kind.value,
                **({"order": stop.order} if stop.order else {}),
                "arrives_at": instant_text(stop.arrives_at),
                "starts_at": instant_text(stop.starts_at),
                "ends_at": instant_text(stop.ends_at),
            }
            for stop in route.stops
        ],
    }
