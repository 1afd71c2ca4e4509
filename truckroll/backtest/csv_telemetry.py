"""Telemetry in CSV: readings in bulk, either a row a reading (device, metric, value) or a column a metric."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from domain.batch import Floats, Ints
from domain.errors import WrongFormat
from truckroll.backtest.columns import Recording
from truckroll.backtest.csv_block import MARGIN, Field, Names, blocks, fields
from truckroll.backtest.csv_header import Header, header_of
from truckroll.backtest.csv_values import Unreadable, instants, numbers

Tell = Callable[[int], object]
"""Hears how many bytes more have been read."""


class Said(NamedTuple):
    """Readings of a block."""

    device: Ints
    metric: Ints
    at: Ints
    value: Floats


class Shape(NamedTuple):
    """Which columns of a file are what."""

    ts: int
    device: int
    metric: int | None
    """None: each of `values` is a metric of its own."""
    values: Sequence[int]


def shape_of(header: Header, columns: Mapping[str, str]) -> Shape:
    """How a file says its readings. Raises WrongFormat."""
    ts, device = header.needed("ts", columns), header.needed("device", columns)
    metric, value = header.place("metric", columns), header.place("value", columns)
    if metric is not None and value is not None:
        return Shape(ts, device, metric, (value,))
    rest = [n for n, name in enumerate(header.names) if n not in (ts, device) and name.strip()]
    if not rest:
        raise WrongFormat([f"{header.file}:1: no column with readings beside time and device."])
    return Shape(ts, device, None, rest)


def read_telemetry(files: Iterable[Path], columns: Mapping[str, str], tell: Tell = lambda read: None) -> Recording:
    """The readings of all files. Raises WrongFormat with file and line. About 32 bytes of memory a reading."""
    devices, metrics = Names(), Names()
    said: list[Said] = []
    for file in files:
        header = header_of(file)
        shape = shape_of(header, columns)
        line = 2
        for block in blocks(file, header.size):
            split = fields(block, header.delimiter, len(header.names)) or one_by_one(block, header, line)
            try:
                said += readings(split, shape, header, devices, metrics)
            except Unreadable as trouble:
                raise WrongFormat([sentence(file, line + trouble.row, trouble.text)]) from None
            except UnicodeDecodeError:
                raise WrongFormat([f"{file}: a name is not UTF-8; save the file as UTF-8."]) from None
            line += len(split[0].start)
            tell(len(block))
    return Recording(
        devices=tuple(devices),
        metrics=tuple(metrics),
        device=np.concatenate([np.empty(0, np.int64), *(part.device for part in said)]),
        metric=np.concatenate([np.empty(0, np.int64), *(part.metric for part in said)]),
        at=np.concatenate([np.empty(0, np.int64), *(part.at for part in said)]),
        value=np.concatenate([np.empty(0), *(part.value for part in said)]),
    )


def sentence(file: Path, line: int, text: str) -> str:
    """What is wrong with a field."""
    return f'{file}:{line}: "{text}" is neither a time (2026-11-22 08:00:00) nor a number where one is expected.'


def readings(split: Sequence[Field], shape: Shape, header: Header, devices: Names, metrics: Names) -> Iterator[Said]:
    """The readings of a block; empty fields are none. Raises Unreadable."""
    at, device = instants(split[shape.ts]), devices.of(split[shape.device])
    for place in shape.values:
        value = numbers(split[place])
        if shape.metric is not None:
            metric = metrics.of(split[shape.metric])
        else:
            metric = np.full(len(at), metrics.number(header.names[place].strip()))
        is_there = split[place].length > 0
        if is_there.all():
            yield Said(device, metric, at, value)
        else:
            yield Said(device[is_there], metric[is_there], at[is_there], value[is_there])


def one_by_one(block: bytes, header: Header, line: int) -> list[Field]:
    """The fields of a block with quotes or empty lines. Raises WrongFormat for rows of another length."""
    text = block.decode("utf-8", errors="replace")
    rows = [row for row in csv.reader(text.splitlines(), delimiter=header.delimiter) if row]
    wrong = [line + nth for nth, row in enumerate(rows) if len(row) != len(header.names)]
    if wrong:
        raise WrongFormat(
            [
                f"{header.file}:{nth}: the row has not the {len(header.names)} fields of the header."
                for nth in wrong[:20]
            ]
        )
    return [packed([row[column] for row in rows]) for column in range(len(header.names))]


def packed(texts: Sequence[str]) -> Field:
    """A column of texts as fields of a block."""
    encoded = [text.encode() for text in texts]
    length = np.array([len(text) for text in encoded], np.int64)
    end = np.cumsum(length)
    return Field(np.frombuffer(b"".join(encoded) + bytes(MARGIN), np.uint8), end - length, end)
