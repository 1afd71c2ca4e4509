"""Files that are there whole or not at all, whatever is pulled out of the wall meanwhile."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import DiskFull

UNFINISHED = ".part"
"""Ending of a file that is still being written, or whose writer was killed."""
FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT})


def write_durably(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write `path` at once and for good: durable when it returns. Raises DiskFull and leaves no trace then."""
    unfinished = path.with_name(path.name + UNFINISHED)
    with full_disk_told(path):
        try:
            with open(unfinished, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            os.rename(unfinished, path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        sync_directory(path.parent)


@contextmanager
def full_disk_told(path: Path) -> Iterator[None]:
    """A full disk, or a quota that is used up, as DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL_ERRORS:
            raise DiskFull(path) from error
        raise


def sync_file(path: Path) -> None:
    """Make what was written to a file durable; a file that is gone needs nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Make names that were added to or removed from a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
