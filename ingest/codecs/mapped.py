"""Mapping: a foreign payload's fields become readings and events as its source says."""

import math
from collections.abc import Mapping

from ingest.codecs.item import Happening, Item
from ingest.codecs.parsed import Scalar, check_count, measured
from ingest.limits import Limits, Refused, check_name, short
from ingest.source import Route


def mapped(fields: Mapping[str, Scalar], content: bytes, route: Route, limits: Limits) -> Item:
    """The item that one object's fields make. Raises Refused, also where the source takes none of them."""
    source = route.source
    time_field = "" if route.is_beside else source.time_field
    said_at = fields.get(time_field) if time_field else None
    told = {name: value for name, value in fields.items() if not time_field or name != time_field}
    item = meant(told, content, route, limits, said_at=said_at)
    if source.values is not None and not item.happenings and not metrics(told, route):
        raise Refused(
            "nothing_mapped", f"None of the fields of source {source.name} is there: {short([*source.values])}."
        )
    return item


def meant(
    told: Mapping[str, Scalar],
    content: bytes,
    route: Route,
    limits: Limits,
    *,
    said_at: object = None,
    device: str = "",
) -> Item:
    """The item that named values make. A value that means an event is a reading as well. Raises Refused."""
    names = metrics(told, route)
    happenings = [
        Happening(rule.event)
        for name, value in told.items()
        for rule in route.source.events
        if name == (rule.topic_level if route.is_beside else rule.field) and rule.means(value)
    ]
    check_count(len(names), limits)
    readings = [
        (metric, scaled(metric, value, route, limits))
        for name, metric in names.items()
        if (value := told[name]) is not None
    ]
    return Item(device=device, said_at=said_at, readings=readings, happenings=happenings, content=content)


def metrics(told: Mapping[str, Scalar], route: Route) -> dict[str, str]:
    """The metric of each field that is taken."""
    table = route.source.values
    if table is None or route.is_beside:
        return {name: name for name in told}
    return {name: table[name] for name in told if name in table}


def scaled(metric: str, value: str | int | float | bool, route: Route, limits: Limits) -> float | str:
    """The value in the metric's own unit."""
    check_name(metric, "A metric", limits)
    number = measured(value, metric, limits)
    factor = route.source.scale.get(metric)
    if factor is None or isinstance(number, str):
        return number
    if not math.isfinite(number * factor):
        raise Refused("not_finite", f"{short(metric)} is too large to be kept once scaled.")
    return number * factor
