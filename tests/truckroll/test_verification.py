"""Repairs over a real ledger: confirmed by the device, taken up again, or asked about; exactly once, whatever dies."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from adapters import desk_tables, ledger_closing
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.errors import GatesOpen, WrongFormat
from domain.instants import DAY, HOUR, SECOND
from domain.ticket import TicketState
from tests.ledgers import ENGINES
from tests.ticketing.promises import MONDAY
from tests.truckroll.repairs import Shop, shop_in
from ticketing import people

KILLS = int(os.environ.get("VERIFICATION_KILLS", "2"))


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """An empty shop on each engine."""
    (tmp_path / "telemetry").mkdir()
    found = shop_in(ENGINES[request.param](tmp_path), tmp_path)
    with closing(found.ledger), found.telemetry:
        yield found


def questions(shop: Shop) -> list[str]:
    """The notices that ask a person."""
    with shop.ledger.reading() as connection:
        ids = connection.execute(select(desk_tables.notice.c.id).order_by(desk_tables.notice.c.place)).scalars()
        return [name for name in ids if "unconfirmed" in name]


def test_a_device_that_is_heard_for_a_day_closes_its_ticket(shop: Shop) -> None:
    """Resolved by a person, verified and closed by the machine, with the codes in the last line."""
    number = shop.opens()
    shop.repaired(number)
    shop.looks()
    assert TicketState.VERIFYING is shop.ticket(number).state
    shop.talks(24)
    assert TicketState.VERIFYING is shop.ticket(number).state
    shop.talks(2)

    last = shop.lines(number)[-1]
    assert TicketState.CLOSED is shop.ticket(number).state
    assert ("verification", "closed", "replaced", "true", "healthy for 1d") == (
        last.actor,
        last.details["state"],
        last.details["code"],
        last.details["label"],
        last.why,
    )
    assert [] == questions(shop)


def test_a_device_that_fails_again_reopens_the_same_ticket(shop: Shop) -> None:
    """The desk sees the new strike; nothing is confirmed after that, and the next repair begins anew."""
    number = shop.opens()
    shop.repaired(number)
    shop.talks(20)
    shop.strikes(1)
    shop.talks(10)
    assert (TicketState.TRIAGED, 1) == (shop.ticket(number).state, shop.ticket(number).reopened)
    with shop.ledger.reading() as connection:
        assert {} == ledger_closing.checks_of(connection, [number])

    again = shop.ticket(number)
    shop.does(number, people.move, to=TicketState.ASSIGNED)
    for state in (TicketState.IN_PROGRESS, TicketState.RESOLVED):
        shop.does(number, people.move, to=state, gated=True)
    shop.talks(20)
    assert again.active == shop.ticket(number).active
    assert TicketState.VERIFYING is shop.ticket(number).state


def test_a_silent_device_is_asked_about_once(shop: Shop) -> None:
    """At 72 h, by one notice and one line, to whoever is on call; however long it is silent after that."""
    number = shop.opens()
    shop.repaired(number)
    shop.passes(71)
    assert [] == questions(shop)
    shop.passes(1)
    assert [f"{number}/unconfirmed/{MONDAY}"] == questions(shop)
    shop.restart()
    shop.passes(100)
    assert 1 == len(questions(shop)) == len(shop.kinds(number, "unconfirmed"))
    assert TicketState.VERIFYING is shop.ticket(number).state
    shop.talks(26)
    assert TicketState.CLOSED is shop.ticket(number).state


def test_what_others_say_of_a_device_is_no_sign_of_life(shop: Shop) -> None:
    """A broker's "offline" every hour does not make a dead device healthy."""
    number = shop.opens()
    shop.repaired(number)
    for _ in range(18):
        shop.now += 4 * HOUR
        shop.says("tv-1", event="offline")
        shop.looks()
    assert ["silent"] == [line.why for line in shop.kinds(number, "unconfirmed")]


def test_a_person_confirms_by_hand_with_a_reason(shop: Shop) -> None:
    """Not without one, and not with a gate open."""
    number = shop.opens()
    with pytest.raises(GatesOpen, match="the codes of problem, cause and remedy"):
        shop.repaired(number, codes=None)
    number = shop.opens("tv-2")
    shop.repaired(number)
    shop.looks()
    with pytest.raises(WrongFormat, match="Say why"):
        shop.does(number, people.move, to=TicketState.CLOSED, gated=True)
    shop.does(number, people.move, to=TicketState.CLOSED, gated=True, why="the customer uses it every day")
    shop.talks(30, device="tv-2")
    assert ["anna"] == [line.actor for line in shop.kinds(number, "moved") if line.details["state"] == "closed"]


def test_a_relapse_after_the_closing_reopens_and_later_links(shop: Shop) -> None:
    """Seven days, as the class says: to the nanosecond the same ticket, after that a new one that names it."""
    first, second = shop.opens("tv-1"), shop.opens("tv-2")
    for number in (first, second):
        shop.repaired(number)
        shop.does(number, people.close, gated=True, why="seen to work")
    shop.now += 7 * DAY
    shop.strikes(1, "tv-1")
    shop.now += 1
    shop.strikes(2, "tv-2")
    newest = shop.ledger.tickets()[-1]
    assert (TicketState.TRIAGED, TicketState.CLOSED) == (shop.ticket(first).state, shop.ticket(second).state)
    assert ("tv-2", second) == (newest.asset, newest.linked_to)


def test_a_fault_that_stays_is_no_repair(shop: Shop) -> None:
    """Its condition holds although nothing new was seen: at last the same ticket is taken up again."""
    number = shop.opens(active=("F-1",), findings=("F-1",))
    shop.repaired(number)
    shop.talks(95)
    assert TicketState.VERIFYING is shop.ticket(number).state
    shop.talks(1.5)
    assert ["the fault is still there"] == [line.why for line in shop.kinds(number, "reopened")]


def test_after_an_outage_what_was_heard_meanwhile_counts(shop: Shop) -> None:
    """Nobody looked for two days, but the device talked all the time: it is confirmed at the first look."""
    number = shop.opens()
    shop.repaired(number)
    shop.verification.keep(shop.now)
    for _ in range(48):
        shop.now += HOUR
        shop.says("tv-1")
    shop.looks()
    assert TicketState.CLOSED is shop.ticket(number).state


def test_a_class_nobody_knows_is_confirmed_like_any_other(shop: Shop) -> None:
    """A day of signs of life, no gates, no codes."""
    number = shop.opens(ticket_class="")
    shop.repaired(number, codes=None)
    shop.talks(26)
    assert TicketState.CLOSED is shop.ticket(number).state


CHILD = """
import sys
from pathlib import Path
from domain.instants import HOUR
from tests.truckroll.repairs import shop_in
folder = Path(sys.argv[1])
shop = shop_in(folder / "ledger.db", folder)
for hour in range(int(sys.argv[2]), 400):
    shop.now += hour * HOUR - (shop.now - 1_795_420_800_000_000_000)
    shop.looks()
    print(hour, flush=True)
"""


@pytest.mark.slow
def test_killed_again_and_again_each_repair_ends_once(tmp_path: Path) -> None:
    """Four devices talk, four are silent: each of the first is closed once, each of the others asked about once."""
    chance = Random(5)
    (tmp_path / "telemetry").mkdir()
    shop = shop_in(tmp_path / "ledger.db", tmp_path)
    numbers = {}
    for nth in range(8):
        numbers[nth] = shop.opens(f"tv-{nth}")
        shop.repaired(numbers[nth])
    with SqliteTelemetry(tmp_path / "telemetry") as telemetry:
        shop.telemetry = telemetry
        for hour in range(30):
            shop.now = MONDAY + hour * HOUR + SECOND
            for nth in range(4):
                shop.says(f"tv-{nth}")
    shop.ledger.close()
    hour = 0
    for _ in range(KILLS):
        hour = run_and_kill(tmp_path, hour, after=chance.randrange(3, 15))
    again = shop_in(tmp_path / "ledger.db", tmp_path)
    again.now = MONDAY + hour * HOUR
    again.passes(120)

    lines = again.ledger.events(0, 100_000)
    closings = Counter(line.ticket for line in lines if line.details.get("state") == "closed")
    asked = Counter(line.ticket for line in lines if line.kind == "unconfirmed")
    assert {numbers[nth]: 1 for nth in range(4)} == closings
    assert {numbers[nth]: 1 for nth in range(4, 8)} == asked
    assert 4 == len(questions(again))
    assert 4 == sum(again.score(numbers[nth]).tenths is not None for nth in range(4))
    again.telemetry.close()
    again.ledger.close()


def run_and_kill(folder: Path, hour: int, *, after: int) -> int:
    """Let a process look from an hour on and kill it after some; returns where the next goes on."""
    words = [sys.executable, "-c", CHILD.replace("1_795_420_800_000_000_000", str(MONDAY)), str(folder), str(hour)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        reached = [int(child.stdout.readline()) for _ in range(after)]
        child.send_signal(signal.SIGKILL)
        child.wait()
    return reached[-1] + 1
