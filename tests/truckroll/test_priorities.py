"""The blast radius moves a ticket's priority up and down, once each time."""

from dataclasses import replace

import pytest

from adapters.ledger_sql import SqlLedger
from domain.incident import Incident, Member
from domain.instants import HOUR, MINUTE, SECOND
from domain.registry import Facts
from domain.ticket import Priority, Response, Ticket
from tests.ledgers import ENGINES
from tests.ticketing.cases import START, finding
from ticketing.moves import birth
from ticketing.opening import opened
from truckroll.priorities import Priorities

NOW = START + HOUR


@pytest.fixture(params=ENGINES)
def ledger(request, tmp_path):
    """An empty ledger on each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as found:
        yield found


def ticket_in(ledger: SqlLedger, **more) -> Ticket:
    """A ticket that was just opened."""
    fresh = opened(finding(), ("TV-17", "panel", "crash-loop"), START, recent=(), follows=None)
    with ledger.begin() as transaction:
        return transaction.record(Response(tickets=(fresh,), events=(birth(fresh, START),), **more))[0]


def kinds(ledger: SqlLedger) -> list[str]:
    """The lines of the log."""
    return [event.kind for event in ledger.events(0, 100)]


def test_a_gateway_with_many_children_is_urgent_and_one_without_is_not(ledger: SqlLedger) -> None:
    """High by its severity; twelve devices behind it lift it once, however often it is looked at."""
    number = ticket_in(ledger).number
    Priorities(ledger).look(NOW)
    assert Priority.HIGH is ledger.ticket(number).priority

    with ledger.begin() as transaction:
        transaction.install([Facts(device=f"d{n}", asset=f"d{n}", parent="TV-17") for n in range(12)], START)
        again = replace(ledger.ticket(number), revision=5)
        transaction.record(Response(tickets=(again,), events=(replace(birth(again, NOW), kind="reopened"),)))
    for look in range(3):
        Priorities(ledger).look(NOW + look * SECOND)

    assert Priority.URGENT is ledger.ticket(number).priority
    assert 13 == ledger.ticket(number).dossier["priority"]["reach"]
    assert ["opened", "reopened", "priority"] == kinds(ledger)


def test_an_incident_that_grows_and_shrinks_takes_its_priority_along(ledger: SqlLedger) -> None:
    """Up with the tenth member, down when they have recovered."""
    incident = Incident(id="F-1", rule="r", scope={"model": "TV"}, failure_mode="crash-loop", opened_at=START)
    members = tuple(Member(incident="F-1", asset=f"tv-{n}", joined_at=START) for n in range(12))
    number = ticket_in(ledger, incidents=(incident,), members=members).number
    priorities = Priorities(ledger)
    priorities.look(NOW)
    assert Priority.URGENT is ledger.ticket(number).priority

    with ledger.begin() as transaction:
        transaction.record(Response(members=tuple(replace(member, left_at=NOW) for member in members[:5])))
    priorities.look(NOW + MINUTE)
    assert Priority.HIGH is ledger.ticket(number).priority
    assert ["opened", "priority", "priority"] == kinds(ledger)
