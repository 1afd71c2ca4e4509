"""Mapping: a foreign payload's fields become readings and events as its source says."""

import math
from collections.abc import Mapping

from ingest.codecs.item import Happening, Item
from ingest.codecs.parsed import Scalar, check_count, measured
from ingest.limits import Limits, Refused, check_name, short
from ingest.source import Route


def mapped(fields: Mapping[str, Scalar], content: bytes, route: Route, limits: Limits) -> Item:
    """The item that one object's fields make. A field that means an event is a reading as well. Raises Refused."""
    source = route.source
    time_field = "" if route.level else source.time_field
    said_at = fields.get(time_field) if time_field else None
    told = {name: value for name, value in fields.items() if not time_field or name != time_field}
    names = metrics(told, route)
    happenings = [
        Happening(rule.event)
        for name, value in told.items()
        for rule in source.events
        if name == (rule.topic_level if route.level else rule.field) and rule.means(value)
    ]
    if source.values is not None and not names and not happenings:
        raise Refused(
            "nothing_mapped", f"None of the fields of source {source.name} is there: {short([*source.values])}."
        )
    check_count(len(names), limits)
    readings = [
        (metric, scaled(metric, value, route, limits))
        for name, metric in names.items()
        if (value := told[name]) is not None
    ]
    return Item(said_at=said_at, readings=readings, happenings=happenings, content=content)


def metrics(told: Mapping[str, Scalar], route: Route) -> dict[str, str]:
    """The metric of each field that is taken."""
    table = route.source.values
    if table is None or route.level:
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
