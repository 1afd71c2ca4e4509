"""Codecs: one file for each way in which devices write their payloads."""

from collections.abc import Callable, Mapping, Sequence

from ingest.codecs import generic_json, native, value
from ingest.codecs.item import Item
from ingest.limits import Limits
from ingest.source import Route

Codec = Callable[[bytes, Route, Limits], Sequence[Item]]
"""A payload to items, all of it or none. Raises Refused, and nothing else, whatever the bytes are."""

CODECS: Mapping[str, Codec] = {"native": native.decode, "json": generic_json.decode, "value": value.decode}


def codec_of(route: Route) -> Codec:
    """What reads a route's payloads. On a topic beside a source's own the payload is the value of its last level."""
    if route.level and route.source.codec != "native":
        return value.decode
    return CODECS[route.source.codec]
