"""Rebirth requests: asks Sparkplug's edge nodes to say their names again, seldom and over a connection of its own."""

import asyncio
import queue
from collections.abc import Callable, Sequence
from threading import Event

import aiomqtt

from adapters.mqtt_settings import MqttSettings
from adapters.sparkplug_wire import rebirth_request
from domain.counts import Counts
from domain.instants import SECOND, Instant
from domain.ports import Clock

MOST_WAITING = 10_000
LOOK_SECONDS = 0.5
MILLISECOND = SECOND // 1000
VERSIONS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}

EdgeNode = tuple[str, str]
"""Group and name."""


class RebirthRequests:
    """Publishes `spBv1.0/GROUP/NCMD/EDGE` for edge nodes that `ask` names, each at most once in `every_seconds`.

    One thread runs it. More than 10,000 that wait are dropped, and so is what cannot be published: whoever needs a
    rebirth asks again with the edge node's next message. The connection lasts as long as there is something to ask.
    """

    def __init__(
        self,
        settings: MqttSettings,
        clock: Clock,
        *,
        every_seconds: float = 60.0,
        note: Callable[[str], None] = lambda trouble: None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.every = int(every_seconds * SECOND)
        self.counts = Counts()
        self.note = note
        """Hears why the last requests did not leave; an empty text when they did."""
        self.asked: dict[EdgeNode, Instant] = {}
        self.waiting: queue.Queue[EdgeNode] = queue.Queue(MOST_WAITING)

    def ask(self, edge: EdgeNode) -> None:
        """Ask this edge node, unless that was done a short while ago; returns at once."""
        now = self.clock.now()
        self.counts.received += 1
        if 0 <= now - self.asked.get(edge, now - self.every) < self.every or self.waiting.full():
            self.counts.dropped += 1
            return
        if len(self.asked) >= MOST_WAITING:
            self.asked = {one: at for one, at in self.asked.items() if 0 <= now - at < self.every}
        self.asked[edge] = now
        self.waiting.put(edge)

    def run(self, stop: Event) -> None:
        """Publish until `stop`."""
        while not stop.is_set():
            if edges := self.gather():
                self.publish(edges)

    def gather(self) -> list[EdgeNode]:
        """What waits; up to half a second for the first."""
        edges: list[EdgeNode] = []
        try:
            edges.append(self.waiting.get(timeout=LOOK_SECONDS))
            while True:
                edges.append(self.waiting.get_nowait())
        except queue.Empty:
            return edges

    def publish(self, edges: Sequence[EdgeNode]) -> None:
        """Let the requests leave, all over one connection."""
        left = list(edges)
        try:
            asyncio.run(self.send(left))
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            self.counts.failed += len(left)
            self.note(
                f"{len(left)} rebirth requests did not reach {self.settings.address} ({error}); check the address, and "
                "that this user may publish to spBv1.0/+/NCMD/+."
            )
        else:
            self.note("")

    async def send(self, left: list[EdgeNode]) -> None:
        """Publish and take out of `left` one by one."""
        settings = self.settings
        async with aiomqtt.Client(
            settings.host,
            settings.port,
            identifier=f"{settings.client_id}-requests",
            protocol=VERSIONS[settings.version],
            username=settings.username or None,
            password=settings.read_password() or None,
            tls_context=settings.tls_context(),
            timeout=settings.connect_timeout_seconds,
        ) as client:
            while left:
                group, name = left[0]
                command = rebirth_request(self.clock.now() // MILLISECOND)
                await client.publish(f"spBv1.0/{group}/NCMD/{name}", command, qos=0)
                del left[0]
                self.counts.kept += 1
