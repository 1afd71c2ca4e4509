"""How far back a restart may have to go: what the journal must keep, as the snapshots on disk tell any process."""

from pathlib import Path

import msgspec

from adapters.snapshot_files import MAGIC, Header
from domain.entries import Position

LENGTH_BYTES = 8


def oldest_position(directory: Path) -> Position:
    """The position of the oldest whole state that is kept; 0 where there is none, or it cannot be read now.

    A restart that finds a newer state damaged falls back to it, never further.
    """
    wholes = sorted(directory.glob("*-00000000.snapshot"))
    if not wholes:
        return 0
    try:
        return position_in(wholes[0])
    except (FileNotFoundError, msgspec.MsgspecError):
        return 0


def position_in(path: Path) -> Position:
    """The position that a snapshot says of itself."""
    with path.open("rb") as file:
        file.seek(len(MAGIC))
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        return msgspec.msgpack.decode(file.read(min(length, path.stat().st_size)), type=Header).position
