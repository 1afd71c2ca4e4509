"""Publishes a scenario to a real MQTT broker, at real speed or faster, at least once, whatever the broker does.

What a device sends leaves in its order and over one connection, and is sent again over the next one until the broker
has acknowledged it. When the broker cannot keep up, the schedule waits: messages leave later but never closer together
than the scenario has them, because crashes without a clock are dated by arrival.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Literal

from domain.instants import Instant
from domain.ports import Clock
from firmware_sim.broker import Broker, Published
from firmware_sim.mqtt_lane import Lane, Seen
from firmware_sim.pace import Schedule
from firmware_sim.publication import Publication
from firmware_sim.scenario import Scenario

__all__ = ["Broker", "Published", "publish"]


async def publish(
    scenario: Scenario,
    broker: Broker,
    *,
    clock: Clock,
    speed: float = 1.0,
    connections: int | Literal["device"] = 16,
    on_published: Seen | None = None,
    published: Published | None = None,
    stop: asyncio.Event | None = None,
) -> Published:
    """Publish all of a scenario with QoS 1 and return what became of it.

    Virtual time is moved so that the start is now (at a higher speed: so that the end is when the last message
    leaves), hence no device with a right clock is ever ahead of the wall. `speed` may be infinite. Setting `stop`
    ends it early, after what is under way has been acknowledged. Raises TryLater when the broker cannot be reached at
    the beginning, GiveUp when it refuses the user; then nothing has been published.
    """
    report = published if published is not None else Published()
    lanes = [
        Lane(broker, name, only, report, on_published or ignore) for name, only in spread(scenario, broker, connections)
    ]
    head_start = 0 if speed <= 1 else int(scenario.duration * (1 - 1 / speed))
    try:
        for lane in lanes:
            await lane.connect(patience=broker.patience)
        report.started = clock.now() - head_start
        begun = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            stopping = tasks.create_task(stop_when_told(stop, lanes), name="stop publishing")
            running = [
                tasks.create_task(
                    lane.run(
                        Schedule(
                            scenario.publications(start=report.started, only=lane.only), report.started, begun, speed
                        ),
                        clock,
                    ),
                    name=f"publish as {lane.name}",
                )
                for lane in lanes
            ]
            await asyncio.wait(running)
            stopping.cancel()
    finally:
        for lane in lanes:
            await lane.disconnect()
    report.counts.failed = report.counts.received - report.counts.kept
    return report


def ignore(_publication: Publication, _sent_at: Instant) -> None:
    """Nobody asked."""


def spread(
    scenario: Scenario, broker: Broker, connections: int | Literal["device"]
) -> Iterator[tuple[str, frozenset[str]]]:
    """A name and its devices for each connection."""
    names = [device.name for device in scenario.devices]
    if connections == "device":
        yield from ((name, frozenset({name})) for name in names)
        return
    for nth in range(min(connections, len(names))):
        yield f"{broker.name}-{nth}", frozenset(names[nth::connections])


async def stop_when_told(stop: asyncio.Event | None, lanes: Sequence[Lane]) -> None:
    """Nothing more is sent once `stop` is set."""
    if stop is not None:
        await stop.wait()
        for lane in lanes:
            lane.stop()
