"""Keys: which slot stands for what a finding is about."""

from typing import Any

import msgspec
import numpy as np

from domain.finding import Key
from domain.ports import Arrays
from domain.registry import Facts

CODE, FINGERPRINT = "code", "fingerprint"
OF_EVENTS = frozenset({CODE, FINGERPRINT})
"""Parts of a key that an event says, and no device; fingerprints are told by the rule's detector."""
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
        return self.place(self.values(facts, code))

    def find(self, facts: Facts) -> int:
        """The slot of a device's key; -1 where it has none yet."""
        return self.slots.get(self.values(facts), -1)

    def values(self, facts: Facts, code: str = "") -> tuple[str, ...]:
        """The values of a device's key, as far as they are known without a fingerprint."""
        said = {CODE: code, FINGERPRINT: ""}
        return tuple(said[name] if name in said else str(getattr(facts, name)) for name in self.names)

    def varied(self, slot: int, name: str, value: str) -> tuple[str, ...]:
        """The values of the key in a slot, one of them another."""
        return tuple(value if own == name else old for own, old in zip(self.names, self.order[slot], strict=True))

    def variant(self, slot: int, name: str, value: str) -> int:
        """The slot of the same key with another value, given one if it is new."""
        return self.place(self.varied(slot, name, value))

    def has(self, slot: int, name: str, value: str) -> bool:
        """The same key with another value has a slot."""
        return self.varied(slot, name, value) in self.slots

    def says_more(self, slot: int, general: int) -> bool:
        """The key in `slot` is the one in `general`, with values where that has none."""
        return all(own == other or not other for own, other in zip(self.order[slot], self.order[general], strict=True))

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
