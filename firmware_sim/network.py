"""The network: brings a device's messages to the broker, twice, late or in one go."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

from domain.instants import HOUR, SECOND, Instant
from firmware_sim.fleet import Clock
from firmware_sim.life import Message
from firmware_sim.plan import Plan
from firmware_sim.publication import Key, Publication
from firmware_sim.settings import Network

FLUSH_STEP = SECOND // 200
"""Between two messages of a device that sends what it kept."""
FLUSH_LIST = 8
"""So many kept telemetry messages travel as one list."""
ROLLS = 1 << 14
SHARE = 1 << 20
"""Shares are counted in so many parts of the whole."""


@dataclass(frozen=True, slots=True)
class Dice:
    """The network's luck: rolled once for all devices, each of which reads on from a place of its own."""

    rolls: tuple[int, ...]

    @classmethod
    def rolled(cls, seed: int) -> "Dice":
        """64 random bits a roll."""
        chance = Random(f"{seed}/network")
        return cls(tuple(chance.getrandbits(64) for _ in range(ROLLS)))

    def roll(self, device: int, nth: int) -> int:
        """The device's nth roll."""
        return self.rolls[(device * 7919 + nth) % ROLLS]


def payload(objects: tuple[str, ...]) -> bytes:
    """One object, or a list of them."""
    return (objects[0] if len(objects) == 1 else f"[{','.join(objects)}]").encode()


class Way:
    """The way of one device's messages to the broker."""

    def __init__(self, plan: Plan, network: Network, *, key: Key, start: Instant, end: Instant, dice: Dice) -> None:
        self.plan, self.network, self.key = plan, network, key
        self.end, self.dice = end, dice
        self.away = (start + plan.offline[0], start + plan.offline[1]) if plan.offline else (end, end)
        self.free_at = start
        self.under_way: list[tuple[Instant, int, Publication]] = []
        self.numbers = 0
        self.name = plan.device.name
        self.topics = f"devices/{self.name}/"
        self.duplicates = 0 if plan.device.clock is Clock.NONE else int(network.duplicates * SHARE)
        self.loss = int(network.loss * SHARE)
        self.troubled = self.duplicates + int(network.disorder * SHARE)

    def publications(self, messages: Iterator[Message]) -> Iterator[Publication]:
        """The messages as the broker gets them, in order of time."""
        kept: list[Message] = []
        (away, back), number, roll = self.away, self.plan.device.number, self.dice.roll
        for nth, message in enumerate(messages):
            if message.at >= away:
                if message.at < back:
                    kept.append(message)
                    continue
                self.flush(kept)
                kept.clear()
            luck = roll(number, nth)
            if self.loss and message.cause is None and luck // SHARE % SHARE < self.loss:
                continue
            if luck % SHARE >= self.troubled and not (message.cause or self.under_way) and message.at >= self.free_at:
                yield self.publication(message, message.at)
            else:
                self.send(message, max(message.at, self.free_at), luck)
                yield from self.arrived(message.at)
        self.flush(kept)
        yield from self.arrived(self.end + HOUR)

    def arrived(self, until: Instant) -> Iterator[Publication]:
        """What is at the broker by then."""
        while self.under_way and self.under_way[0][0] <= until:
            yield heappop(self.under_way)[2]

    def flush(self, kept: list[Message]) -> None:
        """Send what was kept, in order; telemetry in lists."""
        if not kept:
            return
        at = self.away[1]
        for message in in_lists(kept):
            self.on_its_way(self.publication(message, at))
            at += FLUSH_STEP
        self.free_at = at

    def send(self, message: Message, at: Instant, luck: int) -> None:
        """On its way, perhaps late or twice."""
        fate, amount = luck % SHARE, luck // SHARE
        if self.duplicates <= fate < self.troubled and at == message.at:
            at = self.late(message, amount)
        first = self.publication(message, at)
        self.on_its_way(first)
        if message.cause is not None and message.cause.will:
            return
        if fate < self.duplicates or (message.cause and message.cause.repeats):
            again = at + 1 + amount % self.network.duplicate_by
            if again < self.end and not self.away[0] <= again < self.away[1]:
                self.on_its_way(first._replace(at=again, decides=None))

    def late(self, message: Message, amount: int) -> Instant:
        """When a late message arrives: within its calm, before the end, and not while the device is offline."""
        most = self.network.disorder_by if message.cause is None else min(message.cause.calm, self.network.disorder_by)
        at = message.at + (amount % most if most else 0)
        barrier = self.away[0] if message.at < self.away[0] else self.end
        return at if at < barrier else message.at

    def publication(self, message: Message, at: Instant) -> Publication:
        """The message as the broker sees it."""
        decides = self.key if message.cause and message.cause.decides else None
        return Publication(at, self.name, self.topics + message.channel, payload(message.objects), 1, False, decides)

    def on_its_way(self, publication: Publication) -> None:
        """It will be at the broker at its time."""
        self.numbers += 1
        heappush(self.under_way, (publication.at, self.numbers, publication))


def in_lists(kept: list[Message]) -> Iterator[Message]:
    """The same messages in the same order, neighbouring telemetry joined."""
    together: list[Message] = []
    for message in kept:
        if message.channel != "telemetry" or len(together) == FLUSH_LIST:
            yield from joined(together)
            together = []
        if message.channel == "telemetry":
            together.append(message)
        else:
            yield message
    yield from joined(together)


def joined(messages: list[Message]) -> Iterator[Message]:
    """One message for all, if there are any."""
    if messages:
        yield messages[-1]._replace(objects=tuple(item for message in messages for item in message.objects))
