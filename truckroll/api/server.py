"""The server: the API on its port, inside the loop of the service that it speaks for."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from domain.errors import GiveUp
from truckroll.api.app import app_of
from truckroll.api.parts import Parts
from truckroll.api.settings import ApiSettings
from truckroll.api.token import token_in
from truckroll.wiring import Service

BACKLOG = 128
MOST_CONNECTIONS = 512
GRACE_SECONDS = 3

log = logging.getLogger("truckroll")


class QuietServer(uvicorn.Server):
    """Leaves the signals to whoever started it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextmanager
def door(settings: ApiSettings) -> Iterator[socket.socket | None]:
    """The listening socket; None where the API is not wanted. Raises GiveUp when the port is taken."""
    if not settings.enabled:
        yield None
        return
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP, asyncio switches Nagle's algorithm off; otherwise every answer waits for a delayed acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((settings.host, settings.port))
            opened.listen(BACKLOG)
        except OSError as trouble:
            raise GiveUp(
                f"The API cannot listen on {settings.host}:{settings.port} ({trouble.strerror}); "
                "choose another port or enabled = false in [api]."
            ) from None
        yield opened


@asynccontextmanager
async def answering(running: Service, opened: socket.socket | None) -> AsyncIterator[asyncio.Future[list[None]]]:
    """The API answers inside the `with`; yields what is done only when it has failed. Raises that, and GiveUp."""
    if opened is None:
        yield asyncio.get_running_loop().create_future()
        return
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
