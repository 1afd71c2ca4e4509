"""SLA: what looking after running clocks costs when nothing is due, when a thousand are, and when the book changes.

`python -m bench.sla [--tickets 50000]`; each ticket has two clocks. Processor time and wall time, on an SQLite ledger.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

from adapters.ledger_sql import SqlLedger
from domain.errors import TryLater
from domain.finding import Severity
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from domain.sla import Calendar, Policy, Rung, SlaBook, Target
from domain.ticket import LedgerEvent, Priority, Response, Ticket, TicketState
from truckroll.promises import A_SLICE, Promises, overdue_steps

MONDAY: Instant = parse_instant("2026-11-23T08:00:00Z")
DUE = 1_000
AT_ONCE = 1_000
OFFICE = Calendar(id="office", zone="Europe/Berlin", week=(*(((540, 1080),),) * 5, (), ()))
STANDARD = Policy(
    id="standard",
    name={"en": "Standard"},
    targets={
        Severity.S1: Target(response=30 * MINUTE, resolution=DAY),
        Severity.S2: Target(response=40 * HOUR, resolution=80 * HOUR, calendar="office"),
        Severity.S3: Target(response=80 * HOUR, resolution=160 * HOUR, calendar="office"),
    },
    ladder=(Rung(channel="sms", after=0.0), Rung(channel="email", after=0.5)),
)
TICKET = Ticket(
    number="",
    asset="",
    component="panel",
    failure_mode="crash-loop",
    state=TicketState.NEW,
    severity=Severity.S1,
    priority=Priority.HIGH,
    title={"en": "TV keeps crashing"},
    summary={"en": "Three crashes."},
    opened_at=MONDAY,
    fault_at=MONDAY,
    changed_at=MONDAY,
)
BOOK = SlaBook(calendars={"office": OFFICE}, policies={"standard": STANDARD})


def opened(ledger: SqlLedger, first: int, many: int, severity: Severity) -> None:
    """So many tickets of a severity."""
    line = LedgerEvent(at=MONDAY, kind="opened", actor="desk", details={"severity": severity.value, "class": ""})
    with ledger.begin() as transaction:
        for nth in range(first, first + many):
            ticket = replace(TICKET, asset=f"tv-{nth}", severity=severity)
            transaction.record(Response(tickets=(ticket,), events=(line,)))


def measured(act: Callable[[], object], times: int = 1) -> dict[str, float]:
    """Milliseconds a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        act()
    return {
        "wall_ms": (time.perf_counter() - wall) * 1000 / times,
        "cpu_ms": (time.process_time() - cpu) * 1000 / times,
    }


def changed_over(ledger: SqlLedger, book: SlaBook, now: Instant, at_once: int) -> dict[str, float]:
    """Another book for all clocks, while somebody writes one small transaction after the other."""
    waits, over = [0.0], Event()

    def write() -> None:
        while not over.is_set():
            begun = time.perf_counter()
            try:
                with ledger.begin():
                    waits.append(time.perf_counter() - begun)
            except TryLater:
                waits.append(time.perf_counter() - begun)
            over.wait(0.005)

    writer = Thread(target=write)
    writer.start()
    try:
        found = measured(lambda: Promises(ledger, book, at_once=at_once).keep(now))
    finally:
        over.set()
        writer.join()
    waits.sort()
    return found | {
        "others_wrote": len(waits),
        "others_p95_ms": waits[len(waits) * 95 // 100] * 1000,
        "others_most_ms": waits[-1] * 1000,
    }


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=50_000)
    tickets = parser.parse_args().tickets
    with tempfile.TemporaryDirectory(prefix="truckroll-sla-") as home, SqlLedger(Path(home) / "ledger.db") as ledger:
        for first in range(0, tickets, AT_ONCE):
            opened(ledger, first, min(AT_ONCE, tickets - first), Severity.S1 if not first else Severity.S3)
        promises = Promises(ledger, BOOK)
        found = {"clocks": 2 * tickets, "starting_all": measured(lambda: promises.keep(MONDAY))}
        found["nothing_due"] = measured(lambda: promises.keep(MONDAY + MINUTE), 20)
        found["is_there_work"] = measured(lambda: promises.has_work(MONDAY + MINUTE), 100)
        found["overdue_count"] = measured(lambda: overdue_steps(ledger, MONDAY + MINUTE), 20)
        found[f"{DUE}_due"] = measured(lambda: promises.keep(MONDAY + 24 * MINUTE))
        supervised = Promises(ledger, replace(BOOK, supervisor="supervisors"))
        found["book_changed_for_nobody"] = measured(lambda: supervised.keep(MONDAY + 25 * MINUTE))
        now, other = MONDAY + 25 * MINUTE, supervised.book
        for nth, (name, at_once) in enumerate(2 * (("in_one_transaction", 2 * tickets), ("in_slices", A_SLICE))):
            now, week = now + MINUTE, (*(((480 - nth, 1080),),) * 5, (), ())
            other = replace(supervised.book, calendars={"office": replace(OFFICE, week=week)})
            found[f"calendar_changed_{name}_{nth // 2}"] = changed_over(ledger, other, now, at_once)
        found["nothing_due_later"] = measured(lambda: Promises(ledger, other).keep(now + SECOND), 20)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
