"""Block: a stretch of a CSV file cut into fields in bulk; a field is where it begins and ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.batch import Bools, Ints

BLOCK_BYTES = 1 << 20
MARGIN = 64
"""Bytes behind the last field of a block, so that fields up to this width are taken in one step."""
LONGEST = 64
"""Bytes of a name that is numbered in bulk."""
LEAST_SLOTS, SPARSE = 1 << 12, 16
NEWLINE, RETURN, QUOTE = 10, 13, 34

Bytes = NDArray[np.uint8]


class Field(NamedTuple):
    """One column of a block: its field in row `i` is `data[start[i]:end[i]]`, and `MARGIN` bytes follow the last."""

    data: Bytes
    start: Ints
    end: Ints

    def matrix(self, rows: Ints | None, width: int) -> Bytes:
        """[row, place] the fields' bytes from their beginning, zeros behind their end; None: of all rows."""
        start, length = self.start, self.length
        if rows is not None:
            start, length = start[rows], length[rows]
        if not width or not len(start):
            return np.zeros((len(start), width), np.uint8)
        data = self.data if width <= MARGIN else np.concatenate([self.data, np.zeros(width, np.uint8)])
        every = np.ndarray((len(data) - width + 1,), f"V{width}", data, strides=(1,))
        taken: Bytes = every[start].view(np.uint8).reshape(-1, width)
        if int(length.min()) < width:
            taken *= np.arange(width) < length[:, None]
        return taken

    def texts(self, rows: Ints) -> list[str]:
        """Some fields as texts. Raises UnicodeDecodeError."""
        content = self.data.data
        return [
            str(content[a:b], "utf-8") for a, b in zip(self.start[rows].tolist(), self.end[rows].tolist(), strict=True)
        ]

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
    padded = np.frombuffer(block + bytes(MARGIN), np.uint8)
    data = padded[: len(block)]
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
    return [Field(padded, starts[:, column], edges[column]) for column in range(columns)]


class Names:
    """Names in order of first use, and their numbers.

    Beside the dictionary stands a table by which a whole column is numbered at once: each name that was met stands in
    the slot that its fold names, until another comes there. What the table does not know, the dictionary is asked.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.table = np.full(LEAST_SLOTS, -1, np.int64)
        self.words = np.zeros((0, LONGEST // 8), np.uint64)
        self.lengths = np.zeros(0, np.int64)

    def number(self, name: str) -> int:
        """The name's number; a new one for a new name."""
        return self.numbers.setdefault(name, len(self.numbers))

    def of(self, field: Field) -> Ints:
        """The numbers of a column of names. Raises UnicodeDecodeError."""
        length = field.length
        longest = int(length.max(initial=0))
        if longest > LONGEST:
            return np.array([self.number(name) for name in field.texts(np.arange(len(length)))], np.int64)
        words = field.matrix(None, max(8, -(-longest // 8) * 8)).view("<u8")
        folded = fold(words, length)
        found: Ints = self.table[folded & np.uint64(len(self.table) - 1)]
        rows = np.flatnonzero(~self.is_right(found, words, length))
        if len(rows):
            found[rows] = self.learned(field, rows, words[rows], folded[rows])
        return found

    def is_right(self, found: Ints, words: NDArray[Any], length: Ints) -> Bools:
        """Whether the names with these numbers are those of the rows."""
        right: Bools = found >= 0
        if len(self.lengths):
            right &= self.lengths[found] == length
            for place in range(words.shape[1]):
                right &= self.words[found, place] == words[:, place]
        return right

    def learned(self, field: Field, rows: Ints, words: NDArray[Any], folded: NDArray[np.uint64]) -> Ints:
        """The numbers of rows that the table does not know; it does afterwards."""
        _, first, inverse = np.unique(folded, return_index=True, return_inverse=True)
        if (
            not (words == words[first[inverse]]).all()
            or (field.length[rows] != field.length[rows[first[inverse]]]).any()
        ):
            first, inverse = np.arange(len(rows)), np.arange(len(rows))
        order = np.argsort(first)
        numbers = np.empty(len(first), np.int64)
        numbers[order] = [self.number(name) for name in field.texts(rows[first[order]])]
        self.remember(numbers, words[first], field.length[rows[first]])
        found: Ints = numbers[inverse]
        return found

    def remember(self, numbers: Ints, words: NDArray[Any], length: Ints) -> None:
        """Put names into the table, which grows with them."""
        missing = len(self.numbers) - len(self.lengths)
        if missing > 0:
            room = max(missing, len(self.lengths))
            self.lengths = np.concatenate([self.lengths, np.full(room, -1, np.int64)])
            self.words = np.concatenate([self.words, np.zeros((room, self.words.shape[1]), np.uint64)])
        self.lengths[numbers] = length
        self.words[numbers, : words.shape[1]] = words
        if len(self.numbers) * SPARSE > len(self.table):
            self.table = np.full(len(self.table) * SPARSE, -1, np.int64)
        slots = fold(words, length) & np.uint64(len(self.table) - 1)
        self.table[slots] = numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self.numbers)


def fold(words: NDArray[Any], length: Ints) -> NDArray[np.uint64]:
    """One number a row of eight-byte words; different rows may share one, but hardly ever do."""
    folded = length.astype(np.uint64)
    for place in range(words.shape[1]):
        folded = (folded ^ words[:, place]) * np.uint64(0x9E3779B97F4A7C15)
        folded ^= folded >> np.uint64(29)
    return folded
