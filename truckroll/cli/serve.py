"""`truckroll serve`: the service, until it is told to stop."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from socket import socket
from typing import Annotated

import typer

from truckroll.api.door import door
from truckroll.cli.options import Config, settings_from
from truckroll.roles import Role
from truckroll.settings import Settings
from truckroll.status import keep_written
from truckroll.wiring import Service, service

log = logging.getLogger("truckroll")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    config: Config = None,
    role: Annotated[Role, typer.Option(help="Only this part, as a process of its own; needs PostgreSQL.")] = Role.ALL,
) -> None:
    """Receive, watch and record until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(until_told(settings_from(config), role))


async def until_told(settings: Settings, role: Role) -> None:
    """Run the service; ends by signal, or by the failure of one of its parts."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with door(settings.api) if role.answers else nullcontext() as opened:
        answering = answers(opened)
        async with service(settings, role=role, listener=say) as running, answering(running) as api:
            gc.freeze()  # what is there now stays; collections need not look at it again and again
            log.info("serving %s from %s as %s", settings.data, settings.mqtt.address, role)
            writing = asyncio.create_task(keep_written(running, role.state_file(settings.data)), name="status")
            failed = asyncio.create_task(asyncio.to_thread(running.workers.ended.wait), name="failure")
            told = asyncio.create_task(stop.wait(), name="signal")
            await asyncio.wait((failed, told, api), return_when=asyncio.FIRST_COMPLETED)
            running.workers.stopping.set()
            for task in (told, writing):
                task.cancel()
            log.info("stopping")


def answers(opened: socket | None) -> Callable[[Service], AbstractAsyncContextManager[asyncio.Future[list[None]]]]:
    """How the API answers; imported only where it has a door, as that takes as long as everything else together."""
    if opened is None:
        return silence
    from truckroll.api.server import answering

    return partial(answering, opened=opened)


@asynccontextmanager
async def silence(_: Service) -> AsyncIterator[asyncio.Future[list[None]]]:
    """Nobody answers, and nothing of it can fail."""
    yield asyncio.get_running_loop().create_future()


def say(part: str, trouble: str) -> None:
    """Health into the log."""
    if trouble:
        log.warning("%s: %s", part, trouble)
    else:
        log.info("%s works", part)
