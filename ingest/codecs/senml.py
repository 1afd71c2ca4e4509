"""SenML in JSON (RFC 8428): a pack of records whose names, times and values are completed from base fields."""

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from ingest.codecs.item import Item
from ingest.codecs.mapped import meant
from ingest.codecs.parsed import Scalar, parsed
from ingest.ids import inside_id
from ingest.limits import Limits, Refused, check_size, short
from ingest.source import Route
from ingest.times import Since

VERSION = 10
RELATIVE_BELOW = 2**28
"""Seconds; a smaller time is relative to now."""
FARTHEST = 1e12
"""Seconds; nobody means a time beyond."""
LONGEST_NAME = 256
UNNAMED = "value"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:./_+-]*", re.ASCII)
DEVICE_URN = re.compile(r"(urn:dev:[a-z]+:[^:/_]+)[:/_]?(.*)", re.DOTALL)
VALUES = ("v", "vs", "vb", "vd")
TEXTS = ("bn", "bu", "n", "u", "vs", "vd")
NUMBERS = ("bt", "bv", "bs", "bver", "v", "s", "t", "ut")
BASES = ("bn", "bt", "bu", "bv", "bs")
DEFAULTS: Mapping[str, Any] = {"bn": "", "bt": 0, "bu": "", "bv": 0, "bs": 0, "bver": VERSION}


class Resolved(NamedTuple):
    """A record that needs no other one."""

    thing: str
    """What the name says before its last part; empty = nothing."""
    metric: str
    """The last part; empty = there is none."""
    unit: str
    at: float
    value: Scalar
    total: float | None
    """The sum."""


def decode(payload: bytes, route: Route, limits: Limits) -> list[Item]:
    """The items of a pack, one for each device and time. Raises Refused."""
    check_size(payload, limits)
    pack = parsed(payload, limits)
    if not isinstance(pack, list) or not all(isinstance(record, dict) for record in pack):
        raise Refused("not_an_object", "A SenML pack must be a list of records.")
    if not pack:
        raise Refused("nothing_said", "The SenML pack is empty.")
    told: dict[tuple[str, float], list[Resolved]] = {}
    for record in resolved(pack, route.device):
        told.setdefault((device_of(record, route), record.at), []).append(record)
    if not told:
        raise Refused("nothing_said", "The SenML pack has base fields only.")
    if route.device and len({record.thing for records in told.values() for record in records}) > 1:
        raise Refused(
            "foreign_id", "The pack names several things, the topic one device; leave {device} out of the topic."
        )
    digest = blake2b(payload, digest_size=16).digest()
    return [
        meant(values(records), f"{at}\0".encode() + digest, route, limits, said_at=time_of(at), device=device)
        for (device, at), records in told.items()
    ]


def resolved(pack: list[dict[str, Any]], device: str) -> Iterator[Resolved]:
    """The records with their base fields worked in (RFC 8428, 4.6)."""
    base = dict(DEFAULTS)
    for record in pack:
        check(record)
        base |= {key: record[key] for key in BASES if key in record}
        if not 0 < record.get("bver", base["bver"]) <= VERSION:
            raise Refused("bad_version", f"The pack is of SenML version {short(record['bver'])}; {VERSION} is read.")
        given = [key for key in VALUES if key in record]
        if len(given) > 1:
            raise Refused("bad_type", f"A record has the values {' and '.join(given)}; only one may be there.")
        if not given and "s" not in record and not record.keys() & {"n", "t", "u", "ut"}:
            continue
        if not given and "s" not in record:
            raise Refused("nothing_said", "A record has neither a value nor a sum.")
        thing, metric = named(base["bn"] + record.get("n", ""), device)
        yield Resolved(
            thing=thing,
            metric=metric,
            unit=record.get("u", base["bu"]),
            at=finite(base["bt"] + record.get("t", 0)),
            value=value_of(record, base["bv"]),
            total=finite(base["bs"] + record["s"]) if "s" in record else None,
        )


def check(record: Mapping[str, Any]) -> None:
    """Nothing for a record whose fields are of their types. Raises Refused."""
    for key, value in record.items():
        if key.endswith("_"):
            raise Refused("unknown_field", f"The field {short(key)} must be understood, and is not known here.")
        if key in TEXTS and not isinstance(value, str):
            raise Refused("bad_type", f"{key} must be text, not {short(value)}.")
        if key in NUMBERS and type(value) not in (int, float):
            raise Refused("bad_type", f"{key} must be a number, not {short(value)}.")
    if type(record.get("vb", False)) is not bool:
        raise Refused("bad_type", f"vb must be true or false, not {short(record['vb'])}.")


@lru_cache(4_096)
def named(name: str, device: str) -> tuple[str, str]:
    """The thing and its metric: a name ends at its device URN, else at its last "/" or ":".

    Where the topic names the device, only a device URN or the device's own name is taken off.
    """
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        raise Refused("bad_name", f"{short(name)} is no SenML name: letters, digits and - + : . / _ make one.")
    urn = DEVICE_URN.fullmatch(name)
    if urn is not None:
        return urn[1], urn[2]
    cut = max(name.rfind("/"), name.rfind(":"))
    if device:
        return ("", "") if name == device else ("", name[cut + 1 :] if name[: max(cut, 0)] == device else name)
    return name[: max(cut, 0)], name[cut + 1 :]


def device_of(record: Resolved, route: Route) -> str:
    """Whose record it is. Raises Refused."""
    if route.device:
        return ""
    if not record.thing:
        raise Refused("bad_id", f"The name {short(record.metric)} names no device, and neither does the topic.")
    return inside_id(record.thing)


def value_of(record: Mapping[str, Any], base: float) -> Scalar:
    """The value; bytes are none."""
    if "v" in record:
        return finite(base + record["v"])
    value: Scalar = record.get("vs", record.get("vb"))
    return value


def finite(number: float) -> float:
    """The number. Raises Refused."""
    try:
        number = float(number)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Refused("not_finite", "A sum of a base and a number is too large to be kept.")
    return number


def values(records: list[Resolved]) -> dict[str, Scalar]:
    """Values by metric. A thing without metrics has its units for names, and so have values that share their name."""
    units: dict[str, set[str]] = {}
    for record in records:
        units.setdefault(record.metric, set()).add(record.unit)
    found: dict[str, Scalar] = {}
    for record in records:
        parts = [record.metric] if record.metric else []
        if not parts or len(units[record.metric]) > 1:
            parts += [record.unit] if record.unit else []
        name = ".".join(parts) or UNNAMED
        found[name] = record.value
        if record.total is not None:
            found[f"{name}.sum"] = record.total
    return found


def time_of(at: float) -> object:
    """The time as `event_time` takes it, in microseconds; None = now. Raises Refused."""
    if not at:
        return None
    if abs(at) > FARTHEST:
        raise Refused("bad_time", f"{short(at)} s since 1970 is no time.")
    return Since(round(at * 1e9)) if at < RELATIVE_BELOW else round(at * 1e6)
