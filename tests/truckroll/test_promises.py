"""Promises over a real ledger: what the log says is what the clocks show, and no step is lost or taken twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from adapters import desk_tables, ledger_log, ledger_sla
from adapters.ledger_sql import SqlLedger
from domain.instants import HOUR, MINUTE, SECOND, Instant
from domain.sla import Clock
from domain.ticket import LedgerEvent, Response, TicketState
from tests.ledgers import ENGINES
from tests.ticketing.promises import BOOK, MONDAY, TICKET, maker, told
from ticketing import people
from truckroll.promises import DECLARED, Promises, overdue_steps

KILLS = int(os.environ.get("PROMISE_KILLS", "10"))
DUE = 500
STEPS = 4


@pytest.fixture(params=ENGINES)
def ledger(request, tmp_path):
    """An empty ledger on each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as found:
        yield found


def opened(ledger: SqlLedger, many: int, at: Instant = MONDAY, name: str = "tv") -> list[str]:
    """So many tickets, all opened at once."""
    with ledger.begin() as transaction:
        numbers = []
        for nth in range(many):
            ticket = replace(TICKET, number="", asset=f"{name}-{nth}", opened_at=at)
            event = LedgerEvent(at=at, kind="opened", actor="desk", details={"severity": "S1", "class": ""})
            numbers += [new.number for new in transaction.record(Response(tickets=(ticket,), events=(event,)))]
        return numbers


def clocks(ledger: SqlLedger, numbers: Sequence[str]) -> dict[str, list[Clock]]:
    """The clocks as they are kept."""
    with ledger.reading() as connection:
        return ledger_sla.clocks_of(connection, numbers)


def notices(ledger: SqlLedger) -> list[str]:
    """The ids of all notices, in order."""
    with ledger.reading() as connection:
        return list(connection.execute(select(desk_tables.notice.c.id).order_by(desk_tables.notice.c.place)).scalars())


def acted(ledger: SqlLedger, number: str, act, **words) -> None:
    """What a person does."""
    with ledger.begin() as transaction:
        ticket = transaction.ticket(number)
        transaction.record(act(ticket, by="operator", revision=ticket.revision, **words))


def test_a_ticket_is_timed_warned_about_and_left_alone_once_resolved(ledger: SqlLedger) -> None:
    """From the log into the clocks, from the clocks into log and notices."""
    promises = Promises(ledger, BOOK)
    (number,) = opened(ledger, 1)
    promises.keep(MONDAY + SECOND)
    assert {MONDAY + 30 * MINUTE, MONDAY + 4 * HOUR} == {clock.due_at for clock in clocks(ledger, [number])[number]}

    promises.keep(MONDAY + 24 * MINUTE)
    assert [f"{number}/response//-1", f"{number}/response//0"] == notices(ledger)
    acted(ledger, number, people.acknowledge, now=MONDAY + 25 * MINUTE)
    for state in (TicketState.ASSIGNED, TicketState.IN_PROGRESS, TicketState.RESOLVED):
        acted(ledger, number, people.move, to=state, now=MONDAY + HOUR)
    promises.keep(MONDAY + 9 * HOUR)

    assert [True, True] == [clock.kept for clock in clocks(ledger, [number])[number]]
    assert 2 == len(notices(ledger))


def test_the_clocks_are_what_the_log_says(ledger: SqlLedger) -> None:
    """Read again from the beginning, it leads to the same ones, whatever people did in between."""
    promises, chance = Promises(ledger, BOOK), Random(7)
    numbers = opened(ledger, 8)
    for minute in range(0, 300, 17):
        number, now = chance.choice(numbers), MONDAY + minute * MINUTE
        with ledger.begin() as transaction:
            state = transaction.ticket(number).state
        if state is TicketState.NEW:
            acted(ledger, number, people.acknowledge, now=now)
        elif state is TicketState.TRIAGED:
            acted(ledger, number, people.edit, changes={"severity": chance.choice(["S1", "S2"])}, now=now)
        promises.keep(now)
    with ledger.reading() as connection:
        log = ledger_log.lines_after(connection, 0, 10_000)

    kept = clocks(ledger, numbers)
    for number in numbers:
        assert kept[number] == list(told(*(line for line in log if line.ticket == number)).values())


def test_tickets_from_before_the_first_start_are_timed_too(ledger: SqlLedger) -> None:
    """The first book holds from the beginning."""
    numbers = opened(ledger, 3)
    Promises(ledger, BOOK).keep(MONDAY + SECOND)

    assert set(numbers) == set(clocks(ledger, numbers))


def test_another_book_takes_over_and_history_stays(ledger: SqlLedger) -> None:
    """It stands in the log, so that the clocks can be told anew; what has stopped is as it was."""
    first, second = opened(ledger, 2)
    Promises(ledger, BOOK).keep(MONDAY + SECOND)
    acted(ledger, first, people.acknowledge, now=MONDAY + MINUTE)
    standard = BOOK.policies["standard"]
    quick = {s: replace(t, response=MINUTE, resolution=HOUR) for s, t in standard.targets.items()}
    changed = replace(BOOK, policies={"standard": replace(standard, targets=quick)})
    Promises(ledger, changed).keep(MONDAY + 2 * MINUTE)

    stopped, running = (clocks(ledger, [number])[number][0] for number in (first, second))
    assert (30 * MINUTE, True) == (stopped.target, stopped.kept)
    assert (MINUTE, MONDAY + 2 * MINUTE) == (running.target, running.due_at)
    assert [DECLARED, DECLARED] == [e.kind for e in ledger.events(0, 100) if e.kind == DECLARED]


def as_the_log_says(ledger: SqlLedger, numbers: Sequence[str]) -> dict[str, list[Clock]]:
    """The clocks told from the log alone, as far as the chore has read it; those reached already by the next book."""
    with ledger.reading() as connection:
        upto, reached = ledger_log.bookmark(connection, "sla"), ledger_sla.reached(connection)
        log = ledger_log.lines_after(connection, 0, 10_000)
    return {number: retold(log, number, upto + (number <= reached)) for number in numbers}


def retold(log: Sequence[LedgerEvent], number: str, upto: int) -> list[Clock]:
    """A ticket's clocks after the lines up to a position."""
    by, told = maker(BOOK), list[Clock]()
    for line in log[:upto]:
        if line.kind == DECLARED:
            former, by = by, maker(ledger_sla.book_of(line.details["book"]))
            told = [by.changed_over(clock, line.at, former) for clock in told]
        elif line.ticket == number:
            told = list(by.fold(told, line))
    return told


def test_clocks_go_over_to_another_book_a_few_at_a_time(ledger: SqlLedger) -> None:
    """Ended after any transaction it goes on where it was; at every moment the clocks are what the log says, and what

    people do meanwhile is taken in afterwards.
    """
    numbers = opened(ledger, 7)
    Promises(ledger, BOOK).keep(MONDAY + SECOND)
    standard = BOOK.policies["standard"]
    slower = {s: replace(t, response=HOUR, resolution=6 * HOUR, calendar="office") for s, t in standard.targets.items()}
    changed = replace(BOOK, policies={"standard": replace(standard, targets=slower)})
    now, reached = MONDAY + 2 * MINUTE, list[str]()
    while Promises(ledger, changed).has_work(now):
        with ledger.begin() as transaction:
            Promises(ledger, changed, at_once=3).work(transaction, now)
        assert as_the_log_says(ledger, numbers) == clocks(ledger, numbers)
        with ledger.reading() as connection:
            reached.append(ledger_sla.reached(connection))
        if reached[-1] == numbers[2]:
            acted(ledger, numbers[0], people.acknowledge, now=now)

    assert ["", numbers[2], numbers[5], "", ""] == reached
    assert {HOUR} == {found[0].target for found in clocks(ledger, numbers).values()}
    assert [True, None] == [clock.kept for clock in clocks(ledger, numbers)[numbers[0]]]


def test_the_auditor_counts_what_nobody_did(ledger: SqlLedger) -> None:
    """And is content once it is done."""
    opened(ledger, 3)
    promises = Promises(ledger, BOOK)
    promises.keep(MONDAY)

    assert 6 == overdue_steps(ledger, MONDAY + 9 * HOUR)
    promises.keep(MONDAY + 9 * HOUR)
    assert 0 == overdue_steps(ledger, MONDAY + 9 * HOUR)


CHILD = """
import sys
from adapters.ledger_sql import SqlLedger
from domain.instants import SECOND
from tests.ticketing.promises import BOOK, MONDAY
from truckroll.promises import Promises
with SqlLedger(sys.argv[1]) as ledger:
    for second in range(int(sys.argv[2]), int(sys.argv[3])):
        Promises(ledger, BOOK).keep(MONDAY + second * SECOND)
        print(second, flush=True)
"""


@pytest.mark.slow
def test_killed_ten_times_it_takes_every_step_once(tmp_path: Path) -> None:
    """500 tickets become due within 20 seconds, and the process that looks after them is killed again and again."""
    path, chance = tmp_path / "ledger.db", Random(11)
    with SqlLedger(path) as ledger:
        for second in range(20):
            opened(ledger, DUE // 20, at=MONDAY + second * SECOND, name=f"tv-{second}")
    second = 23 * 60
    for _ in range(KILLS):
        second = run_and_kill(path, second, after=chance.randrange(1, 4))
    with SqlLedger(path) as ledger:
        Promises(ledger, BOOK).keep(MONDAY + HOUR)
        expected = Counter(f"{n}/response//{step}" for n in range(DUE) for step in range(-1, STEPS - 1))
        numbers = {ticket.number: nth for nth, ticket in enumerate(ledger.tickets())}
        found = Counter(f"{numbers[i.split('/')[0]]}/{i.split('/', 1)[1]}" for i in notices(ledger))
        steps = [e for e in ledger.events(0, 100_000) if e.kind in ("sla_warned", "escalated")]

        assert expected == found
        assert DUE * STEPS == len(steps)
        assert 0 == overdue_steps(ledger, MONDAY + HOUR)


def run_and_kill(path: Path, second: int, *, after: int) -> int:
    """Let a process work from a second on and kill it after some; returns where the next goes on."""
    words = [sys.executable, "-c", CHILD, str(path), str(second), str(second + 1000)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        reached = [int(child.stdout.readline()) for _ in range(after)]
        child.send_signal(signal.SIGKILL)
        child.wait()
    return reached[-1] + 1
