"""Each row of the contract between ticket and work order, without a ledger."""

from dataclasses import replace

import pytest

from domain.errors import Conflict, IllegalMove, WrongFormat
from domain.instants import DAY
from domain.ticket import TicketState
from domain.work_order import ORDER_MOVES, OrderState
from tests.orders import an_order
from tests.ticketing.promises import MONDAY, TICKET
from ticketing.order_driving import drive
from ticketing.order_settling import settle, with_due
from ticketing.orders import Step, move, order_line

NOW = MONDAY + DAY
STATES = [
    "new",
    "triaged",
    "assigned",
    "in_progress",
    "waiting(visit)",
    "waiting(part)",
    "waiting(customer)",
    "resolved",
    "verifying",
]

DRIVEN = {
    "draft": STATES,
    "in_review": STATES,
    "approved": STATES,
    "deferred": STATES,
    "released": [
        "new",
        "triaged",
        "waiting(visit)",
        "waiting(visit)",
        "waiting(visit)",
        "waiting(visit)",
        "waiting(customer)",
        "resolved",
        "verifying",
    ],
    "dispatched": ["in_progress"] * 7 + ["resolved", "verifying"],
    "in_progress": ["in_progress"] * 7 + ["resolved", "verifying"],
    "on_hold(part)": ["waiting(part)"] * 7 + ["resolved", "verifying"],
    "work_done": ["verifying"] * 9,
    "cancelled": [
        "new",
        "triaged",
        "assigned",
        "in_progress",
        "in_progress",
        "in_progress",
        "waiting(customer)",
        "resolved",
        "verifying",
    ],
    "rejected": [
        "new",
        "triaged",
        "assigned",
        "in_progress",
        "in_progress",
        "in_progress",
        "waiting(customer)",
        "resolved",
        "verifying",
    ],
}
"""Where an order in a state takes a ticket, by where that stands, in the order of STATES."""

FOLLOWED = [
    ("draft", "cancelled(noise)", "cancelled", "cancelled(noise)"),
    ("approved", "verifying", "cancelled", "verifying"),
    ("released", "closed", "cancelled", "closed"),
    ("dispatched", "cancelled(duplicate)", "cancelled", "cancelled(duplicate)"),
    ("on_hold(part)", "cancelled(withdrawn)", "cancelled", "cancelled(withdrawn)"),
    ("in_progress", "cancelled(noise)", "in_progress?", "cancelled(noise)"),
    ("in_progress", "resolved", "in_progress?", "resolved"),
    ("released", "assigned", "released", "waiting(visit)"),
    ("released", "waiting(part)", "on_hold(part)", "waiting(part)"),
    ("dispatched", "waiting(access)", "on_hold(access)", "waiting(access)"),
    ("in_progress", "waiting(weather)", "on_hold(weather)", "waiting(weather)"),
    ("in_progress", "waiting(customer)", "in_progress", "in_progress"),
    ("dispatched", "triaged", "dispatched", "in_progress"),
    ("on_hold(part)", "in_progress", "released", "in_progress"),
    ("on_hold(part)", "waiting(part)", "on_hold(part)", "waiting(part)"),
    ("work_done", "verifying", "work_done", "verifying"),
    ("work_done", "closed", "closed", "closed"),
    ("work_done", "triaged", "closed", "triaged"),
    ("in_review", "in_progress", "in_review", "in_progress"),
    ("closed", "triaged", "closed", "triaged"),
]
"""An order, what a person has made of its ticket, and how both stand afterwards; `?`: a person is asked."""


def ticket_in(said: str):
    """The ticket, `waiting(part)`."""
    state, _, reason = said.rstrip(")").partition("(")
    return replace(TICKET, state=TicketState(state), reason=reason)


def order_in(said: str):
    """Its order, `on_hold(part)`."""
    state, _, reason = said.rstrip(")").partition("(")
    return an_order(OrderState(state), reason=reason)


def named(one) -> str:
    """`waiting(part)`, `in_progress?`."""
    reason = f"({one.reason})" if one.reason else ""
    return f"{one.state}{reason}{'?' if getattr(one, 'question', '') else ''}"


@pytest.mark.parametrize("state", DRIVEN)
def test_an_order_takes_its_ticket_where_its_state_says(state: str) -> None:
    """Each step with its line in the log, and no step that the ticket's machine does not know."""
    driven = [drive(order_in(state), ticket_in(each), NOW) for each in STATES]

    assert DRIVEN[state] == [named(ticket) for ticket, _ in driven]
    assert all(bool(lines) == (named(t) != was) for (t, lines), was in zip(driven, STATES, strict=True))


@pytest.mark.parametrize(("order", "ticket", "order_after", "ticket_after"), FOLLOWED)
def test_an_order_follows_its_ticket(order: str, ticket: str, order_after: str, ticket_after: str) -> None:
    """Or the ticket is brought back, or a person is asked."""
    here, there = order_in(order), ticket_in(ticket)
    line = order_line("moved", here, NOW, "operator", was="waiting", state=there.state.value)
    response = settle(here, [there], NOW, line)

    assert order_after == named(response.orders[0] if response.orders else here)
    assert ticket_after == named(response.tickets[0] if response.tickets else there)
    assert bool(response.notices) == order_after.endswith("?")


def test_a_person_is_asked_once_and_not_any_more_once_the_ticket_is_back() -> None:
    """The question goes with its cause."""
    asked = settle(an_order(OrderState.IN_PROGRESS), [ticket_in("resolved")], NOW, line_of()).orders[0]
    again = settle(asked, [ticket_in("resolved")], NOW, line_of())
    back = settle(asked, [ticket_in("triaged")], NOW, line_of())

    assert ((), "") == (again.orders, back.orders[0].question)
    assert "in_progress" == named(back.tickets[0])


def line_of():
    """A line about the ticket."""
    return order_line("moved", an_order(), NOW, "operator", was="in_progress", state="resolved")


@pytest.mark.parametrize("before", OrderState)
@pytest.mark.parametrize("after", OrderState)
def test_a_move_that_the_machine_does_not_know_is_refused_with_those_it_does(before, after) -> None:
    """For every pair of states."""
    said = {"on_hold": {"reason": "part"}, "rejected": {"reason": "too early"}, "deferred": {"until": NOW + DAY}}
    into = {"into": an_order(number="W-2026-000002")} if after is OrderState.MERGED else {}
    step = Step(to=after, **said.get(after.value, {}), **into)
    if after in ORDER_MOVES[before]:
        assert after is move(an_order(before), step, [], NOW, revision=0).orders[0].state
        return
    with pytest.raises(IllegalMove) as refused:
        move(an_order(before), step, [], NOW, revision=0)
    assert sorted(ORDER_MOVES[before]) == list(refused.value.allowed)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step(to=OrderState.ON_HOLD), IllegalMove),
        (Step(to=OrderState.ON_HOLD, reason="customer"), IllegalMove),
        (Step(to=OrderState.DEFERRED), WrongFormat),
        (Step(to=OrderState.DEFERRED, until=MONDAY), WrongFormat),
        (Step(to=OrderState.DEFERRED, until=NOW + 3_000 * DAY), WrongFormat),
        (Step(to=OrderState.MERGED), WrongFormat),
        (Step(to=OrderState.MERGED, into=an_order()), IllegalMove),
        (Step(to=OrderState.MERGED, into=an_order(number="W-2026-000002", asset="other")), IllegalMove),
        (Step(to=OrderState.MERGED, into=an_order(OrderState.DISPATCHED, number="W-2026-000002")), IllegalMove),
        (Step(to=OrderState.CANCELLED, reason="no"), WrongFormat),
        (Step(to=OrderState.CANCELLED, into=an_order(number="W-2026-000002")), WrongFormat),
    ],
)
def test_a_move_that_lacks_something_says_what(step: Step, error: type[Exception]) -> None:
    """And nothing is changed."""
    with pytest.raises(error):
        move(an_order(), step, [], NOW, revision=0)


def test_an_order_that_somebody_else_changed_is_read_again_first() -> None:
    """The revision is that of the order as it was seen."""
    with pytest.raises(Conflict):
        move(an_order(revision=3), Step(to=OrderState.CANCELLED), [], NOW, revision=2)


@pytest.mark.parametrize(("state", "moves"), [("in_review", 1), ("released", 1), ("dispatched", 0), ("in_progress", 0)])
def test_the_due_date_stays_once_somebody_is_on_the_way(state: str, moves: int) -> None:
    """Until then it is the ticket's."""
    assert moves == len(with_due(order_in(state), NOW, NOW).orders)


def test_planned_work_stays_when_the_tickets_merged_into_it_end() -> None:
    """It has a reason of its own."""
    planned = an_order(OrderState.APPROVED, ticket="", also=(TICKET.number,), plan="yearly", cycle="2026")

    assert () == settle(planned, [ticket_in("cancelled(noise)")], NOW, line_of()).orders
