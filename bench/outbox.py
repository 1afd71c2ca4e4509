"""What a receiver that is quick, hangs, or is gone costs those who write tickets: with an outbox, beside without.

`python -m bench.outbox [--rounds 12] [--tickets 300]`. One process writes tickets, each in a transaction of its own; a
second one is the receiver. By turns the outbox works beside the writer or not, so that each round has a neighbour from
the same minute, on the same ledger; what counts are the ratios of neighbours, and their quartiles.
"""

import argparse
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles

from adapters import ledger_log, ledger_outbox
from adapters.ledger_sql import SqlLedger
from adapters.notify_webhook import WebPoster
from adapters.ssrf_guard import Guard
from adapters.system_clock import SystemClock
from domain.finding import Severity
from domain.outgoing import Webhook
from domain.ticket import LedgerEvent, Priority, Response, Ticket, TicketState
from ingest.health import Health
from truckroll.outbox import Outbox

CASES = ("control", "quick", "hanging", "gone")
"""In the control there is no outbox at any time: its ratios are what the machine makes of equals."""
HOOK = "W-1"
ANSWER = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@contextmanager
def receiver(kind: str) -> Iterator[str]:
    """The address of a receiver that answers at once, never, or is not there; a process of its own."""
    spawning = get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=serve, args=(kind, there), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{here.recv()}/"
    process.terminate()
    process.join()


def serve(kind: str, told: Connection) -> None:
    """Take connections for as long as the process lives; one that is gone only says where it was."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        port = server.getsockname()[1]
        if kind in ("gone", "control"):
            server.close()
        told.send(port)
        while kind in ("quick", "hanging"):
            client, _ = server.accept()
            if kind == "quick":
                client.recv(65_536)
                client.sendall(ANSWER)
                client.close()
            else:
                kept.append(client)


@dataclass(frozen=True, slots=True)
class Round:
    """What so many tickets cost."""

    a_second: float
    writer_ms: float
    """Processor time of the thread that writes, a ticket."""
    process_ms: float
    """Of the whole process, the outbox included."""
    p95_ms: float


def measured(ledger: SqlLedger, tickets: int, name: str) -> Round:
    """So many transactions that open a ticket each."""
    taken = []
    wall, writer, process = time.perf_counter(), time.thread_time(), time.process_time()
    for nth in range(tickets):
        begun = time.perf_counter()
        now = time.time_ns()
        line = LedgerEvent(at=now, kind="opened", actor="desk", details={"severity": "S2", "class": ""})
        fresh = replace(TICKET, asset=f"{name}-{nth}", opened_at=now)
        with ledger.begin() as transaction:
            transaction.record(Response(tickets=(fresh,), events=(line,)))
        taken.append((time.perf_counter() - begun) * 1e3)
    return Round(
        a_second=tickets / (time.perf_counter() - wall),
        writer_ms=(time.thread_time() - writer) * 1e3 / tickets,
        process_ms=(time.process_time() - process) * 1e3 / tickets,
        p95_ms=quantiles(taken, n=20)[-1],
    )


TICKET = Ticket(
    asset="tv",
    component="",
    failure_mode="crash-loop",
    state=TicketState.NEW,
    severity=Severity.S2,
    priority=Priority.HIGH,
    title={"en": "Keeps crashing"},
    summary={"en": ""},
    opened_at=0,
    fault_at=0,
    changed_at=0,
)


@contextmanager
def outbox(ledger: SqlLedger) -> Iterator[None]:
    """An outbox at work beside; it begins with the newest line."""
    with ledger.begin() as transaction:
        ledger_outbox.move_to(transaction.connection, HOOK, ledger_log.last_line(transaction.connection))
    poster = WebPoster(Guard(networks=("127.0.0.0/8",), allow_http=True), seconds=10)
    stop = threading.Event()
    worker = threading.Thread(target=Outbox(ledger, SystemClock(), Health(), poster).run, args=(stop,))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def case(kind: str, rounds: int, tickets: int) -> dict[str, object]:
    """One receiver: rounds with and without the outbox, by turns."""
    pairs: list[dict[bool, Round]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        SqlLedger(Path(folder) / "ledger.db") as ledger,
        receiver(kind) as url,
    ):
        with ledger.begin() as transaction:
            ledger_outbox.save_webhook(transaction.connection, Webhook(id=HOOK, url=url, secret="s"))
        measured(ledger, tickets, "warm")
        for nth in range(rounds):
            pair = {}
            for is_there in (True, False) if nth % 2 else (False, True):
                with outbox(ledger) if is_there and kind != "control" else nullcontext():
                    pair[is_there] = measured(ledger, tickets, f"{nth}-{is_there}")
            pairs.append(pair)
        with ledger.reading() as connection:
            (hook,) = ledger_outbox.webhooks(connection)
    found = {"receiver": kind, "rounds": rounds, "tickets_a_round": tickets, "delivered": hook.sent}
    return (
        found
        | {
            f"{name}_with_over_without": quartiles([getattr(p[True], name) / getattr(p[False], name) for p in pairs])
            for name in ("a_second", "writer_ms", "process_ms", "p95_ms")
        }
        | {"without_a_second": quartiles([pair[False].a_second for pair in pairs])}
    )


def quartiles(found: list[float]) -> list[float]:
    """The lower one, the middle, the upper one."""
    return [round(value, 2) for value in quantiles(found, n=4)]


def main() -> None:
    """All cases, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--tickets", type=int, default=300)
    asked = parser.parse_args()
    for kind in CASES:
        print(json.dumps(case(kind, asked.rounds, asked.tickets)), flush=True)


if __name__ == "__main__":
    main()
