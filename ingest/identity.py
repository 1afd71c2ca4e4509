"""Duplicates: what a device has said already does not count again."""

from array import array
from collections.abc import Sequence

import numpy as np

from domain.batch import RETAINED, Batch, Bools, Hashes, Ints, Reject
from domain.ports import Arrays
from ingest.device_slots import DeviceSlots

SCANNED_IN_PLACE = 48
TOGETHER = 8
"""A device with more items in one batch is gone through on its own."""


class Identities:
    """The identities that each device used last, by which duplicates are known.

    Items that are only readings are compared with the device's last `window` identities of such items, items with
    events with its last `event_window`: a crash must not count twice even when a long buffer is sent again. What comes
    out does not depend on how the journal is cut into batches. A retained delivery is compared but not remembered:
    it must not displace the live message that it is a copy of. Items of devices beyond `max_devices` are refused.
    """

    def __init__(self, *, window: int = 32, event_window: int = 4096, max_devices: int = 1_000_000) -> None:
        self.window = window
        self.event_window = event_window
        self.slots = DeviceSlots(max_devices)
        self.rings: Hashes = np.zeros((0, window), np.uint64)
        """Slot by slot, the identities of readings; 0 = a free place."""
        self.heads: Ints = np.zeros(0, np.int64)
        """Slot by slot, the place in its ring that is overwritten next."""
        self.events: dict[int, array[int]] = {}
        """By slot, the identities of items with events, oldest first."""
        self.dirty: Bools = np.zeros(0, np.bool_)

    # -- what counts

    def fresh(self, batch: Batch) -> tuple[Bools, Sequence[str], Sequence[Reject]]:
        """One boolean an item (False = duplicate or refused), devices seen for the first time, and what was refused:

        one `too_many_devices` for each item, whose bytes are to be found in the journal.
        """
        slot, newcomers = self.slots.of(batch)
        self.grow(len(self.slots))
        self.dirty[len(self.slots) - len(newcomers) : len(self.slots)] = True
        fresh = slot >= 0
        refused = [self.slots.refusal(batch, item) for item in np.flatnonzero(~fresh).tolist()]
        asked = fresh & (batch.identity != 0)
        live = batch.flags & RETAINED == 0
        for item in sorted({event.item for event in batch.events}):
            if asked[item]:
                asked[item] = False
                fresh[item] = self.is_new_event(int(slot[item]), int(batch.identity[item]), remember=bool(live[item]))
        items = np.flatnonzero(asked)
        fresh[items] = self.are_new_readings(slot[items], batch.identity[items], live[items])
        return fresh, newcomers, refused

    def is_new_event(self, slot: int, identity: int, *, remember: bool) -> bool:
        """An item with an event is no duplicate."""
        known = self.events.get(slot)
        if known is None:
            known = self.events[slot] = array("Q")
        if len(known) <= SCANNED_IN_PLACE:
            is_known = identity in known
        else:
            is_known = bool((np.frombuffer(known, np.uint64) == np.uint64(identity)).any())
        if remember and not is_known:
            known.append(identity)
            del known[: -self.event_window]
            self.dirty[slot] = True
        return not is_known

    def are_new_readings(self, slot: Ints, identity: Hashes, live: Bools) -> Bools:
        """Which items, in journal order, are no duplicates.

        Round by round: the first items of all devices together, then the second ones, and so on.
        """
        new = np.zeros(len(slot), np.bool_)
        order = np.argsort(slot, kind="stable")
        starts = np.flatnonzero(np.diff(slot[order], prepend=-1))
        counts = np.diff(starts, append=len(order))
        rank = np.arange(len(order)) - np.repeat(starts, counts)
        few = np.repeat(counts <= TOGETHER, counts)
        for turn in range(TOGETHER):
            items = order[few & (rank == turn)]
            if not len(items):
                break
            new[items] = self.one_round(slot[items], identity[items], live[items])
        for start, count in zip(starts, counts, strict=True):
            if count > TOGETHER:
                items = order[start : start + count]
                new[items] = self.one_device(int(slot[items[0]]), identity[items].tolist(), live[items].tolist())
        return new

    def one_round(self, slot: Ints, identity: Hashes, live: Bools) -> Bools:
        """One item each of different devices."""
        new: Bools = ~(self.rings[slot] == identity[:, None]).any(axis=1)
        kept = new & live
        slot = slot[kept]
        self.rings[slot, self.heads[slot]] = identity[kept]
        self.heads[slot] = (self.heads[slot] + 1) % self.window
        self.dirty[slot] = True
        return new

    def one_device(self, slot: int, identities: Sequence[int], live: Sequence[bool]) -> list[bool]:
        """Many items of one device."""
        ring: list[int] = self.rings[slot].tolist()
        head, known, new = int(self.heads[slot]), set(ring), []
        for identity, is_live in zip(identities, live, strict=True):
            is_new = identity not in known
            new.append(is_new)
            if is_new and is_live:
                known.discard(ring[head])
                known.add(identity)
                ring[head] = identity
                head = (head + 1) % self.window
        self.rings[slot], self.heads[slot], self.dirty[slot] = ring, head, True
        return new

    def grow(self, slots: int) -> None:
        """Room for so many slots, doubled so that it is seldom asked for."""
        room = len(self.heads)
        if slots <= room:
            return
        room = max(1024, 1 << (slots - 1).bit_length())
        for name in ("rings", "heads", "dirty"):
            old = getattr(self, name)
            new = np.zeros((room, *old.shape[1:]), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)

    # -- snapshots

    def changed(self) -> Arrays:
        """The slots changed since the last call of `changed` or `whole`."""
        slots = np.flatnonzero(self.dirty)
        self.dirty[:] = False
        return self.state_of(slots)

    def whole(self) -> Arrays:
        """All slots, in the same form."""
        self.dirty[:] = False
        return self.state_of(np.arange(len(self.slots)))

    def state_of(self, slots: Ints) -> Arrays:
        """What is known of some slots."""
        events = [self.events.get(slot, ()) for slot in slots.tolist()]
        names = "\n".join(self.slots.names[slot] for slot in slots.tolist())
        return {
            "slots": slots,
            "names": np.frombuffer(names.encode(), np.uint8),
            "rings": self.rings[slots],
            "heads": self.heads[slots],
            "event_counts": np.array([len(known) for known in events], np.int64),
            "events": np.array([identity for known in events for identity in known], np.uint64),
        }

    def restore(self, state: Arrays) -> None:
        """Take in what `whole` or `changed` gave; later calls overwrite slots of earlier ones."""
        slots = state["slots"]
        if not len(slots):
            return
        self.slots.put(slots.tolist(), state["names"].tobytes().decode().split("\n"))
        self.grow(len(self.slots))
        self.rings[slots] = state["rings"]
        self.heads[slots] = state["heads"]
        ends = np.cumsum(state["event_counts"])
        for slot, known in zip(slots.tolist(), np.split(state["events"], ends[:-1]), strict=True):
            if len(known):
                self.events[slot] = array("Q", known.tobytes())
