"""How long an order must wait for its crew and its parts."""

from dataclasses import replace

import pytest

from domain.crew import Span
from domain.instants import DAY, HOUR
from domain.part import Incoming, Level
from domain.person import Person, Workplace
from domain.work_order import NEW_ORDER, OrderKind, WorkOrder
from maintenance.lead import Free, free_of, lead_of
from maintenance.stock_kits import Shelves
from tests.maintenance.plans import at
from tests.store import BOARD, CENTRAL

NOW = at("2026-06-01") + 10 * HOUR
ORDER = WorkOrder(
    number=NEW_ORDER,
    kind=OrderKind.PREDICTIVE,
    asset="P-1",
    title={"en": "Belt"},
    why={"en": "foretold"},
    made_at=NOW,
    changed_at=NOW,
    hours=2.0,
    skills=("pump",),
    kit={"board": 1},
)


def day(number: int, begin: float = 8, end: float = 16) -> Span:
    """Working hours, so many days from today."""
    return Span(
        at("2026-06-01") + int((number * 24 + begin) * HOUR), at("2026-06-01") + int((number * 24 + end) * HOUR)
    )


def who(name: str, *busy: Span, skills: tuple[str, ...] = ("pump",), territory: tuple[str, ...] = ()) -> Free:
    """Somebody who works every day."""
    person = Person(id=name, name=name, workplace=Workplace.ONSITE, skills=skills, territory=territory)
    return Free(person, free_of([day(number) for number in range(10)], busy, NOW))


def shelves(*levels: Level) -> Shelves:
    """Of one depot."""
    places = {(each.part, each.location): each for each in levels}
    return Shelves(parts={"board": BOARD}, locations={CENTRAL.id: CENTRAL}, levels=places)


FULL = shelves(Level(part="board", location=CENTRAL.id, on_hand=3))


@pytest.mark.parametrize(
    ("crew", "order", "days"),
    [
        ([who("ann")], ORDER, 0.0),
        ([who("ann", Span(NOW, day(2).end))], ORDER, 3 - 2 / 24),
        ([who("ann", Span(NOW, day(0).end - HOUR))], ORDER, 1 - 2 / 24),
        ([who("ann", skills=()), who("bo", day(0), day(1))], ORDER, 2 - 2 / 24),
        ([who("ann", territory=("HAM",)), who("bo", day(0), territory=("B*",))], ORDER, 1 - 2 / 24),
        ([who("ann"), who("bo", day(0, 8, 12))], replace(ORDER, crew=2), 2 / 24),
        ([who("ann")], replace(ORDER, crew=2), 0.0),
        ([], ORDER, 0.0),
    ],
    ids=["free", "busy", "too short", "skill", "site", "two", "no second", "nobody"],
)
def test_the_next_free_crew_can_do_the_work_as_long_as_it_takes(crew, order, days):
    """Skill, site, other work, and both of two at once; nobody is nothing to wait for."""
    found = lead_of(order, crew, FULL, "BER", NOW)

    assert (pytest.approx(days), 0.0) == (found.crew, found.part)


def test_a_part_is_on_the_shelf_or_comes_or_is_bought():
    """Whichever of crew and part takes longer counts."""
    crew, one = [who("ann", day(0))], Level(part="board", location=CENTRAL.id)
    coming = replace(one, incoming=(Incoming(NOW + 4 * DAY, 1),))

    found = [lead_of(ORDER, crew, shelf, "BER", NOW) for shelf in (FULL, shelves(coming), shelves(one))]
    assert [0.0, 4.0, 10.0] == [each.part for each in found]
    assert [pytest.approx(1 - 2 / 24), 4.0, 10.0] == [each.days for each in found]
