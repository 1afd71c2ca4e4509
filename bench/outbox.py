"""What a receiver that hangs costs those who write tickets: latency of the ledger with it, beside without.

python -m bench.outbox [--tickets 2000]
"""

import argparse
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from adapters import ledger_outbox
from adapters.ledger_sql import SqlLedger
from adapters.notify_webhook import WebPoster
from adapters.ssrf_guard import Guard
from adapters.system_clock import SystemClock
from domain.finding import Severity
from domain.outgoing import Webhook
from domain.ticket import LedgerEvent, Priority, Response, Ticket, TicketState
from ingest.health import Health
from truckroll.outbox import Outbox

CASES = ("none", "quick", "hanging", "gone")
ANSWER = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@contextmanager
def receiver(kind: str) -> Iterator[str]:
    """The address of a receiver that answers at once, never, or is not there."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        if kind == "gone":
            server.close()
            yield url
            return
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                if kind == "quick":
                    client.recv(65_536)
                    client.sendall(ANSWER)
                    client.close()
                else:
                    kept.append(client)

        threading.Thread(target=serve, daemon=True).start()
        yield url
        server.shutdown(socket.SHUT_RDWR)
        for client in kept:
            client.close()


def measured(ledger: SqlLedger, tickets: int) -> Sequence[float]:
    """Milliseconds of each transaction that opens a ticket."""
    taken = []
    for nth in range(tickets):
        begun = time.perf_counter()
        now = time.time_ns()
        line = LedgerEvent(at=now, kind="opened", actor="desk", details={"severity": "S2", "class": ""})
        with ledger.begin() as transaction:
            transaction.record(Response(tickets=(replace(TICKET, asset=f"tv-{nth}", opened_at=now),), events=(line,)))
        taken.append((time.perf_counter() - begun) * 1e3)
    return taken


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


def case(kind: str, tickets: int) -> dict[str, object]:
    """One run with a fresh ledger; `none` has no outbox at all."""
    with tempfile.TemporaryDirectory() as folder, SqlLedger(Path(folder) / "ledger.db") as ledger:
        stop, worker = threading.Event(), None
        with receiver(kind) as url:
            if kind != "none":
                with ledger.begin() as transaction:
                    ledger_outbox.save_webhook(transaction.connection, Webhook(id="W-1", url=url, secret="s"))
                poster = WebPoster(Guard(networks=("127.0.0.0/8",), allow_http=True), seconds=10)
                box = Outbox(ledger, SystemClock(), Health(), poster)
                worker = threading.Thread(target=box.run, args=(stop,))
                worker.start()
            begun = time.perf_counter()
            taken = measured(ledger, tickets)
            seconds = time.perf_counter() - begun
            with ledger.reading() as connection:
                hooks = ledger_outbox.webhooks(connection)
            stop.set()
            if worker is not None:
                worker.join()
    return {
        "receiver": kind,
        "tickets_a_second": round(tickets / seconds),
        "median_ms": round(median(taken), 2),
        "p95_ms": round(quantiles(taken, n=20)[-1], 2),
        "p99_ms": round(quantiles(taken, n=100)[-1], 2),
        "most_ms": round(max(taken), 1),
        "delivered": sum(hook.sent for hook in hooks),
    }


def main() -> None:
    """All cases, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=2_000)
    tickets = parser.parse_args().tickets
    for kind in CASES:
        print(json.dumps(case(kind, tickets)), flush=True)


if __name__ == "__main__":
    main()
