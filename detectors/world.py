"""The world as the engine knows it: who is who, and what firmware each device last said it runs."""

from typing import Any

import msgspec
import numpy as np

from domain.batch import Batch
from domain.entries import Position
from domain.ports import Arrays
from domain.registry import Registry


class World:
    """Registry and firmware, in journal order."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.firmware: dict[str, str] = {}
        self.fresh: set[str] = set()
        self.down: set[str] = set()
        """Names of sources whose link is down."""

    def firmware_of_items(self, batch: Batch) -> list[str]:
        """Each item's firmware: what it says, else what its device said last before it."""
        known = dict[int, str]()
        said: list[str] = []
        for device, number in zip(batch.device.tolist(), batch.firmware.tolist(), strict=True):
            if number >= 0:
                known[device] = batch.firmwares[number]
            elif device not in known:
                known[device] = self.firmware.get(batch.devices[device], "")
            said.append(known[device])
        return said

    def firmware_at(self, device: str, position: Position, batch: Batch | None) -> str:
        """What the device had last said it runs when the entry at `position` came, which may be in the batch."""
        if batch is not None and device in batch.devices:
            said = (batch.device == list(batch.devices).index(device)) & (batch.firmware >= 0)
            items = np.flatnonzero(said & (batch.position <= position))
            if len(items):
                return batch.firmwares[int(batch.firmware[items[-1]])]
        return self.firmware.get(device, "")

    def learn(self, batch: Batch) -> None:
        """Remember what firmware devices say they run."""
        said = np.flatnonzero(batch.firmware >= 0)
        if not len(said):
            return
        for device, number in zip(batch.device[said].tolist(), batch.firmware[said].tolist(), strict=True):
            name, firmware = batch.devices[device], batch.firmwares[number]
            if self.firmware.get(name) != firmware:
                self.firmware[name] = firmware
                self.fresh.add(name)

    def whole(self) -> dict[str, Any]:
        """All of it but the registry, which the journal's entries make anew."""
        self.fresh = set(self.firmware)
        return self.changed()

    def changed(self) -> dict[str, Any]:
        """What changed since the last call."""
        rows = {device: self.firmware[device] for device in sorted(self.fresh)}
        self.fresh.clear()
        packed = msgspec.msgpack.encode([rows, sorted(self.down)])
        return {"packed": np.frombuffer(packed, np.uint8)}

    def restore(self, state: Arrays) -> None:
        """Take in what `whole` or `changed` gave."""
        rows, down = msgspec.msgpack.decode(state["packed"].tobytes(), type=tuple[dict[str, str], set[str]])
        self.firmware |= rows
        self.down = down
