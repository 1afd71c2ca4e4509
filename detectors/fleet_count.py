"""Counting a partition of the fleet: which devices are active in which cell, and which faults of theirs count.

A device is active in the hour in which it is heard and in the next. It is looked at with its first item of an hour,
with a new firmware and with a fault; all other items cost a comparison of columns.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors.fleet_buckets import Bucket, Cell, Hit, Row
from detectors.fleet_columns import Columns
from detectors.listening import FARTHEST
from detectors.names import Names
from detectors.roster import Roster
from domain.batch import RETAINED, Batch, Bools, DeviceEvent, Ints
from domain.instants import Duration
from domain.ports import Arrays
from domain.registry import Facts

NOWHERE = -1
NEVER = -1
COLUMNS: dict[str, tuple[type, float, int]] = {
    "cell": (np.int32, NOWHERE, 0),
    "hour": (np.int32, -1, 0),
    "firmware": (np.int32, -1, 0),
    "runs": (np.int32, -1, 0),
    "hit_at": (np.int64, -FARTHEST, 0),
    "hours": (np.int32, 0, 0),
    "hits": (np.int32, 0, 0),
}
"""By device: its cell while it is active, the hour it was heard last, the firmware it named, the one under which it was

active last, its last fault that counted, and active hours and faults under that firmware.
"""


@dataclass(slots=True)
class Change:
    """What the open bucket says of a cell."""

    active: int = 0
    hours_before: int = 0
    hits_before: int = 0


class Counter:
    """One partition's devices, and its open bucket."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        label = f"part{partition}"
        self.devices = Names(f"{label}_devices")
        self.firmwares = Names(f"{label}_firmwares")
        self.cells = Names(f"{label}_cells")
        self.columns = Columns(f"{label}_device", COLUMNS)
        self.asked: Ints = np.zeros(0, np.int64)
        """By device, how many changes the registry had when it was asked for one that never moved."""
        self.changes: dict[int, Change] = {}
        self.hits: list[Hit] = []
        self.heard_of: set[str] = set()
        """Devices with a fault in the open bucket."""

    # -- which items are looked at

    def looked_at(self, batch: Batch, mine: Ints, hour: int, roster: Roster) -> Ints:
        """Which of the partition's items of one hour must be noted one by one; the others are taken in."""
        owned = np.unique(batch.device[mine])
        table = np.full(len(batch.devices), NOWHERE)
        table[owned] = [self.place(batch.devices[number], roster) for number in owned.tolist()]
        place = table[batch.device[mine]]
        is_fresh = (batch.flags[mine] & RETAINED == 0) & (self.columns["hour"][place] != hour)
        is_other = self.says_new_firmware(batch, mine, place)
        if not is_fresh.any():
            return mine[is_other]
        stays = is_fresh & (self.columns["cell"][place] != NOWHERE) & (batch.slot[mine] >= 0)
        stays &= (self.asked[place] == roster.changes) & ~np.isin(place, place[is_other])
        self.stay(np.unique(place[stays]), hour)
        asked: Ints = mine[(is_fresh & ~stays) | is_other]
        return asked

    def stay(self, rows: Ints, hour: int) -> None:
        """These devices are heard in another hour, in the cell that they were in."""
        self.columns["hour"][rows] = hour
        self.columns["hours"][rows] += 1
        self.columns.touch(rows)

    def place(self, device: str, roster: Roster) -> int:
        """The device's row; a new one begins with what was known of its firmware."""
        place = self.devices.place(device)
        if place == self.columns.used:
            self.columns.grow(place + 1)
            self.columns["firmware"][place] = self.firmwares.place(roster.firmware(device))
            self.columns.touch(place)
        if place >= len(self.asked):
            self.asked = np.concatenate([self.asked, np.full(max(64, place), NEVER)])
        return place

    def says_new_firmware(self, batch: Batch, mine: Ints, place: Ints) -> Bools:
        """Items that name a firmware, of devices that name another one than before somewhere in the batch."""
        says: Bools = batch.firmware[mine] >= 0
        if not says.any():
            return says
        number = np.array([self.firmwares.place(name) for name in batch.firmwares], np.int64)
        is_other: Bools = says & (number[batch.firmware[mine]] != self.columns["firmware"][place])
        if is_other.any():
            is_other = says & np.isin(place, place[is_other])
        return is_other

    # -- one item

    def note(self, batch: Batch, item: int, hour: int, cell: Cell | None, roster: Roster) -> None:
        """Take in who speaks from which cell; `cell` lacks the firmware, and is None outside the rule."""
        device = batch.devices[batch.device[item]]
        row, columns = self.devices.places[device], self.columns
        self.asked[row] = NEVER if roster.has_moved(device) else roster.changes
        if batch.firmware[item] >= 0:
            columns["firmware"][row] = self.firmwares.place(batch.firmwares[batch.firmware[item]])
        is_alive = not batch.flags[item] & RETAINED
        if is_alive or columns["cell"][row] != NOWHERE:
            self.move(row, NOWHERE if cell is None else self.cell_of(row, cell))
        if is_alive and columns["hour"][row] != hour:
            columns["hour"][row] = hour
            columns["hours"][row] += 1
        columns.touch(row)

    def cell_of(self, row: int, cell: Cell) -> int:
        """The number of a device's cell, with its firmware."""
        firmware = self.firmwares.order[self.columns["firmware"][row]]
        return self.cells.place("\n".join((cell[0], firmware, *cell[2:])))

    def move(self, row: int, cell: int) -> None:
        """The device is in this cell now."""
        columns = self.columns
        before = int(columns["cell"][row])
        if before == cell:
            return
        if before != NOWHERE:
            self.change(before).active -= 1
        if cell != NOWHERE:
            self.change(cell).active += 1
            if columns["runs"][row] != columns["firmware"][row]:
                self.update(row, cell)
        columns["cell"][row] = cell

    def update(self, row: int, cell: int) -> None:
        """The device runs another release: what it did under the one before is told of the new cell."""
        change, columns = self.change(cell), self.columns
        change.hours_before += int(columns["hours"][row])
        change.hits_before += int(columns["hits"][row])
        columns["hours"][row] = columns["hits"][row] = 0
        columns["runs"][row] = columns["firmware"][row]

    def hit(self, event: DeviceEvent, facts: Facts, *, min_gap: Duration) -> None:
        """A fault; it counts as a new one unless one of the device counted lately."""
        row, columns = self.devices.places[event.device], self.columns
        at = max(-FARTHEST, min(event.received_at, FARTHEST))
        cell = int(columns["cell"][row])
        if cell == NOWHERE:
            return
        again = 0 <= at - int(columns["hit_at"][row]) < min_gap
        if not again:
            columns["hit_at"][row] = at
            columns["hits"][row] += 1
            columns.touch(row)
        if not again or event.device not in self.heard_of:
            what = event.event, event.code, self.named(cell)
            self.hits.append(Hit(event.position, event.at, at, event.device, facts.asset, *what, again))
            self.heard_of.add(event.device)

    # -- the open bucket

    def change(self, cell: int) -> Change:
        """What the open bucket says of a cell."""
        return self.changes.setdefault(cell, Change())

    def named(self, cell: int) -> Cell:
        """The values that make a cell."""
        model, firmware, site, region, parent = self.cells.order[cell].split("\n")
        return model, firmware, site, region, parent

    def fade(self, hour: int) -> None:
        """Another hour begins: who was not heard in the one before is not active any more."""
        columns = self.columns
        ahead = np.flatnonzero(columns["hour"] > hour)
        columns["hour"][ahead] = hour
        columns.touch(ahead)
        rows = np.flatnonzero((columns["cell"] != NOWHERE) & (columns["hour"] < hour - 1))
        cells, many = np.unique(columns["cell"][rows], return_counts=True)
        for cell, gone in zip(cells.tolist(), many.tolist(), strict=True):
            self.change(cell).active -= gone
        columns["cell"][rows] = NOWHERE
        columns.touch(rows)

    def peek(self, number: int) -> Bucket:
        """The open bucket as it stands."""
        rows = tuple(
            Row(self.named(cell), change.active, change.hours_before, change.hits_before)
            for cell, change in self.changes.items()
        )
        return Bucket(number, self.partition, rows, tuple(self.hits))

    def close(self, number: int) -> Bucket:
        """The bucket that ends here; the next one is open."""
        bucket = self.peek(number)
        self.changes, self.hits, self.heard_of = {}, [], set()
        return bucket

    def reopen(self, bucket: Bucket) -> None:
        """Go on with a bucket that was not closed yet."""
        self.changes = {
            self.cells.place("\n".join(row.cell)): Change(row.active, row.hours_before, row.hits_before)
            for row in bucket.rows
        }
        self.hits = list(bucket.hits)
        self.heard_of = {hit.device for hit in bucket.hits}

    # -- snapshots

    def whole(self) -> dict[str, Any]:
        """All devices; the open bucket is saved by who closes it."""
        return {**self.devices.whole(), **self.firmwares.whole(), **self.cells.whole(), **self.columns.whole()}

    def changed(self) -> dict[str, Any]:
        """Devices changed since the last call of `changed` or `whole`."""
        return {**self.devices.changed(), **self.firmwares.changed(), **self.cells.changed(), **self.columns.changed()}

    def restore(self, state: Arrays) -> None:
        """Take them in."""
        for part in (self.devices, self.firmwares, self.cells, self.columns):
            part.restore(state)
