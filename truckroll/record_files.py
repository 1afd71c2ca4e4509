"""Record files: CSV of what happened to which device when (events, failures, repairs), in any order of rows."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from domain.errors import WrongFormat
from domain.instants import Instant
from truckroll.backtest.csv_events import instant

TIMES = ("at", "time", "timestamp", "datetime", "ts", "date")
DEVICES = (
    "asset",
    "device",
    "machine",
    "machineid",
    "machine_id",
    "deviceid",
    "device_id",
    "assetid",
    "asset_id",
    "unit",
)
EVENTS = ("event", "error", "errorid", "error_id", "alarm", "fault", "code")
FAILURES = ("failure_mode", "failure", "mode", "component", "comp")
REPAIRS = ("component", "comp", "part")
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}(:[^\x00-\x1f\x7f]{1,64})?")
WHOLE = re.compile(r"^(\d+)\.0+$")
DELIMITERS = ",;\t"
MOST = 20
"""So many mistakes are listed."""
STEP = 20_000

Progress = Callable[[int], None]
"""`progress(rows)`: rows read so far."""


class Record(NamedTuple):
    """One row."""

    asset: str
    what: str
    """The event's name, with `:` and its code where the file has both; or the mode of failure."""
    at: Instant


def read_records(
    file: Path, kinds: Sequence[str], wanted: str, progress: Progress = lambda rows: None, column: str = ""
) -> list[Record]:
    """The rows of a file; what happened stands in `column`, else in the first column named like one of `kinds`.

    Raises WrongFormat with every mistake, or the first of them; `wanted` says what the file should hold.
    """
    with file.open(newline="", encoding="utf-8-sig") as lines:
        first = lines.readline()
        delimiter = max(DELIMITERS, key=first.count)
        header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        places = Columns.of(file, header, kinds, wanted, column)
        mistakes: list[str] = []
        found = list(rows_of(file, csv.reader(lines, delimiter=delimiter), places, mistakes, progress))
    if mistakes:
        raise WrongFormat(mistakes)
    if not found:
        raise WrongFormat([f"{file}: there is no row under the header; give a file of {wanted}."])
    return found


class Columns(NamedTuple):
    """Where in a row things stand."""

    time: int
    asset: int
    what: int
    code: int
    """-1: the file has none beside `what`."""
    fields: int

    @classmethod
    def of(cls, file: Path, header: Sequence[str], kinds: Sequence[str], wanted: str, column: str) -> "Columns":
        """By the names in the header. Raises WrongFormat where one is missing."""
        low = [name.lower() for name in header]
        asked = {
            "the time": TIMES,
            "the device": DEVICES,
            f"what happened ({wanted})": (column.lower(),) if column else tuple(kinds),
        }
        found = [next((low.index(name) for name in names if name in low), -1) for names in asked.values()]
        missing = [
            f"{file}:1: no column says {what}; name it {' or '.join(names)}. There are: {', '.join(header) or 'none'}."
            for (what, names), place in zip(asked.items(), found, strict=True)
            if place < 0
        ]
        if missing:
            raise WrongFormat(missing)
        code = low.index("code") if "code" in low and kinds is EVENTS else -1
        time, asset, what = found
        return cls(time, asset, what, code if code != what else -1, len(header))


def rows_of(
    file: Path, rows: Iterator[list[str]], places: Columns, mistakes: list[str], progress: Progress
) -> Iterator[Record]:
    """The records; mistakes are noted, and after enough of them reading ends."""
    known: dict[str, Instant] = {}
    for number, row in enumerate(rows, 2):
        if number % STEP == 0:
            progress(number)
        if not row:
            continue
        try:
            yield record(row, places, known)
        except ValueError as error:
            mistakes.append(f"{file}:{number}: {error}")
            if len(mistakes) == MOST:
                return


def record(row: Sequence[str], places: Columns, known: dict[str, Instant]) -> Record:
    """One row as a record. Raises ValueError with a sentence."""
    if len(row) != places.fields:
        raise ValueError(f"the row has {len(row)} fields, the header {places.fields}; give it as many.")
    asset, what, text = device_name(row[places.asset]), row[places.what].strip(), row[places.time].strip()
    if places.code >= 0 and (code := row[places.code].strip()):
        what = f"{what}:{code}"
    if not asset:
        raise ValueError("the device is empty; every row says to whom it happened.")
    if not NAME.fullmatch(what):
        raise ValueError(f'"{what}" is no name of an event; use 1 to 64 of the characters A-Z a-z 0-9 . _ -')
    if text not in known:
        known[text] = instant(text)
    return Record(asset, what, known[text])


def device_name(text: str) -> str:
    """A device's name; a number that a table program made `7.0` of is `7` again."""
    return WHOLE.sub(r"\1", text.strip())
