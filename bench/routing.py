"""How fast tickets find their owners: `python -m bench.routing`, 1,000 tickets among 200 people.

First the choice alone, then the whole chore over a ledger in SQLite: the log read, tickets triaged and given out, lines
and tables written; last the same queue looked at again while everybody is full. `--json` prints one JSON object.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from adapters import ledger_people
from adapters.ledger_sql import SqlLedger
from domain.finding import Severity
from domain.instants import DAY, HOUR, SECOND, Instant
from domain.person import FOR_EVER, Person, Record, Staff, Workplace
from domain.registry import Facts
from domain.sla import Calendar
from domain.ticket import LedgerEvent, Priority, Response, Ticket, TicketState
from domain.ticket_class import TicketClass
from ticketing.classes import Classes
from ticketing.crowd import Crowd
from ticketing.routing import Errand, RoutingSettings, routed
from truckroll.routing import Routing

NOW: Instant = 1_795_500_000 * SECOND
SKILLS = [f"skill-{nth}" for nth in range(12)]
MODES = [f"mode-{nth}" for nth in range(30)]
SITES = [f"site-{nth}" for nth in range(20)]
SHIFTS = {
    name: Calendar(id=name, zone="Europe/Berlin", week=tuple((span,) for _ in range(7)))
    for name, span in (("early", (360, 900)), ("late", (840, 1380)), ("all", (0, 1440)))
}


def main() -> None:
    """Run and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--tickets", type=int, default=1_000)
    asked.add_argument("--people", type=int, default=200)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--json", action="store_true")
    args = asked.parse_args()
    chance = Random(args.seed)
    staff, classes = staff_of(args.people, chance), classes_of(chance)
    found = {"tickets": args.tickets, "people": args.people} | alone(args.tickets, staff, classes, chance)
    with TemporaryDirectory() as folder:
        found |= in_the_ledger(Path(folder), args.tickets, staff, classes, chance)
    if args.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:>24}  {value:,.3f}" if isinstance(value, float) else f"{name:>24}  {value:,}")


def staff_of(many: int, chance: Random) -> Staff:
    """People with half of the skills, a shift and a home."""
    people = [
        Person(
            id=f"p{nth:04}",
            name=f"p{nth:04}",
            team=f"team-{nth % 8}",
            workplace=chance.choice(list(Workplace)),
            skills=tuple(chance.sample(SKILLS, 6)),
            certificates={"lift": FOR_EVER} if nth % 3 else {},
            territory=() if nth % 4 else tuple(chance.sample(SITES, 5)),
            lat=chance.uniform(47, 54),
            lon=chance.uniform(7, 14),
            shift=chance.choice(["", *SHIFTS]),
        )
        for nth in range(many)
    ]
    return Staff(people={one.id: one for one in people}, shifts=SHIFTS)


def classes_of(chance: Random) -> Classes:
    """A class a failure mode."""
    found = {}
    for mode in MODES:
        certificates = ("lift",) if chance.random() < 0.2 else ()
        visit = chance.choice(["never", "maybe", "always"])
        skills = tuple(chance.sample(SKILLS, 2))
        found[mode] = TicketClass(id=mode, name={"en": mode}, skills=skills, certificates=certificates, visit=visit)
    return Classes(found, {})


def alone(many: int, staff: Staff, classes: Classes, chance: Random) -> dict[str, float]:
    """The choice, without a ledger: each ticket somewhere else."""
    history = {(name, mode): Record(9, chance.randrange(10)) for name in staff.people for mode in MODES}
    errands, given = [], list[int]()
    for nth in range(many):
        needs = classes.classes[chance.choice(MODES)]
        errands.append(
            Errand(
                ticket=f"T-{nth}",
                priority=chance.choice(list(Priority)),
                opened_at=NOW - nth * SECOND,
                failure_mode=needs.id,
                skills=needs.skills,
                certificates=needs.certificates,
                visit=needs.visit,
                site=chance.choice(SITES),
                lat=chance.uniform(47, 54),
                lon=chance.uniform(7, 14),
            )
        )

    def choose() -> int:
        crowd = Crowd(staff, NOW, loads={}, last={}, records=history)
        return sum(bool(choice.chosen) for choice in routed(errands, crowd, RoutingSettings(), NOW))

    times = timed("choice", lambda: given.append(choose()))
    return times | {"choice given": given[0]}


def in_the_ledger(folder: Path, many: int, staff: Staff, classes: Classes, chance: Random) -> dict[str, float]:
    """The whole chore, and what looking at a full queue again costs."""
    with SqlLedger(folder / "ledger.db") as ledger:
        with ledger.begin() as transaction:
            places = [place(nth, chance) for nth in range(many)]
            transaction.install(places, NOW - DAY)
            ledger_people.save_staff(transaction.connection, staff.people.values(), staff.shifts.values())
            for one in places:
                transaction.record(born(one.asset, chance))
        routing = Routing(ledger, classes)
        first = timed("chore", lambda: routing.route(NOW))
        given = sum(ticket.state is TicketState.ASSIGNED for ticket in ledger.tickets())
        with ledger.begin() as transaction:
            full = [replace(one, limit=1) for one in staff.people.values()]
            ledger_people.save_staff(transaction.connection, full, [])
            for nth in range(many):
                transaction.record(born(f"e{nth}", chance))
            transaction.record(Response(events=(LedgerEvent(at=NOW, kind="people", actor="bench"),)))
        routing.route(NOW + HOUR)
        routing.again = True
        return first | {"chore given": given} | timed("queue again", lambda: routing.route(NOW + 2 * HOUR))


def timed(name: str, work: Callable[[], object]) -> dict[str, float]:
    """How long it takes, and how much of that it works: the rest is other processes' on a machine that is shared."""
    begun, worked = perf_counter(), process_time()
    work()
    return {f"{name} seconds": perf_counter() - begun, f"{name} CPU seconds": process_time() - worked}


def place(nth: int, chance: Random) -> Facts:
    """An asset somewhere."""
    lat, lon = chance.uniform(47, 54), chance.uniform(7, 14)
    return Facts(device=f"d{nth}", asset=f"d{nth}", site=chance.choice(SITES), lat=lat, lon=lon)


def born(asset: str, chance: Random) -> Response:
    """A new ticket."""
    mode = chance.choice(MODES)
    ticket = Ticket(
        asset=asset,
        component="",
        failure_mode=mode,
        state=TicketState.NEW,
        severity=Severity.S2,
        priority=chance.choice(list(Priority)),
        title={"en": mode},
        summary={"en": mode},
        ticket_class=mode,
        opened_at=NOW,
        fault_at=NOW,
        changed_at=NOW,
    )
    return Response(tickets=(ticket,), events=(LedgerEvent(at=NOW, kind="opened", actor="desk"),))


if __name__ == "__main__":
    main()
