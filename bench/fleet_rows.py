"""Readings of a fleet in columns, as decoding leaves them: every device says all its metrics in each round."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.batch import Batch
from domain.instants import Instant

Row = tuple[str, Instant, list[tuple[str, float]]]
"""An item as somebody without columns has it: device, time, metrics with values."""


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """`rounds` times, `every` nanoseconds apart, each of the devices says all the metrics; a round is a batch and

    one position of the journal.
    """

    begin: Instant
    every: int
    rounds: int
    devices: int
    metrics: int

    @property
    def items(self) -> int:
        """Messages in all."""
        return self.rounds * self.devices

    @property
    def readings(self) -> int:
        """Values in all."""
        return self.items * self.metrics

    def names(self) -> tuple[str, ...]:
        """The devices."""
        return tuple(f"dev-{n:06d}" for n in range(self.devices))

    def batches(self) -> Iterator[Batch]:
        """A batch a round."""
        names, metrics = self.names(), tuple(f"m{k}" for k in range(self.metrics))
        items = np.arange(self.devices)
        base = 20 + (items[:, None] * 7 + np.arange(self.metrics)) % 500 / 10
        for n in range(self.rounds):
            at = self.begin + n * self.every + items * 1_000
            yield Batch(
                after=n,
                upto=n + 1,
                devices=names,
                metrics=metrics,
                position=np.full(self.devices, n + 1),
                device=items,
                item_at=at,
                received_at=at,
                identity=np.zeros(self.devices, np.uint64),
                firmware=np.full(self.devices, -1),
                flags=np.zeros(self.devices, np.int64),
                item=np.repeat(items, self.metrics),
                metric=np.tile(np.arange(self.metrics), self.devices),
                value=np.round(base + np.sin(n / 50), 2).ravel(),
                state=np.full(self.devices * self.metrics, -1),
            )


def rows_of(batch: Batch) -> list[Row]:
    """The same as rows."""
    width = len(batch.metrics)
    values = batch.value.reshape(-1, width).tolist()
    devices = [batch.devices[slot] for slot in batch.device.tolist()]
    return [
        (device, at, list(zip(batch.metrics, row, strict=True)))
        for device, at, row in zip(devices, batch.item_at.tolist(), values, strict=True)
    ]
