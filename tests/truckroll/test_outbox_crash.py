"""Killed in the middle, over and over: every line arrives at least once, in order of its ticket, under one key."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock

from adapters import ledger_outbox
from adapters.ledger_sql import SqlLedger
from tests.brokers import until
from tests.http_server import Reply, Request, serving
from tests.outbox import happened, hook, opened

KILLS = int(os.environ.get("OUTBOX_KILLS", "2"))
TICKETS, LINES = 8, 4
CHILD = """
import sys
from pathlib import Path
from threading import Event
from adapters.ledger_sql import SqlLedger
from adapters.system_clock import SystemClock
from domain.instants import SECOND
from ingest.health import Health
from truckroll import outbox
from adapters.notify_webhook import WebPoster
from adapters.ssrf_guard import Guard

outbox.LEASE = SECOND // 5
with SqlLedger(Path(sys.argv[1])) as ledger:
    poster = WebPoster(Guard(networks=("127.0.0.0/8",), allow_http=True), seconds=5)
    outbox.Outbox(ledger, SystemClock(), Health(), poster).run(Event())
"""


def test_nothing_is_lost_by_kills_and_twice_is_known_by_its_key(tmp_path: Path) -> None:
    """What comes twice has the same key and the same words."""
    heard: list[tuple[str, str, int]] = []
    lock = Lock()

    def answer(request: Request) -> Reply:
        said = json.loads(request.body)
        with lock:
            heard.append((request.headers["Idempotency-Key"], said["ticket"], said["position"]))
        time.sleep(0.02)  # a receiver that works for a while, so that kills meet requests on their way
        return Reply(200)

    place = tmp_path / "ledger.db"
    with SqlLedger(place) as ledger, serving(answer) as server:
        ledger.bind("epoch-1")
        hook(ledger, server.url)
        for number in opened(ledger, *(f"tv-{n}" for n in range(TICKETS))):
            happened(ledger, number, *["moved"] * (LINES - 1))
        for kill in range(KILLS + 1):
            child = subprocess.Popen([sys.executable, "-c", CHILD, str(place)], cwd=Path(__file__).parents[2])
            if kill < KILLS:
                before = len(heard)
                until(lambda before=before: len(heard) >= before + 5, 60)
            else:
                until(lambda: is_done(ledger), 60)
            child.send_signal(signal.SIGKILL)
            child.wait()

    first: dict[str, tuple[str, int]] = {}
    for key, ticket, position in heard:
        assert (ticket, position) == first.setdefault(key, (ticket, position))
    assert TICKETS * LINES == len(first)
    for ticket in {ticket for ticket, _ in first.values()}:
        positions = [position for its, position in first.values() if its == ticket]
        assert sorted(positions) == positions


def is_done(ledger: SqlLedger) -> bool:
    """Everything was taken in and delivered."""
    with ledger.reading() as connection:
        webhook = ledger_outbox.webhook(connection, "W-1")
        return webhook.position == TICKETS * LINES and ledger_outbox.waiting(connection, "W-1") == 0
