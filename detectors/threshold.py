"""Threshold: a number is beyond its limit for so long, while a condition holds, with hysteresis and off-delay.

Most keys are calm and their readings are taken in by columns. Once one is beyond the limit, its key is judged like a
row of events: the unsettled points are put in order of event time and judged again with each that arrives, so the
settled view does not depend on the order of arrival.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from detectors.calm import EARLIEST, REMEMBERED, SANE, CalmKeys
from detectors.delays import BAND, CALM, COLD, HOT, WHILE, Delays, Point, Row, is_at_rest
from detectors.detector import setting
from detectors.episodes import FLAPPING, Episode, Told, finding_of
from detectors.keyed import Keyed
from detectors.limits import Condition, Limit, LimitOfItems, condition, limit
from detectors.readers import Flapping, duration, flapping, metric, positive
from detectors.roster import Roster
from detectors.telling import news_of
from domain.batch import RETAINED, Batch, Bools, Floats, Ints
from domain.entries import Position
from domain.finding import Finding
from domain.instants import MINUTE, Duration, Instant
from domain.ports import Arrays


class KeyState(Struct, frozen=True, array_like=True):
    """Everything remembered of one key; the unsettled points of a calm key stand in columns instead."""

    settled: Row = Row()
    points: tuple[Point, ...] = ()
    """The unsettled ones, in order of event time."""
    newest: Instant | None = None
    floor: Instant | None = None
    """What is older than this comes too late."""
    told: dict[int, Told] = {}
    """By ordinal, what has been said of episodes that may still change."""
    late: int = 0


Judged = tuple[Row, dict[int, Episode]]
"""The row after all points, and the episodes met, by ordinal."""


class Touched(NamedTuple):
    """What one entry does to a key."""

    before: KeyState
    met: dict[int, Episode]
    """Episodes met between its points."""


EMPTY = KeyState()


@dataclass
class Threshold:
    """`metric` is `above` or `below` a limit for `for`; it ends beyond `clear_above` or `clear_below` for `off`."""

    metric: str = setting(metric)
    above: Limit | None = setting(limit, default=None)
    below: Limit | None = setting(limit, default=None)
    clear_above: Limit | None = setting(limit, default=None)
    clear_below: Limit | None = setting(limit, default=None)
    for_: Duration = setting(duration, default=0)
    off: Duration = setting(duration, default=0)
    while_: Condition | None = setting(condition, default=None)
    gap: Duration = setting(positive, default=15 * MINUTE)
    lateness: Duration = setting(duration, default=10 * MINUTE)
    cooldown: Duration = setting(duration, default=0)
    flapping: Flapping = setting(flapping, default=Flapping())

    def __post_init__(self) -> None:
        self.check()
        self.lateness = min(self.lateness, SANE)
        self.sign = 1.0 if self.above else -1.0
        """Below a limit is above it with all signs turned."""
        begins, ends = (self.above, self.clear_below) if self.above else (self.below, self.clear_above)
        self.begins = LimitOfItems(begins or Limit())
        self.ends = LimitOfItems(ends) if ends else None
        self.delays = Delays(
            metric=self.metric,
            on=self.for_,
            off=self.off,
            gap=self.gap,
            cooldown=self.cooldown,
            flapping=self.flapping,
            is_conditional=self.while_ is not None,
        )
        self.keys: Keyed[KeyState] = Keyed(KeyState)
        self.calm = CalmKeys(self.lateness)
        self.judged: dict[int, Judged] = {}
        """By slot, what judging its unsettled points again would say; forgotten when a late point changes that."""
        self.flaps: set[int] = set()
        """Slots that are flapping until time has passed."""
        self.roster: Roster | None = None
        self.late = 0
        self.unlimited = 0
        """Readings of assets of which the registry knows no limit; they are not judged."""

    def check(self) -> None:
        """Raises ValueError where the limits do not fit together."""
        if (self.above is None) == (self.below is None):
            raise ValueError("threshold needs one of above and below")
        if self.clear_below if self.below else self.clear_above:
            raise ValueError("what is above ends by clear_below, and what is below by clear_above")
        high, low = (self.above, self.clear_below) if self.above else (self.clear_above, self.below)
        if high and low and not high.tag and not low.tag and high.number < low.number:
            raise ValueError("clear_below must not be above the limit, and clear_above not below it")

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {
            "metric": "temp",
            "above": 45.0,
            "clear_below": 30.0,
            "for": "20s",
            "off": "30s",
            "while": {"metric": "load", "above": -10.0},
            "gap": "2h",
            "lateness": "10m",
            "cooldown": "1h",
            "flapping": {"changes": 4, "within": "4h"},
        }

    # -- the detector's interface

    def meet(self, roster: Roster) -> None:
        """Whom to ask for numbers of assets."""
        self.roster = roster

    def wants(self) -> Mapping[str, Any]:
        """Readings of one metric or two."""
        metrics = {self.metric} | ({self.while_.metric} if self.while_ else set())
        return {"events": frozenset(), "readings": frozenset(metrics), "any_item": False, "follows": False}

    def observe(self, batch: Batch) -> list[Finding]:
        """What the batch's readings change."""
        code, value = self.codes(batch)
        items = np.flatnonzero((code > 0) & (batch.slot >= 0))
        codes = code[items]
        left = self.calm.advance(batch.slot[items], batch.item_at[items], codes, codes % WHILE == HOT)
        return self.one_by_one(batch, items[left], code, value)

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """Findings that flapped and have been calm for long enough."""
        found: list[Finding] = []
        for slot in sorted(self.flaps):
            state = self.keys.values[slot]
            row, _ = self.judge(slot, state)
            last = max(row.episode.changed_at if row.episode else at, state.newest or at)
            if at - last >= self.flapping.within:
                self.keys.set(slot, replace(state, points=(*state.points, Point(max(at, last + 1), CALM))))
                self.judged.pop(slot, None)
                found += self.conclude({slot: Touched(state, {})}, position, at)
        return found

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """Every active finding ends with its rule."""
        found = []
        for slot, state in sorted(self.keys.values.items()):
            for told in state.told.values():
                if told.episode.holds and not told.withdrawn:
                    ended = replace(told.episode, state="resolved", holds=False, changed_at=at)
                    found.append(finding_of(ended, told, slot=slot, position=position, at=at, late=state.late))
        return found

    def state(self) -> dict[str, Any]:
        """Rows of all keys."""
        return {**self.keys.whole(), **self.calm.whole()}

    def changed(self) -> dict[str, Any]:
        """Rows of changed keys."""
        return {**self.keys.changed(), **self.calm.changed()}

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.keys.restore(state)
        self.calm.restore(state)
        self.judged.clear()
        for slot in state["slot"].tolist():
            self.notice(slot)

    def before(self, slot: int) -> bytes:
        """One key's state."""
        return self.pack(self.look(slot))

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state."""
        self.calm.grow(slot + 1)
        self.keys.unpack(slot, before)
        self.calm.is_calm[slot] = not before
        self.judged.pop(slot, None)
        self.notice(slot)

    # -- what the readings say

    def codes(self, batch: Batch) -> tuple[Ints, Floats]:
        """Each item's code, 0 where it says nothing of interest, and its value."""
        code = np.zeros(len(batch.position), np.int64)
        value = np.full(len(batch.position), np.nan)
        if self.metric in batch.metrics:
            rows = np.flatnonzero(batch.metric == list(batch.metrics).index(self.metric))
            rows = rows[(batch.slot[batch.item[rows]] >= 0) & (batch.flags[batch.item[rows]] & RETAINED == 0)]
            items = batch.item[rows]
            value[items] = batch.value[rows]
            code[items] = self.zones(batch, items, batch.value[rows])
        if self.while_ is not None:
            items, holds = self.while_.of(batch)
            code[items] += WHILE * holds
        return code, value

    def zones(self, batch: Batch, items: Ints, value: Floats) -> Ints:
        """Where the numbers are between the limits; 0 for what is no number, or has no limit."""
        begins = self.sign * self.begins.of(batch, items, self.roster)
        ends = begins if self.ends is None else self.sign * self.ends.of(batch, items, self.roster)
        number = self.sign * value
        is_cold: Bools = number <= ends if self.ends is None else number < ends
        zone = np.where(number > begins, HOT, np.where(is_cold, COLD, BAND))
        has_limits = np.isfinite(begins) & np.isfinite(ends)
        self.unlimited += int(np.count_nonzero(~has_limits))
        return np.where(has_limits & ~np.isnan(number), zone, 0)

    # -- one by one

    def one_by_one(self, batch: Batch, items: Ints, code: Ints, value: Floats) -> list[Finding]:
        """Points of keys that are not calm, entry by entry."""
        found: list[Finding] = []
        touched: dict[int, Touched] = {}
        position, at = batch.after, 0
        for item in items.tolist():
            if batch.position[item] != position:
                found += self.conclude(touched, position, at)
                touched, position, at = {}, int(batch.position[item]), int(batch.received_at[item])
            slot, said = int(batch.slot[item]), int(code[item])
            if slot in touched:
                state = self.between(slot, touched[slot])
            else:
                state = self.awake(slot)
                touched[slot] = Touched(state, {})
            device = batch.devices[int(batch.device[item])]
            evidence = (float(value[item]), device, position) if said % WHILE == HOT else ()
            self.keys.set(slot, self.arrived(slot, state, Point(int(batch.item_at[item]), said, *evidence)))
        return found + self.conclude(touched, position, at)

    def between(self, slot: int, touched: "Touched") -> KeyState:
        """The state between two points of one entry: settled as after any point, and nothing is said of it yet."""
        state = self.keys.values[slot]
        touched.met.update(self.judge(slot, state)[1])
        return self.settled(state)

    def look(self, slot: int) -> KeyState:
        """Everything known of a key."""
        state = self.keys.get(slot) or EMPTY
        if slot < len(self.calm.count) and not self.calm.is_calm[slot]:
            return state
        return merged(state, *self.calm.look(slot))

    def awake(self, slot: int) -> KeyState:
        """Everything known of a key, which is not calm from now on."""
        if not self.calm.is_calm[slot]:
            return self.keys.values[slot]
        return merged(self.keys.get(slot) or EMPTY, *self.calm.take(slot))

    def arrived(self, slot: int, state: KeyState, new: Point) -> KeyState:
        """The state with a point in its place; too late, it is only counted."""
        if state.floor is not None and new.at < state.floor:
            self.late += 1
            return replace(state, late=state.late + 1)
        newest = new.at if state.newest is None else max(state.newest, new.at)
        if not state.points or state.points[-1].order() <= new.order():
            row, met = self.judge(slot, state)
            row = self.delays.step(row, new)
            self.judged[slot] = (row, met if row.episode is None else {**met, row.ordinal: row.episode})
            return replace(state, points=(*state.points, new), newest=newest)
        self.judged.pop(slot, None)
        points = list(state.points)
        insort(points, new, key=Point.order)
        return replace(state, points=tuple(points), newest=newest)

    def judge(self, slot: int, state: KeyState) -> Judged:
        """The unsettled points, judged in order of event time."""
        if (judged := self.judged.get(slot)) is None:
            judged = self.judged[slot] = self.delays.run(state.settled, state.points)
        return judged

    def conclude(self, touched: Mapping[int, "Touched"], position: Position, at: Instant) -> list[Finding]:
        """What is said now of the keys that an entry has touched, and was not said before it."""
        found: list[Finding] = []
        for slot, (past, earlier) in touched.items():
            state = self.keys.values[slot]
            over = {ordinal: episode for ordinal, episode in earlier.items() if ordinal < state.settled.ordinal}
            row, seen = self.judge(slot, state)
            kept = {ordinal: episode for ordinal, episode in seen.items() if ordinal >= state.settled.ordinal}
            self.judged[slot], met = (row, kept), over | kept
            told, news = news_of(state.told, met, position=position, before=partial(self.pack, past))
            for episode, said in news:
                found.append(finding_of(episode, said, slot=slot, position=position, at=at, late=state.late))
            self.keep(slot, forgetful(self.settled(replace(state, told=told))))
        return found

    def pack(self, state: KeyState) -> bytes:
        """A state as bytes, without such bytes in it; empty for a key never heard of."""
        told = {ordinal: replace(told, before=b"") for ordinal, told in state.told.items()}
        return b"" if state == EMPTY else self.keys.encoder.encode(replace(state, told=told))

    def settled(self, state: KeyState) -> KeyState:
        """Fold what no arrival can change any more."""
        if state.newest is None:
            return state
        floor = max(state.newest - self.lateness, EARLIEST if state.floor is None else state.floor)
        place = bisect_left(state.points, floor, key=lambda point: point.at)
        crowd = len(state.points) - REMEMBERED
        if crowd > place:
            place, floor = crowd, max(floor, state.points[crowd].at)
        row, _ = self.delays.run(state.settled, state.points[:place])
        return replace(state, settled=row, points=state.points[place:], floor=floor)

    def keep(self, slot: int, state: KeyState) -> None:
        """Remember a key's state, in columns as far as it is calm."""
        if self.is_calm(state):
            self.calm.put(
                slot,
                state.points,
                newest=EARLIEST if state.newest is None else state.newest,
                floor=EARLIEST if state.floor is None else state.floor,
                condition=state.settled.condition,
            )
            state = replace(state, settled=replace(state.settled, condition=0), points=(), newest=None, floor=None)
            self.judged.pop(slot, None)
        if state == EMPTY:
            self.keys.drop(slot)
        else:
            self.keys.set(slot, state)
        self.notice(slot)

    def is_calm(self, state: KeyState) -> bool:
        """Nothing is going on, and nothing that is going on can come to light but by a late HOT point."""
        return (
            is_at_rest(state.settled)
            and all(point.code < CALM and point.zone != HOT for point in state.points)
            and all(ordinal == state.settled.ordinal for ordinal in state.told)
            and len(state.points) > 0
        )

    def notice(self, slot: int) -> None:
        """Remember whether time matters to a key."""
        state = self.keys.get(slot)
        row = self.judge(slot, state)[0] if state and state.points and self.flapping.changes else Row()
        is_flapping = row.episode is not None and row.episode.state == FLAPPING
        (self.flaps.add if is_flapping else self.flaps.discard)(slot)


def forgetful(state: KeyState) -> KeyState:
    """Without what was said of episodes that nothing can change any more."""
    last, floor = state.settled.ordinal, state.floor
    told = {
        ordinal: told
        for ordinal, told in state.told.items()
        if (ordinal > last and not (told.withdrawn and floor is not None and told.episode.last_at < floor))
        or (ordinal == last and not told.withdrawn)
    }
    return replace(state, told=told)


def merged(
    state: KeyState, points: tuple[Point, ...], newest: Instant | None, floor: Instant | None, condition: int
) -> KeyState:
    """A key's state with what stood in columns."""
    settled = replace(state.settled, condition=condition)
    return replace(state, settled=settled, points=points, newest=newest, floor=floor)
