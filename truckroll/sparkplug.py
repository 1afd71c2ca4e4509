"""Sparkplug at work: births are followed, and edge nodes are asked for a rebirth where their source says so."""

from collections.abc import Iterable
from functools import partial

from adapters.mqtt_settings import MqttSettings
from adapters.sparkplug_requests import RebirthRequests
from adapters.sparkplug_wire import payload_class, read
from domain.entries import Entry, Position
from domain.ports import Clock, Source
from ingest.births import Ask, Births
from ingest.codecs import SPARKPLUG
from ingest.health import Health
from ingest.limits import Limits
from ingest.sources import Sources

PART = "rebirth requests"


def following(
    source: Source, sources: Sources, controls: Iterable[tuple[Position, Entry]], limits: Limits, ask: Ask
) -> Source:
    """The source, with what births fix between its messages where one of the sources speaks Sparkplug.

    `controls` are those of the journal. Raises MissingExtra.
    """
    if not any(one.codec == SPARKPLUG for one in sources.sources):
        return source
    payload_class()
    return Births(source, sources, controls, wire=read, limits=limits, ask=ask)


def requests(settings: MqttSettings, sources: Sources, clock: Clock, health: Health) -> RebirthRequests | None:
    """Who asks for rebirths; None where no source allows it."""
    if not any(one.asks_rebirth for one in sources.sources):
        return None
    return RebirthRequests(settings, clock, note=partial(health.note, PART))


def nobody_asks(edge: object) -> None:
    """The answer of a source that may only listen."""
