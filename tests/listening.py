"""Listening in tests: an MQTT source with short pauses, and taking from it until something holds."""

import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from adapters.mqtt import MqttSettings, MqttSource
from domain.entries import Kind
from domain.instants import Instant
from domain.ports import Delivery, Source
from tests.brokers import PATIENCE


class CountingClock:
    """Each look is a nanosecond later."""

    def __init__(self) -> None:
        self.ticks = count(1)

    def now(self) -> Instant:
        return next(self.ticks)


class ShiftedTime:
    """A monotonic clock that a test can move forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def listener(port: int, *, parts: dict[str, Any] | None = None, **settings: Any) -> MqttSource:
    """A source for `devices/#` on a loopback broker; `parts` are for the source, the rest are settings."""
    chosen: dict[str, Any] = {"topics": ("devices/#",), "max_backoff_seconds": 0.4} | settings
    return MqttSource(MqttSettings(port=port, **chosen), CountingClock(), **(parts or {}))


def take_until(
    source: Source, holds: Callable[[Sequence[Delivery]], bool], seconds: float = PATIENCE
) -> list[Delivery]:
    """Everything taken until the condition holds for it; fails when it does not in time."""
    taken: list[Delivery] = []
    give_up_at = time.monotonic() + seconds
    while not holds(taken):
        assert time.monotonic() < give_up_at, f"not within {seconds} s; taken: {taken[-3:]}, trouble: {source.trouble}"
        taken += source.take(0.05)
    return taken


def take_messages(source: Source, number: int) -> list[Delivery]:
    """Deliveries until there are so many messages among them; the messages alone."""
    return messages(take_until(source, lambda taken: len(messages(taken)) >= number))


def take_links(source: Source, *topics: str) -> list[Delivery]:
    """Deliveries until the last of these link entries has come, and the others before it."""
    return take_until(source, lambda taken: links(taken)[-len(topics) :] == list(topics))


def messages(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Those that are messages."""
    return [delivery for delivery in deliveries if delivery.entry.kind is Kind.MESSAGE]


def links(deliveries: Sequence[Delivery]) -> list[str]:
    """What the link entries say."""
    return [delivery.entry.topic for delivery in deliveries if delivery.entry.kind is Kind.LINK]


def payloads(deliveries: Sequence[Delivery]) -> list[bytes]:
    """The payloads of the messages."""
    return [delivery.entry.payload for delivery in messages(deliveries)]
