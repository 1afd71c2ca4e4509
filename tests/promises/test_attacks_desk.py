"""Attacks on the desk: visits of several tickets, ledgers that fail in between, and pictures that come all at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger_sql import SqlLedger
from domain.errors import GatesOpen, TryLater
from domain.finding import Severity
from domain.instants import DAY, HOUR, SECOND
from domain.ticket import Priority, TicketState
from domain.work_order import OrderState
from tests.ledgers import empty_ledger
from tests.orders import CLASSES as VISITS
from tests.orders import Office
from tests.ticketing.promises import MONDAY
from tests.truckroll.routing_world import CLASSES, able, hired, opened
from tests.truckroll.test_orders_follow import relapses
from ticketing.orders import Step
from truckroll import order_deeds
from truckroll.order_deeds import Request, decide_once
from truckroll.routing import Routing


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A desk with an empty ledger."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        yield Office(ledger)


def two_in_one(office: Office, into: int) -> tuple[list[str], str]:
    """Two tickets of one asset, the second more urgent, served by one visit: that of the first or of the second."""
    numbers = [
        office.opens(failure_mode=mode, severity=severity)
        for mode, severity in (("dark", Severity.S3), ("crash", Severity.S1))
    ]
    office.settles()
    orders = [office.order_of(number) for number in numbers]
    office.moves_order(orders[1 - into].number, OrderState.MERGED, into=orders[into].number)
    office.settles()
    return numbers, orders[into].number


# -- visits for several tickets


@pytest.mark.parametrize("into", [0, 1])
def test_a_relapse_after_a_merged_visit_makes_the_order_that_follows(office: Office, into: int) -> None:
    """Whichever of the two orders is the older: the work was done under the one that took in the other."""
    numbers, number = two_in_one(office, into)
    office.brings(number, OrderState.WORK_DONE)
    office.settles()
    for each in numbers:
        relapses(office, each)
    office.settles()

    followers = [office.order_of(each) for each in numbers]
    assert [number, number] == [each.follows if each else None for each in followers]


def test_one_of_two_repairs_that_did_not_last_gets_its_order_while_the_other_is_confirmed(office: Office) -> None:
    """The visit is over for it; it does not wait a day for the other ticket."""
    numbers, number = two_in_one(office, 0)
    office.brings(number, OrderState.WORK_DONE)
    office.settles()
    relapses(office, numbers[1])
    office.settles()

    again = office.order_of(numbers[1])
    assert (number, TicketState.VERIFYING) == (again and again.follows, office.ticket(numbers[0]).state)


@pytest.mark.parametrize("last", [0, 1])
def test_a_visit_for_two_tickets_is_due_with_the_one_that_is_due_first(office: Office, last: int) -> None:
    """Whichever of them somebody wrote about last."""
    numbers, _ = two_in_one(office, 0)
    office.moves(numbers[last], TicketState.TRIAGED)
    office.settles()

    order = office.order_of(numbers[0])
    assert min(office.clock(each).due_at or 0 for each in numbers) == (order and order.due_at)


def test_a_ticket_that_is_resolved_first_opens_no_way_around_the_gates_of_its_visit(office: Office) -> None:
    """What the job plan asks for is asked of the work, whoever says meanwhile that the ticket is resolved."""
    number = office.opens(ticket_class="proved")
    office.settles()
    order = office.order_of(number)
    assert order is not None
    office.brings(order.number, OrderState.IN_PROGRESS)
    office.moves(number, TicketState.RESOLVED)
    office.settles()

    with pytest.raises(GatesOpen) as trouble:
        office.moves_order(order.number, OrderState.WORK_DONE)
    assert ["codes", "photo_after"] == list(trouble.value.missing)


def test_a_decision_that_is_sent_again_makes_no_second_order_after_the_first_is_cancelled(office: Office) -> None:
    """Also where the first request only said what was decided already."""
    number = office.opens(ticket_class="odd")
    order = office.decides(number, "yes")
    assert order is not None
    said: Any = {"by": "anna", "request": Request("k-1", "d-1")}
    decide_once(office.ledger, VISITS, number, "yes", office.now, **said)
    office.moves_order(order.number, OrderState.CANCELLED)

    assert decide_once(office.ledger, VISITS, number, "yes", office.now, **said) is None
    assert 1 == len(office.orders_of(number))


def test_a_move_that_is_sent_again_is_known_in_a_long_history(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines stand before it."""
    monkeypatch.setattr(order_deeds, "MOST", 4)
    number = office.opens(priority=Priority.URGENT)
    office.settles()
    order = office.order_of(number)
    assert order is not None
    for to, reason in [(OrderState.ON_HOLD, "part"), (OrderState.RELEASED, "")] * 2:
        office.moves_order(order.number, to, reason=reason)
    step, request = Step(to=OrderState.ON_HOLD, reason="part"), Request("k-1", "d-1")
    moved = [
        order_deeds.move_once(office.ledger, VISITS, order.number, step, now=office.now, request=request)
        for _ in range(2)
    ]

    assert moved[0] == moved[1]


# -- ledgers that fail in between


class Stumbling:
    """A ledger whose next change is not written: the connection is gone."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.ledger = ledger
        self.fails = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)

    def begin(self) -> Any:
        """A transaction that breaks off at its end, once."""
        return self.breaking_off() if self.fails else self.ledger.begin()

    def breaking_off(self) -> Any:
        """The transaction."""
        ledger, gone = self.ledger, self

        class Breaking:
            def __enter__(self) -> Any:
                self.whole = ledger.begin()
                return self.whole.__enter__()

            def __exit__(self, *_: object) -> None:
                gone.fails = False
                trouble = TryLater("The connection is gone.")
                self.whole.__exit__(TryLater, trouble, None)
                raise trouble

        return Breaking()


def test_a_change_that_was_not_written_loses_no_ticket_that_waits(tmp_path: Path) -> None:
    """What routing had in mind when the ledger failed it does at the next turn."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        hired(ledger, able("lee"))
        (number,) = opened(ledger)
        with ledger.begin() as transaction:
            transaction.move_bookmark("routing", 2)
        routing = Routing(Stumbling(ledger), CLASSES)  # type: ignore[arg-type]
        with pytest.raises(TryLater):
            routing.route(MONDAY)
        routing.route(MONDAY + SECOND)

        assert "lee" == ledger.ticket(number).assignee


def test_a_clock_that_ran_ahead_keeps_no_ticket_waiting(tmp_path: Path) -> None:
    """Routing that looked at a wrong, later time looks again at the right one."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        away = ((MONDAY, MONDAY + HOUR), (MONDAY + 400 * DAY, MONDAY + 500 * DAY))
        hired(ledger, able("lee", leave=away))
        (number,) = opened(ledger)
        routing = Routing(ledger, CLASSES)
        routing.route(MONDAY + 401 * DAY)
        routing.route(MONDAY)
        routing.route(MONDAY + 2 * HOUR)

        assert "lee" == ledger.ticket(number).assignee
