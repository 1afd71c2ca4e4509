"""Fleet files: events, repairs, readings and machines from CSV, put together as what a forecast may look at."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detectors.learning.fleet import Daily, Fleet
from detectors.learning.history import records
from domain.batch import Floats, Ints
from domain.errors import WrongFormat
from domain.instants import DAY, Instant
from truckroll.backtest.csv_events import instant
from truckroll.record_files import DELIMITERS, DEVICES, EVENTS, REPAIRS, TIMES, Progress, device_name, read_records

IGNORED = ("", "day_num", "index")


@dataclass(frozen=True, slots=True)
class FleetFiles:
    """Where the data are; only events must be there."""

    events: Path
    repairs: Path | None = None
    telemetry: Path | None = None
    machines: Path | None = None
    metrics: tuple[str, ...] = ()
    """Columns of the telemetry to look at; none named: every column of numbers."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Rows of a telemetry file."""

    asset: tuple[str, ...]
    at: Ints
    metrics: tuple[str, ...]
    values: Floats


def read_fleet(files: FleetFiles, more: Sequence[str] = (), progress: Progress = lambda rows: None) -> Fleet:
    """The fleet of these files; `more` names machines that must be in it. Raises WrongFormat with every mistake."""
    events = read_records(files.events, EVENTS, "events", progress)
    repairs = read_records(files.repairs, REPAIRS, "replaced components", progress) if files.repairs else []
    readings = read_telemetry(files.telemetry, files.metrics) if files.telemetry else nothing()
    machines = read_machines(files.machines) if files.machines else {}
    heard = {row.asset for row in (*events, *repairs)} | set(readings.asset) | set(more)
    assets = sorted(heard)
    names, parts = sorted({row.what for row in events}), sorted({row.what for row in repairs})
    number = {asset: place for place, asset in enumerate(assets)}
    asset = np.fromiter((number[name] for name in readings.asset), np.int64, len(readings.asset))
    return Fleet(
        assets=assets,
        events=records(events, assets, names),
        names=names,
        repairs=records(repairs, assets, parts),
        components=parts,
        daily=Daily.of(len(assets), readings.metrics, asset, readings.at, readings.values),
        age=np.array([machines.get(name, ("", np.nan))[1] for name in assets], np.float64),
        model=[machines.get(name, ("", np.nan))[0] for name in assets],
    )


def nothing() -> Readings:
    """No readings."""
    return Readings((), np.empty(0, np.int64), (), np.empty((0, 0)))


def read_telemetry(file: Path, wanted: Sequence[str]) -> Readings:
    """The readings of a file with a time, a device and columns of numbers; an empty field is not known."""
    header, rows = table(file)
    time, device = column(file, header, "the time", TIMES), column(file, header, "the device", DEVICES)
    low = [name.lower() for name in header]
    missing = [name for name in wanted if name.lower() not in low]
    if missing:
        raise WrongFormat([f"{file}:1: there is no column {missing[0]}; there are: {', '.join(header)}."])
    places = [low.index(name.lower()) for name in wanted] or [
        place for place, name in enumerate(low) if place not in (time, device) and name not in (*IGNORED, *TIMES)
    ]
    values = np.full((len(rows), len(places)), np.nan)
    at, mistakes, known = np.zeros(len(rows), np.int64), list[str](), dict[str, Instant]()
    for number, row in enumerate(rows):
        try:
            if row[time] not in known:
                known[row[time]] = instant(row[time])
            at[number] = known[row[time]]
            values[number] = [float(row[place]) if row[place].strip() else np.nan for place in places]
        except (ValueError, IndexError) as error:
            mistakes.append(f"{file}:{number + 2}: {error}; write a time, a device and numbers.")
    if mistakes:
        raise WrongFormat(mistakes[:20])
    return Readings(tuple(device_name(row[device]) for row in rows), at, tuple(header[p] for p in places), values)


def read_machines(file: Path) -> dict[str, tuple[str, float]]:
    """Model and age of each machine."""
    header, rows = table(file)
    low = [name.lower() for name in header]
    device = column(file, header, "the device", DEVICES)
    model, age = (low.index(name) if name in low else -1 for name in ("model", "age"))
    found: dict[str, tuple[str, float]] = {}
    for number, row in enumerate(rows, 2):
        try:
            years = float(row[age]) if age >= 0 and row[age].strip() else np.nan
            found[device_name(row[device])] = (row[model].strip() if model >= 0 else "", years)
        except (ValueError, IndexError):
            raise WrongFormat([f"{file}:{number}: the age is no number, or the row is too short."]) from None
    return found


def table(file: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows. Raises WrongFormat where there is none."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        first = lines.readline()
        lines.seek(0)
        rows = [row for row in csv.reader(lines, delimiter=max(DELIMITERS, key=first.count)) if row]
    if len(rows) < 2:
        raise WrongFormat([f"{file}: there is no row under the header."])
    return [name.strip() for name in rows[0]], rows[1:]


def column(file: Path, header: Sequence[str], what: str, names: Sequence[str]) -> int:
    """Where a column is. Raises WrongFormat."""
    low = [name.lower() for name in header]
    found = next((low.index(name) for name in names if name in low), -1)
    if found < 0:
        raise WrongFormat(
            [f"{file}:1: no column says {what}; name it {' or '.join(names)}. There are: {', '.join(header)}."]
        )
    return found


def ends_at(fleet: Fleet) -> Instant:
    """The last instant that the fleet's files speak of; a day of readings ends with the day."""
    days = fleet.daily.mean.shape[1] if fleet.daily.metrics else 0
    last = [int(times.max()) for times in (fleet.events.at, fleet.repairs.at) if len(times)]
    return max([*last, *([(fleet.daily.first + days) * DAY - 1] if days else [])])


def begins_at(fleet: Fleet) -> Instant:
    """The first instant that events or readings speak of."""
    first = [int(fleet.events.at.min())] if len(fleet.events) else []
    return min([*first, *([fleet.daily.first * DAY] if fleet.daily.metrics else [])])
