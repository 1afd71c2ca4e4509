"""A lane: one connection to the broker after another, over which some devices speak, each in its own order.

The only file that knows aiomqtt.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from random import Random

import aiomqtt

from domain.errors import GiveUp, TryLater
from domain.instants import SECOND, Instant
from domain.ports import Clock
from firmware_sim.broker import Broker, Published
from firmware_sim.pace import Schedule
from firmware_sim.publication import Publication

log = logging.getLogger(__name__)
IN_FLIGHT = 20
"""Messages of one connection that the broker has not acknowledged yet."""
GRACE = 5.0
"""Seconds in which the last messages may still be acknowledged after a stop."""
LONGEST_PAUSE = 5.0
"""Seconds between two attempts to connect, at most."""
REFUSED = frozenset({4, 5, 134, 135})
"""Answers to a connection that no patience changes: bad user or password, not authorised."""

Seen = Callable[[Publication, Instant], None]
"""Called for each message that the broker has acknowledged, with the instant it was sent first."""


class Lane:
    """One connection, one after another if it must be, and the devices that speak over it."""

    def __init__(self, broker: Broker, name: str, only: frozenset[str], report: Published, seen: Seen) -> None:
        self.broker, self.name, self.only = broker, name, only
        self.report, self.seen = report, seen
        self.client: aiomqtt.Client | None = None
        """None while there is no connection."""
        self.pauses = Random(name)
        self.room = asyncio.Semaphore(IN_FLIGHT)
        self.sent = 0
        self.unacknowledged: dict[int, tuple[Publication, Instant]] = {}
        """In the order of sending."""
        self.nothing_under_way = asyncio.Event()
        self.nothing_under_way.set()
        self.tasks = asyncio.TaskGroup()
        self.deliveries: set[asyncio.Task[None]] = set()
        self.sending: asyncio.Task[None] | None = None

    async def run(self, schedule: Schedule, clock: Clock) -> None:
        """Publish everything, or what is due until told to stop."""
        async with asyncio.TaskGroup() as self.tasks:
            keeper = self.tasks.create_task(self.stay_connected(), name=f"keep {self.name} connected")
            self.sending = self.tasks.create_task(self.send_all(schedule, clock), name=f"send as {self.name}")
            await asyncio.wait([self.sending])
            if self.sending.cancelled():
                await self.last_acknowledgements()
            keeper.cancel()

    def stop(self) -> None:
        """Send nothing more."""
        if self.sending is not None:
            self.sending.cancel()

    async def send_all(self, schedule: Schedule, clock: Clock) -> None:
        """Every message at its time; ends when the last one is acknowledged."""
        loop = asyncio.get_running_loop()
        for due, publication in schedule:
            await self.room.acquire()
            if pause := schedule.pause(due, loop.time()):
                await asyncio.sleep(pause)
            self.report.behind = max(self.report.behind, int(schedule.behind * SECOND))
            self.send(publication, clock.now())
        await self.nothing_under_way.wait()

    async def last_acknowledgements(self) -> None:
        """Give the broker a moment for what is under way."""
        try:
            async with asyncio.timeout(GRACE):
                await self.nothing_under_way.wait()
        except TimeoutError:
            log.warning("%s stops with %d messages not acknowledged", self.name, len(self.unacknowledged))

    def send(self, publication: Publication, now: Instant) -> None:
        """Put a message under way; without a connection it leaves with the next one."""
        self.sent += 1
        self.report.counts.received += 1
        self.unacknowledged[self.sent] = (publication, now)
        self.nothing_under_way.clear()
        if self.client is not None:
            self.deliver(self.sent, self.client)

    def deliver(self, nth: int, client: aiomqtt.Client) -> None:
        """Start the delivery of a message; those started earlier are sent earlier."""
        delivery = self.tasks.create_task(self.delivered(nth, client), name=f"deliver {self.name} {nth}")
        self.deliveries.add(delivery)
        delivery.add_done_callback(self.deliveries.discard)

    async def delivered(self, nth: int, client: aiomqtt.Client) -> None:
        """Send and wait for the acknowledgement; a lost connection leaves it to the next one."""
        publication, sent_at = self.unacknowledged[nth]
        try:
            await client.publish(
                publication.topic, publication.payload, publication.qos, publication.retain, timeout=math.inf
            )
        except aiomqtt.MqttError as lost:
            log.debug("%s will send message %d again: %s", self.name, nth, lost)
            return
        del self.unacknowledged[nth]
        self.acknowledged(publication, sent_at)

    def acknowledged(self, publication: Publication, sent_at: Instant) -> None:
        """Count it and tell."""
        self.report.counts.kept += 1
        if publication.decides is not None:
            self.report.decided.setdefault(publication.decides, sent_at)
        if not self.unacknowledged:
            self.nothing_under_way.set()
        self.room.release()
        self.seen(publication, sent_at)

    async def stay_connected(self) -> None:
        """Notice when the connection is lost, make a new one and send again what is not acknowledged."""
        while True:
            lost = await self.until_lost()
            log.warning("%s lost its connection to the broker and connects again: %s", self.name, lost)
            await self.disconnect()
            self.report.reconnects += 1
            await self.connect(patience=math.inf)
            self.report.resent += len(self.unacknowledged)
            for nth in self.unacknowledged:
                self.deliver(nth, self.connected())

    async def until_lost(self) -> aiomqtt.MqttError:
        """Why the connection was lost, once it is."""
        try:
            async for _ in self.connected().messages:
                continue
        except aiomqtt.MqttError as lost:
            return lost
        raise AssertionError("the stream of messages of a connection has no end")

    def connected(self) -> aiomqtt.Client:
        """The connection."""
        assert self.client is not None
        return self.client

    async def connect(self, *, patience: float) -> None:
        """Connect, trying for `patience` seconds. Raises TryLater after that, and GiveUp if refused at the start."""
        loop = asyncio.get_running_loop()
        give_up_at, attempt = loop.time() + patience, 0
        while True:
            client = self.new_client()
            try:
                await client.__aenter__()
            except aiomqtt.MqttError as error:
                if math.isfinite(patience) and refused(error):
                    raise GiveUp(f"The broker refuses {self.name}: {error}; check user and password.") from None
                if loop.time() >= give_up_at:
                    where = f"{self.broker.host}:{self.broker.port}"
                    raise TryLater(f"No broker answers at {where} ({error}); start one or check the address.") from None
                attempt += 1
                await asyncio.sleep(self.pauses.uniform(0.5, 1.0) * min(LONGEST_PAUSE, 0.1 * 2**attempt))
            else:
                self.client = client
                return

    def new_client(self) -> aiomqtt.Client:
        """A client for this lane, not connected yet."""
        own = self.broker.passwords.get(self.name)
        client = aiomqtt.Client(
            self.broker.host,
            self.broker.port,
            username=self.name if own is not None else self.broker.username,
            password=own if own is not None else self.broker.password,
            identifier=self.name,
            clean_session=True,
            keepalive=15,
            max_inflight_messages=IN_FLIGHT,
            tls_context=self.broker.tls(),
        )
        client.pending_calls_threshold = IN_FLIGHT
        return client

    async def disconnect(self) -> None:
        """Close the connection, if there is one; deliveries under way end with it."""
        client, self.client = self.client, None
        for delivery in list(self.deliveries):
            delivery.cancel()
        if client is not None:
            try:
                await client.__aexit__(None, None, None)
            except aiomqtt.MqttError as error:
                log.debug("%s could not say goodbye to the broker: %s", self.name, error)


def refused(error: aiomqtt.MqttError) -> bool:
    """The broker knows us and says no."""
    code = error.rc if isinstance(error, aiomqtt.MqttCodeError) else None
    return getattr(code, "value", code) in REFUSED
