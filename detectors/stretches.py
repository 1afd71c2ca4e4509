"""Stretches: every key of a rule about events, judged again at each arrival; what is said is the difference."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from detectors.episodes import FLAPPING, Happening, Told, finding_of
from detectors.fold import Fold
from detectors.health import Heard
from detectors.keyed import Keyed
from detectors.stretch import KeyState, Row, alone, arrived, floor_of, is_late, still_open
from domain.entries import Position
from domain.finding import Finding
from domain.instants import Duration, Instant


@dataclass(slots=True)
class Arrival:
    """One entry of the journal, and what it does to keys."""

    position: Position
    at: Instant
    before: dict[int, KeyState] = field(default_factory=dict)
    """States before it, by slot."""
    touched: dict[int, None] = field(default_factory=dict)
    """Slots to be judged again, in order."""


class Stretches(Fold):
    """The keys' states, and what has been said of each."""

    lateness: Duration

    def clear(self) -> None:
        """Begin with nothing."""
        self.keys: Keyed[KeyState] = Keyed(KeyState)
        self.tracked: set[int] = set()
        """Slots for which being heard matters."""
        self.active: set[int] = set()
        """Slots with a finding that time may end."""
        self.late = 0

    # -- what a kind may say

    def heard_with(self, heard: Heard, happenings: Sequence[Happening]) -> Heard:
        """What still matters of it, with these happenings left."""
        return ()

    def waits(self, row: Row, state: KeyState) -> bool:
        """Being heard may still change what the row comes to."""
        return False

    def forgotten(self, row: Row, floor: Instant) -> Row:
        """Without what can come to nothing any more."""
        return row

    # -- judging

    def arrived(self, state: KeyState, new: Happening, received_at: Instant) -> KeyState:
        """The state with a happening in its place; too late, it is only counted."""
        if is_late(state, new.at):
            self.late += 1
            return replace(state, late=state.late + 1)
        if self.is_hit(new.kind):
            kept = tuple(one for one in state.happenings if not self.is_undone(one, new))
            state = replace(state, happenings=kept, quiet=0, heard_at=received_at)
        return arrived(state, new)

    def conclude(self, arrival: Arrival) -> list[Finding]:
        """What is said now of the keys that an entry has touched, and was not said before it."""
        found: list[Finding] = []
        position, at = arrival.position, arrival.at
        for slot in arrival.touched:
            past, state = arrival.before[slot], self.keys.values[slot]
            row, met = self.run(state.settled, state.happenings, state.heard)
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
            state = self.settle(replace(state, told=told))
            self.keys.set(slot, state)
            self.remember(slot, row if state.floor is None else self.forgotten(row, state.floor), state)
        return found

    def settle(self, state: KeyState) -> KeyState:
        """Fold what no arrival can change any more; what it led to has been said."""
        if state.newest is None:
            return state
        floor = floor_of(state, state.newest, self.lateness)
        place = bisect_left(state.happenings, floor, key=lambda h: h.at)
        settled, _ = self.run(state.settled, state.happenings[:place], state.heard, floor)
        settled = self.forgotten(settled, floor)
        rest = state.happenings[place:]
        return replace(
            state,
            settled=settled,
            happenings=rest,
            floor=floor,
            heard=self.heard_with(state.heard, (*settled.hits, *rest)),
            told=still_open(state.told, settled, floor),
        )

    def notice(self, slot: int) -> None:
        """Remember whether time, or being heard, matters to a key."""
        state = self.keys.get(slot)
        if state is None:
            self.active.discard(slot)
            self.tracked.discard(slot)
            return
        row, _ = self.run(state.settled, state.happenings, state.heard)
        self.remember(slot, row, state)

    def remember(self, slot: int, row: Row, state: KeyState) -> None:
        """What waits for time, and what for a sign of life."""
        episode = row.episode
        is_active = episode is not None and (episode.holds or episode.state == FLAPPING)
        waits_for_quiet = is_active and self.resolve.quiet_for > 0
        (self.active.add if is_active else self.active.discard)(slot)
        (self.tracked.add if waits_for_quiet or self.waits(row, state) else self.tracked.discard)(slot)
