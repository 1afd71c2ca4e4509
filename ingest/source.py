"""A source: how the messages of some existing devices are to be understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import NamedTuple

from ingest.times import MILLISECOND
from ingest.topics import Pattern

OWN_LEVELS: Mapping[str, tuple[str, ...]] = {
    "native": ("telemetry", "events", "status"),
    "sparkplug": ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"),
    "thingsboard": ("gateway/connect", "gateway/disconnect"),
}
"""Codecs that read several kinds of message themselves, each on topics of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """A value that means that something happened."""

    field: str = ""
    """Name of the payload's field, nested names joined with "."; or …"""
    topic_level: str = ""
    """… last level of the topic beside the source's own, whose payload is the value."""
    equals: str | float | bool
    event: str

    def means(self, value: object) -> bool:
        """The value says it. Text is compared exactly; true and false are no numbers here."""
        return isinstance(value, bool) == isinstance(self.equals, bool) and value == self.equals


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One `[[source]]`."""

    name: str
    patterns: Mapping[str, Pattern]
    """By what they are for: "" = the source's own topic, otherwise a topic beside it, by its last level."""
    codec: str
    escapes: bool = True
    """Outside names become ids by escaping; the native topics take ids only."""
    time_field: str = ""
    zone: tzinfo | None = None
    unit: int = MILLISECOND
    """Nanoseconds of one unit of a numeric time."""
    values: Mapping[str, str] | None = None
    """Metrics by field, nothing else is taken; None = every field under its own name."""
    scale: Mapping[str, float] = field(default_factory=dict)
    events: tuple[EventRule, ...] = ()
    quarantines_unknown: bool = False
    asks_rebirth: bool = False
    """Edge nodes may be asked to say their names again (codec sparkplug)."""


class Route(NamedTuple):
    """What a topic says: which source, which device, and which part of its talk."""

    source: Source
    device: str
    """Empty where the payload names its devices."""
    metric: str = ""
    """What `{metric}` stands for."""
    level: str = ""
    """Which of the source's patterns it is: "", or the last level of a topic beside its own."""

    @property
    def is_beside(self) -> bool:
        """The payload is nothing but the value of a topic beside the source's own."""
        return bool(self.level) and self.level not in OWN_LEVELS.get(self.source.codec, ())
