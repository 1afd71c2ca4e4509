"""A desk for tests of routing: a class of tickets, people who can have them, and tickets."""

from dataclasses import replace
from typing import Any

from adapters import ledger_people
from adapters.ledger_sql import SqlLedger
from domain.instants import Instant
from domain.person import Person
from domain.ticket import LedgerEvent, Response
from domain.ticket_class import TicketClass
from tests.ticketing.people import SHIFTS, person
from tests.ticketing.promises import MONDAY, TICKET
from ticketing.classes import Classes

TV = TicketClass(id="tv-crash", name={"en": "Display crash"}, skills=("display",))
CLASSES = Classes({"tv-crash": TV}, {})


def able(name: str, **said: Any) -> Person:
    """Somebody who knows displays."""
    return person(name, **{"skills": ("display",)} | said)


def hired(ledger: SqlLedger, *staff: Person, at: Instant = MONDAY) -> None:
    """What an import does."""
    with ledger.begin() as transaction:
        ledger_people.save_staff(transaction.connection, staff, SHIFTS.values())
        transaction.record(Response(events=(LedgerEvent(at=at, kind="people", actor="operator"),)))


def opened(ledger: SqlLedger, many: int = 1, *, at: Instant = MONDAY, name: str = "tv", **said: Any) -> list[str]:
    """So many tickets of the class."""
    with ledger.begin() as transaction:
        numbers = []
        for nth in range(many):
            ticket = replace(TICKET, number="", asset=f"{name}-{nth}", opened_at=at, ticket_class="tv-crash", **said)
            event = LedgerEvent(at=at, kind="opened", actor="desk", details={"severity": "S1", "class": "tv-crash"})
            numbers += [new.number for new in transaction.record(Response(tickets=(ticket,), events=(event,)))]
        return numbers
