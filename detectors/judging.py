"""Judging: points of keys in, findings out; what all rules share that make a point of each reading or event.

Most keys are calm and their points are taken in by columns. Once one is HOT, its key is judged like a row of events:
the unsettled points are judged again with each that arrives.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Generic, NamedTuple

from msgspec.structs import replace

from detectors.episodes import FLAPPING, Episode, ended, finding_of, is_over
from detectors.key_states import KeyStates
from detectors.points import CALM, HOT, WHILE, Point
from detectors.readers import Flapping
from detectors.telling import news_of
from detectors.unsettled import Judge, Judged, KeyState, R, forgetful, goes_on, is_too_late, placed, run, settled
from domain.batch import Batch, Bools, Ints
from domain.entries import Position
from domain.finding import Finding
from domain.instants import Duration, Instant
from domain.ports import Arrays


class Touched(NamedTuple):
    """What one entry does to a key."""

    before: Any
    met: dict[int, Episode]
    """Episodes met between its points."""


class Judging(Generic[R]):
    """A detector's interface, but for what makes points; its settings call `judge_by` before anything else."""

    def judge_by(self, judge: Judge[R], kind: type[KeyState[R]], *, lateness: Duration, flapping: Flapping) -> None:
        """Begin. A point more than `lateness` older than its key's newest is counted, not judged."""
        self.judge, self.settles_after, self.calm_after = judge, lateness, flapping.within
        self.minds_flapping = bool(flapping.changes)
        self.states: KeyStates[R] = KeyStates(judge, kind, lateness)
        self.judged: dict[int, Judged[R]] = {}
        """By slot, what judging its unsettled points again would say; forgotten when a late point changes that."""
        self.flaps: set[int] = set()
        """Slots that are flapping until time has passed."""
        self.late = 0

    # -- the detector's interface

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """Findings that flapped and have been calm for long enough."""
        found: list[Finding] = []
        for slot in sorted(self.flaps):
            state = self.states.keys.values[slot]
            row, _ = self.unsettled(slot, state)
            last = max(row.episode.changed_at if row.episode else at, state.newest or at)
            if at - last >= self.calm_after:
                calmed = replace(state, points=(*state.points, Point(max(at, last + 1), CALM)))
                self.states.keys.set(slot, calmed)
                self.judged.pop(slot, None)
                found += self.conclude({slot: Touched(state, {})}, position, at)
        return found

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """Every active finding ends with its rule."""
        found = []
        for slot, state in sorted(self.states.keys.values.items()):
            for told in state.told.values():
                if not is_over(told.episode) and not told.withdrawn:
                    over = ended(told.episode, at)
                    found.append(finding_of(over, told, slot=slot, position=position, at=at, late=state.late))
        return found

    def state(self) -> dict[str, Any]:
        """Rows of all keys."""
        return self.states.whole()

    def changed(self) -> dict[str, Any]:
        """Rows of changed keys."""
        return self.states.changed()

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.states.restore(state)
        self.judged.clear()
        for slot in state["slot"].tolist():
            self.notice(slot)

    def before(self, slot: int) -> bytes:
        """One key's state."""
        return self.states.pack(self.states.look(slot))

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state."""
        self.states.put(slot, before)
        self.judged.pop(slot, None)
        self.notice(slot)

    # -- points

    def advance(self, slot: Ints, at: Ints, code: Ints) -> Bools:
        """Take in the points of calm keys that simply go on; which points are left, to be taken one by one."""
        return self.states.calm.advance(slot, at, code, code % WHILE == HOT)

    def take(self, batch: Batch, arrivals: Iterable[tuple[int, Point]]) -> list[Finding]:
        """Items of the batch in order, each with a point that it makes; entry by entry."""
        found: list[Finding] = []
        touched: dict[int, Touched] = {}
        position, at = batch.after, 0
        for item, point in arrivals:
            if batch.position[item] != position:
                found += self.conclude(touched, position, at)
                touched, position, at = {}, int(batch.position[item]), int(batch.received_at[item])
            slot = int(batch.slot[item])
            if slot in touched:
                state = self.between(slot, touched[slot])
            else:
                state = self.states.awake(slot)
                touched[slot] = Touched(state, {})
            self.states.keys.set(slot, self.arrived(slot, state, point))
        return found + self.conclude(touched, position, at)

    def between(self, slot: int, touched: Touched) -> KeyState[R]:
        """The state between two points of one entry: settled as after any point, and nothing is said of it yet."""
        state = self.states.keys.values[slot]
        touched.met.update(self.unsettled(slot, state)[1])
        return settled(state, self.judge, self.settles_after)

    def arrived(self, slot: int, state: KeyState[R], new: Point) -> KeyState[R]:
        """The state with a point in its place; too late, it is only counted."""
        if is_too_late(state, new):
            self.late += 1
            return replace(state, late=state.late + 1)
        if goes_on(state, new):
            row, met = self.unsettled(slot, state)
            row = self.judge.step(row, new)
            self.judged[slot] = (row, met if row.episode is None else {**met, row.ordinal: row.episode})
        else:
            self.judged.pop(slot, None)
        return placed(state, new)

    def unsettled(self, slot: int, state: KeyState[R]) -> Judged[R]:
        """The unsettled points, judged in order of event time."""
        if (judged := self.judged.get(slot)) is None:
            judged = self.judged[slot] = run(self.judge, state.settled, state.points)
        return judged

    def conclude(self, touched: Mapping[int, Touched], position: Position, at: Instant) -> list[Finding]:
        """What is said now of the keys that an entry has touched, and was not said before it."""
        found: list[Finding] = []
        for slot, (past, earlier) in touched.items():
            state = self.states.keys.values[slot]
            over = {ordinal: episode for ordinal, episode in earlier.items() if ordinal < state.settled.ordinal}
            row, seen = self.unsettled(slot, state)
            kept = {ordinal: episode for ordinal, episode in seen.items() if ordinal >= state.settled.ordinal}
            self.judged[slot], met = (row, kept), over | kept
            before = partial(self.states.pack, past)
            told, news = news_of(state.told, met, position=position, before=before)
            for episode, said in news:
                found.append(finding_of(episode, said, slot=slot, position=position, at=at, late=state.late))
            if self.states.keep(slot, forgetful(settled(replace(state, told=told), self.judge, self.settles_after))):
                self.judged.pop(slot, None)
            self.notice(slot)
        return found

    def notice(self, slot: int) -> None:
        """Remember whether time matters to a key."""
        state = self.states.keys.get(slot)
        row = self.unsettled(slot, state)[0] if state and state.points and self.minds_flapping else None
        is_flapping = row is not None and row.episode is not None and row.episode.state == FLAPPING
        (self.flaps.add if is_flapping else self.flaps.discard)(slot)
