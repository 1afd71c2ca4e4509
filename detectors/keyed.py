"""Keyed state: one value a key in a slot, remembered between restarts as packed rows."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np

from domain.ports import Arrays

State = TypeVar("State", bound=msgspec.Struct)


class Keyed(Generic[State]):
    """Values by slot. A key never heard of has none; a key without anything to remember is given up again."""

    def __init__(self, kind: type[State]) -> None:
        self.values: dict[int, State] = {}
        self.dirty: set[int] = set()
        self.encoder = msgspec.msgpack.Encoder()
        self.decoder = msgspec.msgpack.Decoder(kind)

    def get(self, slot: int) -> State | None:
        """The value, if there is one."""
        return self.values.get(slot)

    def set(self, slot: int, value: State) -> None:
        """Remember a value."""
        self.values[slot] = value
        self.dirty.add(slot)

    def drop(self, slot: int) -> None:
        """Forget a key; the next snapshot says so."""
        if self.values.pop(slot, None) is not None:
            self.dirty.add(slot)

    def pack(self, slot: int) -> bytes:
        """One value as bytes; empty where there is none."""
        value = self.values.get(slot)
        return b"" if value is None else self.encoder.encode(value)

    def unpack(self, slot: int, packed: bytes) -> None:
        """Set one value from such bytes."""
        if packed:
            self.set(slot, self.decoder.decode(packed))
        else:
            self.drop(slot)

    def whole(self) -> dict[str, Any]:
        """Rows of all slots."""
        self.dirty.clear()
        return self.rows(sorted(self.values))

    def changed(self) -> dict[str, Any]:
        """Rows of the slots changed since the last call of `changed` or `whole`."""
        slots = sorted(self.dirty)
        self.dirty.clear()
        return self.rows(slots)

    def rows(self, slots: Iterable[int]) -> dict[str, Any]:
        """`slot`, `end` (of each row in `packed`) and `packed`."""
        numbers = list(slots)
        packed = [self.pack(slot) for slot in numbers]
        return {
            "slot": np.array(numbers, np.int64),
            "end": np.cumsum([len(row) for row in packed], dtype=np.int64) if packed else np.empty(0, np.int64),
            "packed": np.frombuffer(b"".join(packed), np.uint8),
        }

    def restore(self, state: Arrays) -> None:
        """Take rows in; an empty row forgets its key."""
        packed, begin = state["packed"].tobytes(), 0
        for slot, end in zip(state["slot"].tolist(), state["end"].tolist(), strict=True):
            self.unpack(slot, packed[begin:end])
            begin = end
        self.dirty.clear()
