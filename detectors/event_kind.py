"""Kinds of rules about events: what such a rule needs besides the meaning of its events.

A kind says which events have which role, and what each makes of the row before it (detectors/fold.py). Order,
lateness, what was said and must be taken back, signs of life, groups and bounded memory are here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detectors.detector import setting
from detectors.episodes import ended, finding_of, happening, is_over
from detectors.fingerprint import ALGORITHMS, algorithm
from detectors.groups import Groups
from detectors.limits import Condition
from detectors.readers import EventMatch, Flapping, Resolve, duration, flapping, resolve
from detectors.roster import Roster
from detectors.stretch import RESOLVE, placed
from detectors.stretches import Arrival
from detectors.taking import Said, Sign, TakesItems
from domain.batch import RETAINED, Batch, DeviceEvent
from domain.entries import Position
from domain.finding import Finding
from domain.instants import DAY, MINUTE, Duration, Instant
from domain.ports import Arrays


@dataclass(kw_only=True)
class Episodic(TakesItems):
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

    # -- what a kind says

    def matches(self) -> Iterable[EventMatch | Condition | None]:
        """The events and readings it looks at, besides the event that resolves."""
        raise NotImplementedError(f"{type(self).__name__} says which events it looks at")

    def kind_of(self, event: DeviceEvent) -> str:
        """The event's roles in the rule; empty for none."""
        raise NotImplementedError(f"{type(self).__name__} says which roles events have")

    def ends(self, event: DeviceEvent) -> str:
        """The role of an event that resolves; empty where it does not."""
        return RESOLVE if self.resolve.event is not None and self.resolve.event.matches(event) else ""

    def said(self, batch: Batch) -> dict[int, list[Said]]:
        """By item, what is of the rule."""
        said: dict[int, list[Said]] = {}
        for event in batch.events:
            if batch.slot[event.item] >= 0 and not event.flags & RETAINED and (kind := self.kind_of(event)):
                said.setdefault(event.item, []).append(Said(happening(event, kind), event.received_at, event))
        return said

    # -- the detector's interface

    def meet(self, roster: Roster) -> None:
        """The keys of the rule."""
        self.groups.meet(roster.keys)

    def wants(self) -> Mapping[str, Any]:
        """Its events; and every item of keys that wait for a sign of life."""
        looked_for = [*self.matches(), self.resolve.event]
        return {
            "events": frozenset(match.event for match in looked_for if isinstance(match, EventMatch)),
            "readings": frozenset(match.metric for match in looked_for if isinstance(match, Condition)),
            "any_item": bool(self.tracked),
            "follows": self.needs_evidence,
        }

    def observe(self, batch: Batch) -> list[Finding]:
        """What the batch's events change; entry by entry, so that a list in one message counts as one arrival."""
        said = self.said(batch)
        found: list[Finding] = []
        arrival = Arrival(batch.after, 0)
        for item in self.relevant(batch, said):
            if batch.position[item] != arrival.position:
                found += self.conclude(arrival)
                arrival = Arrival(int(batch.position[item]), int(batch.received_at[item]))
            sign = Sign(int(batch.slot[item]), batch.devices[batch.device[item]], int(batch.item_at[item]))
            self.take(arrival, sign, said.get(item, ()))
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
                if not is_over(told.episode) and not told.withdrawn:
                    over = ended(told.episode, at)
                    found.append(finding_of(over, told, slot=slot, position=position, at=at, late=state.late))
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
