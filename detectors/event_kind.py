"""Kinds of rules about events: what such a rule needs besides the meaning of its events.

A kind says which events have which role, and what each makes of the row before it (detectors/fold.py). Order,
lateness, what was said and must be taken back, signs of life, groups and bounded memory are here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from detectors.detector import setting
from detectors.episodes import finding_of, happening
from detectors.fingerprint import ALGORITHMS, algorithm
from detectors.groups import Groups
from detectors.health import Heard
from detectors.readers import EventMatch, Flapping, Resolve, duration, flapping, resolve
from detectors.roster import Roster
from detectors.stretch import RESOLVE, KeyState, placed
from detectors.stretches import Arrival, Stretches
from domain.batch import RETAINED, Batch, DeviceEvent
from domain.entries import Position
from domain.finding import Finding
from domain.instants import DAY, MINUTE, Duration, Instant
from domain.ports import Arrays

Said = tuple[str, DeviceEvent]
"""An event and its roles."""


class Sign(NamedTuple):
    """A device was heard: an item."""

    slot: int
    device: str
    at: Instant


@dataclass(kw_only=True)
class Episodic(Stretches):
    """A rule about events, whose findings are episodes of a key."""

    lateness: Duration = setting(duration, default=10 * MINUTE)
    """An event that arrives so much later than a newer one of its key is still put in its place."""
    resolve: Resolve = setting(resolve, default=Resolve(quiet_for=DAY))
    """What ends a finding: an event, or nothing of the kind for so long while the device is heard."""
    cooldown: Duration = setting(duration, default=0)
    """Within so long after its end, the same trouble opens the same finding again."""
    flapping: Flapping = setting(flapping, default=Flapping())
    """A finding that opens and ends so often within so long is held until it is calm."""
    fingerprint: int = setting(algorithm, default=1)
    """The number of the algorithm that tells fingerprints, where the key asks for them."""

    def __post_init__(self) -> None:
        self.clear()
        self.groups = Groups(ALGORITHMS[self.fingerprint])
        self.unlike = 0
        """Events without a fingerprint where the key asks for one; they are like no other and not judged."""

    # -- what a kind says

    def matches(self) -> Iterable[EventMatch | None]:
        """The events it looks at, besides the one that resolves."""
        raise NotImplementedError(f"{type(self).__name__} says which events it looks at")

    def kind_of(self, event: DeviceEvent) -> str:
        """The event's roles in the rule; empty for none."""
        raise NotImplementedError(f"{type(self).__name__} says which roles events have")

    def ends(self, event: DeviceEvent) -> str:
        """The role of an event that resolves; empty where it does not."""
        return RESOLVE if self.resolve.event is not None and self.resolve.event.matches(event) else ""

    @property
    def needs_evidence(self) -> bool:
        """Being heard matters to some keys."""
        return bool(self.resolve.quiet_for)

    def with_sign(self, heard: Heard, device: str, at: Instant, received_at: Instant) -> Heard:
        """The device was heard at event time `at`; the same object where that is no news."""
        return heard

    def learned(self, slot: int, device: str) -> bool:
        """What was heard of a device is news: True where the key must be judged again."""
        return False

    # -- the detector's interface

    def meet(self, roster: Roster) -> None:
        """The keys of the rule."""
        self.groups.meet(roster.keys)

    def wants(self) -> Mapping[str, Any]:
        """Its events; and every item of keys that wait for a sign of life."""
        names = {match.event for match in (*self.matches(), self.resolve.event) if match}
        return {
            "events": frozenset(names),
            "readings": frozenset(),
            "any_item": bool(self.tracked),
            "follows": self.needs_evidence,
        }

    def observe(self, batch: Batch) -> list[Finding]:
        """What the batch's events change; entry by entry, so that a list in one message counts as one arrival."""
        events: dict[int, list[Said]] = {}
        for event in batch.events:
            if batch.slot[event.item] >= 0 and not event.flags & RETAINED and (kind := self.kind_of(event)):
                events.setdefault(event.item, []).append((kind, event))
        found: list[Finding] = []
        arrival = Arrival(batch.after, 0)
        for item in self.relevant(batch, events):
            if batch.position[item] != arrival.position:
                found += self.conclude(arrival)
                arrival = Arrival(int(batch.position[item]), int(batch.received_at[item]))
            sign = Sign(int(batch.slot[item]), batch.devices[batch.device[item]], int(batch.item_at[item]))
            self.take(arrival, sign, events.get(item, ()))
        return found + self.conclude(arrival)

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """What comes of time alone: quiet or calm for long enough."""
        arrival = Arrival(position, at)
        for slot in self.in_time(at):
            state = self.keys.values[slot]
            if marks := self.ripe(state, at, position):
                arrival.before[slot], arrival.touched[slot] = state, None
                self.keys.set(slot, placed(state, marks))
        return self.conclude(arrival)

    def in_time(self, at: Instant) -> Sequence[int]:
        """Slots of which it may make something that it is `at` now, in order."""
        return sorted(self.active)

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
            self.groups.join(slot)
            self.notice(slot)

    def before(self, slot: int) -> bytes:
        """One key's state."""
        return self.keys.pack(slot)

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state."""
        self.keys.unpack(slot, before)
        if before:
            self.groups.join(slot)
        self.notice(slot)

    # -- one arrival

    def relevant(self, batch: Batch, events: Mapping[int, Any]) -> Iterable[int]:
        """Items with events of the rule, and items of keys for which being heard matters, in order."""
        if not self.tracked and not events:
            return ()
        if not self.needs_evidence:
            return sorted(events)
        slots = {self.groups.base(slot) for slot in self.tracked}
        slots |= {self.groups.base(int(batch.slot[item])) for item in events}
        if self.groups.is_needed:
            slots = {slot for slot in set(batch.slot.tolist()) if slot >= 0 and self.groups.base(slot) in slots}
        wanted = np.isin(batch.slot, np.fromiter(slots, np.int64, len(slots))) & (batch.flags & RETAINED == 0)
        return [int(item) for item in np.flatnonzero(wanted)]

    def take(self, arrival: Arrival, sign: Sign, said: Sequence[Said]) -> None:
        """One item: its events go to the keys they are about, and the device was heard."""
        waiting = [member for member in self.groups.family(sign.slot) if member in self.tracked]
        hit: set[int] = set()
        for kind, event in said:
            is_hit = self.is_hit(kind)
            for target in self.targets(sign.slot, event, is_hit=is_hit):
                state = self.begun(arrival, target)
                arrival.touched[target] = None
                self.keys.set(target, self.arrived(state, happening(event, kind), event.received_at))
                if is_hit:
                    hit.add(target)
        for member in waiting:
            if member not in hit:
                self.hear(arrival, member, sign)

    def targets(self, slot: int, event: DeviceEvent, *, is_hit: bool) -> Iterable[int]:
        """The slots that an event is about."""
        if not is_hit:
            return self.groups.about(slot)
        if (target := self.groups.of_hit(slot, event)) is None:
            self.unlike += 1
            return ()
        return (target,)

    def begun(self, arrival: Arrival, target: int) -> KeyState:
        """The state of a key; a group that is new knows what was said to all groups of late."""
        state = self.keys.get(target)
        if state is None:
            base = self.groups.base(target)
            whole = None if base == target else self.keys.get(base)
            marks = [one for one in whole.happenings if one.event and not self.is_hit(one.kind)] if whole else []
            state = KeyState(happenings=tuple(marks), newest=marks[-1].at if marks else None)
            self.groups.join(target)
        arrival.before.setdefault(target, state)
        return state

    def hear(self, arrival: Arrival, slot: int, sign: Sign) -> None:
        """The device was heard without a hit, by event time and at arrival."""
        state = self.keys.values[slot]
        arrival.before.setdefault(slot, state)
        gap = arrival.at - state.heard_at
        quiet = state.quiet + (gap if 0 < gap <= self.longest_silence else 0)
        heard = self.with_sign(state.heard, sign.device, sign.at, arrival.at)
        is_news = heard is not state.heard
        self.keys.set(slot, replace(state, heard=heard, quiet=quiet, heard_at=max(arrival.at, state.heard_at)))
        if is_news and self.learned(slot, sign.device):
            arrival.touched[slot] = None
