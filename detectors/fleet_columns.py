"""Columns of the fleet: numbers by row, of which a snapshot holds what changed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.batch import Bools, Ints
from domain.ports import Arrays


class Columns:
    """Named columns over rows that only grow in number; a column is `(dtype, empty, width)`, width 0 = one number."""

    def __init__(self, label: str, kinds: dict[str, tuple[type, float, int]]) -> None:
        self.label = label
        self.kinds = kinds
        self.used = 0
        self.values: dict[str, NDArray[Any]] = {name: self.blank(name, 0) for name in kinds}
        self.dirty: Bools = np.zeros(0, np.bool_)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """One column, as long as rows are used; writing to it needs `touch`."""
        return self.values[name][: self.used]

    def blank(self, name: str, rows: int) -> NDArray[Any]:
        """So many empty rows of a column."""
        dtype, empty, width = self.kinds[name]
        return np.full((rows, width) if width else rows, empty, dtype)

    def grow(self, rows: int) -> None:
        """At least so many rows are used; room is doubled so that it is seldom asked for."""
        if rows > len(self.dirty):
            room = max(16, 1 << (rows - 1).bit_length())
            for name, old in self.values.items():
                self.values[name] = np.concatenate([old, self.blank(name, room - len(old))])
            self.dirty = np.concatenate([self.dirty, np.zeros(room - len(self.dirty), np.bool_)])
        self.used = max(self.used, rows)

    def touch(self, rows: Any) -> None:
        """These rows changed."""
        self.dirty[: self.used][rows] = True

    def whole(self) -> dict[str, Any]:
        """All rows."""
        return self.take(np.arange(self.used))

    def changed(self) -> dict[str, Any]:
        """Rows changed since the last call of `changed` or `whole`."""
        return self.take(np.flatnonzero(self.dirty[: self.used]))

    def take(self, rows: Ints) -> dict[str, Any]:
        """Some rows."""
        self.dirty[rows] = False
        return {
            f"{self.label}_row": rows,
            **{f"{self.label}_{name}": values[rows] for name, values in self.values.items()},
        }

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        rows = state[f"{self.label}_row"]
        self.grow(int(rows.max()) + 1 if len(rows) else 0)
        for name, values in self.values.items():
            values[rows] = state[f"{self.label}_{name}"]
        self.dirty[rows] = False
