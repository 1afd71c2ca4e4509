"""Consecutive: the same thing happened so many times in a row, with nothing good in between.

A key's state is a value: what is settled, and the happenings that a late one may still change. Each arrival puts the
happening in its place in event time and judges the unsettled stretch again; the difference to what was said before
is what is said now. So the settled view depends on what happened, not on the order in which it arrived.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from detectors.detector import setting
from detectors.episodes import (
    Episode,
    Happening,
    Told,
    begin,
    calmed,
    finding_of,
    grown,
    happening,
    is_in_cooldown,
    turned,
)
from detectors.keyed import Keyed
from detectors.readers import (
    EventMatch,
    Flapping,
    Reset,
    Resolve,
    count,
    duration,
    event_match,
    flapping,
    positive,
    reset,
    resolve,
)
from domain.batch import RETAINED, Batch, DeviceEvent
from domain.entries import Position
from domain.finding import Finding
from domain.instants import DAY, MINUTE, Duration, Instant
from domain.ports import Arrays

SLICES = 64
"""A duration that needs evidence is watched in so many slices …"""
GAP_SLICES = 8
"""… and silence longer than so many of them is unknown time."""
EARLIEST: Instant = -(2**63)
UNSETTLED = 256
"""So many unsettled happenings a key; beyond, the oldest are settled early."""

HIT, RESET, RESOLVE, QUIET, CALM = "C", "R", "X", "Q", "K"


class Row(Struct, frozen=True, array_like=True):
    """What is settled: the row so far, and the last episode."""

    hits: tuple[Happening, ...] = ()
    counted_at: Instant | None = None
    ordinal: int = 0
    """How many episodes there were."""
    episode: Episode | None = None


class KeyState(Struct, frozen=True, array_like=True):
    """Everything remembered of one key."""

    settled: Row = Row()
    happenings: tuple[Happening, ...] = ()
    """The unsettled ones, in order of event time."""
    newest: Instant | None = None
    floor: Instant | None = None
    """What is older than this comes too late."""
    heard: tuple[int, ...] = ()
    """Slices of event time in which the device was heard, in order."""
    heard_at: Instant = 0
    """When it was heard last, by arrival …"""
    quiet: Duration = 0
    """… and how long it has been heard without a hit."""
    told: dict[int, Told] = {}
    """By ordinal, what has been said of episodes that may still change."""
    late: int = 0


@dataclass
class Consecutive:
    """`count` matching events in a row within `within`; `reset` breaks the row, `resolve` ends the finding."""

    event: EventMatch = setting(event_match)
    count: int = setting(count)
    within: Duration = setting(positive, default=DAY)
    reset: Reset = setting(reset, default=Reset())
    min_gap: Duration = setting(duration, default=0)
    lateness: Duration = setting(duration, default=10 * MINUTE)
    resolve: Resolve = setting(resolve, default=Resolve(quiet_for=DAY))
    cooldown: Duration = setting(duration, default=0)
    flapping: Flapping = setting(flapping, default=Flapping())

    def __post_init__(self) -> None:
        self.keys: Keyed[KeyState] = Keyed(KeyState)
        self.tracked: set[int] = set()
        """Slots for which being heard matters."""
        self.active: set[int] = set()
        """Slots with a finding that time may end."""
        self.slice: Duration = max(1, self.reset.or_healthy_for // SLICES)
        self.late = 0

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {
            "event": "crash",
            "count": 3,
            "within": "24h",
            "reset": {"event": "boot_ok", "or_healthy_for": "2h"},
            "min_gap": "1s",
            "resolve": {"quiet_for": "24h"},
            "cooldown": "6h",
            "flapping": {"changes": 4, "within": "1h"},
        }

    # -- the detector's interface

    def wants(self) -> Mapping[str, Any]:
        """Its events; and every item of keys that wait for health or quiet."""
        names = {match.event for match in (self.event, self.reset.event, self.resolve.event) if match}
        return {
            "events": frozenset(names),
            "readings": frozenset(),
            "any_item": bool(self.tracked),
            "follows": self.needs_evidence,
        }

    def observe(self, batch: Batch) -> list[Finding]:
        """What the batch's events change; entry by entry, so that a list in one message counts as one arrival."""
        events: dict[int, list[tuple[str, DeviceEvent]]] = {}
        for event in batch.events:
            if batch.slot[event.item] >= 0 and not event.flags & RETAINED and (kind := self.kind_of(event)):
                events.setdefault(event.item, []).append((kind, event))
        found: list[Finding] = []
        before: dict[int, KeyState] = {}
        position, at = batch.after, 0
        for item in self.relevant(batch, events):
            if batch.position[item] != position:
                found += self.conclude(before, position, at)
                before, position, at = {}, int(batch.position[item]), int(batch.received_at[item])
            slot = int(batch.slot[item])
            state = self.keys.get(slot) or KeyState()
            if here := events.get(item):
                before.setdefault(slot, state)
                for kind, event in here:
                    state = self.arrived(state, happening(event, kind), event.received_at)
                self.keys.set(slot, state)
            if not any(kind == HIT for kind, _ in here or ()) and slot in self.tracked:
                self.hear(slot, int(batch.item_at[item]), at)
        return found + self.conclude(before, position, at)

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """Findings that have been quiet or calm for long enough."""
        found: list[Finding] = []
        for slot in sorted(self.active):
            state = self.keys.values[slot]
            if kind := self.ripe(state, at):
                moment = max(at, (state.newest or at) + 1)
                mark = Happening(moment, -1, -1, 0, position, kind, "", "", "")
                self.keys.set(slot, replace(state, happenings=(*state.happenings, mark)))
                found += self.conclude({slot: state}, position, at)
        return found

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """Every active finding ends with its rule."""
        found = []
        for slot in sorted(self.active):
            state = self.keys.values[slot]
            for told in state.told.values():
                if told.episode.holds and not told.withdrawn:
                    ended = replace(told.episode, state="resolved", holds=False, changed_at=at)
                    found.append(finding_of(ended, told, slot=slot, position=position, at=at, late=state.late))
        return found

    def state(self) -> dict[str, Any]:
        """Rows of all keys."""
        return self.keys.whole()

    def changed(self) -> dict[str, Any]:
        """Rows of changed keys."""
        return self.keys.changed()

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.keys.restore(state)
        for slot in state["slot"].tolist():
            self.notice(slot)

    def before(self, slot: int) -> bytes:
        """One key's state."""
        return self.keys.pack(slot)

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state."""
        self.keys.unpack(slot, before)
        self.notice(slot)

    # -- one arrival

    def kind_of(self, event: DeviceEvent) -> str:
        """The event's role in the rule; empty for none."""
        if self.event.matches(event):
            return HIT
        breaks = self.reset.event is not None and self.reset.event.matches(event)
        ends = self.resolve.event is not None and self.resolve.event.matches(event)
        return (RESET if breaks else "") + (RESOLVE if ends else "")

    def relevant(self, batch: Batch, events: Mapping[int, Any]) -> Iterable[int]:
        """Items with events of the rule, and items of keys for which being heard matters, in order."""
        slots = self.tracked | {int(batch.slot[item]) for item in events}
        if not self.tracked and not events:
            return ()
        if not self.needs_evidence:
            return sorted(events)
        wanted = np.isin(batch.slot, np.fromiter(slots, np.int64, len(slots))) & (batch.flags & RETAINED == 0)
        return [int(item) for item in np.flatnonzero(wanted)]

    def arrived(self, state: KeyState, new: Happening, received_at: Instant) -> KeyState:
        """The state with a happening in its place; too late, it is only counted."""
        if state.floor is not None and new.at < state.floor:
            self.late += 1
            return replace(state, late=state.late + 1)
        happenings = list(state.happenings)
        if new.kind == HIT:
            happenings = [h for h in happenings if not self.is_undone(h, new)]
            state = replace(state, quiet=0, heard_at=received_at)
        insort(happenings, new, key=Happening.order)
        newest = new.at if state.newest is None else max(state.newest, new.at)
        return replace(state, happenings=tuple(happenings), newest=newest)

    def is_undone(self, mark: Happening, hit: Happening) -> bool:
        """The mark says that it was quiet when, as is known now, it was not."""
        return mark.kind == QUIET and mark.at - self.resolve.quiet_for < hit.at < mark.at

    def settle(self, state: KeyState) -> KeyState:
        """Fold what no arrival can change any more; what it led to has been said."""
        if state.newest is None:
            return state
        floor = max(state.newest - self.lateness, EARLIEST)
        if len(state.happenings) > UNSETTLED:
            crowd = state.happenings[-UNSETTLED].at
            floor = max(floor, crowd if state.happenings[0].at < crowd else crowd + 1)
        floor = floor if state.floor is None else max(floor, state.floor)
        place = bisect_left(state.happenings, floor, key=lambda h: h.at)
        settled, _ = self.run(state.settled, state.happenings[:place], state.heard)
        rest = state.happenings[place:]
        hits = [h.at for h in (*settled.hits, *rest) if h.kind == HIT]
        since = min(hits) // self.slice if hits else None
        told = {
            ordinal: told
            for ordinal, told in state.told.items()
            if (ordinal > settled.ordinal and not (told.withdrawn and told.episode.last_at < floor))
            or (ordinal == settled.ordinal and not told.withdrawn)
        }
        return replace(
            state,
            settled=settled,
            happenings=rest,
            floor=floor,
            heard=state.heard[bisect_left(state.heard, since) :] if since is not None else (),
            told=told,
        )

    def hear(self, slot: int, at: Instant, received_at: Instant) -> None:
        """The device was heard without a hit: evidence of health at `at`, of quiet at arrival."""
        state = self.keys.values[slot]
        gap = received_at - state.heard_at
        quiet = state.quiet + (gap if 0 < gap <= self.longest_silence else 0)
        heard, number = state.heard, at // self.slice
        place = bisect_left(heard, number)
        is_new = self.reset.or_healthy_for > 0 and (place == len(heard) or heard[place] != number)
        if is_new:
            heard = (*heard[:place], number, *heard[place:])
        self.keys.set(slot, replace(state, heard=heard, quiet=quiet, heard_at=max(received_at, state.heard_at)))
        if is_new:
            self.notice(slot)

    @property
    def needs_evidence(self) -> bool:
        """Being heard matters to some keys."""
        return bool(self.reset.or_healthy_for or self.resolve.quiet_for)

    @property
    def longest_silence(self) -> Duration:
        """A longer silence is no evidence of quiet."""
        return self.resolve.quiet_for * GAP_SLICES // SLICES

    # -- judging

    def run(self, row: Row, happenings: Iterable[Happening], heard: tuple[int, ...]) -> tuple[Row, dict[int, Episode]]:
        """The row after some happenings, and the episodes met, by ordinal."""
        met = {row.ordinal: row.episode} if row.episode is not None else {}
        for one in happenings:
            row = self.step(row, one, heard)
            if row.episode is not None:
                met[row.ordinal] = row.episode
        return row, met

    def step(self, row: Row, one: Happening, heard: tuple[int, ...]) -> Row:
        """One happening in order of event time."""
        episode = row.episode and calmed(row.episode, one.at, self.flapping)
        if one.kind == HIT:
            return self.hit(replace(row, episode=episode), one, heard)
        if one.kind == CALM:
            return replace(row, episode=episode)
        breaks = RESET in one.kind
        if episode is not None and episode.holds and (RESOLVE in one.kind or one.kind == QUIET):
            episode, breaks = turned(episode, holds=False, at=one.at, flapping=self.flapping), True
        return replace(row, hits=() if breaks else row.hits, episode=episode)

    def hit(self, row: Row, one: Happening, heard: tuple[int, ...]) -> Row:
        """One more of what is counted."""
        if row.counted_at is not None and one.at - row.counted_at < self.min_gap:
            return row
        hits = () if self.was_healthy(row.hits, one.at, heard) else row.hits
        hits = (*(h for h in hits if one.at - h.at <= self.within), one)[-self.count :]
        row = replace(row, hits=hits, counted_at=one.at)
        episode = row.episode
        if episode is not None and episode.holds:
            return replace(row, episode=grown(episode, (one,)))
        if len(hits) < self.count:
            return row
        if episode is not None and is_in_cooldown(episode, one.at, self.cooldown):
            again = turned(episode, holds=True, at=one.at, flapping=self.flapping)
            return replace(row, episode=grown(again, hits))
        return replace(row, ordinal=row.ordinal + 1, episode=begin(hits, one.at))

    def was_healthy(self, hits: tuple[Happening, ...], until: Instant, heard: tuple[int, ...]) -> bool:
        """Between the last hit and `until` the device was heard for as long as breaks the row."""
        if not self.reset.or_healthy_for or not hits:
            return False
        return self.healthy_slices(hits[-1].at, until, heard) >= SLICES

    def healthy_slices(self, since: Instant, until: Instant, heard: tuple[int, ...]) -> int:
        """Slices between two instants that are covered by being heard; longer silences are unknown."""
        first, last = since // self.slice, until // self.slice
        points = [first, *(s for s in heard if first < s < last), last]
        gaps = np.diff(points)
        return int(gaps[gaps <= GAP_SLICES].sum())

    def conclude(self, before: Mapping[int, KeyState], position: Position, at: Instant) -> list[Finding]:
        """What is said now of the keys that an entry has touched, and was not said before it."""
        found: list[Finding] = []
        for slot, past in before.items():
            state = self.keys.values[slot]
            _, met = self.run(state.settled, state.happenings, state.heard)
            told = dict(state.told)
            for ordinal, episode in met.items():
                said = told.get(ordinal)
                if said is None:
                    nth = sum(t.fired_position == position for t in told.values())
                    said = Told(position, nth, self.keys.encoder.encode(alone(past)), episode)
                elif said.episode == episode and not said.withdrawn and state.late == past.late:
                    continue
                told[ordinal] = replace(said, episode=episode, withdrawn=False)
                found.append(finding_of(episode, said, slot=slot, position=position, at=at, late=state.late))
            for ordinal in told.keys() - met.keys():
                said = told[ordinal]
                if not said.withdrawn:
                    told[ordinal] = replace(said, withdrawn=True)
                    found.append(finding_of(None, said, slot=slot, position=position, at=at, late=state.late))
            self.keys.set(slot, self.settle(replace(state, told=told)))
            self.notice(slot)
        return found

    # -- what time may change

    def ripe(self, state: KeyState, at: Instant) -> str:
        """The mark that time puts now: quiet for long enough, calm for long enough, or none."""
        row, _ = self.run(state.settled, state.happenings, state.heard)
        episode = row.episode
        if episode is None:
            return ""
        if episode.state == "flapping" and at - max(episode.changed_at, state.newest or 0) >= self.flapping.within:
            return CALM
        silence = at - state.heard_at
        quiet = state.quiet + (silence if 0 < silence <= self.longest_silence else 0)
        return QUIET if episode.holds and 0 < self.resolve.quiet_for <= quiet else ""

    def notice(self, slot: int) -> None:
        """Remember whether time, or being heard, matters to a key."""
        state = self.keys.get(slot)
        row, _ = self.run(state.settled, state.happenings, state.heard) if state else (Row(), {})
        episode = row.episode
        is_active = episode is not None and (episode.holds or episode.state == "flapping")
        waits_for_quiet = is_active and self.resolve.quiet_for > 0
        (self.active.add if is_active else self.active.discard)(slot)
        (self.tracked.add if waits_for_quiet or self.waits_for_health(row, state) else self.tracked.discard)(slot)

    def waits_for_health(self, row: Row, state: KeyState | None) -> bool:
        """There is a row that health may still break."""
        if state is None or not row.hits or not self.reset.or_healthy_for:
            return False
        if state.heard and state.heard[-1] * self.slice - row.hits[-1].at > self.within + self.lateness:
            return False
        known = (
            self.healthy_slices(row.hits[-1].at, (state.heard[-1] + 1) * self.slice, state.heard) if state.heard else 0
        )
        return known < SLICES + self.lateness // self.slice + 1


def alone(state: KeyState) -> KeyState:
    """The state without the states before earlier firings: nested in each other they would double every time."""
    return replace(state, told={ordinal: replace(told, before=b"") for ordinal, told in state.told.items()})
