"""Orders over a real ledger: tickets get theirs, order and ticket drive each other, whatever dies in between."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import ledger_closing, ledger_orders
from adapters.ledger_sql import SqlLedger
from domain.closing import Attachment, Codes, Picture, Record
from domain.errors import Conflict, GatesOpen, IllegalMove
from domain.instants import HOUR, MINUTE, SECOND
from domain.ticket import Priority, Response, TicketState
from domain.work_order import NEW_ORDER, OrderResponse, OrderState
from tests.ledgers import ENGINES, empty_ledger
from tests.orders import Office, an_order
from tests.ticketing.cases import finding
from tests.ticketing.promises import TICKET
from ticketing import people
from ticketing.evidence import grow
from ticketing.moves import birth
from truckroll.together import take_in


@pytest.fixture(params=ENGINES)
def place(request, tmp_path) -> str | Path:
    """An empty database of each engine."""
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def either(place) -> Iterator[Office]:
    """A desk with an empty ledger on each engine."""
    with SqlLedger(place) as ledger:
        yield Office(ledger)


@pytest.fixture
def office(tmp_path) -> Iterator[Office]:
    """A desk with an empty ledger."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        yield Office(ledger)


def relapses(office: Office, number: str) -> None:
    """The device shows the fault again."""
    office.now += SECOND
    with office.ledger.begin() as transaction:
        again = finding(position=20, asset=office.ticket(number).asset)
        transaction.record(grow(transaction.ticket(number), again, None, office.now))


def test_a_ticket_that_is_always_visited_gets_its_order_from_the_job_plan(either: Office) -> None:
    """With the work, and due when the ticket's resolution is due; one that may wait goes into review."""
    number = either.opens()
    either.settles()

    order = either.order_of(number)
    assert order is not None
    assert ("W-2026-000001", OrderState.IN_REVIEW) == (order.number, order.state)
    assert ("board-swap", 1.5, 2, {"board": 1}) == (order.job_plan, order.hours, order.crew, order.kit)
    assert (("display", "electric"), ("height",)) == (order.skills, order.certificates)
    assert (("ladder",), 2) == (order.tools, len(order.tasks))
    assert either.clock(number).due_at == order.due_at
    assert TicketState.NEW is either.ticket(number).state


@pytest.mark.parametrize(
    ("priority", "state"),
    [("urgent", "released"), ("high", "released"), ("medium", "in_review"), ("low", "in_review")],
)
def test_urgent_and_high_orders_skip_the_review(office: Office, priority: str, state: str) -> None:
    """The others are looked at first."""
    number = office.opens(priority=Priority(priority))
    office.settles()

    assert state == office.order_of(number).state


def test_only_what_is_always_visited_gets_an_order_by_itself(office: Office) -> None:
    """Maybe waits for a person; never has none; a ticket about many devices has no place to go to."""
    for ticket_class, asset in (("odd", "a"), ("soft", "b"), ("unheard of", "c"), ("broken", "fleet:model=TV-55")):
        office.opens(asset, ticket_class)
    office.settles()

    with office.ledger.reading() as connection:
        assert [] == ledger_orders.orders(connection, ledger_orders.OrdersWanted(), most=10)


def test_a_member_of_an_incident_that_needs_a_visit_gets_its_order_with_its_ticket(office: Office) -> None:
    """A person decided it when they gave the member its ticket."""
    office.now += SECOND
    ticket = replace(TICKET, number="", asset="tv-7", ticket_class="odd", opened_at=office.now)
    born = birth(ticket, office.now, "operator", need="needs_visit", incident="F-1")
    with office.ledger.begin() as transaction:
        number = transaction.record(Response(tickets=(ticket,), events=(born,)))[0].number
    office.settles()

    assert "operator decided" in office.order_of(number).why["en"]


def test_a_person_decides_about_maybe_and_the_same_again_is_the_same_order(office: Office) -> None:
    """No order is made twice, and what was decided stands in the log."""
    number = office.opens(ticket_class="odd")
    office.settles()
    first, second = office.decides(number, "yes"), office.decides(number, "yes")
    office.settles()

    assert first == second
    assert ["visit_decided", "order_made", "order_moved"] == [
        line.kind for line in office.ledger.events(0, 100) if line.details.get("order") == first.number
    ]
    assert office.clock(number).due_at == office.order_of(number).due_at


def test_a_person_may_decide_against_a_visit_before_the_order_is_made_or_after(either: Office) -> None:
    """Once decided, it is not made by itself."""
    early, late = either.opens("a"), either.opens("b")
    either.decides(early, "no")
    either.settles()
    either.decides(late, "no")
    either.settles()

    assert ([], [OrderState.CANCELLED]) == (either.orders_of(early), [o.state for o in either.orders_of(late)])


def test_a_ticket_that_is_never_visited_or_has_ended_cannot_get_a_visit(office: Office) -> None:
    """The sentence says what would help."""
    soft, gone, many = office.opens("a", "soft"), office.opens("b"), office.opens("fleet:model=x", "odd")
    office.moves(gone, TicketState.CANCELLED, "noise")
    office.settles()

    for number in (soft, gone, many):
        with pytest.raises(IllegalMove):
            office.decides(number, "yes")


def test_the_order_takes_its_ticket_along(office: Office) -> None:
    """Released: it waits for the visit, once somebody has it; then work, a part, work, and the repair is verified."""
    number = office.opens(priority=Priority.HIGH)
    office.settles()
    order = office.order_of(number).number
    assert TicketState.NEW is office.ticket(number).state
    office.moves(number, TicketState.TRIAGED)
    office.moves(number, TicketState.ASSIGNED)
    office.settles()

    seen = [standing(office, number)]
    for to, reason in (
        (OrderState.DISPATCHED, ""),
        (OrderState.IN_PROGRESS, ""),
        (OrderState.ON_HOLD, "part"),
        (OrderState.RELEASED, ""),
        (OrderState.DISPATCHED, ""),
        (OrderState.IN_PROGRESS, ""),
        (OrderState.WORK_DONE, ""),
    ):
        office.moves_order(order, to, reason=reason)
        office.settles()
        seen.append(standing(office, number))

    assert [
        "waiting(visit)",
        "in_progress",
        "in_progress",
        "waiting(part)",
        "waiting(visit)",
        "in_progress",
        "in_progress",
        "verifying",
    ] == seen


def standing(office: Office, number: str) -> str:
    """`waiting(part)`."""
    ticket = office.ticket(number)
    return f"{ticket.state}({ticket.reason})" if ticket.reason else str(ticket.state)


def test_the_order_is_closed_with_its_ticket(office: Office) -> None:
    """Work that was done counts once the device has confirmed it."""
    number = office.opens()
    office.settles()
    order = office.brings(office.order_of(number).number, OrderState.WORK_DONE).number
    office.settles()
    assert OrderState.WORK_DONE is office.order_of(number).state
    office.moves(number, TicketState.CLOSED)
    office.settles()

    assert [(order, OrderState.CLOSED)] == [(each.number, each.state) for each in office.orders_of(number)]


def test_a_relapse_makes_an_order_that_follows(either: Office) -> None:
    """The former one is closed, the ticket has one open order again; also where a person decided the first time."""
    number = either.opens(ticket_class="odd")
    either.settles()
    first = either.decides(number, "yes").number
    either.brings(first, OrderState.WORK_DONE)
    relapses(either, number)
    either.settles()

    was, follower = either.orders_of(number)
    assert (first, OrderState.CLOSED) == (was.number, was.state)
    assert (first, True) == (follower.follows, follower.is_open)


@pytest.mark.parametrize("state", ["in_review", "approved", "released", "dispatched"])
def test_the_order_of_a_cancelled_ticket_is_cancelled(office: Office, state: str) -> None:
    """Nobody goes there for nothing."""
    number = office.opens()
    office.settles()
    office.brings(office.order_of(number).number, OrderState(state))
    office.moves(number, TicketState.CANCELLED, "noise")
    office.settles()

    assert [OrderState.CANCELLED] == [order.state for order in office.orders_of(number)]


def test_a_person_is_asked_when_the_ticket_ends_while_its_order_is_worked_on(office: Office) -> None:
    """Once; the work can still be finished, and then the order is closed."""
    number = office.opens()
    office.settles()
    order = office.brings(office.order_of(number).number, OrderState.IN_PROGRESS).number
    office.moves(number, TicketState.CANCELLED, "duplicate")
    office.settles()

    asked = office.order_of(number)
    assert ("ticket_over", OrderState.IN_PROGRESS) == (asked.question, asked.state)
    assert 1 == sum(line.kind == "order_asked" for line in office.ledger.events(0, 100))
    office.moves_order(order, OrderState.WORK_DONE)
    office.settles()
    assert [OrderState.CLOSED] == [each.state for each in office.orders_of(number)]


def test_a_ticket_that_waits_for_a_part_puts_its_order_on_hold_and_back(office: Office) -> None:
    """The order follows what people do to the ticket."""
    number = office.opens()
    office.settles()
    office.brings(office.order_of(number).number, OrderState.IN_PROGRESS)
    office.moves(number, TicketState.WAITING, "part")
    office.settles()
    held = office.order_of(number)
    office.moves(number, TicketState.IN_PROGRESS)
    office.settles()

    assert (OrderState.ON_HOLD, "part") == (held.state, held.reason)
    assert OrderState.RELEASED is office.order_of(number).state


def test_work_is_not_done_before_the_gates_of_class_and_plan_are_passed(either: Office) -> None:
    """The sentence names what is missing; nothing has moved. With the evidence it is done."""
    number = either.opens(ticket_class="proved")
    either.settles()
    order = either.brings(either.order_of(number).number, OrderState.IN_PROGRESS).number
    with pytest.raises(GatesOpen) as refused:
        either.moves_order(order, OrderState.WORK_DONE)
    before = standing(either, number)
    shows(either, number)
    either.moves_order(order, OrderState.WORK_DONE)

    assert (["codes", "photo_after"], "in_progress") == (sorted(refused.value.missing), before)
    assert "verifying" == standing(either, number)


def shows(office: Office, number: str) -> None:
    """Codes are written down and a photo is attached."""
    codes = Codes(problem="dark", cause="board", remedy="replaced")
    picture = Picture(digest="0" * 64, media_type="image/jpeg", size=1, width=1, height=1)
    with office.ledger.begin() as transaction:
        ledger_closing.save_record(transaction.connection, Record(ticket=number, codes=codes))
        photo = Attachment(ticket=number, slot="photo_after", picture=picture, at=office.now, by="operator")
        ledger_closing.attach(transaction.connection, photo)


def test_what_was_deferred_is_reviewed_again_when_its_time_has_come(either: Office) -> None:
    """Not sooner."""
    number = either.opens()
    either.settles()
    order = either.order_of(number).number
    either.moves_order(order, OrderState.DEFERRED, until=either.now + HOUR)
    either.now += HOUR - MINUTE
    either.settles()
    before = either.order_of(number).state
    either.now += MINUTE
    either.settles()

    assert (OrderState.DEFERRED, OrderState.IN_REVIEW) == (before, either.order_of(number).state)


def test_the_work_of_a_merged_order_goes_to_the_other_one_with_its_ticket(either: Office) -> None:
    """Which drives both tickets from then on."""
    one, two = either.opens("tv-9"), either.opens("tv-9", component="lamp")
    either.settles()
    first, second = either.order_of(one).number, either.order_of(two).number
    either.moves_order(second, OrderState.MERGED, into=first)
    either.brings(first, OrderState.IN_PROGRESS)
    either.settles()

    with pytest.raises(IllegalMove):
        either.decides(two, "no")
    whole = either.order_of(two)
    assert (first, (one, two), 3.0, {"board": 2}) == (whole.number, whole.tickets, whole.hours, whole.kit)
    assert [TicketState.IN_PROGRESS] * 2 == [either.ticket(each).state for each in (one, two)]


def test_the_visit_for_a_duplicate_is_the_other_tickets(either: Office) -> None:
    """Where that has none: nobody has to decide again what was decided."""
    stays, gone = either.opens("tv-9", "odd"), either.opens("tv-9", component="lamp")
    either.settles()
    order = either.order_of(gone).number
    either.brings(order, OrderState.RELEASED)
    with either.ledger.begin() as transaction:
        transaction.record(
            take_in(transaction, transaction.ticket(stays), [gone], by="operator", now=either.now, why="the same")
        )
    either.settles()

    mine = either.order_of(stays)
    assert (order, (stays,), OrderState.RELEASED) == (mine.number, mine.tickets, mine.state)


def test_a_severity_that_changes_moves_the_due_date(office: Office) -> None:
    """As long as nobody is on the way."""
    number = office.opens()
    office.settles()
    with office.ledger.begin() as transaction:
        ticket = transaction.ticket(number)
        transaction.record(
            people.edit(ticket, {"severity": "S1"}, by="operator", now=office.now, revision=ticket.revision)
        )
    office.settles()

    assert office.clock(number).due_at == office.order_of(number).due_at


def test_a_ticket_has_one_open_order_whoever_writes(either: Office) -> None:
    """And a plan's cycle has one for ever: the database itself refuses another."""
    number = either.opens("tv-1", "odd")
    for one in (an_order(number=NEW_ORDER, ticket=number), an_order(number=NEW_ORDER, ticket="", plan="p", cycle="1")):
        with either.ledger.begin() as transaction:
            ledger_orders.record(transaction, OrderResponse(orders=(one,)))
        with pytest.raises(Conflict), either.ledger.begin() as transaction:
            ledger_orders.record(transaction, OrderResponse(orders=(one,)))


def test_a_move_of_a_revision_that_was_not_seen_is_refused(either: Office) -> None:
    """By the ledger too."""
    number = either.opens()
    either.settles()
    order = either.order_of(number)
    either.moves_order(order.number, OrderState.APPROVED)

    with pytest.raises(Conflict), either.ledger.begin() as transaction:
        ledger_orders.record(transaction, OrderResponse(orders=(order,)))


def test_numbers_are_never_given_twice(either: Office) -> None:
    """Whatever becomes of an order."""
    numbers = []
    for nth in range(3):
        ticket = either.opens(f"tv-{nth}", "odd")
        numbers.append(either.decides(ticket, "yes").number)
        either.decides(ticket, "no")

    assert ["W-2026-000001", "W-2026-000002", "W-2026-000003"] == numbers
