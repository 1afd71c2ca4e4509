"""Sparkplug for tests: payloads written as the schema's JSON, and what the journal would hold of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.json_format import ParseDict

from adapters.sparkplug_wire import payload_class, read
from domain.entries import Entry, Position
from domain.ports import Delivery
from ingest.births import Ask, Births
from ingest.limits import Limits
from ingest.sources import Sources


def sparkplug(said: dict[str, Any]) -> bytes:
    """The payload's bytes."""
    return bytes(ParseDict(said, payload_class()()).SerializeToString())


class Given:
    """A Source that hands over what it was given, at once."""

    trouble = ""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.deliveries = [Delivery(entry, place) for place, entry in enumerate(entries)]
        self.acknowledged: list[object] = []

    def take(self, seconds: float) -> Sequence[Delivery]:
        """Everything."""
        taken, self.deliveries = self.deliveries, []
        return taken

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Note the tokens."""
        self.acknowledged += [delivery.token for delivery in deliveries if delivery.token is not None]


def silent(edge: object) -> None:
    """Nobody is asked."""


def births(
    entries: Iterable[Entry], sources: Sources, controls: Iterable[tuple[Position, Entry]] = (), ask: Ask = silent
) -> Births:
    """What follows these entries."""
    return Births(Given(entries), sources, controls, wire=read, limits=Limits(), ask=ask)


def journaled(entries: Iterable[Entry], sources: Sources) -> list[Entry]:
    """The entries as the journal gets them, with what births fix between them."""
    return [delivery.entry for delivery in births(entries, sources).take(0)]
