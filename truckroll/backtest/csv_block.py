"""Block: a stretch of a CSV file cut into fields in bulk; a field is where it begins and ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.batch import Ints

BLOCK_BYTES = 4 << 20
NEWLINE, RETURN, QUOTE = 10, 13, 34

Bytes = NDArray[np.uint8]


class Field(NamedTuple):
    """One column of a block: its field in row `i` is `data[start[i]:end[i]]`."""

    data: Bytes
    start: Ints
    end: Ints

    def matrix(self, rows: Ints, width: int) -> Bytes:
        """[row, place] the fields' bytes from their beginning, zeros behind their end."""
        place = np.arange(width)
        spots = self.start[rows, None] + place
        inside = spots < self.end[rows, None]
        taken: Bytes = np.where(inside, self.data[np.minimum(spots, len(self.data) - 1)], np.uint8(0))
        return taken

    def texts(self, rows: Ints) -> list[str]:
        """Some fields as texts. Raises UnicodeDecodeError."""
        content = self.data.tobytes()
        return [content[a:b].decode() for a, b in zip(self.start[rows].tolist(), self.end[rows].tolist(), strict=True)]

    @property
    def length(self) -> Ints:
        """Bytes of each field."""
        return self.end - self.start


def blocks(file: Path, skip: int) -> Iterator[bytes]:
    """The file after its first `skip` bytes in pieces that end with a line."""
    rest = b""
    with file.open("rb") as content:
        content.seek(skip)
        while piece := content.read(BLOCK_BYTES):
            piece = rest + piece
            cut = piece.rfind(b"\n") + 1
            rest = piece[cut:]
            if cut:
                yield piece[:cut]
    if rest:
        yield rest + b"\n"


def fields(block: bytes, delimiter: str, columns: int) -> list[Field] | None:
    """The columns of a block of whole lines; None where it has quotes, empty lines or rows of another length."""
    data = np.frombuffer(block, np.uint8)
    if (data == QUOTE).any():
        return None
    ends = np.flatnonzero((data == ord(delimiter)) | (data == NEWLINE))
    if len(ends) % columns:
        return None
    grid = ends.reshape(-1, columns)
    if not (data[grid[:, -1]] == NEWLINE).all() or (data[grid[:, :-1]] == NEWLINE).any():
        return None
    starts = np.concatenate(([0], ends[:-1] + 1)).reshape(-1, columns)
    last = grid[:, -1] - (data[np.maximum(grid[:, -1] - 1, 0)] == RETURN)
    edges = [grid[:, column] for column in range(columns - 1)] + [last]
    return [Field(data, starts[:, column], edges[column]) for column in range(columns)]


class Names:
    """Names in order of first use, and their numbers."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The name's number; a new one for a new name."""
        return self.numbers.setdefault(name, len(self.numbers))

    def of(self, field: Field) -> Ints:
        """The numbers of a column of names. Raises UnicodeDecodeError."""
        length = field.length
        width = max(8, -(-int(length.max(initial=0)) // 8) * 8)
        wide = field.matrix(np.arange(len(length)), width)
        folded = fold(wide.view("<u8"), length)
        _, first, inverse = np.unique(folded, return_index=True, return_inverse=True)
        if not (wide == wide[first[inverse]]).all():
            return np.array([self.number(name) for name in field.texts(np.arange(len(length)))], np.int64)
        order = np.argsort(first)
        numbers = np.empty(len(first), np.int64)
        numbers[order] = [self.number(name) for name in field.texts(first[order])]
        found: Ints = numbers[inverse]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.numbers)


def fold(words: NDArray[Any], length: Ints) -> NDArray[np.uint64]:
    """One number a row of eight-byte words; different rows may share one, but hardly ever do."""
    folded = length.astype(np.uint64)
    for place in range(words.shape[1]):
        folded = (folded ^ words[:, place]) * np.uint64(0x9E3779B97F4A7C15)
        folded ^= folded >> np.uint64(29)
    return folded
