"""Copies of SQLite files that others are writing to, and copies that begin a new epoch."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from adapters import journal_pages
from adapters.durable_files import sync_file
from adapters.journal_pages import CONTROLS, genesis, seal
from adapters.sqlite_files import in_our_words, open_reader, transaction, view
from domain.entries import Position
from domain.errors import ForeignEpoch, GiveUp

PAGES = 4096
"""Pages copied between two words about the progress."""
Progress = Callable[[int], None]
"""Told how many bytes have been copied since it was told last."""


@contextmanager
def pinned(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as it is now, for as long as the `with` lasts, whatever others write to it meanwhile.

    Raises GiveUp where there is no such file.
    """
    if not path.exists():
        raise GiveUp(f"{path} is missing; start Truckroll once on this data directory, or name the right one.")
    with in_our_words(path), closing(open_reader(path)) as connection, view(connection):
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        yield connection


def copy(source: sqlite3.Connection, target: Path, progress: Progress) -> None:
    """What a pinned file holds, as one self-contained file, durable and checked.

    Raises GiveUp when SQLite finds the copy damaged, DiskFull, TryLater.
    """
    (page_bytes,) = source.execute("PRAGMA page_size").fetchone()
    told = 0

    def tell(_status: int, left: int, total: int) -> None:
        nonlocal told
        progress((total - left - told) * page_bytes)
        told = total - left

    target.touch(mode=0o600)
    with in_our_words(target), closing(sqlite3.connect(target, isolation_level=None)) as connection:
        source.backup(connection, pages=PAGES, progress=tell)
        connection.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise GiveUp(f"The copy {target} is damaged ({verdict}); check the disks and try again.")
    sync_file(target)


def bookmark(path: Path) -> tuple[str, Position]:
    """Epoch and position of a store's file; ("", 0) before its first write."""
    with pinned(path) as connection:
        return connection.execute("SELECT epoch, position FROM bookmark").fetchone() or ("", 0)


def rebind_bookmark(path: Path, former: str, epoch: str) -> None:
    """Let a store's file belong to another epoch. Raises ForeignEpoch when it was not of the former one."""
    found, _ = bookmark(path)
    if found not in ("", former):
        raise ForeignEpoch(str(path), former, found)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection, transaction(connection, path):
        connection.execute("UPDATE bookmark SET epoch = ?", (epoch,))


def rebind_journal(path: Path, former: str, epoch: str) -> None:
    """Give a copied journal an epoch of its own: the decisions of people are sealed anew, the pages stay as they are.

    Pages are sealed against the anchor, which is copied with them. Raises DamagedJournal.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection, transaction(connection, path):
        for _ in journal_pages.sealed_controls(connection, former):
            pass
        previous = genesis(epoch)
        for position, _, body in connection.execute(CONTROLS).fetchall():
            previous = seal(previous, position, position, body)
            connection.execute("UPDATE control SET hash = ? WHERE position = ?", (previous, position))
        last = journal_pages.head(connection).position
        connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (f"epoch until {last}", former))
        connection.execute("UPDATE meta SET value = ? WHERE name = 'epoch'", (epoch,))
