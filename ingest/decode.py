"""Decode: journal pages become batches; a pure function of the entries and the sources then in force."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from domain.batch import RETAINED, Batch, Mark, Reject
from domain.entries import Entry, Kind, Page, Position
from ingest.aliases import Aliases
from ingest.batches import Columns
from ingest.codecs import SPARKPLUG, codec_of, sparkplug
from ingest.codecs.item import Item
from ingest.codecs.native import Telemetry, quick
from ingest.codecs.sparkplug import Wire, no_wire
from ingest.limits import Limits, Refused
from ingest.plain import PlainTelemetry
from ingest.source import Route
from ingest.sources import Sources, sources_from, sources_of

SOURCES, REGISTRY = "sources", "registry"
TELEMETRY = "telemetry"
MESSAGE = int(Kind.MESSAGE)


class Named(msgspec.Struct):
    """The facts of an installation, as far as decoding asks."""

    device: str


class Installed(msgspec.Struct):
    """An installation in a registry entry, as far as decoding asks."""

    facts: Named


class Installations(msgspec.Struct):
    """A registry entry, as far as decoding asks."""

    installations: list[Installed]


class Era(NamedTuple):
    """Sources in force for the entries after a position."""

    after: Position
    sources: Sources


class Decoder:
    """Turns pages into batches, in any order of pages: what held at a position is remembered by position.

    Give it the control entries so far; those it meets in pages it takes in itself. `wire` reads Sparkplug's schema.
    """

    def __init__(
        self, controls: Iterable[tuple[Position, Entry]] = (), limits: Limits | None = None, wire: Wire = no_wire
    ) -> None:
        self.limits = limits or Limits()
        self.wire = wire
        self.eras = [Era(0, sources_from([]))]
        self.registered: dict[str, Position] = {}
        """Where each device was first registered."""
        self.aliases = Aliases()
        self.seen: Position = 0
        """The last control entry taken in."""
        for position, entry in controls:
            self.control(position, entry)
            self.seen = position

    def control(self, position: Position, entry: Entry) -> None:
        """Take in a control entry."""
        self.aliases.control(position, entry)
        if entry.topic == SOURCES:
            self.eras.append(Era(position, sources_of(entry.payload)))
        elif entry.topic == REGISTRY:
            for installed in msgspec.json.decode(entry.payload, type=Installations).installations:
                self.registered.setdefault(installed.facts.device, position)

    def sources_at(self, position: Position) -> Sources:
        """The sources that hold for the entry at a position."""
        return self.eras[bisect_left(self.eras, position, key=lambda era: era.after) - 1].sources

    def decode(self, pages: Sequence[Page]) -> Batch:
        """One batch that holds exactly these pages, at least one."""
        columns = Columns(self.limits)
        plain = PlainTelemetry(columns)
        for page in pages:
            sources = self.sources_at(page.first)
            for position, entry in enumerate(page.entries, page.first):
                kind, received_at, topic, payload, _ = entry
                if kind == MESSAGE:
                    try:
                        route = sources.routes.get(topic) or sources.route(topic, self.limits)
                        self.message(columns, plain, route, position, entry)
                    except Refused as refusal:
                        columns.rejects.append(
                            Reject(position, received_at, topic, payload, refusal.reason, refusal.detail)
                        )
                    continue
                columns.marks.append(Mark(position, kind, received_at, topic, payload))
                if kind == Kind.CONTROL:
                    if position > self.seen:
                        self.control(position, entry)
                        self.seen = position
                    sources = self.sources_at(position + 1)
        return columns.batch(after=pages[0].first - 1, upto=pages[-1].last)

    def message(self, columns: Columns, plain: PlainTelemetry, route: Route, position: Position, entry: Entry) -> None:
        """Take in one message. Raises Refused, and has then taken nothing of it."""
        _, received_at, _, payload, retained = entry
        source, device, _, level = route
        if source.quarantines_unknown and device:
            self.check_registered(device, position)
        place = position, received_at, RETAINED if retained else 0
        if level == TELEMETRY and source.codec == "native" and len(payload) <= self.limits.message_bytes:
            said = quick(payload)
            if type(said) is Telemetry:
                if plain.take(said, route, payload, place):
                    return
            elif type(said) is list and plain.take_all(said, route, place):
                return
        items = self.items(payload, route, position)
        if source.quarantines_unknown and not device:
            for item in items:
                self.check_registered(item.device, position)
        columns.take(items, route, place)

    def items(self, payload: bytes, route: Route, position: Position) -> Sequence[Item]:
        """What a message says. Raises Refused."""
        if route.source.codec != SPARKPLUG:
            return codec_of(route)(payload, route, self.limits)
        if position in self.aliases.late:
            return [Item(content=payload)]
        return sparkplug.decode(payload, route, self.limits, self.wire, self.aliases.at(route.device, position))

    def check_registered(self, device: str, position: Position) -> None:
        """Nothing for a device that was registered before. Raises Refused."""
        if self.registered.get(device, position) >= position:
            raise Refused(
                "unknown_device", f"The device {device} is not registered; import it or let devices register."
            )
