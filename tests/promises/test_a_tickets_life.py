"""A ticket's life from the device to the customer, with every part of the service at work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.closing import Codes
from domain.errors import IllegalMove, TruckrollError
from domain.instants import DAY, HOUR, MINUTE, SECOND
from domain.ticket import TicketState
from domain.work_order import OrderState
from tests.workshop import Workshop, person_called
from ticketing import people
from ticketing.visits import Need
from truckroll import survey
from truckroll.incidents import give_ticket

RULES = """
[[rule]]
id = "tv-crash-loop"
name = { en = "TV keeps crashing", zh = "电视反复死机" }
kind = "consecutive"
event = "crash"
reset = { event = "boot_ok" }
count = 3
within = "24h"
resolve = { event = "boot_ok" }
severity = "S2"
failure_mode = "crash-loop"
class = "tv-crash"

[[class]]
id = "tv-crash"
name = { en = "Display crash", zh = "屏幕死机" }
visit = "maybe"
skills = ["display"]
job_plan = "tv-board-swap"
gates = ["photo_before", "photo_after", "signature", "codes"]
required = ["scope"]
soak = "24h"
ask_after = "72h"
relapse = "30d"
problems = { hangs = "It hangs" }
causes = { worn = "Worn out" }
remedies = { replaced = "true", none_found = "nff" }

[[job_plan]]
id = "tv-board-swap"
name = { en = "Swap the board", zh = "更换主板" }
hours = 1.5
skills = ["display"]
kit = { "board-55" = 1 }
"""
CODES = Codes(problem="hangs", cause="worn", remedy="replaced")
TO_WORK = (OrderState.APPROVED, OrderState.RELEASED, OrderState.DISPATCHED, OrderState.IN_PROGRESS)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    """A workshop with one technician who knows displays and one who does not."""
    with Workshop(tmp_path, RULES) as here:
        here.hires(person_called("lee"), person_called("kim", skills=("pumps",)))
        yield here


def broken(shop: Workshop, device: str = "tv-1") -> str:
    """The ticket of a device that has crashed three times in a row."""
    shop.crashes(device)
    return next(t.number for t in shop.ledger.tickets() if t.asset == device)


def under_repair(shop: Workshop, number: str) -> None:
    """Somebody has answered, decided to drive there, and works on it."""
    shop.does(number, people.acknowledge)
    shop.decides(number, "yes")
    ways = TO_WORK[TO_WORK.index(OrderState.DISPATCHED) :] if shop.order(number).state == "released" else TO_WORK
    shop.brings(number, *ways)


def repaired(shop: Workshop, number: str) -> None:
    """The work is shown and done; the device has booted well since."""
    shop.photographs(number, "photo_before", "photo_after", "signature")
    shop.writes_down(number, CODES, scope="one panel")
    shop.brings(number, OrderState.WORK_DONE)
    shop.says(shop.ticket(number).asset, '"event":"boot_ok"')


def test_from_three_crashes_to_a_content_customer(shop: Workshop) -> None:
    """Assigned by skill, waiting for its part with its clock standing still, visited, shown, confirmed, rated."""
    number = broken(shop)
    assert ("assigned", "lee") == (shop.state(number), shop.ticket(number).assignee)

    shop.does(number, people.acknowledge)
    shop.decides(number, "yes")
    order = shop.order(number)
    assert ("tv-board-swap", {"board-55": 1}, 1.5) == (order.job_plan, order.kit, order.hours)
    assert shop.resolution(number).due_at == order.due_at
    if order.state is OrderState.IN_REVIEW:
        shop.brings(number, OrderState.APPROVED, OrderState.RELEASED)

    shop.brings(number, OrderState.ON_HOLD, reason="part")
    worked = shop.resolution(number).worked
    shop.passes(2 * DAY)
    assert ("waiting(part)", "part", worked) == (
        shop.state(number),
        shop.resolution(number).paused,
        shop.resolution(number).worked,
    )

    shop.brings(number, OrderState.RELEASED, OrderState.DISPATCHED, OrderState.IN_PROGRESS)
    assert "in_progress" == shop.state(number)
    shop.crashes("tv-1")
    assert 1 == len(shop.ledger.tickets())

    with pytest.raises(TruckrollError, match="photo taken before"):
        shop.brings(number, OrderState.WORK_DONE)
    repaired(shop, number)
    assert "verifying" == shop.state(number)
    assert shop.resolution(number).kept is not None

    shop.lives("tv-1", 26 * HOUR, 2 * HOUR)
    assert "closed" == shop.state(number)
    with shop.ledger.begin() as transaction:
        token, _ = survey.invite(transaction, number, shop.now)
    survey.answer(shop.ledger, token, rating=5, comment="", now=shop.now)
    shop.acts()
    assert "closed" == shop.state(number)
    happened = shop.kinds(number)
    assert "opened" == happened[0]
    assert {"assigned", "acknowledged", "visit_decided", "order_made", "order_moved", "attached"} <= set(happened)


def test_a_relapse_while_it_is_verified_brings_the_same_ticket_back_with_a_follow_up(shop: Workshop) -> None:
    """The order that did not help is followed by another; much later it is a new ticket, linked to the old one."""
    number = broken(shop)
    under_repair(shop, number)
    first = shop.order(number).number
    repaired(shop, number)
    shop.lives("tv-1", 2 * HOUR, 30 * MINUTE)
    shop.crashes("tv-1")

    again = shop.ticket(number)
    assert (True, 1) == (again.is_open, again.reopened)
    follow_up = shop.order(number)
    assert first == follow_up.follows

    if follow_up.state is OrderState.RELEASED:
        shop.brings(number, OrderState.DISPATCHED, OrderState.IN_PROGRESS)
    else:
        shop.brings(number, *TO_WORK)
    repaired(shop, number)
    shop.lives("tv-1", 26 * HOUR, 2 * HOUR)
    assert "closed" == shop.state(number)
    shop.passes(31 * DAY)
    shop.crashes("tv-1")
    newest = shop.ledger.tickets()[-1]
    assert (number, True) == (newest.linked_to, newest.number != number)


RELEASE = """
[[rule]]
id = "bad-release"
name = { en = "A release makes TVs crash", zh = "新版本导致电视死机" }
kind = "fleet"
event = "crash"
warm_up = "1h"
severity = "S1"
failure_mode = "crash-loop"
"""
FLEET, BAD, VISITS = 1_000, 500, 12


def test_five_hundred_devices_are_one_incident_with_twelve_visits(tmp_path: Path) -> None:
    """One ticket for the bad release, and one of its own for each device that somebody drives to; nobody else's."""
    with Workshop(tmp_path, RULES + RELEASE) as shop:
        shop.hires(*(person_called(f"tech-{n}") for n in range(4)))
        names = [f"tv-{n:04d}" for n in range(FLEET)]
        shop.registers(names)
        for _ in range(24):
            shop.world.clock.at += HOUR
            shop.says_all([(name, f'"fw":"{release_of(n)}","values":{{"on":1}}') for n, name in enumerate(names)])
        for _ in range(3):
            shop.world.clock.at += 10 * SECOND
            shop.says_all([(name, '"event":"crash"') for name in names[:BAD]], "events")
        shop.passes(10 * MINUTE)

        incident = shop.incident()
        opened = [ticket for ticket in shop.ledger.tickets() if ticket.is_open]
        assert ([incident.ticket], "2.0") == ([ticket.number for ticket in opened], incident.scope["firmware"])
        assert set(names[:BAD]) == shop.members(incident)

        chosen = names[: VISITS * 10 : 10]
        own = [
            give_ticket(shop.ledger, incident.id, name, need=Need.NEEDS_VISIT, by="lee", now=shop.now).number
            for name in chosen
        ]
        shop.acts()
        for number in own:
            shop.decides(number, "yes")
        opened = [ticket for ticket in shop.ledger.tickets() if ticket.is_open]
        assert 1 + VISITS == len(opened)
        assert {incident.ticket} == {shop.ticket(number).linked_to for number in own}
        assert set(chosen) == {shop.order(number).asset for number in own}


def release_of(nth: int) -> str:
    """Half of the fleet has the new one."""
    return "2.0" if nth < BAD else "1.0"


def test_who_skips_the_gates_is_told_what_is_missing(shop: Workshop) -> None:
    """Whatever way they try; cancelling needs none."""
    number = broken(shop)
    shop.does(number, people.acknowledge)
    shop.does(number, people.move, to=TicketState.IN_PROGRESS)

    with pytest.raises(TruckrollError, match="signature"):
        shop.does(number, people.move, to=TicketState.RESOLVED)
    shop.does(number, people.move, to=TicketState.CANCELLED, reason="noise")
    with pytest.raises(IllegalMove):
        shop.does(number, people.move, to=TicketState.CLOSED)


def test_a_silent_device_is_not_taken_for_a_healthy_one(shop: Workshop) -> None:
    """A person is asked, once."""
    number = broken(shop)
    under_repair(shop, number)
    repaired(shop, number)
    for _ in range(20):
        shop.passes(4 * HOUR)

    assert "verifying" == shop.state(number)
    assert 1 == shop.kinds(number).count("unconfirmed")
