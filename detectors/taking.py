"""Taking items: which keys of a rule about events an item is about, and what a sign of life tells them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from detectors.episodes import Happening
from detectors.groups import Groups
from detectors.health import Heard
from detectors.stretch import KeyState
from detectors.stretches import Arrival, Stretches
from domain.batch import RETAINED, Batch, DeviceEvent
from domain.instants import Instant


class Said(NamedTuple):
    """What an item says to the rule."""

    one: Happening
    received_at: Instant
    event: DeviceEvent | None = None
    """None: it is a reading."""


class Sign(NamedTuple):
    """A device was heard: an item."""

    slot: int
    device: str
    at: Instant


class TakesItems(Stretches):
    """Items come one by one; each is a sign of life, and may hold events and readings of the rule."""

    groups: Groups

    def clear(self) -> None:
        """Begin with nothing."""
        super().clear()
        self.unlike = 0
        """Events without a fingerprint where the key asks for one; they are like no other and not judged."""

    # -- what a kind may say

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

    # -- items

    def relevant(self, batch: Batch, said: Mapping[int, Any]) -> Iterable[int]:
        """Items that say something to the rule, and items of keys for which being heard matters, in order."""
        if not self.tracked and not said:
            return ()
        if not self.needs_evidence:
            return sorted(said)
        slots = {self.groups.base(slot) for slot in self.tracked}
        slots |= {self.groups.base(int(batch.slot[item])) for item in said}
        if self.groups.is_needed:
            slots = {slot for slot in set(batch.slot.tolist()) if slot >= 0 and self.groups.base(slot) in slots}
        wanted = np.isin(batch.slot, np.fromiter(slots, np.int64, len(slots))) & (batch.flags & RETAINED == 0)
        return [int(item) for item in np.flatnonzero(wanted)]

    def take(self, arrival: Arrival, sign: Sign, said: Sequence[Said]) -> None:
        """One item: its events go to the keys they are about, and the device was heard."""
        waiting = [member for member in self.groups.family(sign.slot) if member in self.tracked]
        hit: set[int] = set()
        for what in said:
            is_hit = self.is_hit(what.one.kind)
            for target in self.targets(sign.slot, what.event, is_hit=is_hit):
                state = self.begun(arrival, target)
                arrival.touched[target] = None
                self.keys.set(target, self.arrived(state, what.one, what.received_at))
                if is_hit:
                    hit.add(target)
        for member in waiting:
            if member not in hit:
                self.hear(arrival, member, sign)

    def targets(self, slot: int, event: DeviceEvent | None, *, is_hit: bool) -> Iterable[int]:
        """The slots that an event or reading is about."""
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
