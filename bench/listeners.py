"""Many listeners to the stream: how long a committed line of the event log takes to each of them."""

import asyncio
import random
import time

import httpx

from adapters.ledger_sql import SqlLedger
from bench.face import Face, Figures, in_ms
from domain.ticket import LedgerEvent, Response

LISTENERS = 100


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
