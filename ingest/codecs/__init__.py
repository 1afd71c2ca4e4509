"""Codecs: one file for each way in which devices write their payloads."""

from collections.abc import Callable, Mapping, Sequence

from ingest.codecs import generic_json, native, senml, thingsboard, value
from ingest.codecs.item import Item
from ingest.limits import Limits
from ingest.source import Route

Codec = Callable[[bytes, Route, Limits], Sequence[Item]]
"""A payload to items, all of it or none. Raises Refused, and nothing else, whatever the bytes are."""

IGNORE = "ignore"
"""A person has said that these messages mean nothing."""
CODECS: Mapping[str, Codec] = {
    "native": native.decode,
    "json": generic_json.decode,
    "value": value.decode,
    "senml": senml.decode,
    "thingsboard": thingsboard.decode,
    IGNORE: lambda payload, route, limits: (),
}
SPARKPLUG = "sparkplug"
"""Not among them: it also needs the schema and what the births before have named."""
CODEC_NAMES = (*CODECS, SPARKPLUG)


def codec_of(route: Route) -> Codec:
    """What reads a route's payloads. On a topic beside a source's own the payload is the value of its last level."""
    return value.decode if route.is_beside else CODECS[route.source.codec]
