"""The data directory: one process works in it, others may look in and leave something in its inbox."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from uuid import uuid4

from adapters.durable_files import UNFINISHED, write_durably
from adapters.file_lock import lock_file
from adapters.journal_pages import JOURNAL_FILE
from domain.errors import GiveUp, Unknown

MOST_BYTES = 64 << 20
"""The largest payload an inbox takes, and about how much `collect` hands over at once."""
MOST_WAITING = 1000
"""An inbox with this many payloads is full: nobody has been collecting."""
KIND = re.compile(r"[a-z][a-z_]{0,31}")
NAME = re.compile(r"\d{20}-[0-9a-f]{12}\.([a-z][a-z_]{0,31})")
FORGOTTEN_SECONDS = 3600
"""A part file older than this belongs to nobody any more."""


class Dropped(NamedTuple):
    """What somebody left in the inbox."""

    name: str
    kind: str
    payload: bytes


class DataDirectory:
    """The directory at `path`, made with mode 0700 where it is missing, and held alone until closed.

    Raises DirectoryInUse while another holds it; the lock ends with its process, however that ends.
    `read_only` holds nothing: for commands that inspect, or drop something into the inbox, while the service runs;
    raises Unknown where there is no such directory.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self.journal = self.path / JOURNAL_FILE
        self.ledger = self.path / "ledger.db"
        self.telemetry = self.path / "telemetry"
        self.snapshots = self.path / "snapshots"
        self.inbox = self.path / "inbox"
        self.lock = -1
        self.latest_drop = 0
        if not read_only:
            self.take()
        elif not self.path.is_dir():
            raise Unknown("data directory", str(self.path))

    def take(self) -> None:
        """Make what is missing and lock it."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.lock = lock_file(self.path / "lock")
        for part in (self.telemetry, self.snapshots, self.inbox):
            part.mkdir(mode=0o700, exist_ok=True)
        self.sweep()

    def sweep(self) -> None:
        """Remove what killed writers left half written in the inbox."""
        for path in self.inbox.glob(f"*{UNFINISHED}"):
            if path.stat().st_mtime < time.time() - FORGOTTEN_SECONDS:
                path.unlink()

    def drop(self, kind: str, payload: bytes) -> str:
        """Leave a payload for the service, durably; returns its name. Names sort in order of time.

        Raises GiveUp when it is too large, the inbox is full or the kind is no plain word; DiskFull.
        """
        if not KIND.fullmatch(kind):
            raise GiveUp(f'"{kind}" cannot name a kind of control; use small letters and "_".')
        if len(payload) > MOST_BYTES:
            raise GiveUp(f"These {kind} take {len(payload):,} bytes, more than {MOST_BYTES:,}; split them.")
        self.inbox.mkdir(mode=0o700, exist_ok=True)
        if len(self.waiting()) >= MOST_WAITING:
            raise GiveUp(f"{self.inbox} is full; start Truckroll so that it takes in what waits there.")
        self.latest_drop = max(time.time_ns(), self.latest_drop + 1)
        name = f"{self.latest_drop:020d}-{uuid4().hex[:12]}.{kind}"
        write_durably(self.inbox / name, (payload,))
        return name

    def waiting(self) -> list[str]:
        """Names in the inbox, oldest first; foreign and unfinished files are none of it."""
        return sorted(name for name in os.listdir(self.inbox) if NAME.fullmatch(name))

    def collect(self) -> list[Dropped]:
        """What waits in the inbox, oldest first, and waits on until `done`; the rest comes with later calls."""
        return list(self.portion())

    def portion(self) -> Iterator[Dropped]:
        """At least one, then until `MOST_BYTES` are reached."""
        taken = 0
        for name in self.waiting():
            payload = (self.inbox / name).read_bytes()
            yield Dropped(name, name.rpartition(".")[2], payload)
            taken += len(payload)
            if taken >= MOST_BYTES:
                return

    def done(self, name: str) -> None:
        """Remove what has become durable elsewhere; once more changes nothing. Raises Unknown for a foreign name.

        Not synced: after a crash it may be collected again, and control entries do no harm twice.
        """
        if not NAME.fullmatch(name):
            raise Unknown("inbox name", name)
        (self.inbox / name).unlink(missing_ok=True)

    def set_aside(self, name: str) -> Path:
        """Keep it where nobody collects it; returns where. Raises Unknown for a foreign name."""
        if not NAME.fullmatch(name):
            raise Unknown("inbox name", name)
        aside = self.inbox / f"{name}.refused"
        (self.inbox / name).replace(aside)
        return aside

    def close(self) -> None:
        """Let others take the directory."""
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
