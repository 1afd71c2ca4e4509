"""How fast people and screens are answered: the whole service as a process, asked over loopback by HTTP.

Its ledger and its readings are made before it starts. Latency is what the client waits, connection kept, one
request at a time; a stream's latency is from the end of the committing transaction to the arrival at the client.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.data_directory import DataDirectory
from adapters.embedded_broker import free_port
from adapters.journal_sqlite import SqliteJournal
from adapters.ledger_sql import SqlLedger
from adapters.telemetry_sqlite import SqliteTelemetry
from bench import full_ledger
from bench.fleet_rows import Rounds
from bench.spine import tell, wait_for
from bench.stages import RULE
from domain.entries import Entry, Kind
from domain.instants import HOUR, MINUTE, Instant, instant_text
from domain.ticket import LedgerEvent, Response
from truckroll.api.token import token_in

NOON: Instant = 1_795_305_600_000_000_000
"""Twelve o'clock, UTC: the rounds and each 24 hours of them cross midnight."""
LISTENERS = 100
CONFIG = """
data = "data"
rules = ["rules.toml"]
[mqtt]
port = {broker}
[api]
port = {port}
"""
Figures = dict[str, float]


def in_ms(delays: Sequence[float]) -> Figures:
    """How long it took, from seconds."""
    ordered = sorted(delays)
    return {
        "count": len(ordered),
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p95_ms": ordered[int(len(ordered) * 0.95)] * 1e3,
        "max_ms": ordered[-1] * 1e3,
    }


def timed(work: Callable[[], object]) -> float:
    """Seconds on the clock."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@dataclass(frozen=True)
class Face:
    """The running service, as a client sees it."""

    url: str
    token: str
    data: Path

    @property
    def headers(self) -> dict[str, str]:
        """What opens it."""
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def serving(home: Path) -> Iterator[Face]:
    """`truckroll serve` in `home`, whose data directory is there already and whose broker is nowhere."""
    port = free_port()
    (home / "truckroll.toml").write_text(CONFIG.format(broker=free_port(), port=port))
    (home / "rules.toml").write_text(RULE)
    (home / "data" / "token").unlink(missing_ok=True)
    _, token = token_in(home / "data")
    face = Face(f"http://127.0.0.1:{port}/api/v1", token, home / "data")
    with (home / "log").open("ab") as log:
        words = [sys.executable, "-m", "truckroll", "serve", "--config", str(home / "truckroll.toml")]
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        wait_for(lambda: process.poll() is not None or answers(face), "the API", 60)
        if process.poll() is not None:
            raise RuntimeError((home / "log").read_text()[-2000:])
        yield face
    finally:
        process.terminate()
        process.wait(30)


def answers(face: Face) -> bool:
    """The API is up."""
    try:
        return httpx.get(f"{face.url}/tickets?limit=1", headers=face.headers).status_code == 200
    except httpx.TransportError:
        return False


def fill(data: Path, rounds: Rounds, tickets: int) -> None:
    """What the service finds: a journal of as many entries as there are rounds, the readings of them, the tickets."""
    with DataDirectory(data) as home, SqliteJournal(data) as journal, SqliteTelemetry(home.telemetry) as store:
        journal.append([Entry(Kind.TICK, time.time_ns()) for _ in range(rounds.rounds)])
        for batch in rounds.batches():
            store.write(batch, journal.epoch)
    full_ledger.fill(data / "ledger.db", tickets)


# -- tickets


def ticket_lists(face: Face, asks: int, tickets: int) -> dict[str, Figures]:
    """Pages of 50 tickets by filter."""
    chance = random.Random(11)

    def anywhere() -> str:
        return f"T-2026-{chance.randrange(1, tickets):06d}"

    questions: dict[str, Callable[[], dict[str, Any]]] = {
        "newest": dict,
        "after a cursor": lambda: {"cursor": anywhere()},
        "open": lambda: {"open": True},
        "open, urgent or high": lambda: {"open": True, "priority": ["urgent", "high"]},
        "open, after a cursor": lambda: {"open": True, "cursor": anywhere()},
        "state = verifying": lambda: {"state": "verifying"},
        "state = cancelled, after a cursor": lambda: {"state": "cancelled", "cursor": anywhere()},
        "priority = urgent, after a cursor": lambda: {"priority": "urgent", "cursor": anywhere()},
        "of an asset": lambda: {"asset": f"asset-{chance.randrange(full_ledger.ASSETS):05d}"},
        "of a failure mode": lambda: {"failure_mode": chance.choice(full_ledger.MODES), "cursor": anywhere()},
        "open, of a failure mode": lambda: {"failure_mode": chance.choice(full_ledger.MODES), "open": True},
        "closed, of a rare failure mode": lambda: {"failure_mode": full_ledger.MODES[-1], "state": "closed"},
        "urgent, of a rare failure mode": lambda: {"failure_mode": full_ledger.MODES[-1], "priority": "urgent"},
        "of a failure mode that is none": lambda: {"failure_mode": "none-such"},
    }
    with httpx.Client(headers=face.headers, timeout=120) as client:
        return {
            name: in_ms([waited(client, f"{face.url}/tickets", question()) for _ in range(asks)])
            for name, question in questions.items()
        }


def waited(client: httpx.Client, url: str, params: dict[str, Any]) -> float:
    """Seconds to a good answer."""
    begun = time.perf_counter()
    answer = client.get(url, params=params)
    seconds = time.perf_counter() - begun
    answer.raise_for_status()
    return seconds


# -- readings


def a_day_of_a_device(face: Face, rounds: Rounds, asks: int) -> dict[str, Figures]:
    """24 hours of one device, other devices and hours each time; in this process, and through the API."""
    chance = random.Random(13)
    names, free = rounds.names(), max(1, rounds.rounds - 1_440)
    found = {}

    def asked() -> tuple[str, Instant, Instant]:
        since = rounds.begin + chance.randrange(free) * MINUTE
        return chance.choice(names), since, since + 24 * HOUR

    def raw(metrics: Sequence[str] | None) -> float:
        device, since, until = asked()
        return timed(lambda: store.readings(device, since, until, metrics))

    def few(points: int) -> float:
        device, since, until = asked()
        return timed(lambda: store.downsampled(device, "m0", since, until, points))

    def through(client: httpx.Client, points: int) -> float:
        device, since, until = asked()
        params = {"metric": "m0", "points": points, "since": instant_text(since), "until": instant_text(until)}
        return waited(client, f"{face.url}/devices/{device}/telemetry", params)

    # A bookmark is all that opening it writes, and only when it is new: the service's readings stay as they are.
    with SqliteTelemetry(face.data / "telemetry") as store:
        found["direct, one metric"] = in_ms([raw(["m0"]) for _ in range(asks)])
        found["direct, all metrics"] = in_ms([raw(None) for _ in range(asks)])
        found["direct, one metric in 500 points"] = in_ms([few(500) for _ in range(asks)])
    with httpx.Client(headers=face.headers) as client:
        found["API, one metric in 500 points"] = in_ms([through(client, 500) for _ in range(asks)])
        found["API, one metric, every reading"] = in_ms([through(client, 5_000) for _ in range(asks)])
    return found


# -- the stream


def stream(face: Face, events: int) -> Figures:
    """From a commit to each of 100 clients."""
    with SqlLedger(face.data / "ledger.db") as ledger:
        return asyncio.run(heard(face, ledger, events))


async def heard(face: Face, ledger: SqlLedger, events: int) -> Figures:
    """All clients listen, then events are committed one by one at odd moments."""
    arrivals: list[dict[int, float]] = [{} for _ in range(LISTENERS)]
    limits = httpx.Limits(max_connections=LISTENERS + 10)
    async with httpx.AsyncClient(headers=face.headers, timeout=60, limits=limits) as client:
        ready = [asyncio.Event() for _ in range(LISTENERS)]
        tasks = [asyncio.create_task(listen(client, face, *each)) for each in zip(arrivals, ready, strict=True)]
        await asyncio.gather(*(each.wait() for each in ready))
        await asyncio.sleep(1)
        committed: dict[int, float] = {}
        chance = random.Random(17)
        for _ in range(events):
            position, at = await asyncio.to_thread(commit, ledger)
            committed[position] = at
            await asyncio.sleep(chance.uniform(0.1, 0.4))
        async with asyncio.timeout(60):
            while not all(committed.keys() <= each.keys() for each in arrivals):
                await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return in_ms([max(0.0, each[position] - at) for each in arrivals for position, at in committed.items()])


async def listen(client: httpx.AsyncClient, face: Face, arrivals: dict[int, float], ready: asyncio.Event) -> None:
    """Note when each line of the log arrives."""
    async with client.stream("GET", f"{face.url}/stream") as answer:
        answer.raise_for_status()
        ready.set()
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                arrivals[int(line[4:])] = time.monotonic()


def commit(ledger: SqlLedger) -> tuple[int, float]:
    """One event, committed; its position, and when."""
    with ledger.begin() as transaction:
        transaction.record(
            Response(events=(LedgerEvent(at=time.time_ns(), kind="edited", ticket="T-2026-000001", actor="bench"),))
        )
        position = transaction.last_event
    return int(position or 0), time.monotonic()


def faces(home: Path, *, scale: float) -> dict[str, Any]:
    """Everything over one service; what an earlier run left in `home` is used again."""
    tickets, asks, data = int(1_000_000 * scale), max(20, int(100 * scale)), home / "data"
    rounds = Rounds(begin=NOON, every=MINUTE, rounds=2_000, devices=max(10, int(1_000 * scale)), metrics=5)
    home.mkdir(parents=True, exist_ok=True)
    if not data.exists():
        tell(f"making {tickets:,} tickets and {rounds.readings:,} readings")
        fill(data, rounds, tickets)
    with serving(home) as face:
        tell("ticket lists")
        lists = ticket_lists(face, asks, tickets)
        tell("a day of a device")
        day = a_day_of_a_device(face, rounds, 2 * asks)
        tell("the stream")
        live = stream(face, max(10, int(50 * scale)))
    return {"tickets": tickets, "readings": rounds.readings, "lists": lists, "day": day, "stream": live}
