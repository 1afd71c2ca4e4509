"""Copies of snapshots: taken while others are saved, and written anew with something changed in them."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from adapters.durable_files import sync_file
from adapters.snapshot_files import NAME, SnapshotFiles, State, Tip
from domain.entries import Position


def copy(source: Path, target: Path) -> None:
    """Every finished file that is there now, into a folder.

    Files never change. What vanishes meanwhile is left out; the generation that counts stays for two more.
    """
    for path in sorted(path for path in source.iterdir() if NAME.fullmatch(path.name)):
        with suppress(FileNotFoundError):
            shutil.copyfile(path, target / path.name)
            (target / path.name).chmod(0o600)
            sync_file(target / path.name)


def states(directory: Path) -> list[tuple[Position, State]]:
    """The newest whole state that is intact and the changes over it, each with its position."""
    files = SnapshotFiles(directory)
    for generation in sorted(files.generations(), reverse=True):
        tip, found = Tip(generation, -1, b"", 0), []
        while read := files.read(generation, tip.number + 1, tip.seal):
            tip, state = read
            found.append((tip.position, state))
        if found:
            return found
    return []


def rewrite(source: Path, target: Path, change: Callable[[State], State]) -> None:
    """The states of one directory in another one, each changed."""
    written = SnapshotFiles(target)
    for number, (position, state) in enumerate(states(source)):
        written.save(position, change(state), whole=number == 0)
