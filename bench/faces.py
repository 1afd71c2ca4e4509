"""How fast people and screens are answered: the whole service as a process, asked over loopback by HTTP.

Its ledger and its readings are made before it starts. Latency is what the client waits, connection kept, one
request at a time; a stream's latency is from the end of the committing transaction to the arrival at the client.
"""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from adapters.data_directory import DataDirectory
from adapters.journal_sqlite import SqliteJournal
from adapters.telemetry_sqlite import SqliteTelemetry
from bench import full_ledger
from bench.face import Face, Figures, in_ms, serving, timed
from bench.fleet_rows import Rounds
from bench.listeners import stream
from bench.spine import tell
from domain.entries import Entry, Kind
from domain.instants import HOUR, MINUTE, Instant, instant_text

NOON: Instant = 1_795_305_600_000_000_000
"""Twelve o'clock, UTC: the rounds and each 24 hours of them cross midnight."""


def fill(data: Path, rounds: Rounds, tickets: int) -> None:
    """What the service finds: a journal of as many entries as there are rounds, the readings of them, the tickets."""
    with DataDirectory(data) as home, SqliteJournal(data) as journal, SqliteTelemetry(home.telemetry) as store:
        journal.append([Entry(Kind.TICK, time.time_ns()) for _ in range(rounds.rounds)])
        for batch in rounds.batches():
            store.write(batch, journal.epoch)
    full_ledger.fill(data / "ledger.db", tickets)


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

    with SqliteTelemetry(face.data / "telemetry") as store:
        found["direct, one metric"] = in_ms([raw(["m0"]) for _ in range(asks)])
        found["direct, all metrics"] = in_ms([raw(None) for _ in range(asks)])
        found["direct, one metric in 500 points"] = in_ms([few(500) for _ in range(asks)])
    with httpx.Client(headers=face.headers) as client:
        found["API, one metric in 500 points"] = in_ms([through(client, 500) for _ in range(asks)])
        found["API, one metric, every reading"] = in_ms([through(client, 5_000) for _ in range(asks)])
    return found


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
