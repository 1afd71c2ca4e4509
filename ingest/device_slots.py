"""Device slots: each device gets a row of its own, in the order in which devices appear."""

from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np

from domain.batch import Batch, Ints, Reject

REFUSED = -1


class DeviceSlots:
    """Names to rows, at most `most` of them; a row is never given to another device."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.names: list[str] = []
        self.slots: dict[str, int] = {}
        self.latest: tuple[Sequence[str], Ints] | None = None
        """The devices of the last batch and their slots: its other readers need not look them up again."""

    def __len__(self) -> int:
        return len(self.names)

    def of(self, batch: Batch) -> tuple[Ints, Sequence[str]]:
        """Each item's slot, -1 where there was none left; and the devices that got theirs now."""
        if self.latest is not None and self.latest[0] is batch.devices:
            return self.latest[1][batch.device], ()
        used, first = np.unique(batch.device, return_index=True)
        names = [batch.devices[device] for device in used.tolist()]
        slots = np.array(list(map(self.slots.get, names, repeat(REFUSED))), np.int64)
        before = len(self.names)
        unknown = np.flatnonzero(slots == REFUSED)
        for device in unknown[np.argsort(first[unknown])].tolist():
            slots[device] = self.give(names[device])
        found = np.full(len(batch.devices), REFUSED, np.int64)
        found[used] = slots
        self.latest = (batch.devices, found) if len(used) == len(batch.devices) else None
        return found[batch.device], self.names[before:]

    def give(self, name: str) -> int:
        """A slot for a device that has none."""
        if len(self.names) >= self.most:
            return REFUSED
        slot = self.slots[name] = len(self.names)
        self.names.append(name)
        return slot

    def refusal(self, batch: Batch, item: int) -> Reject:
        """What goes to quarantine for an item without a slot; its bytes stand in the journal at its position."""
        device = batch.devices[int(batch.device[item])]
        return Reject(
            int(batch.position[item]),
            int(batch.received_at[item]),
            "",
            b"",
            "too_many_devices",
            f"There are {self.most} devices already, so {device} is not watched; split the fleet or raise the limit.",
        )

    def put(self, slots: Iterable[int], names: Iterable[str]) -> None:
        """Take in names with their slots, as they were given."""
        for slot, name in zip(slots, names, strict=True):
            self.names.extend("" for _ in range(len(self.names), slot + 1))
            self.names[slot] = name
            self.slots[name] = slot
