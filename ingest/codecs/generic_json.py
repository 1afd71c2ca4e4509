"""JSON as existing devices write it: an object, or a list of objects, of fields that the source gives a meaning."""

from ingest.codecs.item import Item
from ingest.codecs.mapped import mapped
from ingest.codecs.parsed import flat, objects, parsed
from ingest.limits import Limits, check_size
from ingest.source import Route


def decode(payload: bytes, route: Route, limits: Limits) -> list[Item]:
    """The items of a message. Where the topic names the metric, it goes before the fields' names. Raises Refused."""
    check_size(payload, limits)
    if route.metric and not payload.lstrip().startswith((b"{", b"[")):
        return [mapped({route.metric: parsed(payload, limits)}, payload, route, limits)]
    return [
        mapped(dict(flat(said)), content, route, limits)
        if not route.metric
        else mapped(prefixed(said, route), content, route, limits)
        for said, content in objects(payload, limits)
    ]


def prefixed(said: dict[str, object], route: Route) -> dict[str, str | int | float | bool | None]:
    """The fields under the metric's name, but for the time, which stands for all of them."""
    time_field = route.source.time_field
    return {name if name == time_field else f"{route.metric}.{name}": value for name, value in flat(said)}
