"""Columns: arrays whose first axis is the slot, grown, taken out and put back together."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.batch import Ints


class Columns:
    """What the statistical pieces share: every ndarray field has a row a slot, every nested piece as well."""

    __slots__ = ()

    def arrays(self, prefix: str = "") -> Iterator[tuple["Columns", str, str]]:
        """Each array as (owner, field, full name)."""
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            name = f"{prefix}{field.name}"
            if isinstance(value, np.ndarray):
                yield self, field.name, name
            elif isinstance(value, Columns):
                yield from value.arrays(f"{name}.")
            elif isinstance(value, tuple):
                for number, part in enumerate(value):
                    if isinstance(part, Columns):
                        yield from part.arrays(f"{name}.{number}.")

    def __len__(self) -> int:
        """How many slots there is room for."""
        owner, field, _ = next(self.arrays())
        return len(getattr(owner, field))

    def grow(self, slots: int) -> None:
        """Make room for slots up to, not including, `slots`; what is new is empty."""
        for owner, field, _ in tuple(self.arrays()):
            old: NDArray[Any] = getattr(owner, field)
            if len(old) < slots:
                new = np.zeros((slots, *old.shape[1:]), old.dtype)
                new[: len(old)] = old
                setattr(owner, field, new)

    def take(self, slots: Ints) -> dict[str, NDArray[Any]]:
        """The rows of some slots by array name, copied."""
        return {name: getattr(owner, field)[slots] for owner, field, name in self.arrays()}

    def put(self, slots: Ints, rows: Mapping[str, NDArray[Any]]) -> None:
        """Set the rows of some slots to what `take` gave; what an older release did not know begins empty."""
        if len(slots):
            self.grow(int(slots.max()) + 1)
        for owner, field, name in tuple(self.arrays()):
            getattr(owner, field)[slots] = rows.get(name, 0)

    def bytes_a_slot(self) -> int:
        """Memory of one slot."""
        return sum(getattr(owner, field)[:1].nbytes for owner, field, _ in self.arrays()) if len(self) else 0
