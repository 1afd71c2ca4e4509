"""Lives from the store: what the assets of a family reported between failures, in even steps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from domain.batch import Floats, Reading
from domain.instants import DAY, Duration, Instant
from domain.registry import Facts
from maintenance.remaining_tracks import Tracks, tracks_of
from truckroll.record_files import Record


class Readings(Protocol):
    """Where readings are kept."""

    def readings(
        self, device: str, since: Instant, until: Instant, metrics: Iterable[str] | None = None
    ) -> Sequence[Reading]:
        """`since <= at < until`, in order of time."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """One life, or the part of it that is looked at."""

    unit: str
    device: str
    since: Instant
    until: Instant


def lives_that_ended(family: Sequence[Facts], failures: Sequence[Record], since: Instant, until: Instant) -> list[Span]:
    """From each failure (or `since`) to the next; what has not failed by `until` teaches nothing."""
    found = []
    for facts in family:
        ends = sorted(row.at for row in failures if row.asset in (facts.asset, facts.device) and since < row.at < until)
        begins = [since, *ends[:-1]]
        found += [
            Span(f"{facts.asset}#{number}", facts.device, begin, end)
            for number, (begin, end) in enumerate(zip(begins, ends, strict=False), 1)
        ]
    return found


def lives_that_run(family: Sequence[Facts], failures: Sequence[Record], since: Instant, now: Instant) -> list[Span]:
    """Of each asset from its last failure (or `since`) until now."""
    found = []
    for facts in family:
        ends = [row.at for row in failures if row.asset in (facts.asset, facts.device) and row.at < now]
        found.append(Span(facts.asset, facts.device, max([since, *ends]), now))
    return found


def tracks_in(
    store: Readings, spans: Sequence[Span], step: Duration, settings: Sequence[str], metrics: Sequence[str]
) -> tuple[Tracks, tuple[str, ...]]:
    """Means over steps that are counted back from each life's end, use in days; and the lives without readings.

    Without metrics named: all numbers reported, those of `settings` apart.
    """
    names, use, rows, silent = list[str](), list[float](), list[Mapping[str, float]](), list[str]()
    ends: dict[str, float] = {}
    for span in spans:
        wanted = (*settings, *metrics) if metrics else None
        readings = [r for r in store.readings(span.device, span.since, span.until, wanted) if r.state is None]
        if not readings:
            silent.append(span.unit)
            continue
        begin = min(reading.at for reading in readings)
        ends[span.unit] = (span.until - begin) / DAY
        for back, row in sorted(steps_of(readings, span.until, step).items(), reverse=True):
            names.append(span.unit)
            use.append(max(span.until - back * step - begin, 0) / DAY)
            rows.append(row)
    chosen = list(metrics) or sorted({name for row in rows for name in row} - set(settings))
    tracks = tracks_of(
        names,
        np.array(use),
        table(rows, settings),
        table(rows, chosen),
        setting_names=settings,
        metrics=chosen,
        ends=ends,
    )
    return tracks, tuple(silent)


def steps_of(readings: Iterable[Reading], until: Instant, step: Duration) -> dict[int, dict[str, float]]:
    """The mean of each metric, by steps back from the end; step 0 ends with it."""
    sums: dict[int, dict[str, tuple[float, int]]] = {}
    for reading in readings:
        row = sums.setdefault((until - 1 - reading.at) // step, {})
        total, count = row.get(reading.metric, (0.0, 0))
        row[reading.metric] = (total + reading.value, count + 1)
    return {back: {name: total / count for name, (total, count) in row.items()} for back, row in sums.items()}


def table(rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> Floats:
    """[row, name]; NaN where a row has no such number."""
    found = np.array([[row.get(name, np.nan) for name in names] for row in rows], np.float64)
    return found.reshape(len(rows), len(names))
