"""The native payload: what devices say that were built for Truckroll."""

import re
from typing import Any

import msgspec

from ingest.codecs.item import Happening, Item
from ingest.codecs.parsed import check_count, flat, measured, objects
from ingest.limits import Limits, Refused, check_name, check_size, short
from ingest.source import Route

STATUS = "status"
STATUSES = ("offline", "online")
BARE_STATUS = re.compile(rb'\s*(?:(offline|online)|"(offline|online)")\s*', re.IGNORECASE)
LARGEST_COUNTER = 2**63 - 1


class Telemetry(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The usual message: a time, counters and plain values. Anything else takes the long way through `decode`."""

    values: dict[str, int | float | bool | str | None]
    ts: int | float | str | None = None
    boot: int | None = None
    seq: int | None = None
    fw: str | None = None
    device: str | None = None


TELEMETRY: msgspec.json.Decoder[Telemetry | list[Telemetry]] = msgspec.json.Decoder(Telemetry | list[Telemetry])


def quick(payload: bytes) -> Telemetry | list[Telemetry] | None:
    """The usual message; None for any other, good or bad."""
    try:
        return TELEMETRY.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def decode(payload: bytes, route: Route, limits: Limits) -> list[Item]:
    """The items of a native message. Raises Refused."""
    check_size(payload, limits)
    if route.level == STATUS:
        return status(payload, route, limits)
    return [item(said, content, route, limits) for said, content in objects(payload, limits)]


def status(payload: bytes, route: Route, limits: Limits) -> list[Item]:
    """A last will or its opposite: `offline` or `online`, bare, quoted or as `{"status": …}`."""
    bare = BARE_STATUS.fullmatch(payload)
    if bare is not None:
        return [Item(happenings=[Happening((bare[1] or bare[2]).decode().lower())], content=payload)]
    if not payload.lstrip().startswith(b"{"):
        raise Refused("bad_status", f"The status {short(payload)} is neither offline nor online.")
    return [item(with_status(said), content, route, limits) for said, content in objects(payload, limits)]


def with_status(said: dict[str, Any]) -> dict[str, Any]:
    """The object with its status as an event."""
    word = said.get("status")
    if not isinstance(word, str) or word.lower() not in STATUSES:
        raise Refused("bad_status", f"The status {short(word)} is neither offline nor online.")
    return said | {"event": word.lower()}


def item(said: dict[str, Any], content: bytes, route: Route, limits: Limits) -> Item:
    """One object."""
    if said.get("device") not in (None, route.device):
        raise Refused("foreign_id", f"The payload says it is {short(said['device'])}, the topic {short(route.device)}.")
    event = said.get("event")
    if event is None and said.get("values") is None:
        raise Refused("nothing_said", "The object has neither values nor event.")
    return Item(
        said_at=said.get("ts"),
        boot=counter(said, "boot"),
        seq=counter(said, "seq"),
        firmware=word(said, "fw", limits),
        readings=readings(said, limits),
        happenings=() if event is None else [happening(said, limits)],
        content=content,
    )


def readings(said: dict[str, Any], limits: Limits) -> list[tuple[str, float | str]]:
    """The values; nested names are joined with ".", null says nothing."""
    values = said.get("values")
    if values is None:
        return []
    if not isinstance(values, dict):
        raise Refused("bad_type", f"values must be an object, not {short(values)}.")
    found = {name: value for name, value in flat(values) if value is not None}
    check_count(len(found), limits)
    return [(check_name(n, "A metric", limits), measured(v, n, limits)) for n, v in found.items()]


def happening(said: dict[str, Any], limits: Limits) -> Happening:
    """The event."""
    details = said.get("details")
    if details is not None and not isinstance(details, dict):
        raise Refused("bad_type", f"details must be an object, not {short(details)}.")
    code = said.get("code")
    if type(code) is int:
        said = said | {"code": str(code)}
    name = said["event"]
    if not isinstance(name, str):
        raise Refused("bad_type", f"event must be text, not {short(name)}.")
    return Happening(check_name(name, "The event", limits), word(said, "code", limits), details or {})


def counter(said: dict[str, Any], key: str) -> int:
    """A counter; -1 where it is not said."""
    number = said.get(key)
    if number is None:
        return -1
    if type(number) is not int:
        raise Refused("bad_type", f"{key} must be a whole number, not {short(number)}.")
    if not 0 <= number <= LARGEST_COUNTER:
        raise Refused("bad_counter", f"{key} must lie between 0 and 2^63-1.")
    return number


def word(said: dict[str, Any], key: str, limits: Limits) -> str:
    """A short text; empty where it is not said."""
    text = said.get(key)
    if text is None or text == "":
        return ""
    if not isinstance(text, str):
        raise Refused("bad_type", f"{key} must be text, not {short(text)}.")
    return check_name(text, key, limits)
