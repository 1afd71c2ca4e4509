"""Routing: who gets a ticket. Hard rules say who can, rings and a score say who does; all of it stands with the choice.

Pure: people stand in columns, tickets are taken in order of priority and then age, and each ticket given out counts
for the next.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.errors import WrongFormat
from domain.instants import HOUR, Instant
from domain.person import Candidate, Choice, Reason
from domain.registry import Facts
from domain.ticket import Priority, Ticket
from domain.ticket_class import TicketClass
from ticketing.crowd import Crowd, distance

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

TABLE = 10
"""So many candidates are kept with a choice."""
RANKS = {priority: rank for rank, priority in enumerate(Priority)}
LONG_IDLE = 8 * HOUR
"""Nobody is idler than that."""
HALF_WAY_KM = 30.0
"""At this distance the travel term is a half."""
TERMS = ("fix", "load", "travel", "idle")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """How the owner of a ticket is chosen among those who can have it."""

    fix: float = 4.0
    """Weight of how often somebody's first repair of this failure mode held."""
    load: float = 3.0
    """Weight of the free share of somebody's limit."""
    travel: float = 2.0
    """Weight of the way to the asset."""
    idle: float = 1.0
    """Weight of how long ago somebody got a ticket."""
    rings_km: tuple[float, ...] = (3.0, 10.0, 30.0, 100.0)
    """Who is within the first is asked first, then the next, then everybody."""

    def __post_init__(self) -> None:
        mistakes = [f"{name} must be 0 or more" for name in TERMS if not 0 <= getattr(self, name) < np.inf]
        if not mistakes and not sum(getattr(self, name) for name in TERMS):
            mistakes.append(f"one of {', '.join(TERMS)} must be more than 0")
        if list(self.rings_km) != sorted(set(self.rings_km)) or not all(0 < km < np.inf for km in self.rings_km):
            mistakes.append("rings_km must be distances in kilometres, from near to far, such as [3, 10, 30, 100]")
        if mistakes:
            raise WrongFormat(mistakes)

    @property
    def weights(self) -> Mapping[str, float]:
        """By term; together 1."""
        whole = sum(getattr(self, name) for name in TERMS)
        return {name: getattr(self, name) / whole for name in TERMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a ticket asks of its owner."""

    ticket: str
    priority: Priority
    opened_at: Instant
    failure_mode: str
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    visit: str = "maybe"
    """`never`: nobody travels; `always`: an agent far away comes after every technician."""
    site: str = ""
    region: str = ""
    lat: float | None = None
    lon: float | None = None
    refused: tuple[str, ...] = ()


def errand_of(ticket: Ticket, needs: TicketClass, facts: Facts | None, refused: tuple[str, ...]) -> Errand:
    """What a ticket asks of its owner, where its asset stands."""
    return Errand(
        ticket=ticket.number,
        priority=ticket.priority,
        opened_at=ticket.opened_at,
        failure_mode=ticket.failure_mode,
        skills=needs.skills,
        certificates=needs.certificates,
        visit=needs.visit,
        site=facts.site if facts else "",
        region=facts.tags.get("region", "") if facts else "",
        lat=facts.lat if facts else None,
        lon=facts.lon if facts else None,
        refused=refused,
    )


def in_turn(errands: Iterable[Errand]) -> list[Errand]:
    """The most urgent first, then the oldest."""
    return sorted(errands, key=lambda errand: (RANKS[errand.priority], errand.opened_at, errand.ticket))


def routed(errands: Iterable[Errand], crowd: Crowd, settings: RoutingSettings, now: Instant) -> Iterator[Choice]:
    """A choice for each errand, in turn; each one that somebody gets counts as load for those after it.

    `crowd` is changed by it: loads grow, and who gets a ticket was idle until now.
    """
    router = Router(crowd, settings, now)
    for errand in in_turn(errands):
        choice = router.choose(errand)
        if choice.chosen:
            crowd.give(choice.chosen, now)
        yield choice


class Router:
    """Choices among the people of a crowd at an instant; what many tickets ask alike is worked out once."""

    def __init__(self, crowd: Crowd, settings: RoutingSettings, now: Instant) -> None:
        self.crowd = crowd
        self.settings = settings
        self.now = now
        self.weights = settings.weights
        self.ways: dict[tuple[object, ...], tuple[Floats, NDArray[np.int64], Floats]] = {}

    def choose(self, errand: Errand) -> Choice:
        """Who gets it. Ties go to the smaller id, so that the same world leads to the same choice."""
        free, excluded = self.free(errand)
        if not len(free):
            return Choice(ticket=errand.ticket, excluded=excluded)
        ring = self.way(errand)[1]
        terms = {name: values[free] for name, values in self.terms(errand).items()}
        score = np.zeros(len(free))
        for name, values in terms.items():
            score += self.weights[name] * values
        best = np.lexsort((free, -score, ring[free]))[:TABLE]
        table = [self.candidate(free[nth], score[nth], {n: v[nth] for n, v in terms.items()}, errand) for nth in best]
        return Choice(ticket=errand.ticket, chosen=table[0].person, candidates=table, excluded=excluded)

    def candidate(self, place: int, score: float, terms: Mapping[str, float], errand: Errand) -> Candidate:
        """One line of the table."""
        km, ring, _ = self.way(errand)
        return Candidate(
            person=self.crowd.ids[place],
            ring=int(ring[place]),
            km=None if np.isnan(km[place]) else round(float(km[place]), 1),
            score=round(float(score), 6),
            terms={name: round(float(value), 6) for name, value in terms.items()},
        )

    # -- hard rules

    def free(self, errand: Errand) -> tuple[NDArray[np.intp], Mapping[str, int]]:
        """The places of those who can have it, and how many cannot by the first reason that holds."""
        left = np.ones(len(self.crowd), np.bool_)
        excluded: dict[str, int] = {}
        for reason, cannot in (*self.standing(errand), *self.passing(errand)):
            struck = left & cannot
            if many := int(np.count_nonzero(struck)):
                excluded[reason.value] = excluded.get(reason.value, 0) + many
                left &= ~cannot
        return np.flatnonzero(left), excluded

    def standing(self, errand: Errand) -> Iterator[tuple[Reason, Bools]]:
        """What depends on the ticket's class and place alone."""
        crowd = self.crowd
        yield Reason.INACTIVE, crowd.inactive
        yield Reason.SKILL, ~crowd.skilled(errand.skills)
        yield Reason.CERTIFICATE, ~crowd.certified(errand.certificates)
        yield Reason.TERRITORY, ~crowd.covers(errand.site, errand.region)

    def passing(self, errand: Errand) -> Iterator[tuple[Reason, Bools]]:
        """What may be otherwise soon, or for the next ticket."""
        if errand.refused:
            yield Reason.REFUSED, self.crowd.named(errand.refused)
        yield Reason.LEAVE, self.crowd.on_leave
        yield Reason.SHIFT, self.crowd.off_shift
        yield Reason.FULL, self.crowd.load >= self.crowd.limit

    # -- rings and score

    def terms(self, errand: Errand) -> Mapping[str, Floats]:
        """Everybody's terms, each from 0 (worst) to 1 (best)."""
        crowd = self.crowd
        idle = np.clip((self.now - crowd.last_at) / LONG_IDLE, 0.0, 1.0)
        return {
            "fix": crowd.first_time_fix(errand.failure_mode),
            "load": 1.0 - crowd.load / crowd.limit,
            "travel": self.way(errand)[2],
            "idle": idle,
        }

    def way(self, errand: Errand) -> tuple[Floats, NDArray[np.int64], Floats]:
        """Kilometres (NaN: not known, or nobody travels), ring and travel term of everybody."""
        key = (errand.visit, errand.lat, errand.lon)
        if key not in self.ways:
            self.ways[key] = self.measured(errand)
        return self.ways[key]

    def measured(self, errand: Errand) -> tuple[Floats, NDArray[np.int64], Floats]:
        """The way of one place."""
        crowd, rings = self.crowd, self.settings.rings_km
        if errand.visit == "never":
            return np.full(len(crowd), np.nan), np.zeros(len(crowd), np.int64), np.ones(len(crowd))
        km = distance(crowd.lat, crowd.lon, errand.lat, errand.lon)
        km[~crowd.onsite] = np.nan
        far = len(rings)
        ring = np.where(np.isnan(km), far, np.searchsorted(np.array(rings), np.nan_to_num(km, nan=0.0)))
        term = np.where(np.isnan(km), 0.0, 1.0 / (1.0 + np.nan_to_num(km, nan=0.0) / HALF_WAY_KM))
        if errand.visit == "maybe":
            ring[~crowd.onsite], term[~crowd.onsite] = 0, 1.0
        else:
            ring[~crowd.onsite] = far + 1
        return km, ring.astype(np.int64), term
