"""Ways: how long and how far it is between the places of a crew problem."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from domain.crew import Crew, Leg, Legs, Place
from domain.instants import HOUR
from domain.ports import Router

EARTH_KM = 6_371.0
NOWHERE = Leg(0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightLine:
    """A `Router` without a map: the great circle, longer by a factor, at one speed."""

    factor: float = 1.3
    km_per_hour: float = 45.0

    def legs(self, places: Sequence[Place]) -> Legs:
        """From each place to each."""
        return [[self.leg(here, there) for there in places] for here in places]

    def leg(self, here: Place, there: Place) -> Leg:
        """One way."""
        if here == there:
            return NOWHERE
        km = straight_km(here, there) * self.factor
        return Leg(round(km / self.km_per_hour * HOUR), km)


def straight_km(here: Place, there: Place) -> float:
    """The great circle between two places (haversine)."""
    north, east = radians(there.lat - here.lat), radians(there.lon - here.lon)
    share = sin(north / 2) ** 2 + cos(radians(here.lat)) * cos(radians(there.lat)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(share, 1.0)))


class Ways:
    """What a router said of the places of a crew problem; asked once."""

    def __init__(self, crew: Crew, router: Router) -> None:
        self.places = tuple(dict.fromkeys(places_of(crew)))
        self.row = {place: row for row, place in enumerate(self.places)}
        self.legs = router.legs(self.places)

    def between(self, here: Place, there: Place) -> Leg:
        """The way from one place to another, both of the problem."""
        return self.legs[self.row[here]][self.row[there]]


def places_of(crew: Crew) -> Iterable[Place]:
    """Every place that a route can touch."""
    yield from (technician.home for technician in crew.technicians)
    yield from (visit.place for visit in crew.visits)
    if crew.depot is not None:
        yield crew.depot.place
