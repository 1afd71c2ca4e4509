"""Shelf: what backtests came to, kept in the data directory; the oldest go where there are too many."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from adapters.durable_files import write_durably
from domain.errors import Unknown
from domain.instants import Instant

FOLDER = "backtests"
MOST = 50
MOST_BYTES = 256 << 20
RECORD, REPORT = ".json", ".report"


class RunState(StrEnum):
    """How far a backtest has got."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One backtest, without its report."""

    id: str
    state: RunState
    started_at: Instant
    request: str
    """What tells its request from any other."""
    by: str
    ended_at: Instant = 0
    said: str = ""
    """Why it failed."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder. A record is there from the start, so that what a crash ended is known to have been there."""

    folder: Path

    def put(self, record: Record, report: dict[str, Any] | None = None) -> None:
        """Keep a record, with its report once there is one; then make room. Raises DiskFull, OSError."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if report is not None:
            write_durably(self.folder / (record.id + REPORT), (msgspec.json.encode(report),))
        write_durably(self.folder / (record.id + RECORD), (msgspec.json.encode(record),))
        self.make_room()

    def records(self) -> list[Record]:
        """All that are kept, newest first."""
        found = [self.read(path) for path in self.folder.glob("B-*" + RECORD)]
        return sorted((one for one in found if one is not None), key=lambda one: (-one.started_at, one.id))

    def record(self, id: str) -> Record:
        """One. Raises Unknown."""
        found = self.read(self.folder / (id + RECORD))
        if found is None:
            raise Unknown("backtest", id)
        return found

    def report(self, id: str) -> bytes:
        """Its report as JSON. Raises Unknown while there is none."""
        try:
            return (self.folder / (id + REPORT)).read_bytes()
        except FileNotFoundError:
            raise Unknown("report of a backtest", id) from None

    def read(self, path: Path) -> Record | None:
        """A record; None where it is gone, or none of ours."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=Record)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def make_room(self) -> None:
        """The newest stay, so many and so many bytes; what runs stays too."""
        total = 0
        for nth, record in enumerate(self.records()):
            files = [self.folder / (record.id + ending) for ending in (RECORD, REPORT)]
            total += sum(file.stat().st_size for file in files if file.exists())
            is_too_much = nth >= MOST or (nth > 0 and total > MOST_BYTES)
            if is_too_much and record.state is not RunState.RUNNING:
                for file in files:
                    file.unlink(missing_ok=True)
