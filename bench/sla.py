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

from adapters.ledger_sql import SqlLedger
from domain.finding import Severity
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from domain.sla import Calendar, Policy, Rung, SlaBook, Target
from domain.ticket import LedgerEvent, Priority, Response, Ticket, TicketState
from truckroll.promises import Promises, overdue_steps

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
        week = (*(((480, 1080),),) * 5, (), ())
        other = replace(supervised.book, calendars={"office": replace(OFFICE, week=week)})
        found["calendar_changed_for_all"] = measured(lambda: Promises(ledger, other).keep(MONDAY + 26 * MINUTE))
        found["nothing_due_later"] = measured(lambda: Promises(ledger, other).keep(MONDAY + 26 * MINUTE + SECOND), 20)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
