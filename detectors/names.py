"""Names in columns: each gets a number, in order of first appearance, that is remembered between restarts."""

from typing import Any

import msgspec
import numpy as np

from domain.ports import Arrays

TEXTS = msgspec.msgpack.Decoder(list[str])


class Names:
    """Names to numbers; a number is never given up."""

    def __init__(self, label: str) -> None:
        self.label = label
        """What the state calls them."""
        self.order: list[str] = []
        self.places: dict[str, int] = {}
        self.saved = 0

    def __len__(self) -> int:
        return len(self.order)

    def place(self, name: str) -> int:
        """The name's number, given one if it is new."""
        place = self.places.setdefault(name, len(self.order))
        if place == len(self.order):
            self.order.append(name)
        return place

    def whole(self) -> dict[str, Any]:
        """All of them, packed."""
        return self.since(0)

    def changed(self) -> dict[str, Any]:
        """Those that are new since the last call of `changed` or `whole`."""
        return self.since(self.saved)

    def since(self, first: int) -> dict[str, Any]:
        """Those from a number on."""
        self.saved = len(self.order)
        return {self.label: np.frombuffer(msgspec.msgpack.encode(self.order[first:]), np.uint8)}

    def restore(self, state: Arrays) -> None:
        """Take names in."""
        for name in TEXTS.decode(state[self.label].tobytes()):
            self.place(name)
        self.saved = len(self.order)
