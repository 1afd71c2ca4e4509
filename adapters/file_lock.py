"""A lock file: what only one process may do at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import DirectoryInUse


def lock_file(path: Path) -> int:
    """A descriptor that holds the file alone until it is closed; the lock ends with its process, however that ends.

    Raises DirectoryInUse, naming the folder, while another has it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise DirectoryInUse(path.parent) from error
    return descriptor


@contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """The file is ours inside the `with`. Raises DirectoryInUse."""
    descriptor = lock_file(path)
    try:
        yield
    finally:
        os.close(descriptor)
