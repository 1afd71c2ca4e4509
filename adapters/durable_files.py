"""Files that are there whole or not at all, whatever is pulled out of the wall meanwhile."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from domain.errors import DiskFull

UNFINISHED = ".part"
"""Ending of a file that is still being written, or whose writer was killed."""
FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT})


def write_durably(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write `path` at once and for good: durable when it returns. Raises DiskFull and leaves no trace then."""
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        with open(unfinished, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.rename(unfinished, path)
        sync_directory(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        if error.errno in FULL_ERRORS:
            raise DiskFull(path) from error
        raise


def sync_directory(path: Path) -> None:
    """Make names that were added to or removed from a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
