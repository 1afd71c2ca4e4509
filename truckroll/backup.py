"""Backup: everything in the data directory as of one moment, copied while the service works.

The order is the whole point: a snapshot never knows more than the ledger, and neither ledger nor telemetry knows more
than the journal. So what follows the journal is copied before it, the furthest behind first.
"""

import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from adapters import backup_snapshots, backup_sqlite
from adapters.attachments import NAME, Attachments
from adapters.backup_ledger import epoch_of
from adapters.backup_sqlite import Progress, pinned
from adapters.data_directory import DataDirectory
from adapters.durable_files import UNFINISHED, full_disk_told, sync_directory, sync_file
from adapters.journal_pages import JOURNAL_FILE
from adapters.journal_reader import JournalReader
from adapters.ledger_dump import dump, dump_program
from adapters.ledger_sql import SqlLedger
from adapters.ledger_url import shown, url_of
from domain.errors import DiskFull, ForeignEpoch, GiveUp
from domain.instants import Instant, instant_text
from ingest.watch import ABOUT, READER
from truckroll import manifest as manifests
from truckroll.manifest import Manifest, Positions
from truckroll.settings import Settings
from truckroll.stores import ledger_place

LEDGER, DUMP = "ledger.db", "ledger.dump"
FOLDERS = ("telemetry", "influx", "inbox", "snapshots", "attachments")
BOOKMARKS_FIRST = ("catalog.db", "influx.db")
"""Files that say how far a store has got; copied before what they speak of."""
TOKEN = "token"
"""The file with the hash of the API's token."""


class Backup:
    """One backup on its way into `destination`, which must not be there yet, or be empty.

    Until it is whole it lies in `destination.part`. Raises GiveUp where it cannot begin.
    """

    def __init__(self, settings: Settings, destination: Path) -> None:
        self.data = DataDirectory(settings.data, read_only=True)
        self.ledger = ledger_place(settings, self.data)
        self.destination = destination
        self.part = destination.with_name(destination.name + UNFINISHED)
        if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
            raise GiveUp(f"{destination} is there already and not empty; name a new folder for the backup.")
        if destination.resolve().is_relative_to(settings.data.resolve()):
            raise GiveUp(f"{destination} lies in the data directory; a backup belongs on another disk.")

    @property
    def size(self) -> int:
        """About how many bytes there are to copy."""
        pictures = (self.data.path / name for name in pictures_in(self.data.path))
        return sum(path.stat().st_size for path in (*self.data.path.rglob("*.db"), *pictures))

    def take(self, now: Instant, progress: Progress) -> Manifest:
        """Copy, check, and give it its name. Raises DiskFull, TryLater, DamagedJournal, and GiveUp when a ledger in

        PostgreSQL cannot be dumped from here: the same call goes on once somebody else has done it.
        """
        if not self.waits_for_dump():
            self.begin()
            with full_disk_told(self.part):
                self.copy_followers(progress)
        if not isinstance(self.ledger, Path) and not (self.part / DUMP).exists():
            if dump_program() is None:
                raise GiveUp(dump_first(self.ledger, self.part / DUMP))
            dump(self.ledger, self.part / DUMP)
        with full_disk_told(self.part):
            self.copy_leaders(progress)
            manifest = self.describe(now)
        self.part.rename(self.destination)
        sync_directory(self.destination.absolute().parent)
        return manifest

    def waits_for_dump(self) -> bool:
        """The first half is done, and the ledger has been dumped since."""
        return not isinstance(self.ledger, Path) and (self.part / DUMP).is_file()

    def begin(self) -> None:
        """An empty folder with room enough; what an interrupted backup left there goes."""
        if self.part.exists():
            shutil.rmtree(self.part)
        self.part.mkdir(mode=0o700, parents=True)
        if shutil.disk_usage(self.part).free < self.size:
            self.part.rmdir()
            raise DiskFull(self.destination)

    def copy_followers(self, progress: Progress) -> None:
        """What has its place in journal and ledger: stores, the inbox, snapshots."""
        for folder in FOLDERS:
            (self.part / folder).mkdir(mode=0o700)
        for name in stores_in(self.data.path):
            if (source := self.data.path / name).exists():
                with pinned(source) as connection:
                    backup_sqlite.copy(connection, self.part / name, progress)
        for name in [*(f"inbox/{name}" for name in self.data.waiting()), TOKEN]:
            copy_file(self.data.path / name, self.part / name)
        backup_snapshots.copy(self.data.snapshots, self.part / "snapshots")

    def copy_leaders(self, progress: Progress) -> None:
        """The ledger, then the journal: both seen at nearly one moment, in this order; then pictures, which are there

        before the ledger speaks of them.
        """
        if isinstance(self.ledger, Path):
            with pinned(self.ledger) as ledger, pinned(self.data.journal) as journal:
                backup_sqlite.copy(ledger, self.part / LEDGER, progress)
                backup_sqlite.copy(journal, self.part / JOURNAL_FILE, progress)
        else:
            with pinned(self.data.journal) as journal:
                backup_sqlite.copy(journal, self.part / JOURNAL_FILE, progress)
        for name in pictures_in(self.data.path):
            (self.part / name).parent.mkdir(mode=0o700, exist_ok=True)
            copy_file(self.data.path / name, self.part / name)

    def describe(self, now: Instant) -> Manifest:
        """Check the copies against each other and seal the whole."""
        epoch, positions = examined(self.part, self.part / LEDGER if isinstance(self.ledger, Path) else None)
        marks = {name: manifests.mark(self.part / name, lambda _: None) for name in manifests.files_in(self.part)}
        manifest = Manifest(
            format=manifests.FORMAT,
            version=version("truckroll"),
            taken_at=instant_text(now),
            epoch=epoch,
            positions=positions,
            files=marks,
        )
        manifests.write(self.part, manifest)
        for folder in (*FOLDERS, *{str(Path(name).parent) for name in pictures_in(self.part)}):
            sync_directory(self.part / folder)
        return manifest


def dump_first(place: str, dump: Path) -> str:
    """What to do about a ledger that is no file."""
    return (
        f"The first half is done. Now dump the ledger at {shown(url_of(place))}: pg_dump --format=custom --file={dump} "
        "and its address; then run this command once more. It must be in this order: snapshots, ledger, journal."
    )


def stores_in(folder: Path) -> Iterator[str]:
    """Names of the stores' files in the order in which they are to be copied."""
    inside = (*folder.glob("telemetry/*.db"), *folder.glob("influx/*.db"))
    for path in sorted(inside, key=lambda path: (path.name not in BOOKMARKS_FIRST, path.name)):
        yield path.relative_to(folder).as_posix()


def pictures_in(folder: Path) -> list[str]:
    """Names of the pictures that are whole."""
    return [path.relative_to(folder).as_posix() for path in Attachments(folder).files() if NAME.fullmatch(path.name)]


def copy_file(source: Path, target: Path) -> None:
    """A small file, durable; one that has gone meanwhile is left out."""
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        return
    target.chmod(0o600)
    sync_file(target)


def examined(folder: Path, ledger: str | Path | None) -> tuple[str, Positions]:
    """The epoch that all parts share, and how far they have got. `ledger`: None = a dump that cannot be asked.

    Raises ForeignEpoch, DamagedJournal, and GiveUp when some part knows more than the one it follows.
    """
    with JournalReader(folder) as journal:
        journal.verify()
        epoch, oldest, last = journal.epoch, journal.oldest, journal.last
    saved = backup_snapshots.states(folder / "snapshots")
    for _, state in saved:
        same(epoch, bytes(state[ABOUT]["epoch"]).decode(), "The snapshot")
    for name in stores_in(folder):
        found, position = backup_sqlite.bookmark(folder / name)
        same(epoch, found or epoch, name)
        in_order(f"{name} with", position, "the journal", last)
    snapshot, bookmark = saved[-1][0] if saved else 0, None
    if ledger is not None:
        with SqlLedger(ledger) as opened:
            same(epoch, epoch_of(opened), "The ledger")
            bookmark = opened.bookmarks().get(READER, 0)
        in_order("the ledger with", bookmark, "the journal", last)
        in_order("the snapshot with", snapshot, "the ledger", bookmark)
    if snapshot and snapshot < oldest - 1:
        raise GiveUp(
            f"The journal begins at {oldest} but the snapshot ends at {snapshot}; the journal let go of what lies "
            "between while it was copied: try again, or let it keep more ([journal] most_gib)."
        )
    return epoch, Positions(oldest=oldest, snapshot=snapshot, ledger=bookmark, last=last)


def same(expected: str, found: str, what: str) -> None:
    """Nothing, or ForeignEpoch."""
    if found != expected:
        raise ForeignEpoch(what, expected, found)


def in_order(what: str, position: int, leader: str, limit: int) -> None:
    """Nothing, or GiveUp."""
    if position > limit:
        raise GiveUp(f"These parts do not belong together: {what} {position} is ahead of {leader} with {limit}.")
