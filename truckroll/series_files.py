"""Series files: CSV with a time and one or more columns of numbers, read and written back with scores."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import numpy as np

from domain.batch import Bools, Floats, Ints
from domain.errors import WrongFormat
from domain.instants import parse_instant

TIMES = ("timestamp", "datetime", "time", "ts", "at", "date")
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """A file as it is, and the columns that are numbers."""

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    delimiter: str
    names: tuple[str, ...]
    """The columns of numbers."""
    at: Ints
    values: Floats
    """[row, column]; NaN where a field is empty or no number."""


def read_series(file: Path, ignore: Sequence[str] = ()) -> SeriesFile:
    """Read a file; columns named in `ignore` are kept but not looked at. Raises WrongFormat with every mistake."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        first = lines.readline()
        delimiter = max(DELIMITERS, key=first.count)
        header = tuple(next(csv.reader([first], delimiter=delimiter), ()))
        rows = tuple(tuple(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    time = next((number for number, name in enumerate(header) if name.strip().lower() in TIMES), None)
    if time is None:
        raise WrongFormat([f"{file}:1: no time column; name one of them {', '.join(TIMES)}."])
    check_lengths(file, header, rows)
    columns = {
        name: numbers([row[number] for row in rows])
        for number, name in enumerate(header)
        if number != time and name not in ignore
    }
    columns = {name: column for name, column in columns.items() if np.isfinite(column).any()}
    if not columns:
        raise WrongFormat([f"{file}: no column of numbers beside the time; nothing can be scored."])
    at = instants(file, [row[time] for row in rows])
    return SeriesFile(header, rows, delimiter, tuple(columns), at, np.stack(list(columns.values()), axis=1))


def check_lengths(file: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Raises WrongFormat for rows with more or fewer fields than the header."""
    wrong = [number for number, row in enumerate(rows, 2) if len(row) != len(header)]
    if wrong:
        raise WrongFormat(
            [f"{file}:{number}: the row has not the {len(header)} fields of the header." for number in wrong[:20]]
        )


def numbers(texts: Sequence[str]) -> Floats:
    """Texts as numbers, NaN for what is none."""
    try:
        return np.array(texts, np.float64)
    except ValueError:
        return np.array([number(text) for text in texts])


def number(text: str) -> float:
    """One text as a number, NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def instants(file: Path, texts: Sequence[str]) -> Ints:
    """Texts as instants; zoneless texts are taken as UTC. Raises WrongFormat."""
    answer, mistakes = np.zeros(len(texts), np.int64), []
    for row, text in enumerate(texts):
        try:
            answer[row] = parse_instant(text.strip(), UTC)
        except ValueError:
            mistakes.append(f'{file}:{row + 2}: "{text}" is no time; write it as 2026-11-22 08:00:00.')
    if mistakes:
        raise WrongFormat(mistakes[:20])
    return answer


def write_scores(file: Path, table: SeriesFile, scores: Floats, alarms: Bools) -> None:
    """The input's columns and `anomaly_score,alarm`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter=table.delimiter, lineterminator="\n")
        writer.writerow([*table.header, "anomaly_score", "alarm"])
        for row, score, alarm in zip(table.lines, scores.tolist(), alarms.tolist(), strict=True):
            writer.writerow([*row, f"{score:.6f}", int(alarm)])
