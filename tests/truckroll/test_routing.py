"""Routing over a real ledger: tickets find their owners exactly once, and wait with a reason where nobody is free."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from adapters import ledger_people
from adapters.desk_tables import notice
from adapters.ledger_settings import LedgerSettings
from adapters.ledger_sql import SqlLedger
from domain.actors import MACHINES
from domain.errors import DirectoryInUse
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from domain.person import Person, Record
from domain.ticket import LedgerEvent, Priority, Response, Ticket, TicketState
from tests.ledgers import ENGINES
from tests.ticketing.people import person
from tests.ticketing.promises import MONDAY
from tests.truckroll.routing_world import CLASSES, TV, able, hired, opened
from ticketing import owners, people
from truckroll.roles import Role
from truckroll.routing import Routing
from truckroll.settings import Settings
from truckroll.stores import home

KILLS = int(os.environ.get("ROUTING_KILLS", "2"))


@pytest.fixture(params=ENGINES)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlLedger]:
    """An empty ledger on each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as found:
        yield found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SqlLedger]:
    """An empty ledger where the engine makes no difference."""
    with SqlLedger(tmp_path / "ledger.db") as found:
        yield found


def ticket(ledger: SqlLedger, number: str) -> Ticket:
    """As it stands."""
    return next(ticket for ticket in ledger.tickets() if ticket.number == number)


def acted(ledger: SqlLedger, number: str, act: Any, **words: Any) -> None:
    """What a person does."""
    with ledger.begin() as transaction:
        before = transaction.ticket(number)
        transaction.record(act(before, by=words.pop("by", "operator"), revision=before.revision, **words))


def story(ledger: SqlLedger, number: str) -> list[str]:
    """The kinds of a ticket's lines."""
    return [event.kind for event in ledger.events(0, 100_000) if event.ticket == number]


def reasons(ledger: SqlLedger) -> dict[str, str]:
    """Why tickets wait."""
    with ledger.reading() as connection:
        return {wait.ticket: wait.reason for wait in ledger_people.all_waiting(connection, 1000)}


def test_a_new_ticket_is_triaged_and_given_to_whoever_can_have_it(ledger: SqlLedger) -> None:
    """The table stands in the log and beside the assignment."""
    hired(ledger, able("anna"), able("ben", limit=1), person("chris"))
    (number,) = opened(ledger)
    Routing(ledger, CLASSES).route(MONDAY + SECOND)

    found = ticket(ledger, number)
    assert (TicketState.ASSIGNED, "anna", False) == (found.state, found.assignee, found.touched)
    assert ["opened", "moved", "moved", "assigned"] == story(ledger, number)
    with ledger.reading() as connection:
        (assignment,) = ledger_people.assignments(connection, number)
    assert ["anna", "ben"] == [candidate.person for candidate in assignment.choice.candidates]
    assert {"skill": 1} == assignment.choice.excluded
    line = ledger.events(0, 100)[-1]
    assert ("routing", "anna", "desk") == (line.actor, line.details["to"], line.details["group"])
    assert line.actor in MACHINES


def test_new_owners_are_told_once(ledger: SqlLedger) -> None:
    """Of what routing gives them and of what others hand on to them, not of what they take; a pool is nobody."""
    hired(ledger, able("anna"), able("ben", limit=1))
    routing = Routing(ledger, CLASSES)
    (number,) = opened(ledger)
    routing.route(MONDAY)
    with ledger.reading() as connection:
        known = ledger_people.staff(connection)
    for to in ("ben", "@desk"):
        acted(ledger, number, owners.transfer, to=to, staff=known, needs=TV, now=MONDAY, why="you know these")
        routing.route(MONDAY)
    acted(ledger, number, owners.take, by="anna", staff=known, needs=TV, now=MONDAY)
    for _ in range(2):
        Routing(ledger, CLASSES).route(MONDAY)
    with ledger.reading() as connection:
        notices = connection.execute(select(notice.c.to, notice.c.subject, notice.c.body)).all()

    assert ["anna", "ben"] == [row.to for row in notices]
    assert {"en": f"{number} is yours (high)", "zh": f"工单 {number} 已分配给您（high）"} == json.loads(
        notices[0].subject
    )
    assert "From operator: you know these" in json.loads(notices[1].body)["en"]


def test_a_ticket_that_somebody_moved_on_without_an_owner_gets_one(desk: SqlLedger) -> None:
    """In turn with all others."""
    routing = Routing(desk, CLASSES)
    (number,) = opened(desk)
    for state in (TicketState.TRIAGED, TicketState.ASSIGNED):
        acted(desk, number, people.move, to=state, now=MONDAY)
    hired(desk, able("anna"))
    routing.route(MONDAY)

    assert "anna" == ticket(desk, number).owner


def test_a_second_scheduler_is_refused(tmp_path: Path) -> None:
    """Over the same data directory only one process does the chores."""
    settings = Settings(home=tmp_path, ledger=LedgerSettings(url="postgresql://nobody@127.0.0.1:9/none"))
    with (
        home(Settings(home=tmp_path), Role.ALL),
        pytest.raises(DirectoryInUse),
        home(settings, Role.SCHEDULER),
    ):
        pytest.fail("two of them")


def test_without_people_tickets_are_left_alone(desk: SqlLedger) -> None:
    """Whoever has not told who works here gets the desk as it was."""
    (number,) = opened(desk)
    Routing(desk, CLASSES).route(MONDAY + SECOND)

    assert TicketState.NEW is ticket(desk, number).state
    assert {} == reasons(desk)


def test_nobody_free_means_a_queue_and_not_an_overflow(ledger: SqlLedger) -> None:
    """It waits with the reason and is given out as soon as one is done, the most urgent first."""
    hired(ledger, able("anna", limit=1))
    routing = Routing(ledger, CLASSES)
    first, second = opened(ledger, 2)
    routing.route(MONDAY + SECOND)
    (urgent,) = opened(ledger, name="pump", priority=Priority.URGENT)
    routing.route(MONDAY + 2 * SECOND)
    assert {second: "full", urgent: "full"} == reasons(ledger)
    assert [second, urgent] == sorted(reasons(ledger))
    assert ["opened", "moved", "queued"] == story(ledger, second)

    for state in (TicketState.IN_PROGRESS, TicketState.RESOLVED):
        acted(ledger, first, people.move, to=state, now=MONDAY + MINUTE)
    routing.route(MONDAY + MINUTE + SECOND)

    assert ("anna", "") == (ticket(ledger, urgent).assignee, ticket(ledger, second).assignee)
    assert {second: "full"} == reasons(ledger)


@pytest.mark.parametrize(
    ("who", "reason", "free_at"),
    [
        (able("anna", shift="night"), "shift", MONDAY + 13 * HOUR),
        (able("anna", leave=((MONDAY - DAY, MONDAY + 2 * HOUR),)), "leave", MONDAY + 2 * HOUR),
    ],
)
def test_a_shift_that_begins_or_a_leave_that_ends_frees_somebody(
    desk: SqlLedger, who: Person, reason: str, free_at: Instant
) -> None:
    """Nobody has to do anything for it: the clock does."""
    hired(desk, who)
    routing = Routing(desk, CLASSES)
    (number,) = opened(desk)
    for now in (MONDAY + SECOND, free_at - SECOND):
        routing.route(now)
        assert {number: reason} == reasons(desk)
    routing.route(free_at)

    assert "anna" == ticket(desk, number).assignee
    assert {} == reasons(desk)


def test_somebody_new_gets_what_waits(desk: SqlLedger) -> None:
    """An import is a line of the log."""
    hired(desk, person("chris"))
    routing = Routing(desk, CLASSES)
    (number,) = opened(desk)
    routing.route(MONDAY + SECOND)
    assert {number: "skill"} == reasons(desk)
    hired(desk, able("anna"))
    routing.route(MONDAY + 2 * SECOND)

    assert "anna" == ticket(desk, number).assignee


def test_a_ticket_without_a_known_class_waits_until_a_person_says_which(desk: SqlLedger) -> None:
    """It stays new meanwhile."""
    hired(desk, able("anna"))
    routing = Routing(desk, CLASSES)
    (number,) = opened(desk)
    acted(desk, number, people.edit, changes={"ticket_class": "odd"}, now=MONDAY)
    routing.route(MONDAY + SECOND)
    assert (TicketState.NEW, {number: "class"}) == (ticket(desk, number).state, reasons(desk))
    acted(desk, number, people.edit, changes={"ticket_class": "tv-crash"}, now=MONDAY + MINUTE)
    routing.route(MONDAY + MINUTE)

    assert ("anna", {}) == (ticket(desk, number).assignee, reasons(desk))


def test_what_a_person_decided_about_the_owner_stays(desk: SqlLedger) -> None:
    """Until it is released; then routing takes over."""
    hired(desk, able("anna"))
    routing = Routing(desk, CLASSES)
    (number,) = opened(desk)
    acted(desk, number, people.edit, changes={"assignee": "somebody"}, now=MONDAY)
    routing.route(MONDAY + SECOND)
    assert (TicketState.NEW, "somebody") == (ticket(desk, number).state, ticket(desk, number).assignee)
    acted(desk, number, people.release, fields=["assignee"], now=MONDAY + MINUTE)
    routing.route(MONDAY + MINUTE)

    assert (TicketState.ASSIGNED, "anna") == (ticket(desk, number).state, ticket(desk, number).assignee)


def test_who_refused_is_not_asked_again(desk: SqlLedger) -> None:
    """The next best gets it; when all have refused, it says so."""
    hired(desk, able("anna"), able("ben", limit=5))
    routing = Routing(desk, CLASSES)
    (number,) = opened(desk)
    asked = []
    for nth in range(2):
        routing.route(MONDAY + nth * MINUTE)
        asked.append(ticket(desk, number).assignee)
        acted(desk, number, owners.refuse, by=asked[-1], now=MONDAY + nth * MINUTE, why="not my kind")
    routing.route(MONDAY + HOUR)

    assert ["anna", "ben"] == sorted(asked)
    assert {number: "refused"} == reasons(desk)


def test_first_repairs_that_hold_make_an_expert(ledger: SqlLedger) -> None:
    """A closed ticket counts for whoever resolved it first, and a relapse takes that back, however late."""
    hired(ledger, able("anna"))
    routing = Routing(ledger, CLASSES)
    first, second = opened(ledger, 2)
    routing.route(MONDAY)
    for number in (first, second):
        acted(ledger, number, people.close, now=MONDAY + HOUR)
    routing.route(MONDAY + HOUR)
    with ledger.reading() as connection:
        assert {("anna", "crash-loop"): Record(2, 2)} == ledger_people.records(connection)
    with ledger.begin() as transaction:
        back = replace(transaction.ticket(second), state=TicketState.TRIAGED, assignee="")
        line = LedgerEvent(at=MONDAY + DAY, kind="reopened", ticket=second, actor="desk", why="relapse")
        transaction.record(Response(tickets=(back,), events=(line,)))
    routing.route(MONDAY + DAY)

    with ledger.reading() as connection:
        assert {("anna", "crash-loop"): Record(2, 1)} == ledger_people.records(connection)


def test_three_transfers_name_the_expert_group_once(ledger: SqlLedger) -> None:
    """With what speaks for it and the way that the ticket went."""
    teams = {"anna": "first", "ben": "second", "chris": "third", "dora": "fourth"}
    hired(ledger, *(able(name, team=team) for name, team in teams.items()))
    with ledger.begin() as transaction:
        ledger_people.add_records(transaction.connection, {("dora", "crash-loop"): Record(20, 19)})
    routing = Routing(ledger, CLASSES)
    (number,) = opened(ledger)
    with ledger.reading() as connection:
        known = ledger_people.staff(connection)
    for nth, to in enumerate(["anna", "ben", "chris", "anna"]):
        acted(ledger, number, owners.transfer, to=to, staff=known, needs=TV, now=MONDAY + nth * MINUTE, why="not ours")
        routing.route(MONDAY + nth * MINUTE)
    lines = [event for event in ledger.events(0, 1000) if event.kind == "suggested"]

    assert ["fourth"] == [line.details["group"] for line in lines]
    assert (["first", "second", "third"], 3) == (lines[0].details["went"], lines[0].details["transfers"])
    assert {"team": "fourth", "people": 1, "tried": 20, "fixed": 19} == {
        key: lines[0].details["teams"][0][key] for key in ("team", "people", "tried", "fixed")
    }


def assigned_once(ledger: SqlLedger, numbers: Sequence[str]) -> bool:
    """Each ticket has one owner, one line and one table."""
    lines = Counter(event.ticket for event in ledger.events(0, 1_000_000) if event.kind == "assigned")
    with ledger.reading() as connection:
        tables = {number: len(ledger_people.assignments(connection, number)) for number in numbers}
    return lines == Counter(numbers) == Counter(tables)


def test_two_at_once_give_every_ticket_out_once(ledger: SqlLedger) -> None:
    """Even if a second scheduler were not refused, nothing would be given out twice."""
    hired(ledger, *(able(f"p{nth}") for nth in range(10)))
    numbers = opened(ledger, 60)
    threads = [Thread(target=Routing(ledger, CLASSES).route, args=(MONDAY,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert assigned_once(ledger, numbers)


CHILD = """
import sys
from adapters.ledger_sql import SqlLedger
from domain.instants import SECOND
from tests.ticketing.promises import MONDAY
from tests.truckroll.routing_world import CLASSES, opened
from truckroll import routing
routing.MOST = 7
with SqlLedger(sys.argv[1]) as ledger:
    for second in range(int(sys.argv[2]), int(sys.argv[2]) + 1000):
        opened(ledger, 10, name=f"tv-{second}")
        print("opened", flush=True)
        routing.Routing(ledger, CLASSES).route(MONDAY + second * SECOND)
        print("routed", flush=True)
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_killed_anywhere_it_goes_on_exactly_once(tmp_path: Path, engine: str) -> None:
    """A process that opens and gives out tickets is killed again and again; the next one finishes its work."""
    place, chance = ENGINES[engine](tmp_path), Random(5)
    with SqlLedger(place) as ledger:
        hired(ledger, *(able(f"p{nth}", limit=1000) for nth in range(5)))
    for nth in range(KILLS):
        words = [sys.executable, "-c", CHILD, str(place), str(nth * 1000)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(chance.randrange(1, 6)):
                child.stdout.readline()
            child.send_signal(signal.SIGKILL)
            child.wait()
    with SqlLedger(place) as ledger:
        Routing(ledger, CLASSES).route(MONDAY + DAY)
        numbers = [ticket.number for ticket in ledger.tickets()]

        assert numbers
        assert assigned_once(ledger, numbers)
