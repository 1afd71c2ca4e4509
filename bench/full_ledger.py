"""A ledger with many tickets, as years of work leave it: nearly all have ended, the newest are open."""

import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from adapters import ledger_tables as tables
from adapters.ledger_rows import ticket_row
from adapters.ledger_sql import SqlLedger
from domain.finding import Severity
from domain.instants import MINUTE, SECOND, Instant
from domain.ticket import Priority, Ticket, TicketState

BEGIN: Instant = 1_735_689_600 * SECOND
A_YEAR_IN_MINUTES = 525_600
ASSETS = 50_000
MODES = tuple(f"mode-{n:02d}" for n in range(40))
PIECE = 5_000
OPEN = (
    (TicketState.NEW, 30),
    (TicketState.TRIAGED, 20),
    (TicketState.ASSIGNED, 15),
    (TicketState.IN_PROGRESS, 15),
    (TicketState.WAITING, 12),
    (TicketState.RESOLVED, 5),
    (TicketState.VERIFYING, 3),
)
ENDED = (TicketState.CLOSED, TicketState.CANCELLED)
PRIORITIES = ((Priority.URGENT, 2), (Priority.HIGH, 18), (Priority.MEDIUM, 50), (Priority.LOW, 30))
TITLE = {"en": "Compressor runs without cooling", "de": "Kompressor läuft, ohne zu kühlen"}
SUMMARY = {
    "en": "The cold room has risen 6.2 K in two hours while the compressor ran; door closed, ambient as usual.",
    "de": "Der Kühlraum ist in zwei Stunden um 6,2 K wärmer geworden, obwohl der Kompressor lief; Tür zu.",
}


def fill(path: Path, count: int) -> None:
    """Make a ledger of so many tickets at `path`."""
    with SqlLedger(path) as ledger:
        rows = ticket_rows(count)
        with ledger.begin() as transaction:
            while piece := list(islice(rows, PIECE)):
                transaction.connection.execute(insert(tables.ticket), piece)
            transaction.connection.execute(insert(tables.counter), {"year": 2026, "last": count})
            transaction.connection.execute(insert(tables.event), event_row(count))


def ticket_rows(count: int) -> Iterator[dict[str, Any]]:
    """Their rows in order of number; the share of open ones grows towards the end, to a fiftieth in all."""
    chance = random.Random(7)
    states = [state for state, weight in OPEN for _ in range(weight)]
    priorities = [priority for priority, weight in PRIORITIES for _ in range(weight)]
    modes = [mode for n, mode in enumerate(MODES) for _ in range(max(1, 200 // (n + 1)))]
    taken: set[tuple[str, str]] = set()
    template = ticket_row(sample())
    for nth in range(1, count + 1):
        asset, mode = f"asset-{chance.randrange(ASSETS):05d}", chance.choice(modes)
        is_open = chance.random() < 0.08 * (nth / count) ** 3 and (asset, mode) not in taken
        if is_open:
            taken.add((asset, mode))
        state = chance.choice(states) if is_open else chance.choices(ENDED, (9, 1))[0]
        at = BEGIN + nth * A_YEAR_IN_MINUTES * MINUTE // count
        yield template | {
            "rank": 2026 * 1_000_000_000 + nth,
            "number": f"T-2026-{nth:06d}",
            "asset": asset,
            "failure_mode": mode,
            "open_key": json.dumps([asset, "compressor", mode]) if is_open else None,
            "state": state.value,
            "priority": chance.choice(priorities).value,
            "opened_at": at,
            "fault_at": at - MINUTE,
            "changed_at": at + MINUTE,
            "closed_at": None if is_open else at + 600 * MINUTE,
        }


def sample() -> Ticket:
    """What is alike in all."""
    return Ticket(
        asset="",
        component="compressor",
        failure_mode="",
        state=TicketState.NEW,
        severity=Severity.S3,
        priority=Priority.LOW,
        title=TITLE,
        summary=SUMMARY,
        ticket_class="cold-room",
        opened_at=0,
        fault_at=0,
        changed_at=0,
        findings=("F-0123456789abcdef",),
        evidence_count=3,
        last_evidence_at=BEGIN,
        dossier={"model": "CR-200", "firmware": "4.1.7", "site": "Bremen 4", "owner": "A", "last": ["T-2025-000017"]},
        revision=2,
    )


def event_row(count: int) -> dict[str, Any]:
    """A line of the event log, so that it has one."""
    return {
        "position": 1,
        "at": BEGIN,
        "kind": "opened",
        "ticket": f"T-2026-{count:06d}",
        "actor": "desk",
        "why": "",
        "details": "{}",
    }
