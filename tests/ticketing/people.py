"""People for tests: a small staff, errands, and the crowd at an instant."""

from collections.abc import Mapping
from typing import Any

from domain.instants import DAY, HOUR, Instant
from domain.person import Person, Record, Staff, Workplace
from domain.sla import Calendar
from domain.ticket import Priority
from tests.ticketing.promises import MONDAY
from ticketing.crowd import Crowd
from ticketing.routing import Errand, Router, RoutingSettings

NIGHT = Calendar(id="night", zone="Europe/Berlin", week=tuple(((0, 360), (1320, 1440)) for _ in range(7)))
DAYTIME = Calendar(id="day", zone="Europe/Berlin", week=tuple(((360, 1080),) for _ in range(7)))
SHIFTS = {"night": NIGHT, "day": DAYTIME}
BERLIN = (52.52, 13.405)
DEGREE_KM = 111.195
"""Kilometres of one degree of latitude."""


def person(name: str, **said: Any) -> Person:
    """An agent who can have anything, unless something else is said."""
    return Person(**{"id": name, "name": name, "team": "desk"} | said)


def technician(name: str, *, km: float = 0.0, **said: Any) -> Person:
    """A technician so far north of the asset."""
    return person(name, workplace=Workplace.ONSITE, lat=BERLIN[0] + km / DEGREE_KM, lon=BERLIN[1], **said)


def staff(*people: Person) -> Staff:
    """These people, and two shifts."""
    return Staff(people={one.id: one for one in people}, shifts=SHIFTS)


def errand(ticket: str = "T-2026-000001", **said: Any) -> Errand:
    """What a crashing television in Berlin asks for."""
    known: dict[str, Any] = {
        "ticket": ticket,
        "priority": Priority.HIGH,
        "opened_at": MONDAY,
        "failure_mode": "crash-loop",
        "site": "berlin",
        "region": "eu-north",
        "lat": BERLIN[0],
        "lon": BERLIN[1],
    }
    return Errand(**known | said)


def crowd(
    *people: Person,
    now: Instant = MONDAY,
    loads: Mapping[str, int] | None = None,
    last: Mapping[str, Instant] | None = None,
    records: Mapping[tuple[str, str], Record] | None = None,
) -> Crowd:
    """These people at an instant, idle for long."""
    idle = {one.id: MONDAY - DAY for one in people}
    return Crowd(staff(*people), now, loads=loads or {}, last=idle | dict(last or {}), records=records or {})


def router(*people: Person, settings: RoutingSettings | None = None, now: Instant = MONDAY, **known: Any) -> Router:
    """Who chooses among them."""
    return Router(crowd(*people, now=now, **known), settings or RoutingSettings(), now)


LATER = MONDAY + HOUR
