"""Life files: CSV with a device, how much it had been used, how it was run and what it reported; and model files."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from domain.batch import Floats
from domain.errors import WrongFormat
from domain.instants import DAY
from maintenance.remaining_model import FORMAT, LAYOUT, LifeModel
from maintenance.remaining_tracks import Tracks, tracks_of
from truckroll.backtest.csv_events import instant
from truckroll.record_files import DELIMITERS, DEVICES, TIMES, device_name

UNITS = ("unit", "machine_number", *DEVICES)
CLOCKS = ("uptime", "use", "cycle", "cycles", "hours", "age")
ANSWERS = ("rul", "remaining_life", "life_left")
"""Columns that tell the future; they are never looked at."""
SETTING = "setting"
"""Columns whose names begin like this say how a device is run, if none is named."""
MOST = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row things stand."""

    unit: int
    clock: int
    is_time: bool
    settings: tuple[int, ...]
    metrics: tuple[int, ...]


def read_tracks(
    files: Sequence[Path], settings: Sequence[str] = (), metrics: Sequence[str] = (), may_miss: Sequence[str] = ()
) -> tuple[Tracks, str]:
    """The tracks of CSV files (also `.gz`) of one header, and what use is counted in.

    Settings and metrics are columns by name; no metric named: every other column in which a number stands. A metric of
    `may_miss` that is not there is not known. Raises WrongFormat with every mistake.
    """
    names, use, chosen, numbers, mistakes = list[str](), list[float](), Columns(0, 0, False, (), ()), [], list[str]()
    header: list[str] = []
    for file in files:
        rows = lines_of(file)
        own = [name.strip() for name in next(rows, [])]
        if header and own != header:
            raise WrongFormat([f"{file}: its header is not that of {files[0]}; give files of one header."])
        header = own
        chosen = columns_of(file, header, settings, metrics, may_miss)
        for number, row in enumerate(rows, 2):
            try:
                names.append(device_name(row[chosen.unit]))
                use.append(instant(row[chosen.clock]) / DAY if chosen.is_time else float(row[chosen.clock]))
                numbers.append([number_of(row[place]) for place in (*chosen.settings, *chosen.metrics)])
            except (ValueError, IndexError) as error:
                mistakes.append(f"{file}:{number}: {error}; write a device, its use, and numbers.")
                if len(mistakes) == MOST:
                    break
    if mistakes:
        raise WrongFormat(mistakes)
    if not names:
        raise WrongFormat([f"{', '.join(map(str, files))}: there is no row under the header."])
    found = assembled(names, np.array(use), np.array(numbers), header, chosen)
    unit = "days" if chosen.is_time else header[chosen.clock].lower()
    return arranged(found, metrics) if metrics else reporting(found), unit


def lines_of(file: Path) -> Iterator[list[str]]:
    """Rows that hold anything, the header first."""
    opened: Any = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8-sig", newline="") as text:
        first = text.readline()
        delimiter = max(DELIMITERS, key=first.count)
        yield from csv.reader([first], delimiter=delimiter)
        yield from (row for row in csv.reader(text, delimiter=delimiter) if row)


def number_of(text: str) -> float:
    """A field; an empty one is not known. Raises ValueError."""
    return float(text) if text.strip() else np.nan


def columns_of(
    file: Path, header: Sequence[str], settings: Sequence[str], metrics: Sequence[str], may_miss: Sequence[str]
) -> Columns:
    """By the names in the header. Raises WrongFormat where one is missing."""
    low = [name.lower() for name in header]
    unit = next((low.index(name) for name in UNITS if name in low), -1)
    clock = next((low.index(name) for name in (*CLOCKS, *TIMES) if name in low), -1)
    mistakes = []
    if unit < 0:
        mistakes.append(f"{file}:1: no column says the device; name it {' or '.join(UNITS)}.")
    if clock < 0:
        mistakes.append(f"{file}:1: no column says use or time; name it {' or '.join((*CLOCKS, *TIMES))}.")
    needed = [name for name in (*settings, *metrics) if name not in may_miss]
    mistakes += [
        f"{file}:1: there is no column {name}; there are: {', '.join(header)}."
        for name in needed
        if name.lower() not in low
    ]
    if mistakes:
        raise WrongFormat(mistakes)
    ways = tuple(low.index(name.lower()) for name in settings) or (
        () if metrics else tuple(place for place, name in enumerate(low) if name.startswith(SETTING))
    )
    taken = {unit, clock, *ways}
    other = (p for p, name in enumerate(low) if p not in taken and name and name not in (*ANSWERS, *TIMES, *UNITS))
    named = tuple(low.index(name.lower()) for name in metrics if name.lower() in low)
    return Columns(unit, clock, low[clock] not in CLOCKS, ways, named if metrics else tuple(other))


def assembled(names: Sequence[str], use: Floats, numbers: Floats, header: Sequence[str], chosen: Columns) -> Tracks:
    """The tracks. Raises WrongFormat."""
    ways = len(chosen.settings)
    try:
        found = tracks_of(
            names,
            use,
            numbers[:, :ways],
            numbers[:, ways:],
            setting_names=[header[place] for place in chosen.settings],
            metrics=[header[place] for place in chosen.metrics],
        )
    except ValueError as error:
        raise WrongFormat([f"{error}."]) from None
    return from_first_day(found) if chosen.is_time else found


def from_first_day(tracks: Tracks) -> Tracks:
    """Use counted from each unit's first row."""
    first = tracks.use[tracks.starts[:-1]]
    return replace(tracks, use=tracks.use - first[tracks.unit], ends=tracks.ends - first)


def reporting(tracks: Tracks) -> Tracks:
    """Only the metrics in which a number stands."""
    known = np.flatnonzero(np.isfinite(tracks.values).any(axis=0))
    return replace(tracks, values=tracks.values[:, known], metrics=tuple(tracks.metrics[place] for place in known))


def arranged(tracks: Tracks, wanted: Sequence[str]) -> Tracks:
    """The metrics in the order in which they are wanted, those that are not there unknown."""
    place = {name.lower(): number for number, name in enumerate(tracks.metrics)}
    unknown = np.full(len(tracks), np.nan)
    columns = [tracks.values[:, place[name.lower()]] if name.lower() in place else unknown for name in wanted]
    return replace(tracks, values=np.stack(columns, axis=1), metrics=tuple(wanted))


def save(model: LifeModel, file: Path) -> None:
    """Write the model; a file that is there is replaced as a whole, and the same model gives the same bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    part.write_bytes(msgspec.json.encode(model))
    part.replace(file)


def load(file: Path) -> LifeModel:
    """The model of a file. Raises WrongFormat where it is none, or of a layout that this program does not know."""
    content = file.read_bytes()
    try:
        kind = msgspec.json.decode(content, type=Kind)
    except msgspec.MsgspecError:
        kind = Kind()
    if kind.format != FORMAT:
        raise WrongFormat([f"{file} is no model of remaining life; make one with: truckroll life train"])
    if kind.layout != LAYOUT:
        raise WrongFormat([f"{file} has layout {kind.layout}, this program reads {LAYOUT}; train the model anew."])
    try:
        model = msgspec.json.decode(content, type=LifeModel)
    except msgspec.MsgspecError as error:
        raise WrongFormat([f"{file} is damaged: {error}; train the model anew."]) from None
    if wrong := model.mistake():
        raise WrongFormat([f"{file} is damaged: {wrong}; train the model anew."])
    return model


class Kind(msgspec.Struct, frozen=True):
    """What a file says that it is."""

    format: str = ""
    layout: int = 0
