"""Key states: everything remembered of a rule's keys, the points of calm ones in columns."""

from typing import Any, Generic

from msgspec.structs import replace

from detectors.calm import EARLIEST, CalmKeys
from detectors.keyed import Keyed
from detectors.points import CALM, HOT, Point
from detectors.unsettled import Judge, KeyState, R
from domain.instants import Duration, Instant
from domain.ports import Arrays


class KeyStates(Generic[R]):
    """States by slot; a key is calm until a point wakes it, and again once nothing is going on."""

    def __init__(self, judge: Judge[R], kind: type[KeyState[R]], lateness: Duration) -> None:
        self.judge = judge
        self.empty: KeyState[R] = KeyState(settled=judge.start())
        self.keys: Keyed[KeyState[R]] = Keyed(kind)
        self.calm = CalmKeys(lateness)

    def look(self, slot: int) -> KeyState[R]:
        """Everything known of a key."""
        state = self.keys.get(slot) or self.empty
        if slot < len(self.calm.count) and not self.calm.is_calm[slot]:
            return state
        return merged(state, *self.calm.look(slot))

    def awake(self, slot: int) -> KeyState[R]:
        """Everything known of a key, which is not calm from now on."""
        self.calm.grow(slot + 1)
        if not self.calm.is_calm[slot]:
            return self.keys.values[slot]
        return merged(self.keys.get(slot) or self.empty, *self.calm.take(slot))

    def keep(self, slot: int, state: KeyState[R]) -> bool:
        """Remember a key's state, in columns as far as it is calm; says whether it is."""
        if is_calm := self.is_calm(state):
            self.calm.put(
                slot,
                state.points,
                newest=EARLIEST if state.newest is None else state.newest,
                floor=EARLIEST if state.floor is None else state.floor,
                condition=state.settled.condition,
            )
            state = merged(state, (), None, None, 0)
        if state == self.empty:
            self.keys.drop(slot)
        else:
            self.keys.set(slot, state)
        return is_calm

    def is_calm(self, state: KeyState[R]) -> bool:
        """Nothing is going on, and nothing that is going on can come to light but by a late HOT point."""
        return (
            self.judge.is_at_rest(state.settled)
            and all(point.code < CALM and point.zone != HOT for point in state.points)
            and all(ordinal == state.settled.ordinal for ordinal in state.told)
            and len(state.points) > 0
        )

    def pack(self, state: KeyState[R]) -> bytes:
        """A state as bytes, without such bytes in it; empty for a key never heard of."""
        told = {ordinal: replace(told, before=b"") for ordinal, told in state.told.items()}
        return b"" if state == self.empty else self.keys.encoder.encode(replace(state, told=told))

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state from such bytes."""
        self.calm.grow(slot + 1)
        self.keys.unpack(slot, before)
        self.calm.is_calm[slot] = not before

    def whole(self) -> dict[str, Any]:
        """Rows of all keys."""
        return {**self.keys.whole(), **self.calm.whole()}

    def changed(self) -> dict[str, Any]:
        """Rows of the keys changed since the last call of `changed` or `whole`."""
        return {**self.keys.changed(), **self.calm.changed()}

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.keys.restore(state)
        self.calm.restore(state)


def merged(
    state: KeyState[R], points: tuple[Point, ...], newest: Instant | None, floor: Instant | None, condition: int
) -> KeyState[R]:
    """A key's state with what stands in columns."""
    led: Any = state.settled
    return replace(state, settled=replace(led, condition=condition), points=points, newest=newest, floor=floor)
