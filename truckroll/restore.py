"""Restore: a backup becomes a data directory that goes on under an epoch of its own (docs/decisions/030)."""

import json
import os
import shutil
from pathlib import Path
from uuid import uuid4

import numpy as np

from adapters import backup_ledger, backup_snapshots, backup_sqlite
from adapters.data_directory import DataDirectory
from adapters.durable_files import full_disk_told, sync_directory, sync_file
from adapters.journal_sqlite import SqliteJournal
from adapters.snapshot_files import State
from domain.entries import Entry, Kind
from domain.errors import DiskFull, GiveUp
from domain.instants import Instant
from ingest.watch import ABOUT
from truckroll import manifest as manifests
from truckroll.backup import FOLDERS, LEDGER, examined, stores_in
from truckroll.manifest import Manifest
from truckroll.settings import Settings
from truckroll.stores import ledger_place

STAGING = ".restoring"


class Restore:
    """A backup on its way into the settings' data directory, which must not be there, or be empty.

    Until all is well it lies beside it, in `DATA.restoring`; the last step is one rename. Raises GiveUp, WrongFormat.
    """

    def __init__(self, settings: Settings, source: Path) -> None:
        self.settings = settings
        self.source = source
        self.target = settings.data
        self.staging = self.target.with_name(self.target.name + STAGING)
        if self.target.exists() and (not self.target.is_dir() or any(self.target.iterdir())):
            raise GiveUp(f"{self.target} is not empty; move it away first, so that nothing of it is lost.")
        self.manifest: Manifest = manifests.read(source)

    def run(self, now: Instant, progress: backup_sqlite.Progress) -> str:
        """Check, copy, begin a new epoch, put in place; returns the epoch. Raises WrongFormat for an altered backup,

        ForeignEpoch, DamagedJournal, DiskFull, and GiveUp when its parts do not belong together.
        """
        manifests.check(self.source, self.manifest, progress)
        with full_disk_told(self.staging):
            self.unpack()
        place = self.external()
        examined(self.staging, place or self.staging / LEDGER)
        epoch = str(uuid4())
        self.rebind(epoch)
        self.tell(now)
        examined_again, _ = examined(self.staging, None if place else self.staging / LEDGER)
        if place:
            backup_ledger.rebind(place, self.manifest.epoch, examined_again)
        self.put_in_place()
        return epoch

    def external(self) -> str:
        """The address of a ledger that is no file; empty where it is one. Raises GiveUp when the backup has another."""
        place = ledger_place(self.settings, DataDirectory(self.source, read_only=True))
        is_file = isinstance(place, Path)
        if is_file != (LEDGER in self.manifest.files):
            kind = "a file" if LEDGER in self.manifest.files else "PostgreSQL"
            raise GiveUp(f"The ledger of this backup was kept in {kind}; set [ledger] in the configuration likewise.")
        return "" if is_file else str(place)

    def unpack(self) -> None:
        """The backup's files, as copies of our own; what an interrupted restore left goes."""
        if self.staging.exists():
            shutil.rmtree(self.staging)
        self.staging.mkdir(mode=0o700, parents=True)
        if shutil.disk_usage(self.staging).free < self.manifest.size:
            self.staging.rmdir()
            raise DiskFull(self.target)
        for folder in FOLDERS:
            (self.staging / folder).mkdir(mode=0o700)
        for name in self.manifest.files:
            to = self.staging / name
            to.parent.mkdir(mode=0o700, exist_ok=True)
            shutil.copyfile(self.source / name, to)
            to.chmod(0o600)

    def rebind(self, epoch: str) -> None:
        """Let every part belong to the new epoch."""
        former = self.manifest.epoch
        backup_sqlite.rebind_journal(self.staging / "journal.db", former, epoch)
        for name in stores_in(self.staging):
            backup_sqlite.rebind_bookmark(self.staging / name, former, epoch)
        if LEDGER in self.manifest.files:
            backup_ledger.rebind(self.staging / LEDGER, former, epoch)
        former_snapshots = self.staging / "snapshots"
        backup_snapshots.rewrite(former_snapshots, self.staging / "rewritten", lambda state: with_epoch(state, epoch))
        shutil.rmtree(former_snapshots)
        (self.staging / "rewritten").rename(former_snapshots)

    def tell(self, now: Instant) -> None:
        """Journal that what came between the backup and now is lost: whatever was silent then may have spoken."""
        reason = f"restored from the backup of {self.manifest.taken_at}; what came after it is lost"
        payload = json.dumps({"source": self.settings.mqtt.name, "reason": reason}).encode()
        with SqliteJournal(self.staging) as journal:
            journal.append([Entry(Kind.LINK, now, "session_lost", payload)])

    def put_in_place(self) -> None:
        """Durable first, then under its name."""
        for path in self.staging.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
            sync_directory(path) if path.is_dir() else sync_file(path)
        sync_directory(self.staging)
        try:
            os.rename(self.staging, self.target)
        except OSError as error:
            raise GiveUp(
                f"{self.staging} is complete but cannot become {self.target} ({error.strerror}); "
                "rename it by hand, or let data name a folder inside the mounted one."
            ) from error
        sync_directory(self.target.absolute().parent)


def with_epoch(state: State, epoch: str) -> State:
    """A snapshot's state, of another journal."""
    return {**state, ABOUT: {**state[ABOUT], "epoch": np.frombuffer(epoch.encode(), np.uint8)}}
