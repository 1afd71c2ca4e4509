"""`truckroll orders schedule` and its like: the live ledger planned, shown, accepted or refused."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters import ledger_crew, ledger_orders, ledger_parts, ledger_people
from adapters.ledger_sql import SqlLedger
from domain.crew import Obstacle, Span
from domain.crew_proposal import Proposal, ProposalState
from domain.errors import IllegalMove, Unknown, WrongFormat
from domain.instants import HOUR, Instant
from domain.part import Incoming, Level, Location, LocationKind, Part, Reservation
from domain.person import Person
from domain.registry import Facts
from domain.ticket import Priority
from domain.work_order import OrderResponse, OrderState, WorkOrder
from maintenance.crew_whatif import difference
from tests.maintenance.live_crews import at, order, person, place
from ticketing.classes import Classes
from ticketing.orders import changed
from truckroll.crew_deeds import PLANNED, NobodyToSend, StalePlan, accept, pin, promise, propose, refuse
from truckroll.crew_schedule import Wanted, schedule
from truckroll.settings import Settings

NOBODY = Classes(classes={}, plans={})
SETTINGS = Settings(home=Path("."))
NOW = at(7)
S = OrderState
W1, W2, W3 = (f"W-2026-{nth:06d}" for nth in (1, 2, 3))


def wanted(**more: Any) -> Wanted:
    """A plan of two days that is the same each time."""
    return Wanted(**({"days": 2, "rounds": 10} | more))


def fill(ledger: SqlLedger, orders: Sequence[WorkOrder], people: Iterable[Person], facts: Iterable[Facts]) -> None:
    """What the ledger knows."""
    with ledger.begin() as transaction:
        transaction.install(facts, NOW)
        ledger_people.save_staff(transaction.connection, people, ())
        for each in orders:
            ledger_orders.record(transaction, OrderResponse(orders=(replace(each, number=""),)))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterable[SqlLedger]:
    """Three orders for two technicians."""
    with SqlLedger(tmp_path / "ledger.db") as opened:
        fill(
            opened, [order(nth) for nth in (1, 2, 3)], [person("ana"), person("ben")],
            [place(nth) for nth in (1, 2, 3)],
        )  # fmt: skip
        yield opened


def stored(ledger: SqlLedger, number: str) -> WorkOrder:
    """The order as it stands."""
    with ledger.reading() as connection:
        return ledger_orders.order(connection, number)


def kinds(ledger: SqlLedger, number: str) -> list[str]:
    """Its lines."""
    with ledger.reading() as connection:
        return [line.kind for line in ledger_orders.timeline(connection, number, most=100)]


def change(ledger: SqlLedger, number: str, **said: Any) -> None:
    """Somebody changes an order."""
    with ledger.begin() as transaction:
        there = changed(ledger_orders.order(transaction.connection, number), NOW, **said)
        ledger_orders.record(transaction, OrderResponse(orders=(there,)))


def planned(ledger: SqlLedger, now: Instant = NOW, **more: Any) -> Proposal:
    """A plan that is shown."""
    return propose(ledger, schedule(ledger, SETTINGS, wanted(**more), now).here())


def accepted(ledger: SqlLedger, now: Instant = NOW, **more: Any) -> Proposal:
    """A plan that was shown and accepted."""
    return accept(ledger, NOBODY, planned(ledger, now, **more).id, now, by="eva")


def test_what_was_shown_is_written_and_nothing_else(ledger: SqlLedger) -> None:
    """People and times as in the plan, a line for each; accepted again it changes nothing."""
    shown = planned(ledger)
    before = stored(ledger, W1)
    done = accept(ledger, NOBODY, shown.id, NOW, by="eva", why="good")
    again = accept(ledger, NOBODY, shown.id, NOW, by="eva")

    assert () == before.technicians
    assert {one.order for one in shown.changes} == {W1, W2, W3}
    for one in shown.bookings:
        there = stored(ledger, one.order)
        assert (one.technicians, one.starts_at, one.ends_at) == (there.technicians, there.starts_at, there.ends_at)
        assert [PLANNED] == kinds(ledger, one.order)
    assert ProposalState.ACCEPTED == done.state == again.state
    assert "eva" == done.decided_by


def test_a_plan_is_refused_where_an_order_changed_since(ledger: SqlLedger) -> None:
    """Nothing at all is written, and the sentence says which order."""
    shown = planned(ledger)
    change(ledger, W2, hours=2.0)

    with pytest.raises(StalePlan, match=W2):
        accept(ledger, NOBODY, shown.id, NOW, by="eva")
    assert () == stored(ledger, W1).technicians
    with ledger.reading() as connection:
        assert ProposalState.PROPOSED == ledger_crew.proposal(connection, shown.id).state


def test_a_plan_whose_work_should_have_begun_is_too_old(ledger: SqlLedger) -> None:
    """What is over cannot be promised."""
    shown = planned(ledger)

    with pytest.raises(StalePlan, match="plan again"):
        accept(ledger, NOBODY, shown.id, at(40), by="eva")


def test_a_plan_with_one_more_technician_or_with_somebody_who_is_away_by_now_sends_nobody(ledger: SqlLedger) -> None:
    """What-if plans are looked at; leave that was entered since makes a plan void."""
    shown = planned(ledger)
    away = [replace(person(name), leave=((NOW, NOW + 90 * HOUR),)) for name in ("ana", "ben")]
    with ledger.begin() as transaction:
        ledger_people.save_staff(transaction.connection, away, ())

    with pytest.raises(NobodyToSend, match="ana"):
        accept(ledger, NOBODY, shown.id, NOW, by="eva")
    assert () == stored(ledger, W1).technicians
    more = planned(ledger, one_more=True)
    with pytest.raises(NobodyToSend, match="not there"):
        accept(ledger, NOBODY, more.id, NOW, by="eva")


def test_a_refused_plan_is_never_written(ledger: SqlLedger) -> None:
    """It stays refused."""
    shown = planned(ledger)
    refuse(ledger, shown.id, NOW, by="eva")

    with pytest.raises(IllegalMove):
        accept(ledger, NOBODY, shown.id, NOW, by="eva")
    with pytest.raises(Unknown):
        refuse(ledger, "C-999999", NOW, by="eva")
    assert () == stored(ledger, W1).technicians


def test_planned_again_nothing_changes(ledger: SqlLedger) -> None:
    """What stands is not moved without a reason."""
    accepted(ledger)

    assert () == planned(ledger).changes


def test_an_order_without_a_place_is_left_out_with_that_reason(ledger: SqlLedger) -> None:
    """The others are planned."""
    with ledger.begin() as transaction:
        ledger_orders.record(transaction, OrderResponse(orders=(replace(order(4), number=""),)))
    shown = planned(ledger)

    assert [("W-2026-000004", Obstacle.PLACE)] == [(one.order, one.obstacle) for one in shown.left]
    assert {W1, W2, W3} == {one.order for one in shown.bookings}


def test_what_is_left_out_says_what_would_help(ledger: SqlLedger) -> None:
    """Somebody with the skill."""
    change(ledger, W2, skills=("cooling",))
    (left,) = planned(ledger).left

    assert Obstacle.SKILL == left.obstacle
    assert left.relief is not None
    assert "one more person (cooling) on Monday" in left.relief.said["en"]


def test_a_breakdown_at_eleven_sends_others(ledger: SqlLedger) -> None:
    """The order that she was on the way to is taken back; what others do next stays as it is."""
    accepted(ledger)
    who = stored(ledger, W1).technicians[0]
    other = "ben" if who == "ana" else "ana"
    for number in (W1, W2, W3):
        change(ledger, number, state=S.DISPATCHED, technicians=(who,))
    late = {number: at(11.5 + 1.5 * nth) for nth, number in enumerate((W1, W2, W3))}
    for number, begin in late.items():
        change(ledger, number, starts_at=begin, ends_at=begin + HOUR)
    done = accepted(ledger, at(11), ill=(who,), ill_from=at(11), moves_promises=True)

    assert f"{who} ill" in done.why
    for number in (W1, W2, W3):
        there = stored(ledger, number)
        assert ((other,), S.RELEASED) == (there.technicians, there.state)
        assert there.starts_at is not None
        assert there.starts_at >= at(13)


def test_a_promise_moves_only_where_nobody_can_keep_it(ledger: SqlLedger) -> None:
    """Planned as usual it is left out; planned again after a breakdown it moves at its price, once accepted."""
    promise(ledger, W1, Span(at(10), at(11)), NOW, by="eva")
    promise(ledger, W2, Span(at(13), at(15)), NOW, by="eva")
    change(ledger, W1, promised_until=at(7.5), promised_from=at(7))
    usual, again = planned(ledger), planned(ledger, moves_promises=True)

    assert [W1] == [one.order for one in usual.left]
    assert (0, 1) == (usual.moved_promises, again.moved_promises)
    assert again.moved_cost == SETTINGS.crew.moved_promise_cost
    accept(ledger, NOBODY, again.id, NOW, by="eva")
    moved, kept = stored(ledger, W1), stored(ledger, W2)
    assert moved.promised_from is not None
    assert moved.promised_until is not None
    assert moved.starts_at is not None
    assert moved.promised_from <= moved.starts_at <= moved.promised_until
    assert (at(13), at(15)) == (kept.promised_from, kept.promised_until)


def test_a_pin_is_kept(ledger: SqlLedger) -> None:
    """By the next plan; one that names too few is refused."""
    pin(ledger, W1, ["ben"], NOW, by="eva")
    pin(ledger, W2, ["ben"], NOW, by="eva")
    pin(ledger, W2, [], NOW, by="eva")

    assert ("ben",) == next(one.technicians for one in planned(ledger).bookings if one.order == W1)
    assert () == stored(ledger, W2).pins
    change(ledger, W3, crew=2)
    with pytest.raises(WrongFormat, match="needs 2"):
        pin(ledger, W3, ["ben"], NOW, by="eva")


def test_a_team_of_two_begins_together(ledger: SqlLedger) -> None:
    """Half the hours each, both at once."""
    change(ledger, W1, crew=2, hours=4.0)
    one = next(one for one in planned(ledger).bookings if one.order == W1)

    assert ("ana", "ben") == one.technicians
    assert one.starts_at is not None
    assert one.starts_at + 2 * HOUR == one.ends_at


def stock(ledger: SqlLedger, van: int, depot: int) -> None:
    """Pumps in ana's van and in the depot."""
    with ledger.begin() as transaction:
        c = transaction.connection
        ledger_parts.save_parts(c, [Part(id="pump", name={"en": "Pump"})])
        ledger_parts.save_locations(
            c,
            [
                Location(id="van", kind=LocationKind.VAN, name={"en": "Van"}, technician="ana"),
                Location(id="depot", name={"en": "Depot"}, lat=48.0, lon=9.1),
            ],
        )
        ledger_parts.save_levels(
            c,
            [Level(part="pump", location=name, on_hand=count) for name, count in (("van", van), ("depot", depot))],
        )


def test_parts_come_from_the_van_or_the_depot(ledger: SqlLedger) -> None:
    """What lies nowhere leaves its order out, with the way to help; what is late can be tried."""
    for number in (W1, W2):
        change(ledger, number, kit={"pump": 1})
    stock(ledger, 1, 1)
    there = planned(ledger)
    late = schedule(ledger, SETTINGS, wanted(late_parts=("pump",)), NOW).here()
    stock(ledger, 0, 1)
    short = planned(ledger)

    assert () == there.left
    assert [W1, W2] == [one.order for one in late.left]
    assert [W1, W2] == list(difference(there, late).left)
    assert 1 == len(short.left)
    assert short.left[0].relief is not None
    assert "1 × pump" in short.left[0].relief.said["en"]


def test_a_piece_on_its_way_is_given_out_together_with_the_day(ledger: SqlLedger) -> None:
    """One pump is there and one comes today: the usual plan leaves one order out, together the other day is taken."""
    for number in (W1, W2):
        change(ledger, number, kit={"pump": 1})
    stock(ledger, 0, 1)
    coming = Level(part="pump", location="depot", on_hand=1, incoming=(Incoming(at(12), 1),))
    with ledger.begin() as transaction:
        ledger_parts.save_levels(transaction.connection, [coming])
    usual, joint = planned(ledger), planned(ledger, joint=True)
    begins = sorted(one.starts_at or 0 for one in joint.bookings if one.order in (W1, W2))

    assert (1, 0) == (len(usual.left), len(joint.left))
    assert begins[0] < at(24) <= begins[1]
    assert ["Of pump 1 are there and 1 on their way"] == [text["en"].split(";")[0] for text in joint.said]
    assert ProposalState.ACCEPTED == accept(ledger, NOBODY, joint.id, NOW, by="eva").state


def test_what_is_reserved_for_one_order_is_not_given_to_another(ledger: SqlLedger) -> None:
    """The one pump goes to whom it was promised, however dear it is that the other one waits."""
    change(ledger, W1, kit={"pump": 1}, priority=Priority.URGENT)
    change(ledger, W2, kit={"pump": 1}, priority=Priority.LOW)
    stock(ledger, 0, 1)
    reserved = Reservation(order=W2, need="pump", part="pump", location="depot", pieces=1)
    with ledger.begin() as transaction:
        ledger_parts.save_reservations(transaction.connection, [reserved])
        ledger_parts.save_levels(transaction.connection, [Level(part="pump", location="depot", on_hand=1, reserved=1)])
    made = planned(ledger)
    late = schedule(ledger, SETTINGS, wanted(late_parts=("pump",)), NOW).here()

    assert [(W1, Obstacle.PART)] == [(one.order, one.obstacle) for one in made.left]
    assert {W1, W2} == {one.order for one in late.left}


def test_one_more_technician_regains_what_was_left_out(ledger: SqlLedger) -> None:
    """The difference says so, in orders and in money."""
    change(ledger, W1, skills=("cooling",))
    usual = schedule(ledger, SETTINGS, wanted(), NOW).here()
    other = schedule(ledger, SETTINGS, wanted(one_more=True, more_skills=("cooling",)), NOW).here()
    found = difference(usual, other)

    assert (W1,) == found.regained
    assert found.cost["unassigned"] < 0
    assert found.cost["total"] < 0


def test_nobody_plans_for_a_stranger(ledger: SqlLedger) -> None:
    """The name is wrong."""
    with pytest.raises(Unknown, match="zoe"):
        schedule(ledger, SETTINGS, wanted(ill=("zoe",)), NOW).here()
