"""The gap ledger's eye: what devices sent and never arrived, known from the numbers they give their messages."""

from collections.abc import Iterator

import msgspec
import numpy as np

from domain.batch import RETAINED, Batch, Bools, Ints, Mark
from domain.entries import Kind
from domain.gap import Gap, Losses
from domain.instants import MINUTE, Duration, Instant
from domain.ports import Arrays
from ingest.device_slots import DeviceSlots
from ingest.numbering import FIRST, Numbering, amended, filled, gap_of, given_up, numbered

NEVER, UNNUMBERED, NUMBERED = 0, 1, 2
NONE = -1
MOST = 1_000_000
"""Devices."""
EMPTY = Numbering()
FROM_ZERO = Numbering(base=0)
Event = tuple[int, Mark | int]
"""A tick, or a row of an item, at its position."""


class Gaps:
    """Numbers that are missing, by device; deterministic in journal order, however the journal is cut into batches.

    A number that is skipped may still come: for `grace` of the journal's time, or until the device is `numbers`
    further. Then the gap is told, once; numbers that come later still amend it. What a device lost after its last
    number of a boot cannot be known where numbers begin anew with the next boot.
    """

    def __init__(
        self, *, grace: Duration = 10 * MINUTE, numbers: int = 1_000, slots: DeviceSlots | None = None
    ) -> None:
        self.grace = grace
        self.numbers = numbers
        self.slots = DeviceSlots(MOST) if slots is None else slots
        """May be those of the window of identities, so that a device is looked up once."""
        self.boot: Ints = np.zeros(0, np.int64)
        """Slot by slot, the present boot, -1 = none yet …"""
        self.high: Ints = np.zeros(0, np.int64)
        """… and the highest number in it."""
        self.manner: Ints = np.zeros(0, np.int64)
        """Slot by slot: never heard, heard without a number, or numbered."""
        self.dirty: Bools = np.zeros(0, np.bool_)
        self.known: dict[int, Numbering] = {}
        """By slot, what is remembered beyond that."""
        self.waiting: dict[int, Instant] = {}
        """By slot with a hole that is not given up: when its oldest was noticed."""
        self.encoder = msgspec.msgpack.Encoder()
        self.decoder = msgspec.msgpack.Decoder(Numbering)

    # -- what is lost

    def look(self, batch: Batch) -> Losses:
        """What the batch says about losses. Its items are no duplicates."""
        slot, _ = self.slots.of(batch)
        self.grow(len(self.slots))
        has_number = batch.seq >= 0 if len(batch.seq) else np.zeros(len(slot), np.bool_)
        unnumbered, begun = self.manners(slot, has_number)
        items = np.flatnonzero(has_number & (slot >= 0))
        slow = self.advance(slot[items], batch.boot[items], batch.seq[items], batch.flags[items])
        gaps = tuple(self.one_by_one(batch, slot, items[slow])) if slow.any() or self.waiting else ()
        return Losses(gaps=gaps, unnumbered=unnumbered, numbered=begun)

    def manners(self, slot: Ints, has_number: Bools) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Devices that are new without a number, and such devices that have one now."""
        fresh = np.unique(slot[(slot >= 0) & (self.manner[slot] < np.where(has_number, NUMBERED, UNNUMBERED))])
        if not len(fresh):
            return (), ()
        before = self.manner[fresh]
        np.maximum.at(self.manner, slot[slot >= 0], np.where(has_number, NUMBERED, UNNUMBERED)[slot >= 0])
        now = self.manner[fresh]
        self.dirty[fresh] = True
        names = self.slots.names
        return (
            tuple(names[s] for s in fresh[(before == NEVER) & (now == UNNUMBERED)].tolist()),
            tuple(names[s] for s in fresh[(before == UNNUMBERED) & (now == NUMBERED)].tolist()),
        )

    def advance(self, slot: Ints, boot: Ints, seq: Ints, flags: Ints) -> Bools:
        """Take in the devices whose numbers simply go on; which items are left."""
        order = np.argsort(slot, kind="stable")
        slots, boots, seqs = slot[order], boot[order], seq[order]
        starts = np.flatnonzero(np.diff(slots, prepend=NONE))
        counts = np.diff(starts, append=len(order))
        devices, fresh = slots[starts], self.boot[slots[starts]] == NONE
        present = np.where(fresh, boots[starts], self.boot[devices])
        before = np.where(fresh, seqs[starts] - 1, self.high[devices])
        ahead = np.arange(len(order)) + np.repeat(before + 1 - starts, counts)
        goes_on = (boots == np.repeat(present, counts)) & (seqs == ahead) & (flags[order] & RETAINED == 0)
        plain = np.logical_and.reduceat(goes_on, starts) if len(starts) else goes_on
        if self.waiting:
            plain &= ~np.isin(devices, np.fromiter(self.waiting, np.int64, len(self.waiting)))
        kept = devices[plain]
        self.boot[kept], self.high[kept], self.dirty[kept] = present[plain], before[plain] + counts[plain], True
        for begun in devices[plain & fresh & (before < FIRST - 1)].tolist():
            self.known[begun] = FROM_ZERO
        left = np.empty(len(order), np.bool_)
        left[order] = np.repeat(~plain, counts)
        return left

    def one_by_one(self, batch: Batch, slot: Ints, items: Ints) -> Iterator[Gap]:
        """The gaps told while the other items and the ticks pass, in order."""
        rows: list[Event] = [(int(batch.position[item]), item) for item in items.tolist()]
        ticks: list[Event] = [(mark.position, mark) for mark in batch.marks if mark.kind == Kind.TICK]
        for _, what in sorted([*rows, *ticks], key=lambda event: event[0]):
            if isinstance(what, Mark):
                yield from self.pass_tick(what.received_at)
            else:
                yield from self.take(batch, int(slot[what]), what)

    def take(self, batch: Batch, slot: int, item: int) -> Iterator[Gap]:
        """One numbered item."""
        said = int(batch.boot[item]), int(batch.seq[item])
        at, name = int(batch.received_at[item]), self.slots.names[slot]
        before = known = self.known.get(slot, EMPTY)
        present = (int(self.boot[slot]), int(self.high[slot])) if self.boot[slot] != NONE else None
        if batch.flags[item] & RETAINED:
            known = filled(known, said)
        else:
            known, (self.boot[slot], self.high[slot]) = numbered(known, present, said, at)
        yield from amended(name, before, known, at)
        self.keep(slot, known)
        yield from self.give_up(slot, at)

    def pass_tick(self, at: Instant) -> Iterator[Gap]:
        """Time passes."""
        for slot in sorted(slot for slot, since in self.waiting.items() if at - since >= self.grace):
            yield from self.give_up(slot, at)

    def give_up(self, slot: int, at: Instant) -> Iterator[Gap]:
        """Tell the gaps for which nobody waits any longer."""
        if slot not in self.waiting:
            return
        present = int(self.boot[slot]), int(self.high[slot])
        known, told = given_up(self.known[slot], present, at, grace=self.grace, numbers=self.numbers)
        self.keep(slot, known)
        for hole in told:
            yield gap_of(self.slots.names[slot], hole, at)

    def keep(self, slot: int, known: Numbering) -> None:
        """Remember what is known of a device."""
        self.dirty[slot] = True
        if known != EMPTY:
            self.known[slot] = known
        else:
            self.known.pop(slot, None)
        if (since := known.waits_since) is not None:
            self.waiting[slot] = since
        else:
            self.waiting.pop(slot, None)

    def grow(self, slots: int) -> None:
        """Room for so many slots, doubled so that it is seldom asked for."""
        room = len(self.boot)
        if slots <= room:
            return
        more = max(1024, 1 << (slots - 1).bit_length()) - room
        self.boot = np.concatenate([self.boot, np.full(more, NONE)])
        self.high = np.concatenate([self.high, np.zeros(more, np.int64)])
        self.manner = np.concatenate([self.manner, np.full(more, NEVER)])
        self.dirty = np.concatenate([self.dirty, np.zeros(more, np.bool_)])

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
        names = "\n".join(self.slots.names[slot] for slot in slots.tolist())
        rows = [self.encoder.encode(self.known[slot]) if slot in self.known else b"" for slot in slots.tolist()]
        return {
            "slots": slots,
            "names": np.frombuffer(names.encode(), np.uint8),
            "boot": self.boot[slots],
            "high": self.high[slots],
            "manner": self.manner[slots],
            "ends": np.cumsum([len(row) for row in rows], dtype=np.int64),
            "known": np.frombuffer(b"".join(rows), np.uint8),
        }

    def restore(self, state: Arrays) -> None:
        """Take in what `whole` or `changed` gave; later calls overwrite slots of earlier ones."""
        slots = state["slots"]
        if not len(slots):
            return
        self.slots.put(slots.tolist(), state["names"].tobytes().decode().split("\n"))
        self.grow(len(self.slots))
        self.boot[slots], self.high[slots], self.manner[slots] = state["boot"], state["high"], state["manner"]
        packed, begin = state["known"].tobytes(), 0
        for slot, end in zip(slots.tolist(), state["ends"].tolist(), strict=True):
            self.keep(slot, self.decoder.decode(packed[begin:end]) if end > begin else EMPTY)
            begin = end
        self.dirty[:] = False
