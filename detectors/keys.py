"""Keys: which slot stands for what a finding is about."""

from typing import Any

import msgspec
import numpy as np

from domain.finding import Key
from domain.ports import Arrays
from domain.registry import Facts

ROW = msgspec.msgpack.Decoder(list[tuple[str, ...]])


class Keys:
    """Key values to slots, in order of first appearance; slots are never given up."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.slots: dict[tuple[str, ...], int] = {}
        self.order: list[tuple[str, ...]] = []
        self.saved = 0

    def slot(self, facts: Facts, code: str = "") -> int:
        """The slot of a device's key, given one if it is new."""
        values = tuple(code if name == "code" else str(getattr(facts, name)) for name in self.names)
        return self.place(values)

    def find(self, facts: Facts) -> int:
        """The slot of a device's key; -1 where it has none yet."""
        return self.slots.get(tuple("" if name == "code" else str(getattr(facts, name)) for name in self.names), -1)

    def place(self, values: tuple[str, ...]) -> int:
        """The slot of these values, given one if they are new."""
        slot = self.slots.setdefault(values, len(self.order))
        if slot == len(self.order):
            self.order.append(values)
        return slot

    def key(self, slot: int) -> Key:
        """The key in a slot."""
        return tuple(zip(self.names, self.order[slot], strict=True))

    def put(self, key: Key) -> int:
        """The slot of a key from elsewhere."""
        return self.place(tuple(value for _, value in key))

    def rows(self, since: int = 0) -> dict[str, Any]:
        """Keys from a slot on, packed; all later ones follow with the next call of `news`."""
        self.saved = len(self.order)
        packed = msgspec.msgpack.encode(self.order[since:])
        return {"key_first": np.array([since], np.int64), "key_packed": np.frombuffer(packed, np.uint8)}

    def news(self) -> dict[str, Any]:
        """Keys given out since the last call."""
        return self.rows(self.saved)

    def restore(self, state: Arrays) -> None:
        """Take keys in."""
        for values in ROW.decode(state["key_packed"].tobytes()):
            self.place(values)
        self.saved = len(self.order)
