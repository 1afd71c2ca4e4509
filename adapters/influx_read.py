"""Asking InfluxDB by InfluxQL, which its versions 1, 2 and 3 share: values are bound, names are quoted."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.influx_layout import Layout
from adapters.influx_lines import SHIFT
from adapters.influx_names import NO_TEXT, coded, outside_text, quoted
from adapters.influx_settings import METRIC
from adapters.influx_wire import Params, Wire
from domain.batch import DeviceEvent, Reading
from domain.instants import Instant

EARLIEST, LATEST = -(2**63) + 2, 2**63 - 2
"""The instants that InfluxDB knows."""
FIELDS = ("event", "code", "details", "at", "received_at", "position", "boot", "seq", "digest", "identity")
NOT_SAID = {"boot": -1, "seq": -1}

Said = dict[tuple[Instant, str], tuple[float, str | None]]
"""The value and state of a metric at an instant."""


class Reader:
    """The questions that the store answers, in the words of a layout."""

    def __init__(self, wire: Wire, layout: Layout) -> None:
        self.wire = wire
        self.layout = layout

    def readings(self, device: str, since: Instant, until: Instant, metrics: Iterable[str] | None) -> Sequence[Reading]:
        """In order of time, then of metric."""
        names = None if metrics is None else frozenset(metrics)
        said: Said = {}
        if names is None or names:
            where, params = self.where(device, since, until, () if names is None else sorted(names))
            query = select(self.columns(names), self.sources(names), where, self.grouped())
            for series in self.asked(query, params, since, until):
                self.fold(series, names, said)
        return [Reading(device, metric, at, *said[at, metric]) for at, metric in sorted(said)]

    def events(self, device: str, since: Instant, until: Instant) -> Sequence[DeviceEvent]:
        """In the order of event time, the first of duplicates only."""
        where, params = self.conditions(device, since, until + SHIFT)
        columns = ", ".join(map(quoted, FIELDS))
        query = select(columns, quoted(self.layout.events), where)
        rows = [row for series in self.asked(query, params, since, until) for row in rows_of(series) if row["event"]]
        found = [(event_of(device, row), str(row["identity"] or "0")) for row in rows]
        return once(sorted((e for e in found if since <= e[0].at < until), key=lambda e: e[0].position))

    def downsampled(
        self, device: str, metric: str, since: Instant, until: Instant, most_points: int
    ) -> Sequence[Reading]:
        """The lowest and the highest number of each of `most_points // 2` equal intervals, where and as they were."""
        if most_points < 2:
            raise ValueError(f"most_points is {most_points}; ask for two at least, the lowest and the highest.")
        low, high = clamped(since, until)
        intervals = most_points // 2
        length = max(1, -(-(high - low) // intervals))
        where, params = self.where(device, since, until, [metric])
        column, source = quoted(self.layout.number_field(metric)), self.sources([metric])
        each = f"GROUP BY time({length}ns, {low % length}ns)" if intervals > 1 else ""
        query = "; ".join(select(f"{pick}({column}, 1)", source, where, each) for pick in EXTREMES)
        found = {(at, float(value)) for s in self.asked(query, params, since, until) for at, value in s["values"]}
        return [Reading(device, metric, at, value) for at, value in sorted(found)]

    def asked(self, query: str, params: Params, since: Instant, until: Instant) -> Iterator[Mapping[str, Any]]:
        """The series of the answer; none for an interval that holds no instant."""
        return iter(()) if since >= until else self.wire.ask(query, params)

    def columns(self, metrics: frozenset[str] | None) -> str:
        """The fields that these metrics can stand in; those of no metric in particular: all."""
        if self.layout.is_wide and metrics is None:
            return "*::field"
        names = sorted(metrics or [""]) if self.layout.is_wide else [""]
        return ", ".join(f"{quoted(self.layout.number_field(n))}, {quoted(self.layout.text_field(n))}" for n in names)

    def sources(self, metrics: Iterable[str] | None) -> str:
        """The measurements that these metrics stand in."""
        if self.layout.measurement != METRIC:
            return quoted(self.layout.measurement)
        if metrics is None:
            return "/.+/"
        return ", ".join(quoted(self.layout.measurement_of(metric)) for metric in sorted(metrics))

    def grouped(self) -> str:
        """A series a metric, where the metric is a tag."""
        return f"GROUP BY {quoted(self.layout.metric_tag)}" if self.layout.metric_tag else ""

    def where(
        self, device: str, since: Instant, until: Instant, metrics: Sequence[str]
    ) -> tuple[str, dict[str, str | int]]:
        """The condition on points of some metrics, none = any, and the values bound in it."""
        where, params = self.conditions(device, since, until)
        if self.layout.metric_tag and metrics:
            bound = {f"metric{place}": coded(metric) for place, metric in enumerate(metrics)}
            either = " OR ".join(f"{quoted(self.layout.metric_tag)} = ${name}" for name in bound)
            where, params = f"{where} AND ({either})", params | bound
        return where, params

    def conditions(self, device: str, since: Instant, until: Instant) -> tuple[str, dict[str, str | int]]:
        """The condition on any point of a device, and the values bound in it."""
        low, high = clamped(since, until)
        tags = {self.layout.device_tag: device} | dict(self.layout.tags)
        params: dict[str, str | int] = {f"tag{place}": coded(value) for place, value in enumerate(tags.values())}
        equal = [f"{quoted(name)} = ${bound}" for name, bound in zip(tags, params, strict=True)]
        where = " AND ".join([*equal, "time >= $since", "time < $until"])
        return where, params | {"since": low, "until": high}

    def fold(self, series: Mapping[str, Any], metrics: frozenset[str] | None, said: Said) -> None:
        """Add an answer's rows. Where a point has number and text, the text was written last."""
        tag = (series.get("tags") or {}).get(self.layout.metric_tag, "")
        labels = self.layout.labels(series["name"], tag, series["columns"][1:])
        for place, (metric, is_text) in enumerate(labels, start=1):
            if metrics is not None and metric not in metrics:
                continue
            for row in series["values"]:
                value, spot = row[place], (row[0], metric)
                if isinstance(value, str) and value != NO_TEXT:
                    said[spot] = (float("nan"), outside_text(value) if is_text else value)
                elif isinstance(value, int | float) and spot not in said:
                    said[spot] = (float(value), None)


EXTREMES = ("bottom", "top")
"""Unlike min and max they say when it was, whatever interval they are asked for."""


def select(columns: str, sources: str, where: str, grouped: str = "") -> str:
    """A statement of InfluxQL from its parts; names in them are quoted, values are bound."""
    return " ".join(("SELECT", columns, "FROM", sources, "WHERE", where, grouped)).rstrip()


def clamped(since: Instant, until: Instant) -> tuple[Instant, Instant]:
    """The interval within what InfluxDB knows."""
    return min(max(since, EARLIEST), LATEST), min(max(until, EARLIEST), LATEST)


def rows_of(series: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An answer's rows by the names of their columns."""
    for row in series["values"]:
        yield dict(zip(series["columns"], row, strict=True))


def event_of(device: str, row: Mapping[str, Any]) -> DeviceEvent:
    """The event in a row. One that somebody else wrote has at least a name, and its time."""
    time = row["time"]
    number = {name: whole(row[name], NOT_SAID.get(name, 0)) for name in ("position", "boot", "seq", "digest")}
    return DeviceEvent(
        item=0,
        device=device,
        event=str(row["event"]),
        code=str(row["code"] or ""),
        details=details_of(row["details"]),
        at=whole(row["at"], time),
        received_at=whole(row["received_at"], time),
        **number,
    )


def whole(text: object, otherwise: int) -> int:
    """A whole number written as text; what else there is, is none of ours."""
    return int(text) if isinstance(text, str) and text.removeprefix("-").isdecimal() else otherwise


def details_of(text: object) -> Mapping[str, Any]:
    """An event's details as they were; those that are no JSON object under the name `details`."""
    try:
        details = json.loads(text) if isinstance(text, str) and text else {}
    except ValueError:
        details = text
    return details if isinstance(details, dict) else {"details": details}


def once(found: Iterable[tuple[DeviceEvent, str]]) -> list[DeviceEvent]:
    """The events in order of time, from a list in order of arrival; of those with one identity the first of its kind.

    An identity of "0" is none.
    """
    seen: set[tuple[str, str, str, str]] = set()
    kept = []
    for event, identity in found:
        mark = (identity, event.event, event.code, json.dumps(event.details, sort_keys=True))
        if identity == "0" or mark not in seen:
            seen.add(mark)
            kept.append(event)
    return sorted(kept, key=DeviceEvent.order)
