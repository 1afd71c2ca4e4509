"""Live crew problems for tests: orders, people and places around a town on a Monday in March."""

from dataclasses import replace
from typing import Any

from domain.crew import CrewPlan
from domain.instants import HOUR, Instant
from domain.person import Person, Staff, Workplace
from domain.registry import Facts
from domain.work_order import OrderKind, OrderState, WorkOrder
from maintenance.crew_live import Live, Terms, World, world_of
from maintenance.crew_plan import plan
from maintenance.crew_ways import StraightLine, Ways
from maintenance.search.run import Effort
from tests.maintenance.crews import DAY

MONDAY = DAY
TERMS = Terms()


def at(hours: float) -> Instant:
    """An hour of the Monday."""
    return MONDAY + round(hours * HOUR)


def order(nth: int = 1, **more: Any) -> WorkOrder:
    """A released hour's work on the asset of the same number, due on Wednesday."""
    said = {
        "number": f"W-2026-{nth:06d}", "kind": OrderKind.CORRECTIVE, "asset": f"P-{nth}", "title": {"en": "Repair"},
        "state": OrderState.RELEASED, "why": {"en": "It is broken."}, "made_at": at(-24), "changed_at": at(-24),
        "due_at": at(60), "revision": 1,
    }  # fmt: skip
    return WorkOrder(**(said | more))


def place(nth: int = 1, site: str = "north", **more: Any) -> Facts:
    """An asset a few kilometres from its neighbour."""
    return Facts(
        **({"device": f"d-{nth}", "asset": f"P-{nth}", "site": site, "lat": 48.0 + nth / 50, "lon": 9.0} | more)
    )


def person(name: str = "ana", **more: Any) -> Person:
    """A technician who starts in town."""
    said = {"id": name, "name": name, "workplace": Workplace.ONSITE, "lat": 48.0, "lon": 9.0}
    return Person(**(said | more))


def live(*orders: WorkOrder, people: tuple[Person, ...] = (), **more: Any) -> Live:
    """The ledger on Monday at seven; every asset has its place."""
    staff = Staff(people={one.id: one for one in people or (person(),)}, shifts=more.pop("shifts", {}))
    facts = more.pop("facts", {each.asset: place(int(each.number[-6:])) for each in orders})
    return Live(**({"now": at(7), "days": 2, "orders": orders, "facts": facts, "staff": staff} | more))


def world(*orders: WorkOrder, terms: Terms = TERMS, **more: Any) -> World:
    """The problem."""
    return world_of(live(*orders, **more), terms)


def planned(made: World, rounds: int = 20) -> CrewPlan:
    """Its plan."""
    crew = made.crew
    steps = list(plan(crew, Ways(crew, StraightLine()), 1, Effort(rounds=rounds)))
    last = steps[-1]
    assert isinstance(last, CrewPlan)
    return last


def booked(which: WorkOrder, hours: float, *who: str) -> WorkOrder:
    """The order as a plan left it."""
    begin = at(hours)
    return replace(which, technicians=who or ("ana",), starts_at=begin, ends_at=begin + round(which.hours * HOUR))
