"""Cover: stretches of event time in which a device was heard again and again, without a silence that is too long."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from detectors.health import Heard
from domain.instants import Duration, Instant

MOST = 32
"""So many stretches of a key are remembered; beyond, what was heard first is forgotten and unknown again."""


class Span(NamedTuple):
    """One stretch."""

    device: int
    """Which device it was, as a number."""
    begin: Instant
    end: Instant
    heard_at: Instant
    """When its last sign of life arrived."""


@lru_cache(maxsize=4096)
def number_of(device: str) -> int:
    """A number that stands for a device."""
    return int.from_bytes(blake2b(device.encode("utf-8", "surrogatepass"), digest_size=7).digest())


def spans_of(heard: Heard) -> list[Span]:
    """The stretches, in order of their beginnings."""
    return [Span(*heard[place : place + 4]) for place in range(0, len(heard), 4)]


@dataclass(frozen=True, slots=True)
class Cover:
    """Signs of life of one device at most `gap` apart make one stretch, in whatever order they come."""

    gap: Duration

    def with_sign(self, heard: Heard, device: int, at: Instant, received_at: Instant) -> Heard:
        """The device was heard then."""
        new, others = Span(device, at, at, received_at), list[Span]()
        for span in spans_of(heard):
            if span.device == device and span.begin - self.gap <= at <= span.end + self.gap:
                last = max(new, span, key=lambda one: (one.end, one.heard_at))
                new = Span(device, min(new.begin, span.begin), last.end, last.heard_at)
            else:
                others.append(span)
        whole = sorted([*others, new], key=lambda one: (one.begin, one.device))[-MOST:]
        return tuple(number for span in whole for number in span)

    def since(self, heard: Heard, at: Instant) -> Heard:
        """Stretches that reach to an instant or beyond."""
        return tuple(number for span in spans_of(heard) if span.end >= at for number in span)

    def last(self, heard: Heard, device: int) -> Span | None:
        """The latest stretch of a device."""
        return max((span for span in spans_of(heard) if span.device == device), key=lambda one: one.end, default=None)

    def reaches(self, heard: Heard, device: int, since: Instant, until: Instant) -> bool:
        """The device was heard from one instant on to the other or beyond."""
        return any(span.device == device and span.begin <= since and until <= span.end for span in spans_of(heard))
