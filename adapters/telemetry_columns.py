"""Telemetry as it lies on disk: items in columns, their values packed behind them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.sqlite_names import NameTable
from domain.batch import Batch, Ints

HEAD = np.dtype([("at", "<i8"), ("device", "<i4"), ("metrics", "<i4"), ("count", "<i4")])
"""An item: its time, the ids of its device and of its list of metrics, and how many readings it has."""
NUMBER = np.dtype("<f8")
STATE = np.dtype("<i4")
STRIP_BYTES = 3800
"""A strip lies in one page of SQLite."""

Packed = tuple[bytes, bytes, bytes | None]
"""Heads, numbers, states."""


class Columns(NamedTuple):
    """Items, and their readings in the same order."""

    head: NDArray[Any]
    number: NDArray[np.float64]
    state: NDArray[np.int32] | None
    """Ids of states, -1 = a number; None where there are only numbers."""

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.head.nbytes + self.number.nbytes + (0 if self.state is None else self.state.nbytes)

    def pick(self, items: Ints) -> Self:
        """Some of the items, in the order of `items`."""
        count = self.head["count"].astype(np.int64)
        place = stretches((np.cumsum(count) - count)[items], count[items])
        state = None if self.state is None else self.state[place]
        return self._replace(head=self.head[items], number=self.number[place], state=state)

    def packed(self) -> Packed:
        """Their bytes."""
        return self.head.tobytes(), self.number.tobytes(), None if self.state is None else self.state.tobytes()

    def by_device(self) -> Self:
        """In order of device and time; items alike in both stay in the order they were written."""
        return self.pick(np.lexsort((self.head["at"], self.head["device"])))

    def strips(self) -> Iterator[Self]:
        """The items in pieces of about `STRIP_BYTES`."""
        count = self.head["count"].astype(np.int64)
        sizes = np.cumsum(HEAD.itemsize + (NUMBER.itemsize + STATE.itemsize * (self.state is not None)) * count)
        edges = [0, *(np.flatnonzero(np.diff(sizes // STRIP_BYTES)) + 1).tolist(), len(count)]
        ends = np.concatenate(([0], np.cumsum(count)))[edges].tolist()
        for low, high, start, end in zip(edges, edges[1:], ends, ends[1:], strict=False):
            state = None if self.state is None else self.state[start:end]
            yield self._replace(head=self.head[low:high], number=self.number[start:end], state=state)


def stretches(start: Ints, count: Ints) -> Ints:
    """The indices `start[i] … start[i] + count[i] - 1` of all i, one after the other."""
    ends = np.cumsum(count)
    result: Ints = np.repeat(start - (ends - count), count) + np.arange(ends[-1] if len(ends) else 0)
    return result


def joined(rows: Sequence[Packed]) -> Columns:
    """Columns from bytes, row behind row."""
    number = np.frombuffer(b"".join(row[1] for row in rows), NUMBER)
    state = None
    if any(row[2] is not None for row in rows):
        numbers_only = np.full(1, -1, STATE).tobytes()
        packed = (numbers_only * (len(row[1]) // NUMBER.itemsize) if row[2] is None else row[2] for row in rows)
        state = np.frombuffer(b"".join(packed), STATE)
    return Columns(np.frombuffer(b"".join(row[0] for row in rows), HEAD), number, state)


def columns_of(batch: Batch, *, devices: NameTable, metrics: NameTable, states: NameTable) -> Columns:
    """The batch's items that have readings, under the ids of a file's tables of names."""
    items, low, count = np.unique(batch.item, return_index=True, return_counts=True)
    head = np.empty(len(items), HEAD)
    head["at"] = batch.item_at[items]
    head["device"] = ids_of(batch.device[items], batch.devices, devices)
    head["metrics"] = list_ids(batch, low, low + count, metrics)
    head["count"] = count
    state = None
    is_state = batch.state >= 0
    if is_state.any():
        state = np.full(len(is_state), -1, STATE)
        state[is_state] = ids_of(batch.state[is_state], batch.states, states)
    return Columns(head, batch.value.astype(NUMBER, copy=False), state)


def ids_of(slots: Ints, names: Sequence[str], table: NameTable) -> Ints:
    """A file's ids for a column of a batch's slots."""
    used, place = np.unique(slots, return_inverse=True)
    return np.array(table.ids([names[slot] for slot in used.tolist()]), np.int64)[place]


def list_ids(batch: Batch, low: Ints, high: Ints, table: NameTable) -> list[int]:
    """A file's ids for the items' lists of metrics; each list is looked up once a batch."""
    packed = batch.metric.astype("<i4").tobytes()
    lists = list(map(packed.__getitem__, map(slice, (4 * low).tolist(), (4 * high).tolist())))
    known = {slots: table.ids([list_name(slots, batch.metrics)])[0] for slots in set(lists)}
    return [known[slots] for slots in lists]


def list_name(slots: bytes, names: Sequence[str]) -> str:
    """How a list of metrics is written in the table of names: as JSON."""
    return msgspec.json.encode([names[slot] for slot in np.frombuffer(slots, "<i4").tolist()]).decode()
