"""`truckroll serve`: the service, until it is told to stop."""

import asyncio
import logging
import signal

import typer

from truckroll.api.server import answering, door
from truckroll.cli.options import Config, settings_from
from truckroll.settings import Settings
from truckroll.status import keep_written
from truckroll.wiring import service

log = logging.getLogger("truckroll")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(config: Config = None) -> None:
    """Receive, watch and record until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(until_told(settings_from(config)))


async def until_told(settings: Settings) -> None:
    """Run the service; ends by signal, or by the failure of one of its parts."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with door(settings.api) as opened:
        async with service(settings, listener=say) as running, answering(running, opened) as api:
            log.info("serving %s from %s", settings.data, settings.mqtt.address)
            writing = asyncio.create_task(keep_written(running, settings.data / "state.json"), name="status")
            failed = asyncio.create_task(asyncio.to_thread(running.workers.ended.wait), name="failure")
            told = asyncio.create_task(stop.wait(), name="signal")
            await asyncio.wait((failed, told, api), return_when=asyncio.FIRST_COMPLETED)
            running.workers.stopping.set()
            for task in (told, writing):
                task.cancel()
            log.info("stopping")


def say(part: str, trouble: str) -> None:
    """Health into the log."""
    if trouble:
        log.warning("%s: %s", part, trouble)
    else:
        log.info("%s works", part)
