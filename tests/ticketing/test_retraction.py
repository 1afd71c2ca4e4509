"""Retraction: a rule version takes back what it alone opened and nobody touched."""

from collections.abc import Iterator

import pytest

from adapters.ledger_sql import SqlLedger
from domain.errors import WrongFormat
from domain.finding import Finding
from domain.instants import HOUR
from domain.ticket import Response, Ticket, TicketState
from tests.ledgers import ENGINES
from tests.ticketing.cases import START, finding
from ticketing.desk import ServiceDesk
from ticketing.people import acknowledge
from truckroll.retraction import retract

NOW = START + 100 * HOUR


@pytest.fixture(params=ENGINES)
def ledger(request, tmp_path) -> Iterator[SqlLedger]:
    """A ledger nobody has written to."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger:
        yield ledger


def hear(ledger: SqlLedger, state: Finding) -> Response:
    """What watch does with a finding."""
    with ledger.begin() as transaction:
        response = ServiceDesk().respond(state, transaction.situation(state), state.changed_at)
        transaction.save_finding(state, [])
        transaction.record(response)
    return response


def of(asset: str, version: str = "v1", position: int = 10, rule: str = "tv-crash-loop") -> Finding:
    """A crash loop that a rule version found on an asset."""
    return finding(position, id=f"F-{asset}-{rule}-{version}", asset=asset, rule=rule, version=version)


def touch(ledger: SqlLedger, ticket: Ticket) -> None:
    """A person looks into it."""
    with ledger.begin() as transaction:
        transaction.record(acknowledge(ticket, by="operator", now=NOW, revision=ticket.revision))


def test_what_nobody_touched_goes_and_the_rest_is_listed_with_its_reason(ledger):
    """Touched, shared with another rule, and of another version: each stays as it was."""
    for state in (of("TV-1"), of("TV-2"), of("TV-3"), of("TV-3", rule="other"), of("TV-4", "v2")):
        hear(ledger, state)
    touch(ledger, ledger.ticket("T-2026-000002"))
    kept_before = ledger.tickets()[1:]

    done = retract(ledger, "tv-crash-loop@v1", "operator", NOW)

    assert (("T-2026-000001",), ("T-2026-000002", "T-2026-000003")) == (done.cancelled, done.kept)
    assert {
        "T-2026-000002": "somebody has acted on it",
        "T-2026-000003": "it also rests on what other rules found",
    } == done.reasons
    first, *others = ledger.tickets()
    assert (TicketState.CANCELLED, "withdrawn", True) == (first.state, first.reason, first.touched)
    assert kept_before == others
    assert ["opened", "retracted"] == [e.kind for e in ledger.events(0, 99) if e.ticket == first.number]


def test_what_was_retracted_stays_silent_until_it_resolves(ledger):
    """More of the same opens nothing; after its end, a new strike does."""
    hear(ledger, of("TV-1"))
    retract(ledger, "tv-crash-loop@v1", "operator", NOW)
    assert Response() == hear(ledger, of("TV-1", position=11))
    hear(ledger, finding(12, "resolved", id="F-TV-1-tv-crash-loop-v1", asset="TV-1"))
    hear(ledger, of("TV-1", position=13))

    assert ["T-2026-000002"] == [ticket.number for ticket in ledger.tickets(open_only=True)]


def test_retracting_twice_changes_nothing(ledger):
    """There is nothing left to cancel."""
    hear(ledger, of("TV-1"))
    retract(ledger, "tv-crash-loop@v1", "operator", NOW)
    lines = len(ledger.events(0, 99))

    assert ((), ()) == (retract(ledger, "tv-crash-loop@v1", "operator", NOW).cancelled, ())
    assert lines == len(ledger.events(0, 99))


@pytest.mark.parametrize("name", ["tv-crash-loop", "@v1", "tv-crash-loop@", ""])
def test_a_name_without_a_version_is_refused(ledger, name):
    """With what to write instead."""
    with pytest.raises(WrongFormat, match="write ID@VERSION"):
        retract(ledger, name, "operator", NOW)
