"""People: who can do what, where and when; and how a ticket came to its owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from domain.instants import Instant
from domain.sla import ROUND_THE_CLOCK, Calendar

LIMIT, TRAINEE_LIMIT = 10, 5
"""So many tickets a person works on at once, unless something else is said."""
FOR_EVER: Instant = 2**62
"""When a certificate expires that never does."""
POOL = "@"
"""An assignee that begins with it is a team: its tickets are taken by its people, not given to them."""


class Workplace(StrEnum):
    """Where a person works."""

    ONSITE = "onsite"
    """A technician, who goes to the asset."""
    REMOTE = "remote"
    """An agent, who helps from afar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can own tickets."""

    id: str
    name: str
    team: str = ""
    workplace: Workplace = Workplace.REMOTE
    skills: tuple[str, ...] = ()
    certificates: Mapping[str, Instant] = field(default_factory=dict)
    """The instant from which each is not valid any more."""
    territory: tuple[str, ...] = ()
    """Sites or regions, `*` stands for any letters; empty = anywhere."""
    limit: int = LIMIT
    """Tickets that a person works on at once."""
    lat: float | None = None
    lon: float | None = None
    """Where a technician starts from."""
    active: bool = True
    shift: str = ROUND_THE_CLOCK
    """The calendar of working hours; empty = always."""
    leave: tuple[tuple[Instant, Instant], ...] = ()
    """From and to."""

    def is_on_leave(self, at: Instant) -> bool:
        """Away at an instant, whatever the shift says."""
        return any(begin <= at < end for begin, end in self.leave)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """People and the shifts that they work in, by id."""

    people: Mapping[str, Person] = field(default_factory=dict)
    shifts: Mapping[str, Calendar] = field(default_factory=dict)

    def team_of(self, who: str) -> str:
        """The group that an assignee belongs to: a person's team, or the pool's own; empty where none is known."""
        if who.startswith(POOL):
            return who.removeprefix(POOL)
        return self.people[who].team if who in self.people else ""

    @property
    def teams(self) -> frozenset[str]:
        """All groups."""
        return frozenset(person.team for person in self.people.values() if person.team)


class Reason(StrEnum):
    """Why somebody cannot have a ticket now, in the order in which it is looked at."""

    INACTIVE = "inactive"
    SKILL = "skill"
    CERTIFICATE = "certificate"
    TERRITORY = "territory"
    REFUSED = "refused"
    LEAVE = "leave"
    SHIFT = "shift"
    FULL = "full"


UNCLASSED = "class"
"""Why a ticket waits whose class nobody describes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who can have a ticket, with the terms of the choice."""

    person: str
    ring: int
    """0 = the nearest; a nearer ring goes before any score."""
    km: float | None
    """Way to the asset; None where it is not known or nobody travels."""
    score: float
    terms: Mapping[str, float]
    """Each from 0 to 1, before its weight: `fix`, `load`, `travel`, `idle`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who gets a ticket and why, or why nobody does."""

    ticket: str
    chosen: str = ""
    """Empty: nobody is free."""
    candidates: Sequence[Candidate] = ()
    """The best ten, best first."""
    excluded: Mapping[str, int] = field(default_factory=dict)
    """How many cannot have it, by the first reason that holds."""

    @property
    def reason(self) -> str:
        """Why nobody gets it: what stands in the way of those who come nearest to it; empty once somebody does."""
        if self.chosen:
            return ""
        return next((reason for reason in reversed(Reason) if self.excluded.get(reason)), Reason.INACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A choice as it was made."""

    at: Instant
    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A ticket that nobody has."""

    ticket: str
    since: Instant
    reason: str
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What the event log says of a ticket's owners. Changed only through `ticketing.routes`."""

    ticket: str
    owner: str = ""
    refused: tuple[str, ...] = ()
    """People who did not take it."""
    groups: tuple[str, ...] = ()
    """Teams that had it, in order; a change within one is none."""
    transfers: int = 0
    has_returned: bool = False
    """It came back to a team that had it before."""
    is_suggested: bool = False
    """The expert group was named: once a ticket."""
    fixer: str = ""
    """Who resolved it first."""
    fixed: bool | None = None
    """The first repair held; None while that is open."""


@dataclass(frozen=True, slots=True)
class Record:
    """First-time fixes."""

    tried: int = 0
    fixed: int = 0

    def __add__(self, other: "Record") -> "Record":
        return Record(self.tried + other.tried, self.fixed + other.fixed)
