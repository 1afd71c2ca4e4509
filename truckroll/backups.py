"""Backups by the clock: a folder each, named by its time, the oldest given up when there are enough."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from adapters.durable_files import UNFINISHED
from domain.instants import MINUTE, Duration, Instant, instant_text, parse_instant
from truckroll import manifest as manifests
from truckroll.backup import Backup
from truckroll.chores import Chore
from truckroll.settings import Settings

LOOK: Duration = MINUTE
PREFIX = "truckroll-"


@dataclass(frozen=True, slots=True)
class Backups:
    """The folder that `[backup]` names."""

    settings: Settings

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.settings.home / self.settings.backup.folder

    def chore(self) -> Chore:
        """The chore that takes them."""
        return Chore("backup", LOOK, self.take_if_due)

    def take_if_due(self, now: Instant) -> Path | None:
        """A new backup where the last is old enough; returns its folder. Raises DiskFull, TryLater, GiveUp."""
        finished = self.finished()
        if finished and 0 <= now - taken_at(finished[-1]) < self.settings.backup.period:
            return None
        self.clear_unfinished()
        new = self.folder / name_at(now)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        Backup(self.settings, new).take(now, lambda _: None)
        for old in [*finished, new][: -self.settings.backup.keep]:
            shutil.rmtree(old)
        return new

    def finished(self) -> list[Path]:
        """Whole ones, the oldest first."""
        return [path for path in sorted(self.folder.glob(f"{PREFIX}*")) if (path / manifests.FILE).is_file()]

    def clear_unfinished(self) -> None:
        """What a killed backup left goes; nobody will go on with it."""
        for path in self.folder.glob(f"{PREFIX}*{UNFINISHED}"):
            shutil.rmtree(path)


def name_at(at: Instant) -> str:
    """A folder's name, in which text order is order of time."""
    return PREFIX + instant_text(at).replace(":", "-")


def taken_at(folder: Path) -> Instant:
    """When a backup was taken, as it says itself. Raises WrongFormat."""
    return parse_instant(manifests.read(folder).taken_at)
