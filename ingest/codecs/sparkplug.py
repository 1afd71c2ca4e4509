"""Sparkplug B: births name an edge node's metrics, data may then call them by number, deaths end it."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

from domain.errors import TruckrollError
from ingest.codecs.item import Happening, Item
from ingest.codecs.mapped import meant
from ingest.codecs.parsed import Scalar
from ingest.limits import Limits, Refused, check_name, check_size, short
from ingest.source import Route

BIRTHS, DEATHS = ("NBIRTH", "DBIRTH"), ("NDEATH", "DDEATH")
SESSION = "bdSeq"
COMMANDS = ("Node Control/", "Device Control/")
SIGNED_BITS: Mapping[int, int] = {1: 8, 2: 16, 3: 32, 4: 64}
"""Bits of the types Int8 to Int64, which travel as unsigned numbers."""
WHOLE = ("int_value", "long_value")
KEPT = (*WHOLE, "float_value", "double_value", "boolean_value", "string_value")
"""Bytes, files, data sets and templates are no readings."""


class Metric(Protocol):
    """One metric of the published schema; an absent field reads as its type's zero."""

    name: str
    alias: int
    timestamp: int
    datatype: int
    is_null: bool

    def HasField(self, field_name: str) -> bool:  # noqa: N802 - the schema's own name
        """The sender wrote this field."""
        ...

    def WhichOneof(self, oneof_group: str) -> str | None:  # noqa: N802 - the schema's own name
        """The field of the group `value` that is there."""
        ...


class Payload(Protocol):
    """A payload of the published schema."""

    timestamp: int
    seq: int

    @property
    def metrics(self) -> Sequence[Metric]:
        """What it tells."""
        ...

    def HasField(self, field_name: str) -> bool:  # noqa: N802 - the schema's own name
        """The sender wrote this field."""
        ...


Wire = Callable[[bytes], Payload]
"""Bytes to a payload of the published schema. Raises ValueError for any other bytes."""


class Table(NamedTuple):
    """What a birth has fixed for the data after it."""

    names: Mapping[int, str]
    """By alias."""
    types: Mapping[str, int]
    """Data type by name."""


def no_wire(payload: bytes) -> Payload:
    """Where nobody has brought the schema."""
    raise TruckrollError("Sparkplug payloads cannot be read here: the decoder was built without their schema.")


def decode(payload: bytes, route: Route, limits: Limits, wire: Wire, table: Table | None) -> list[Item]:
    """The items of a message, one for each time; `table` is what holds for the device. Raises Refused."""
    said = read(payload, wire, limits)
    if route.level == "NDEATH":
        return [Item(happenings=[Happening("offline")], content=payload)]
    if route.level in BIRTHS:
        table = table_of(said, limits)
    sent_at = said.timestamp if said.HasField("timestamp") else None
    told = by_time(said, sent_at, table, route)
    if not told or route.level in (*BIRTHS, *DEATHS):
        told.setdefault(sent_at, {})
    digest = blake2b(payload, digest_size=16).digest()
    items = [
        meant(part, f"{at}/{number}\0".encode() + digest, route, limits, said_at=at)
        for at, fields in told.items()
        for number, part in enumerate(parts(fields, limits))
    ]
    if route.level in (*BIRTHS, *DEATHS):
        first = next(item for item in items if item.said_at == sent_at)
        first.happenings = [Happening("online" if route.level in BIRTHS else "offline"), *first.happenings]
    return items


def read(payload: bytes, wire: Wire, limits: Limits) -> Payload:
    """The payload in the published schema. Raises Refused."""
    check_size(payload, limits)
    try:
        return wire(payload)
    except ValueError as error:
        raise Refused("not_sparkplug", "The payload is not of Sparkplug B's schema.") from error


def by_time(
    said: Payload, sent_at: int | None, table: Table | None, route: Route
) -> dict[int | None, dict[str, Scalar]]:
    """Values by name, by the time that each metric names or the payload's."""
    told: dict[int | None, dict[str, Scalar]] = {}
    for metric in said.metrics:
        name = name_of(metric, table, route)
        value = None if name == SESSION or name.startswith(COMMANDS) else value_of(metric, name, table, route)
        if value is not None:
            at = metric.timestamp if metric.HasField("timestamp") else sent_at
            told.setdefault(at, {})[name] = value
    return told


def parts(fields: Mapping[str, Scalar], limits: Limits) -> list[dict[str, Scalar]]:
    """The fields in parts that an item has room for, at least one."""
    pairs = list(fields.items())
    return [dict(pairs[start : start + limits.keys]) for start in range(0, len(pairs) or 1, limits.keys)]


def name_of(metric: Metric, table: Table | None, route: Route) -> str:
    """A metric's name, said or by its alias. Raises Refused."""
    if metric.HasField("name") and (metric.name or not metric.HasField("alias")):
        return text(metric.name, "A metric")
    if table is None:
        raise unborn(route)
    name = table.names.get(metric.alias) if metric.HasField("alias") else None
    if name is None:
        raise Refused("no_birth", f"No birth of {route.device} has named the metric number {metric.alias}.")
    return name


def value_of(metric: Metric, name: str, table: Table | None, route: Route) -> Scalar:
    """A metric's value; None where it says nothing that can be kept. Raises Refused."""
    field = metric.WhichOneof("value")
    if metric.is_null or field not in KEPT:
        return None
    value: Scalar = getattr(metric, field)
    if field == "string_value":
        return text(value, f"The value {short(name)}")
    if isinstance(value, float) and value - value != 0:
        raise Refused("not_finite", f"{short(name)} is NaN or Infinity; a metric without a value is written is_null.")
    if field in WHOLE and type(value) is int:
        return signed(value, type_of(metric, name, table, route))
    return value


def type_of(metric: Metric, name: str, table: Table | None, route: Route) -> int:
    """A whole number's data type, said or as the birth fixed it. Raises Refused."""
    if metric.datatype:
        return metric.datatype
    if table is None:
        raise unborn(route)
    return table.types.get(name, 0)


def signed(number: int, datatype: int) -> int:
    """The number that a data type means by an unsigned one."""
    bits = SIGNED_BITS.get(datatype)
    if bits is None:
        return number
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def text(said: object, what: str) -> str:
    """A text as text: what is not UTF-8 comes as bytes. Raises Refused."""
    if not isinstance(said, str):
        raise Refused("bad_utf8", f"{what} is not UTF-8 text.")
    return said


def unborn(route: Route) -> Refused:
    """No birth says what a message means."""
    return Refused(
        "no_birth",
        f"No birth of {route.device} says what its numbers mean; restart the edge node, or let Truckroll ask for a "
        "rebirth: rebirth = true in the source.",
    )


def table_of(birth: Payload, limits: Limits) -> Table:
    """What a birth fixes. Raises Refused."""
    names, types = {}, {}
    for metric in birth.metrics:
        name = check_name(text(metric.name, "A metric"), "A metric", limits)
        types[name] = metric.datatype
        if metric.HasField("alias"):
            names[metric.alias] = name
    return Table(names, types)


def session_of(said: Payload) -> int | None:
    """The number of an edge node's session, in its birth and its death."""
    for metric in said.metrics:
        if metric.name == SESSION and metric.WhichOneof("value") in WHOLE:
            return int(getattr(metric, str(metric.WhichOneof("value"))))
    return None


def lacks(said: Payload, table: Table | None) -> bool:
    """The data calls a metric by a number that no birth has named."""
    names = table.names if table else {}
    return any(metric.alias not in names for metric in said.metrics if not metric.name)
