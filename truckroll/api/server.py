"""The server: the API on its port, inside the loop of the service that it speaks for."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from truckroll.api.app import app_of
from truckroll.api.parts import Parts
from truckroll.api.token import token_in
from truckroll.wiring import Service

MOST_CONNECTIONS = 512
GRACE_SECONDS = 3

log = logging.getLogger("truckroll")


class QuietServer(uvicorn.Server):
    """Leaves the signals to whoever started it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def answering(running: Service, opened: socket.socket) -> AsyncIterator[asyncio.Future[list[None]]]:
    """The API answers inside the `with`; yields what is done only when it has failed. Raises that, and GiveUp."""
    token, fresh = token_in(running.settings.data)
    here = Parts.of(running, token)
    server = QuietServer(configuration(here))
    serving = asyncio.create_task(server.serve([opened]), name="api")
    beside = [
        asyncio.create_task(here.watchdog.keep_looking(), name="watchdog"),
        asyncio.create_task(here.broadcast.keep_following(), name="broadcast"),
    ]
    announce(opened, fresh)
    failure = asyncio.gather(serving, *beside)
    try:
        yield failure
    finally:
        here.broadcast.close()
        server.should_exit = True
        await asyncio.wait((serving,))
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        told = await asyncio.gather(failure, return_exceptions=True)
        if isinstance(told[0], Exception):
            raise told[0]


def configuration(here: Parts) -> uvicorn.Config:
    """How uvicorn answers for the app."""
    return uvicorn.Config(
        app_of(here),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def announce(opened: socket.socket, fresh: str) -> None:
    """Say where it listens; and the token, to standard output, the one time it is known."""
    host, port = opened.getsockname()[:2]
    log.info("the API answers at http://%s/api/v1", f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    if fresh:
        print(f"API token, shown this once: {fresh}", flush=True)
