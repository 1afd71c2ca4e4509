"""Tickets tell when their asset was down."""

from dataclasses import replace

import pytest

from domain.ticket import LedgerEvent, TicketState
from maintenance.availability import Outage
from maintenance.outages import outages_of
from tests.ticketing.promises import TICKET

T = TicketState


def moved(at: int, state: TicketState, kind: str = "moved") -> LedgerEvent:
    """A line of the log."""
    return LedgerEvent(at=at, kind=kind, actor="anna", details={"state": state.value})


@pytest.mark.parametrize(
    ("state", "lines", "expected"),
    [
        (T.NEW, [], [Outage(100, None)]),
        (T.RESOLVED, [moved(150, T.IN_PROGRESS), moved(200, T.RESOLVED)], [Outage(100, 200)]),
        (T.CLOSED, [moved(200, T.RESOLVED), moved(300, T.CLOSED)], [Outage(100, 200)]),
        (T.CLOSED, [moved(300, T.CLOSED)], [Outage(100, 300)]),
        (
            T.TRIAGED,
            [moved(200, T.RESOLVED), moved(300, T.CLOSED), moved(400, T.TRIAGED, "reopened")],
            [Outage(100, 200), Outage(400, None)],
        ),
        (T.CANCELLED, [moved(120, T.CANCELLED)], []),
    ],
    ids=["still down", "resolved", "closed later", "closed at once", "came back", "no failure"],
)
def test_an_asset_is_down_from_its_fault_until_it_was_resolved(state, lines, expected):
    """Not until somebody closes the ticket; what came back is down again, what was cancelled never was."""
    ticket = replace(TICKET, state=state, fault_at=100, closed_at=300 if state is T.CLOSED else None)

    assert expected == list(outages_of(ticket, lines))
