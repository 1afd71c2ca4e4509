"""Calm keys: the last points of keys where nothing is going on, in columns, so that most readings cost next to nothing.

A key is calm when no point that may still be preceded by a late one is HOT and nothing waits for time to pass. Its
points are remembered because a late HOT one must find its neighbours.
"""

from typing import Any

import numpy as np

from detectors.points import WHILE, Point
from domain.batch import Bools, Ints
from domain.instants import Duration, Instant
from domain.ports import Arrays

REMEMBERED = 32
"""So many points a key can be disturbed by late ones; beyond, the oldest are settled early."""
TOGETHER = 64
"""A key with more points in a batch is taken in on its own."""
EARLIEST: Instant = -(2**63)
SANE = 2**62
"""Times beyond are taken in one by one: their differences fit no column."""


class CalmKeys:
    """Points of calm keys by slot: a ring of the last ones, in order of event time."""

    def __init__(self, lateness: Duration) -> None:
        self.lateness = lateness
        self.at: Ints = np.zeros((0, REMEMBERED), np.int64)
        self.code: Any = np.zeros((0, REMEMBERED), np.int8)
        self.head: Ints = np.zeros(0, np.int64)
        """The place of the oldest …"""
        self.count: Ints = np.zeros(0, np.int64)
        """… of so many."""
        self.newest: Ints = np.zeros(0, np.int64)
        self.floor: Ints = np.zeros(0, np.int64)
        """What is older comes too late."""
        self.condition: Ints = np.zeros(0, np.int64)
        """What was said of the condition before the points."""
        self.is_calm: Bools = np.zeros(0, np.bool_)
        self.dirty: Bools = np.zeros(0, np.bool_)

    # -- many at once

    def advance(self, slot: Ints, at: Ints, code: Ints, is_hot: Bools) -> Bools:
        """Take in the points of calm keys that simply go on in order of time; which points are left."""
        self.grow(int(slot.max()) + 1 if len(slot) else 0)
        order = np.argsort(slot, kind="stable")
        slots, ats, codes = slot[order], at[order], code[order]
        starts = np.flatnonzero(np.diff(slots, prepend=-1))
        counts = np.diff(starts, append=len(order))
        keys = slots[starts]
        previous = np.concatenate([ats[:1], ats[:-1]])
        previous[starts] = self.newest[keys]
        goes_on = (ats > previous) & (np.abs(ats) < SANE) & ~is_hot[order]
        plain = self.is_calm[keys] & np.logical_and.reduceat(goes_on, starts) if len(starts) else goes_on
        few = plain & (counts <= TOGETHER)
        for turn in range(int(counts[few].max(initial=0))):
            now = starts[few & (counts > turn)] + turn
            self.one_each(slots[now], ats[now], codes[now])
        for start, count in zip(starts[plain & ~few].tolist(), counts[plain & ~few].tolist(), strict=True):
            self.many(int(slots[start]), ats[start : start + count], codes[start : start + count])
        self.dirty[keys[plain]] = True
        left = np.empty(len(order), np.bool_)
        left[order] = np.repeat(~plain, counts)
        return left

    def one_each(self, slot: Ints, at: Ints, code: Ints) -> None:
        """One point each of different keys."""
        floor = np.maximum(self.floor[slot], at - self.lateness)
        full = self.count[slot] == REMEMBERED
        place = np.where(full, self.head[slot], (self.head[slot] + self.count[slot]) % REMEMBERED)
        if full.any():
            gone, where = slot[full], place[full]
            said = self.code[gone, where] // WHILE
            self.condition[gone] = np.where(said > 0, said, self.condition[gone])
            self.head[gone] = (where + 1) % REMEMBERED
            crowd = np.where(self.at[gone, where] >= floor[full], self.at[gone, self.head[gone]], EARLIEST)
            floor[full] = np.maximum(floor[full], crowd)
        self.at[slot, place], self.code[slot, place] = at, code
        self.count[slot] += ~full
        self.newest[slot], self.floor[slot] = at, floor

    def many(self, slot: int, at: Ints, code: Ints) -> None:
        """Many points of one key; the same as one after the other."""
        order = (self.head[slot] + np.arange(self.count[slot])) % REMEMBERED
        ats, codes = np.concatenate([self.at[slot, order], at]), np.concatenate([self.code[slot, order], code])
        gone = max(0, len(ats) - REMEMBERED)
        crowded = ats[:gone] >= ats[REMEMBERED : REMEMBERED + gone] - self.lateness
        said = codes[:gone][codes[:gone] >= WHILE]
        if len(said):
            self.condition[slot] = said[-1] // WHILE
        last = np.flatnonzero(crowded)
        floor = max(int(self.floor[slot]), int(at[-1]) - self.lateness, EARLIEST)
        self.floor[slot] = max(floor, int(ats[last[-1] + 1])) if len(last) else floor
        kept = len(ats) - gone
        self.at[slot, :kept], self.code[slot, :kept] = ats[gone:], codes[gone:]
        self.head[slot], self.count[slot], self.newest[slot] = 0, kept, at[-1]

    # -- one

    def take(self, slot: int) -> tuple[tuple[Point, ...], Instant | None, Instant | None, int]:
        """A calm key's unsettled points, newest, floor and condition before them; it is not calm any more."""
        points, newest, floor, condition = self.look(slot)
        self.is_calm[slot], self.dirty[slot] = False, True
        return points, newest, floor, condition

    def look(self, slot: int) -> tuple[tuple[Point, ...], Instant | None, Instant | None, int]:
        """The same, without a change."""
        if slot >= len(self.count) or not self.count[slot]:
            return (), None, None, 0
        order = (self.head[slot] + np.arange(self.count[slot])) % REMEMBERED
        floor, condition = int(self.floor[slot]), int(self.condition[slot])
        points: list[Point] = []
        for at, code in zip(self.at[slot, order].tolist(), self.code[slot, order].tolist(), strict=True):
            if at >= floor:
                points.append(Point(at, code))
            elif code >= WHILE:
                condition = code // WHILE
        return tuple(points), int(self.newest[slot]), floor, condition

    def put(self, slot: int, points: tuple[Point, ...], *, newest: Instant, floor: Instant, condition: int) -> None:
        """A key is calm again, or for the first time."""
        self.grow(slot + 1)
        many = len(points)
        self.at[slot, :many] = [point.at for point in points]
        self.code[slot, :many] = [point.code for point in points]
        self.head[slot], self.count[slot] = 0, many
        self.newest[slot], self.floor[slot], self.condition[slot] = newest, floor, condition
        self.is_calm[slot] = self.dirty[slot] = True

    def grow(self, slots: int) -> None:
        """Room for so many slots, doubled so that it is seldom asked for; a key never heard of is calm."""
        room = len(self.count)
        if slots <= room:
            return
        room = max(64, 1 << (slots - 1).bit_length())
        for name, empty in (
            ("at", 0),
            ("code", 0),
            ("head", 0),
            ("count", 0),
            ("newest", EARLIEST),
            ("floor", EARLIEST),
            ("condition", 0),
            ("is_calm", True),
            ("dirty", False),
        ):
            old = getattr(self, name)
            new = np.full((room, *old.shape[1:]), empty, old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)

    # -- snapshots

    def rows(self, slots: Ints) -> dict[str, Any]:
        """What is known of some slots."""
        names = ("at", "code", "head", "count", "newest", "floor", "condition", "is_calm")
        self.dirty[slots] = False
        return {"calm_slot": slots, **{f"calm_{name}": getattr(self, name)[slots] for name in names}}

    def whole(self) -> dict[str, Any]:
        """Rows of all slots that ever had a point."""
        self.dirty[:] = False
        return self.rows(np.flatnonzero((self.count > 0) | ~self.is_calm))

    def changed(self) -> dict[str, Any]:
        """Rows of the slots changed since the last call of `changed` or `whole`."""
        return self.rows(np.flatnonzero(self.dirty))

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        slots = state["calm_slot"]
        self.grow(int(slots.max()) + 1 if len(slots) else 0)
        for name in ("at", "code", "head", "count", "newest", "floor", "condition", "is_calm"):
            getattr(self, name)[slots] = state[f"calm_{name}"]
