"""SQLite as our stores use it: opened alike, grown by migrations, its errors told in our words."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from domain.errors import DiskFull, TruckrollError, TryLater

FULL_BELOW = 1 << 20
"""An I/O error with less than this many bytes free means that the disk is full."""
BUSY_SECONDS = 10.0

Migration = Sequence[str]
"""Statements that lead from one schema version to the next; never changed once released."""


def open_writer(
    path: Path, migrations: Sequence[Migration], *, synchronous: Literal["FULL", "NORMAL"], checkpoint_pages: int
) -> sqlite3.Connection:
    """The one connection that writes, in WAL mode, its schema at the newest version; makes the file if need be.

    Raises DiskFull, TryLater, and TruckrollError for a file of a newer Truckroll.
    """
    with in_our_words(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={synchronous}")
            connection.execute(f"PRAGMA wal_autocheckpoint={checkpoint_pages}")
            connection.execute("PRAGMA secure_delete=FAST")
            migrate(connection, migrations, path)
        except BaseException:
            connection.close()
            raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, usable from any one thread at a time. Raises sqlite3.OperationalError when

    there is no such file.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def version(connection: sqlite3.Connection) -> int:
    """How many migrations the file has seen; 0 = nothing in it yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration], path: Path) -> None:
    """Bring the schema to the newest version, each step whole or not at all."""
    if version(connection) > len(migrations):
        raise TruckrollError(f"{path} was written by a newer Truckroll; install that version or restore a backup.")
    for number in range(version(connection), len(migrations)):
        with transaction(connection, path):
            for statement in migrations[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={number + 1}")


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Commits at the end; after an exception nothing is left behind. Raises DiskFull, TryLater."""
    with in_our_words(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def view(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Everything read inside is of one moment."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def in_our_words(path: Path) -> Iterator[None]:
    """SQLite's errors of the disk and of waiting, as DiskFull and TryLater; others stay what they are."""
    try:
        yield
    except sqlite3.Error as error:
        ours = translated(error, path)
        if ours is None:
            raise
        raise ours from error


def translated(error: sqlite3.Error, path: Path) -> TryLater | None:
    """Our word for an error of SQLite; None where trying again cannot help."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(path)
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and is_full(path):
        return DiskFull(path)
    if code == sqlite3.SQLITE_IOERR:
        return TryLater(
            f"The disk that holds {path} reports an error ({error}); check the disk, work goes on by itself."
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TryLater(f"Another program holds {path} locked; close it and work goes on by itself.")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return TryLater(
            f"{path} is damaged ({error}); put back a backup of it or move it away, work goes on by itself."
        )
    return None


def is_full(path: Path) -> bool:
    """There is next to nothing left on the disk that holds `path`."""
    space = os.statvfs(path.parent)
    return space.f_bavail * space.f_frsize < FULL_BELOW
