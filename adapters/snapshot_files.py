"""Snapshots in plain files: one whole state and the changes after it, each sealed and durable by itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.durable_files import UNFINISHED, write_durably
from domain.counts import Counts
from domain.entries import Position
from domain.ports import Arrays

MAGIC = b"truckroll snapshot 1\n"
DIGEST_BYTES = 32
ALIGNMENT = 8
KINDS = frozenset("biufSU")
"""Booleans, whole numbers, floats, bytes, text: what lies in memory as it lies on disk."""
NAME = re.compile(r"(\d{10})-(\d{8})\.snapshot")


class Column(msgspec.Struct, array_like=True):
    """Where an array lies in a file."""

    part: str
    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int


class Header(msgspec.Struct):
    """What a file says of itself."""

    position: Position
    previous: bytes
    """Seal of the file it is laid over; empty for a whole state."""
    parts: list[str]
    columns: list[Column]


class Tip(NamedTuple):
    """The last file that counts: the next change is laid over it."""

    generation: int
    number: int
    seal: bytes
    position: Position


State = Mapping[str, Arrays]
NOTHING = Tip(0, -1, b"", 0)


class SnapshotFiles:
    """The `Snapshots` port in a directory: `GENERATION-NUMBER.snapshot`, number 0 being the whole state.

    A file that is torn, altered or missing ends the state just before it. The generation before the newest is kept,
    so that a whole state gone bad costs the changes since, not everything. One writer. Counts files.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.counts = Counts()
        self.tip: Tip | None = None

    def save(self, position: Position, state: State, *, whole: bool) -> None:
        """As the port says. Raises TypeError for arrays of anything but booleans, numbers, bytes and text."""
        self.counts.received += 1
        try:
            self.tip = self.write(position, state, self.next(whole=whole))
        except BaseException:
            self.counts.failed += 1
            raise
        self.counts.kept += 1
        if self.tip.number == 0:
            self.forget(self.tip.generation - 2)

    def next(self, *, whole: bool) -> Tip:
        """The place of the next file and the seal it is laid over; where nothing is, everything is whole."""
        tip = self.tip or self.restore()[0]
        if whole or tip is NOTHING:
            return Tip(max(self.generations(), default=0) + 1, 0, b"", 0)
        return Tip(tip.generation, tip.number + 1, tip.seal, 0)

    def write(self, position: Position, state: State, place: Tip) -> Tip:
        """Write one file; returns it as the new tip."""
        head, arrays = packed(position, state, place.seal)
        digest = blake2b(digest_size=DIGEST_BYTES)
        write_durably(self.file(place.generation, place.number), sealed((head, *arrays), digest))
        return Tip(place.generation, place.number, digest.digest(), position)

    def load(self) -> tuple[Position, Sequence[State]]:
        """As the port says; the arrays are the caller's own. What is damaged is left out, with all that follows it."""
        self.tip, states = self.restore()
        return self.tip.position, states

    def restore(self) -> tuple[Tip, list[State]]:
        """The newest generation whose whole state is intact, and its unbroken changes."""
        for generation in sorted(self.generations(), reverse=True):
            tip, states = Tip(generation, -1, b"", 0), []
            while found := self.read(generation, tip.number + 1, tip.seal):
                tip, state = found
                states.append(state)
            if states:
                return tip, states
        return NOTHING, []

    def read(self, generation: int, number: int, previous: bytes) -> tuple[Tip, State] | None:
        """One file; None where it is missing, damaged, or laid over another file."""
        try:
            content = bytearray(self.file(generation, number).read_bytes())
        except FileNotFoundError:
            return None
        body = memoryview(content)[:-DIGEST_BYTES]
        seal = bytes(content[-DIGEST_BYTES:])
        if not content.startswith(MAGIC) or blake2b(body, digest_size=DIGEST_BYTES).digest() != seal:
            return None
        start = len(MAGIC) + 8
        end = start + int.from_bytes(content[len(MAGIC) : start], "little")
        header = msgspec.msgpack.decode(body[start:end], type=Header)
        if header.previous != previous:
            return None
        return Tip(generation, number, seal, header.position), unpacked(header, body[aligned(end) :])

    def generations(self) -> set[int]:
        """The generations of which there is any file."""
        names = (NAME.fullmatch(path.name) for path in self.directory.iterdir())
        return {int(name[1]) for name in names if name}

    def forget(self, upto: int) -> None:
        """Remove generations up to `upto`, and files that were never finished."""
        for path in self.directory.iterdir():
            name = NAME.fullmatch(path.name)
            if path.suffix == UNFINISHED or (name and int(name[1]) <= upto):
                path.unlink()

    def file(self, generation: int, number: int) -> Path:
        """The path of one file."""
        return self.directory / f"{generation:010d}-{number:08d}.snapshot"


def packed(position: Position, state: State, previous: bytes) -> tuple[bytes, list[bytes]]:
    """The beginning of a file and its arrays, each padded so that the next lies aligned."""
    columns, bodies, offset = [], [], 0
    for part, arrays in state.items():
        for name, array in arrays.items():
            if array.dtype.kind not in KINDS:
                raise TypeError(f"A snapshot cannot keep {part}.{name}: {array.dtype} is no plain number or text.")
            body = padded(array.tobytes())
            columns.append(Column(part, name, array.dtype.str, array.shape, offset))
            bodies.append(body)
            offset += len(body)
    header = msgspec.msgpack.encode(Header(position, previous, list(state), columns))
    return padded(MAGIC + len(header).to_bytes(8, "little") + header), bodies


def unpacked(header: Header, body: memoryview) -> State:
    """The state of a file, over the file's own bytes."""
    state: dict[str, dict[str, NDArray[Any]]] = {part: {} for part in header.parts}
    for column in header.columns:
        dtype = np.dtype(column.dtype)
        empty = dtype.itemsize == 0 or 0 in column.shape
        state[column.part][column.name] = (
            np.empty(column.shape, dtype) if empty else np.ndarray(column.shape, dtype, body, column.offset)
        )
    return state


def sealed(pieces: Sequence[bytes], digest: "blake2b") -> Iterator[bytes]:
    """The pieces and, after the last, their digest."""
    for piece in pieces:
        digest.update(piece)
        yield piece
    yield digest.digest()


def aligned(offset: int) -> int:
    """The next place where an array may begin."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def padded(body: bytes) -> bytes:
    """The bytes, filled up to the next such place."""
    return body + bytes(aligned(len(body)) - len(body))
