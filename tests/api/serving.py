"""A running service with its API, inside this process: the loop in a thread of its own, the broker far away."""

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from adapters import ledger_log
from adapters.embedded_broker import free_port
from domain.entries import Entry, Kind
from domain.instants import SECOND, Instant
from tests.brokers import until
from tests.services import RULES
from truckroll import wiring
from truckroll.api.app import app_of
from truckroll.api.door import door
from truckroll.api.parts import Parts
from truckroll.api.server import answering
from truckroll.api.token import Token
from truckroll.chores import Chore
from truckroll.settings import Settings, load
from truckroll.wiring import Service, service

TOKEN = "correct-horse"
DAY_ONE: Instant = 1_763_800_000 * SECOND
EVERY_MODEL = RULES.replace('where = { model = "TV-*" }\n', "")


class Served:
    """A service and what tests do with it."""

    def __init__(self, running: Service, loop: asyncio.AbstractEventLoop) -> None:
        self.running = running
        self.loop = loop
        self.parts = Parts.of(running, Token.of(TOKEN))
        self.app = app_of(self.parts)
        self.moment = DAY_ONE

    def client(self, token: str = TOKEN) -> httpx.AsyncClient:
        """An HTTP client that talks to the app without a socket."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://truckroll", headers=headers)

    def ask(self, method: str, path: str, *, token: str = TOKEN, **how: Any) -> httpx.Response:
        """One request and its answer."""

        async def asked() -> httpx.Response:
            async with self.client(token) as client:
                return await client.request(method, path, **how)

        return self.run(asked()).result(30)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of an answer that must be a success."""
        answer = self.ask("GET", f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def run(self, work: Any) -> Future[Any]:
        """Run a coroutine in the service's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def hear(self, messages: Sequence[tuple[str, Any]]) -> None:
        """Messages arrive, a second apart, and are watched and recorded."""
        entries = []
        for topic, said in messages:
            self.moment += SECOND
            payload = said if isinstance(said, bytes) else json.dumps(said).encode()
            entries.append(Entry(Kind.MESSAGE, self.moment, topic, payload))
        last = self.running.journal.append(entries)
        until(lambda: self.running.watch.recorded >= last and self.running.recorder.position >= last, 30)

    def crash(self, *devices: str) -> None:
        """Each device crashes three times, so that it gets a ticket."""
        self.hear([crash(device, self.moment, seq) for device in devices for seq in range(3)])

    def settle(self) -> None:
        """Wait until the promises and the orders have taken in what happened: nothing changes an order by itself."""
        with self.running.ledger.reading() as connection:
            last = ledger_log.last_line(connection)
        until(lambda: self.read_by("sla", last) and self.read_by("orders", last), 30)

    def read_by(self, reader: str, line: int) -> bool:
        """A chore has read that far."""
        with self.running.ledger.reading() as connection:
            return ledger_log.bookmark(connection, reader) >= line

    def ticket_of(self, asset: str) -> Any:
        """The newest ticket of an asset."""
        return self.get("/tickets", asset=asset)["items"][0]


def crash(device: str, moment: Instant, seq: int) -> tuple[str, Any]:
    """A crash, told by the device."""
    said = {"ts": moment // 1_000_000 + seq * 10_000, "boot": moment // SECOND, "seq": seq, "event": "crash"}
    return f"devices/{device}/events", said | {"code": "0xDEAD", "details": {"task": "ui"}}


def settings_in(home: Path, extra: str = "", top: str = "") -> Settings:
    """Settings with a rule and without a broker."""
    (home / "rules.toml").write_text(EVERY_MODEL)
    config = home / "truckroll.toml"
    config.write_text(f'rules = ["rules.toml"]\n{top}[mqtt]\nport = {free_port()}\n[api]\nport = 0\n{extra}')
    return load(config)


@contextmanager
def eager() -> Iterator[None]:
    """A service that begins in here looks for its chores twenty times as often, so that nobody waits for a second."""

    usual = wiring.chores

    def often(*parts: Any) -> list[Chore]:
        return [replace(chore, every=chore.every // 20) for chore in usual(*parts)]

    with patch("truckroll.wiring.chores", often):
        yield


@contextmanager
def served(home: Path, extra: str = "", top: str = "") -> Iterator[Served]:
    """A service with its app, but no server."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="service loop")
    thread.start()
    around = service(settings_in(home, extra, top))
    try:
        with eager():
            running = asyncio.run_coroutine_threadsafe(around.__aenter__(), loop).result(60)
        try:
            yield Served(running, loop)
        finally:
            asyncio.run_coroutine_threadsafe(around.__aexit__(None, None, None), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def listening(here: Served) -> Iterator[str]:
    """The app answers at a port too; yields its address."""
    settings = here.running.settings.api
    with door(settings) as opened:
        assert opened is not None
        around = answering(here.running, opened)
        here.run(around.__aenter__()).result(30)
        try:
            yield f"http://{settings.host}:{opened.getsockname()[1]}"
        finally:
            here.run(around.__aexit__(None, None, None)).result(30)
