"""Events in CSV: a row an event with its time, device, name and, if there are such columns, code and details."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from hashlib import blake2b
from pathlib import Path
from typing import Any

from domain.batch import DeviceEvent
from domain.errors import WrongFormat
from domain.instants import Instant, parse_instant
from truckroll.backtest.csv_header import Header, header_of
from truckroll.backtest.csv_values import MILLISECOND

MOST_MISTAKES = 20


def read_events(files: Iterable[Path], columns: Mapping[str, str]) -> list[DeviceEvent]:
    """The events of all files, each taken to arrive when it happened. Raises WrongFormat with every mistake."""
    found: list[DeviceEvent] = []
    for file in files:
        header = header_of(file)
        places = {what: header.needed(what, columns) for what in ("ts", "device", "event")}
        code = header.place("code", columns)
        taken = {*places.values(), code}
        rest = {name: n for n, name in enumerate(header.names) if n not in taken and name.strip()}
        for row in checked(file, header, lambda row, places=places: instant(row[places["ts"]])):  # type: ignore[misc]
            details = {name: row[n] for name, n in rest.items() if row[n]}
            at = instant(row[places["ts"]])
            said = "" if code is None else row[code].strip()
            found.append(event(row[places["device"]].strip(), row[places["event"]].strip(), said, details, at))
    return found


def event(device: str, name: str, code: str, details: Mapping[str, Any], at: Instant) -> DeviceEvent:
    """An event that nobody numbered."""
    content = "\0".join((device, name, code, *(f"{key}={value}" for key, value in details.items())))
    return DeviceEvent(
        item=0,
        device=device,
        event=name,
        code=code,
        details=details,
        at=at,
        received_at=at,
        position=0,
        boot=-1,
        seq=-1,
        digest=int.from_bytes(blake2b(content.encode(), digest_size=7).digest()),
    )


def checked(file: Path, header: Header, check: Callable[[list[str]], object]) -> Iterator[list[str]]:
    """The rows of a file, in which `check` finds nothing wrong. Raises WrongFormat with every mistake."""
    mistakes: list[str] = []
    with file.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.reader(lines, delimiter=header.delimiter)
        next(reader)
        for row in reader:
            if not row:
                continue
            try:
                if len(row) != len(header.names):
                    raise ValueError(f"the row has not the {len(header.names)} fields of the header.")
                check(row)
            except ValueError as error:
                mistakes.append(f"{file}:{reader.line_num}: {error}")
                continue
            yield row
    if mistakes:
        raise WrongFormat(mistakes[:MOST_MISTAKES])


def instant(text: str) -> Instant:
    """Whole milliseconds since 1970, or date and time, in UTC where no zone is said. Raises ValueError."""
    said = text.strip()
    if said.isascii() and said.isdigit() and len(said) >= 9:
        return int(said) * MILLISECOND
    try:
        return parse_instant(said, UTC)
    except ValueError:
        raise ValueError(f'"{text}" is no time; write it as 2026-11-22 08:00:00.') from None
