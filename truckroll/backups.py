"""Backups by the clock: a folder each, named by its time, the oldest given up when there are enough."""

import shutil
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from adapters.durable_files import UNFINISHED
from domain.errors import TruckrollError, TryLater
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
        try:
            return self.take(now) if self.is_due(now) else None
        except OSError as error:
            if isinstance(error, TruckrollError):
                raise
            why = f"{error.strerror or error}"
            raise TryLater(f"The backup folder {self.folder} cannot be used ({why}); repair that.") from error

    def is_due(self, now: Instant) -> bool:
        """None was taken lately. One from the future, when a clock was wrong, is not waited for."""
        past = [at for at in self.finished().values() if at <= now]
        return not past or now - max(past) >= self.settings.backup.period

    def take(self, now: Instant) -> Path:
        """A new backup; of the others, the oldest go where there are too many."""
        self.clear_unfinished()
        new = self.folder / name_at(now)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        Backup(self.settings, new).take(now, lambda _: None)
        others = [path for path in self.finished() if path != new]
        for old in others[: max(0, len(others) + 1 - self.settings.backup.keep)]:
            unfinished = old.with_name(old.name + UNFINISHED)
            old.rename(unfinished)
            shutil.rmtree(unfinished)
        return new

    def finished(self) -> dict[Path, Instant]:
        """Whole ones and when they were taken, the oldest first. One that cannot be read is none, and stays."""
        found = {path: taken_at(path) for path in self.folder.glob(f"{PREFIX}*") if not path.name.endswith(UNFINISHED)}
        return dict(sorted(((path, at) for path, at in found.items() if at is not None), key=itemgetter(1)))

    def clear_unfinished(self) -> None:
        """What a killed backup left goes; nobody will go on with it."""
        for path in self.folder.glob(f"{PREFIX}*{UNFINISHED}"):
            shutil.rmtree(path)


def name_at(at: Instant) -> str:
    """A folder's name, in which text order is order of time."""
    return PREFIX + instant_text(at).replace(":", "-")


def taken_at(folder: Path) -> Instant | None:
    """When a backup was taken, as it says itself; None where it cannot be read, or a later release wrote it."""
    try:
        return parse_instant(manifests.read(folder).taken_at)
    except (TruckrollError, ValueError):
        return None
