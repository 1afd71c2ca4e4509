"""Header: which column of a CSV file is what, by its usual names or by what the person says."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import WrongFormat

DELIMITERS = ",;\t"
USUAL: Mapping[str, Sequence[str]] = {
    "ts": ("ts", "at", "time", "timestamp", "datetime", "date"),
    "device": ("device", "device_id", "deviceid", "asset", "machine", "machineid", "machine_id", "unit"),
    "asset": ("asset", "device", "device_id", "deviceid", "machine", "machineid", "machine_id", "unit"),
    "event": ("event", "error", "errorid", "error_id", "alarm"),
    "code": ("code",),
    "metric": ("metric",),
    "value": ("value",),
    "component": ("component", "comp"),
    "failure_mode": ("failure_mode", "failure", "fault"),
    "from": ("from", "since", "start", "begin", "ts", "at", "time", "timestamp", "datetime", "date"),
    "to": ("to", "until", "end"),
    "finding": ("finding",),
    "ticket": ("ticket",),
    "remedy": ("code", "remedy", "closing_code"),
}
"""What columns are called, whatever the case of the letters; the first that a file has is taken."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file."""

    file: Path
    names: tuple[str, ...]
    delimiter: str
    size: int
    """Bytes up to the second line."""

    def place(self, what: str, columns: Mapping[str, str]) -> int | None:
        """The column that holds `what`; `columns` says it where it has an unusual name."""
        lower = [name.strip().lower() for name in self.names]
        for name in (columns[what].strip().lower(),) if what in columns else USUAL[what]:
            if name in lower:
                return lower.index(name)
        return None

    def needed(self, what: str, columns: Mapping[str, str]) -> int:
        """The same. Raises WrongFormat where the file has no such column."""
        found = self.place(what, columns)
        if found is None:
            meant = columns.get(what) or " or ".join(USUAL[what][:3])
            raise WrongFormat([f"{self.file}:1: no column {meant}; say which one it is with --column {what}=NAME."])
        return found


def header_of(file: Path) -> Header:
    """A file's header. Raises WrongFormat for an empty file."""
    with file.open("rb") as content:
        first = content.readline(1 << 20)
    text = first.decode("utf-8-sig", errors="replace").rstrip("\r\n")
    if not text:
        raise WrongFormat([f"{file}:1: the file is empty; its first line must name the columns."])
    delimiter = max(DELIMITERS, key=text.count)
    return Header(file, tuple(next(csv.reader([text], delimiter=delimiter))), delimiter, len(first))


def read_columns(pairs: Sequence[str]) -> dict[str, str]:
    """`NAME=COLUMN` options. Raises WrongFormat."""
    found = {}
    for pair in pairs:
        what, equals, column = pair.partition("=")
        if what not in USUAL or not equals or not column:
            raise WrongFormat([f"--column {pair} is not NAME=COLUMN; NAME is one of {', '.join(USUAL)}."])
        found[what] = column
    return found
