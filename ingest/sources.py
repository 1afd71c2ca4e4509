"""Sources: whose topics are understood how; the first source that fits a topic has it."""

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from ingest.codecs import IGNORE
from ingest.ids import checked_id, inside_id
from ingest.limits import Limits, Refused, check_line, short
from ingest.source import Route, Source
from ingest.source_rows import checked_sources
from ingest.topics import Pattern, needed

REMEMBERED_TOPICS = 131_072
LONGEST_REMEMBERED = 256


class Sources:
    """The sources in force together. Says of a topic who speaks; remembers the answers, as many as it has room for."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], sources: Sequence[Source]) -> None:
        self.rows = tuple(rows)
        self.sources = tuple(sources)
        self.routes: dict[str, Route] = {}

    @property
    def version(self) -> str:
        """Hash of the content."""
        return blake2b(sources_entry(self), digest_size=8).hexdigest()

    @property
    def by_name(self) -> Mapping[str, Source]:
        """The sources by name."""
        return MappingProxyType({source.name: source for source in self.sources})

    def subscriptions(self) -> tuple[str, ...]:
        """The MQTT filters to subscribe to; none is covered by another."""
        wanted = [source for source in self.sources if source.codec != IGNORE]
        return needed(pattern.subscription for source in wanted for pattern in source.patterns.values())

    def route(self, topic: str, limits: Limits) -> Route:
        """Who speaks there. Raises Refused for a topic of no source, or one that names no possible device."""
        known = self.routes.get(topic)
        if known is not None:
            return known
        route = self.find(topic, limits)
        if len(topic) <= LONGEST_REMEMBERED:
            if len(self.routes) >= REMEMBERED_TOPICS:
                self.routes.clear()
            self.routes[topic] = route
        return route

    def find(self, topic: str, limits: Limits) -> Route:
        """As `route`, without remembering."""
        check_line(topic, "The topic", limits)
        if "+" in topic or "#" in topic:
            raise Refused("wildcard", f"The topic {short(topic)} holds + or #, which only subscriptions may.")
        for source in self.sources:
            for level, pattern in source.patterns.items():
                named = pattern.match(topic)
                if named is not None:
                    return Route(source, device_id(named[0], pattern, source), named[1], level)
        raise Refused("no_source", f"No source has the topic {short(topic)}; add a [[source]] for it.")


def device_id(name: str, pattern: Pattern, source: Source) -> str:
    """What a device is called inside; empty where the topic does not name it. Raises Refused."""
    if not pattern.names_device:
        return ""
    return inside_id(name) if source.escapes else checked_id(name)


def sources_from(rows: Sequence[Mapping[str, Any]], *, text: str = "") -> Sources:
    """Sources from the `[[source]]` tables of a parsed file. Raises WrongFormat with every mistake.

    `text` is the file's text; with it, mistakes name their line. The native source is always there, before the
    others; `{name = "native", unknown = "quarantine"}` changes its policy and `enabled = false` switches it off.
    """
    return Sources(rows, checked_sources(rows, text))


def sources_entry(sources: Sources) -> bytes:
    """The payload of a `sources` entry of the journal."""
    return json.dumps({"sources": sources.rows}, ensure_ascii=False, sort_keys=True, default=dict).encode()


def sources_of(payload: bytes) -> Sources:
    """The sources of a `sources` entry."""
    return sources_from(json.loads(payload)["sources"])
