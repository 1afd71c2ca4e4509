"""Settings of the crew plan: what ways, overtime and broken promises cost, and when people work of whom nobody says."""

import math
from dataclasses import dataclass

from domain.errors import WrongFormat
from domain.instants import parse_duration
from maintenance.crew_live import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewSettings:
    """Crew planning (docs/crew-planning.md)."""

    ways: str = ""
    """A routing server's address or a table's file; none: straight lines."""
    km_cost: float = 0.4
    """What a kilometre costs."""
    overtime_cost: float = 30.0
    """What an hour of overtime costs on top."""
    overtime: str = "1h"
    """So long a shift may last longer."""
    freeze: str = "2h"
    """What begins so soon is not planned any more."""
    day_begin: str = "08:00"
    """When those begin to work who have no shift."""
    day_end: str = "17:00"
    """When they end."""
    unassigned_cost: float = 400.0
    """What it costs to leave out an order of medium priority that is due."""
    breach_cost: float = 250.0
    """What it costs to end such an order after it is due."""
    day_cost: float = 20.0
    """What it costs to let it wait for a day, where the order does not say it itself."""
    trip_cost: float = 30.0
    """What a trip of its own costs later for an order that is not due yet: it is done where it costs less now."""
    soon: str = "30d"
    """Orders of the same place that are due so soon are done together with one that is due."""
    moved_promise_cost: float = 150.0
    """What it costs to tell a customer another time."""

    def __post_init__(self) -> None:
        mistakes = [
            f"{name} must be a number, 0 or more"
            for name in (
                "km_cost", "overtime_cost", "unassigned_cost", "breach_cost", "day_cost", "trip_cost",
                "moved_promise_cost",
            )
            if not 0 <= getattr(self, name) < math.inf
        ]  # fmt: skip
        for name in ("overtime", "freeze", "soon"):
            try:
                parse_duration(getattr(self, name))
            except ValueError as error:
                mistakes.append(f"{name}: {error}")
        times = [minute_of(text) for text in (self.day_begin, self.day_end)]
        if None in times or times != sorted(times, key=lambda one: one or 0) or times[0] == times[1]:
            mistakes.append("day_begin and day_end must be times such as 08:00, one after the other")
        if mistakes:
            raise WrongFormat(mistakes)

    def terms(self, hour_cost: float, zone: str) -> Terms:
        """The settings as the planner reads them."""
        return Terms(
            zone=zone,
            hour_cost=hour_cost,
            km_cost=self.km_cost,
            overtime_cost=self.overtime_cost,
            overtime=parse_duration(self.overtime),
            freeze=parse_duration(self.freeze),
            day=(minute_of(self.day_begin) or 0, minute_of(self.day_end) or 0),
            unassigned_cost=self.unassigned_cost,
            breach_cost=self.breach_cost,
            day_cost=self.day_cost,
            trip_cost=self.trip_cost,
            soon=parse_duration(self.soon),
            moved_promise_cost=self.moved_promise_cost,
        )


def minute_of(text: str) -> int | None:
    """The minute of the day; None for what is no time."""
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):
        return None
    found = int(hours) * 60 + int(minutes)
    return found if found <= 24 * 60 else None
