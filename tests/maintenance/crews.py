"""A small crew problem on the equator, where a hundredth of a degree is five minutes away."""

from dataclasses import dataclass
from typing import Any

from domain.crew import Crew, CrewPlan, Leg, Legs, Place, Route, Shift, Span, Stop, StopKind, Technician, Visit
from domain.instants import HOUR, MINUTE, Instant, parse_instant
from maintenance.crew_ways import Ways

DAY = parse_instant("2026-03-02T00:00:00Z")
NINE, FIVE = DAY + 9 * HOUR, DAY + 17 * HOUR
HOME = Place(0.0, 0.0)


@dataclass(frozen=True)
class Steps:
    """A router: five minutes and a kilometre for each hundredth of a degree, along both axes."""

    def legs(self, places: Any) -> Legs:
        """From each to each."""
        return [[self.leg(here, there) for there in places] for here in places]

    def leg(self, here: Place, there: Place) -> Leg:
        """One way."""
        steps = round(100 * (abs(here.lat - there.lat) + abs(here.lon - there.lon)))
        return Leg(5 * steps * MINUTE, float(steps))


def at(hours: float) -> Instant:
    """An hour of the day."""
    return DAY + round(hours * HOUR)


def visit(order: str = "W-1", east: int = 1, **more: Any) -> Visit:
    """Half an hour's work so many steps east of home."""
    return Visit(**{"order": order, "place": Place(0.0, east / 100), "duration": 30 * MINUTE, **more})


def technician(name: str = "ana", **more: Any) -> Technician:
    """Somebody who works from nine to five."""
    return Technician(**{"id": name, "home": HOME, "shifts": (Shift(span=Span(NINE, FIVE)),), **more})


def crew(*visits: Visit, people: tuple[Technician, ...] = (), **more: Any) -> Crew:
    """A problem as seen at six in the morning."""
    return Crew(**{"now": at(6), "visits": visits, "technicians": people or (technician(),), **more})


def stop(order: str, begins: float, minutes: int = 30, **more: Any) -> Stop:
    """A stop that begins as soon as somebody is there."""
    kind = more.pop("kind", StopKind.VISIT)
    begin = at(begins)
    return Stop(
        kind=kind, order=order, arrives_at=more.get("arrives", begin), starts_at=begin, ends_at=begin + minutes * MINUTE
    )


def route(*stops: Stop, who: str = "ana", leaves: float = 9, returns: float = 17) -> Route:
    """A route that takes the whole shift unless something else is said."""
    return Route(technician=who, leaves_at=at(leaves), returns_at=at(returns), stops=stops)


def plan(*routes: Route, **more: Any) -> CrewPlan:
    """Routes, and nothing left out."""
    return CrewPlan(routes=routes, **more)


def ways(problem: Crew) -> Ways:
    """The ways of a problem by steps."""
    return Ways(problem, Steps())
