"""The crew problem: who goes where and when; visits, technicians, and the plan that brings them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from domain.instants import HOUR, MINUTE, Duration, Instant
from domain.person import FOR_EVER
from domain.text import Text
from domain.work_order import Waiting

Certificates = Mapping[str, Instant]
"""The instant from which each is not valid any more."""


class Span(NamedTuple):
    """From an instant until another."""

    begin: Instant
    end: Instant

    def meets(self, other: "Span") -> bool:
        """They have time in common."""
        return self.begin < other.end and other.begin < self.end

    def holds(self, other: "Span") -> bool:
        """All of the other lies in it."""
        return self.begin <= other.begin and other.end <= self.end


ANY_TIME = Span(-FOR_EVER, FOR_EVER)


class Place(NamedTuple):
    """Where something is, in degrees."""

    lat: float
    lon: float


class Booking(NamedTuple):
    """Who comes, and when work begins."""

    technicians: tuple[str, ...]
    starts_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is to be done at one place in one go."""

    order: str
    place: Place
    duration: Duration
    crew: int = 1
    """Technicians at the same time: 1 or 2."""
    skills: tuple[str, ...] = ()
    """Each of the crew has all of them."""
    certificates: tuple[str, ...] = ()
    windows: tuple[Span, ...] = ()
    """Work begins within one of them; none = at any time."""
    promised: Span | None = None
    """What the customer was told; work begins within it."""
    moving_cost: float | None = None
    """The price at which a search may free it from what was promised; None = it may not."""
    pins: tuple[str, ...] = ()
    """These technicians and nobody else."""
    frozen: Booking | None = None
    """Dispatched, or about to begin: neither its people nor its time may change."""
    parts: Mapping[str, int] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    due_at: Instant | None = None
    breach_cost: float = 0.0
    """What it costs once if work ends after `due_at`."""
    waiting: tuple[Waiting, ...] = ()
    """What it costs if work begins so many days after the problem's `now`."""
    unassigned_cost: float = 1_000.0
    """What it costs to leave it out, beside what waiting costs."""


class Break(NamedTuple):
    """A rest that a shift owes: it begins within the span."""

    begins: Span
    duration: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One stretch of working time."""

    span: Span
    overtime: Duration = 0
    """So much longer at most."""
    breaks: tuple[Break, ...] = ()

    @property
    def until(self) -> Instant:
        """The end with all overtime."""
        return self.span.end + self.overtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician:
    """Somebody who goes to assets."""

    id: str
    home: Place
    """Where each route begins and ends."""
    shifts: tuple[Shift, ...]
    skills: tuple[str, ...] = ()
    certificates: Certificates = field(default_factory=dict)
    leave: tuple[Span, ...] = ()
    works_holidays: bool = False
    stock: Mapping[str, int] = field(default_factory=dict)
    """Parts in the van, for all shifts together."""
    tools: tuple[str, ...] = ()
    hour_cost: float = 60.0
    overtime_cost: float = 30.0
    """On top of an hour's cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """Where parts and tools are fetched: after a stop there a technician has every tool until the route ends."""

    place: Place
    loading: Duration = 10 * MINUTE
    stock: Mapping[str, int] | None = None
    """Parts there; None = as many of each as anybody wants."""
    opens: Span = ANY_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Everything that a crew plan is made from."""

    now: Instant
    visits: tuple[Visit, ...]
    technicians: tuple[Technician, ...]
    depot: Depot | None = None
    holidays: tuple[Span, ...] = ()
    km_cost: float = 0.4
    freeze: Duration = 2 * HOUR
    """No work begins that soon after `now`, except what is frozen."""


class StopKind(StrEnum):
    """What happens at a stop."""

    VISIT = "visit"
    DEPOT = "depot"
    BREAK = "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop of a route; a break is taken where the technician is."""

    kind: StopKind = StopKind.VISIT
    order: str = ""
    arrives_at: Instant
    starts_at: Instant
    ends_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One technician from home to home within one shift."""

    technician: str
    leaves_at: Instant
    returns_at: Instant
    stops: tuple[Stop, ...]

    @property
    def span(self) -> Span:
        """From home to home."""
        return Span(self.leaves_at, self.returns_at)


class Obstacle(StrEnum):
    """Why a visit has no place in the plan, in the order in which it is looked at."""

    PLACE = "place"
    NOBODY = "nobody"
    CREW = "crew"
    TERRITORY = "territory"
    PIN = "pin"
    SKILL = "skill"
    CERTIFICATE = "certificate"
    TEAM = "team"
    PART = "part"
    TOOL = "tool"
    WINDOW = "window"
    TRAVEL = "travel"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """A visit that nobody makes, and why."""

    order: str
    obstacle: Obstacle
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewPlan:
    """Who goes where and when."""

    routes: tuple[Route, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()


class Rule(StrEnum):
    """The hard rules."""

    KNOWN = "known"
    ONCE = "once"
    ORDER = "order"
    SKILL = "skill"
    CERTIFICATE = "certificate"
    SHIFT = "shift"
    LEAVE = "leave"
    HOLIDAY = "holiday"
    BREAK = "break"
    WINDOW = "window"
    PROMISE = "promise"
    TRAVEL = "travel"
    DURATION = "duration"
    PART = "part"
    TOOL = "tool"
    DEPOT = "depot"
    TEAM = "team"
    PIN = "pin"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A hard rule that a plan breaks."""

    rule: Rule
    technician: str = ""
    order: str = ""
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewCost:
    """What a plan costs, in the operator's money."""

    travel: float = 0.0
    work: float = 0.0
    overtime: float = 0.0
    waiting: float = 0.0
    breaches: float = 0.0
    unassigned: float = 0.0

    @property
    def total(self) -> float:
        """All together."""
        return self.travel + self.work + self.overtime + self.waiting + self.breaches + self.unassigned


class Leg(NamedTuple):
    """The way from one place to another."""

    duration: Duration
    km: float


Legs = Sequence[Sequence[Leg]]
"""From each place (row) to each (column)."""
