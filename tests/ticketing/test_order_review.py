"""What people may change in an order before it is released, and the line that says what it was before."""

from typing import Any

import pytest

from domain.errors import Conflict, IllegalMove, WrongFormat
from domain.instants import DAY
from domain.work_order import OrderState
from tests.orders import an_order
from tests.ticketing.promises import MONDAY
from ticketing.order_review import CHANGEABLE, Changes, change, window_on

NOW = MONDAY + DAY
PLANNED = an_order(
    OrderState.IN_REVIEW,
    ticket="",
    plan="oil",
    cycle="1",
    ready_at=NOW,
    ideal_at=NOW + 4 * DAY,
    due_at=NOW + 6 * DAY,
    grounds={"latest": NOW + 20 * DAY},
    hours=2.0,
    kit={"oil": 1},
)


def changed(order=PLANNED, revision: int = 0, by: str = "lee", **wanted: Any):
    """What a person changes."""
    return change(order, Changes(**wanted), NOW, by=by, why="holiday", revision=revision)


def test_a_change_keeps_what_was_before_and_who_did_it_when_and_why():
    """One line with each field that differs; the revision grows."""
    found = changed(hours=3.0, kit={"oil": 2}, crew=1)
    (order,), (line,) = found.orders, found.events

    assert (3.0, {"oil": 2}, 1) == (order.hours, order.kit, order.revision)
    assert ("order_changed", "lee", "holiday", NOW) == (line.kind, line.actor, line.why, line.at)
    assert {
        "hours": {"before": 2.0, "after": 3.0},
        "kit": {"before": {"oil": 1}, "after": {"oil": 2}},
    } == line.details["changed"]


def test_what_is_so_already_changes_nothing():
    """No line, no revision."""
    assert () == changed(hours=2.0, kit={"oil": 1}).events


def test_the_window_moves_as_a_whole_but_a_promise_to_a_ticket_stays():
    """Ready and due keep their distance."""
    moved = window_on(PLANNED, NOW + 10 * DAY)
    assert (NOW + 6 * DAY, NOW + 10 * DAY, NOW + 12 * DAY) == (moved.ready_at, moved.ideal_at, moved.due_at)

    visit = an_order(OrderState.IN_REVIEW, ready_at=NOW, ideal_at=NOW, due_at=NOW + 3 * DAY)
    assert None is window_on(visit, NOW + DAY).due_at
    with pytest.raises(WrongFormat, match="change the ticket's priority instead"):
        changed(visit, due_at=NOW + 5 * DAY)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"ready_at": NOW + 5 * DAY}, "ready before it is ideal"),
        ({"due_at": NOW + 2 * DAY}, "ready before it is ideal"),
        ({"ready_at": NOW - 3 * DAY, "ideal_at": NOW - 2 * DAY, "due_at": NOW - DAY}, "due at a time to come"),
        ({"due_at": NOW + 21 * DAY}, "lets W-2026-000001 wait until"),
        ({"due_at": NOW + 3_000 * DAY}, "five years"),
        ({"ready_at": NOW - 3_000 * DAY}, "five years"),
        ({"hours": 0.0}, "hours is a number above 0"),
        ({"hours": float("nan")}, "hours is a number above 0"),
        ({"crew": 0}, "crew is a whole number"),
        ({"kit": {"a b": 1}}, "each with its id"),
        ({"kit": {"oil": 0}}, "1 to 10000 pieces"),
        ({"tasks": ({"zh": "上油"},)}, "each with a text"),
        ({"tasks": ({"en": " "},)}, "can be read"),
        ({"skills": ("",)}, "a name of up to 64 letters"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(wanted, sentence):
    """And nothing is changed."""
    with pytest.raises(WrongFormat) as found:
        changed(**wanted)

    assert sentence in str(found.value)


def test_another_revision_another_state_and_a_machine_change_nothing():
    """Who has not seen it, and who comes too late."""
    with pytest.raises(Conflict):
        changed(revision=7, hours=3.0)
    with pytest.raises(WrongFormat, match="write yours"):
        changed(by="planner", hours=3.0)
    for state in set(OrderState) - CHANGEABLE:
        with pytest.raises(IllegalMove, match="changed while it is approved or"):
            changed(an_order(state), hours=3.0)
