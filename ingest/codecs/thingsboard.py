"""ThingsBoard's telemetry: plain or timed values of one device, or a gateway's for many devices by name."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from ingest.codecs.item import Happening, Item
from ingest.codecs.mapped import meant
from ingest.codecs.parsed import flat, parsed
from ingest.ids import inside_id
from ingest.limits import Limits, Refused, check_size, short
from ingest.source import Route

EVENTS = {"gateway/connect": "online", "gateway/disconnect": "offline"}


def decode(payload: bytes, route: Route, limits: Limits) -> list[Item]:
    """The items of a message; where the topic does not name the device it is a gateway's. Raises Refused."""
    check_size(payload, limits)
    said = parsed(payload, limits)
    if route.level:
        return [linked(said, payload, route)]
    if route.device:
        return list(items(said, "", payload, route, limits))
    if not isinstance(said, dict) or not all(isinstance(told, list) for told in said.values()):
        raise Refused(
            "not_an_object",
            'A gateway\'s telemetry must be an object of lists by device, such as {"Device A": [{"ts": …, "values": '
            "{…}}]}.",
        )
    if not said:
        raise Refused("nothing_said", "The gateway names no device.")
    digest = blake2b(payload, digest_size=16).digest()
    return [item for name, told in said.items() for item in items(told, inside_id(name), digest, route, limits)]


def linked(said: Any, payload: bytes, route: Route) -> Item:
    """A device came to a gateway or left it."""
    name = said.get("device") if isinstance(said, dict) else None
    if not isinstance(name, str):
        raise Refused("bad_type", f'The gateway must name the device as {{"device": …}}, not {short(said)}.')
    return Item(device=inside_id(name), happenings=[Happening(EVENTS[route.level])], content=payload)


def items(said: Any, device: str, content: bytes, route: Route, limits: Limits) -> Iterator[Item]:
    """What one device says: an object or a list of objects."""
    told = said if isinstance(said, list) else [said]
    if not told:
        raise Refused("nothing_said", "The list of a device's telemetry is empty.")
    for place, one in enumerate(told):
        if not isinstance(one, dict):
            raise Refused("not_an_object", f"Telemetry must be an object or a list of objects, not {short(one)}.")
        is_timed = isinstance(one.get("values"), dict) and one.keys() <= {"ts", "values"}
        yield meant(
            dict(flat(one["values"] if is_timed else one)),
            b"%d\0" % place + content,
            route,
            limits,
            said_at=one.get("ts") if is_timed else None,
            device=device,
        )
