"""Plain telemetry, the usual case, straight from the payload into the columns."""

from collections.abc import Collection, Mapping, Sequence
from math import nan
from typing import cast

from domain.batch import MARKED
from domain.entries import Position
from domain.instants import Instant
from ingest.batches import NONE, Columns
from ingest.codecs.native import LARGEST_COUNTER, Telemetry
from ingest.codecs.parsed import state
from ingest.hashes import hashed
from ingest.limits import INT_MAX, INT_MIN, Refused, check_int, check_text
from ingest.source import Route
from ingest.times import MILLISECOND, event_time

FLOATS = frozenset({float})
NUMBERS = frozenset({float, int, bool})
Texts = Sequence[tuple[int, str]]
Ready = tuple[Instant, int, int, int, int, int, Collection[float], Texts]
"""An object ready for the columns: at, firmware, mark, key, seq, shape, values, and states by place."""


class PlainTelemetry:
    """A short way into the columns for telemetry whose values are not nested; says the same as the long way.

    `take` and `take_all` return False where something is not plain or not right, and have then taken nothing: the long
    way takes it, or says what is wrong with it.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.past, self.future = columns.limits.past, columns.limits.future

    def take(self, said: Telemetry, route: Route, payload: bytes, place: tuple[Position, Instant, int]) -> bool:
        """Take an object that arrived at (position, received_at, flags)."""
        try:
            ready = self.ready(said, route, payload, place[1])
        except Refused:
            return False
        if ready is None:
            return False
        self.put(ready, route, place)
        return True

    def take_all(self, said: list[Telemetry], route: Route, place: tuple[Position, Instant, int]) -> bool:
        """Take a list of objects that arrived at (position, received_at, flags)."""
        try:
            ready = [self.ready(one, route, None, place[1]) for one in said]
        except Refused:
            return False
        if None in ready or not ready:
            return False
        for one in cast(list[Ready], ready):
            self.put(one, route, place)
        return True

    def put(self, ready: Ready, route: Route, place: tuple[Position, Instant, int]) -> None:
        """Into the columns."""
        at, firmware, mark, key, seq, shape, values, texts = ready
        position, received_at, flags = place
        columns = self.columns
        for offset, text in texts:
            columns.tell(len(columns.value) + offset, text)
        columns.value += values
        devices = columns.devices
        device = devices.get(route.device)
        if device is None:
            device = devices[route.device] = len(devices)
        columns.rows += (position, device, at, received_at, firmware, flags | mark, key, seq, shape)

    def ready(self, said: Telemetry, route: Route, content: bytes | None, received_at: Instant) -> Ready | None:
        """The object, checked; None where it is not plain, or its bytes are needed and not given."""
        names = tuple(said.values)
        numbers = cast(Collection[float], said.values.values())
        texts: Texts = ()
        kinds = set(map(type, numbers))
        if kinds != FLOATS:
            if not kinds <= NUMBERS:
                names, numbers, texts = self.apart(said.values)
            elif not are_64_bits(numbers):
                return None
        if said.device is not None and said.device != route.device:
            return None
        at, mark = self.time(said.ts, received_at)
        key, seq = said.boot, said.seq
        if key is None or seq is None:
            if content is None or (key is None) != (seq is None):
                return None
            key, seq = (0 if said.ts is None or mark else hashed(content, route)), NONE
        elif not (0 <= key <= LARGEST_COUNTER and 0 <= seq <= LARGEST_COUNTER):
            return None
        columns = self.columns
        shape = columns.shapes.get(names)
        if shape is None:
            shape = columns.shape(names)
        firmware = NONE
        if said.fw:
            known = columns.firmwares.get(said.fw)
            firmware = columns.firmware(said.fw) if known is None else known
        return at, firmware, mark, key, seq, shape, numbers, texts

    def apart(self, values: Mapping[str, float | str | None]) -> tuple[tuple[str, ...], list[float], Texts]:
        """Names and numbers without what is null, NaN for the states, and the states by place.

        Raises Refused.
        """
        limits = self.columns.limits
        said = {name: value for name, value in values.items() if value is not None}
        if len(values) > limits.keys:
            raise Refused("too_many_keys", "Counted with what is null there are too many.")
        for name in values.keys() - said.keys():
            check_text(name, "A metric", limits)
        numbers: list[float] = []
        texts: list[tuple[int, str]] = []
        for name, value in said.items():
            if isinstance(value, str):
                texts.append((len(numbers), state(value, name, limits)))
                numbers.append(nan)
            else:
                numbers.append(check_int(value, "A value") if type(value) is int else value)
        return tuple(said), numbers, texts

    def time(self, said: float | str | None, received_at: Instant) -> tuple[Instant, int]:
        """Event time and mark."""
        if type(said) is int:
            at = said * MILLISECOND
            if -self.past <= at - received_at <= self.future:
                return at, 0
        at, is_marked = event_time(said, received_at, self.columns.limits)
        return at, MARKED if is_marked else 0


def are_64_bits(numbers: Collection[float]) -> bool:
    """No number is beyond 64 bits."""
    return not numbers or (min(numbers) >= INT_MIN and max(numbers) <= INT_MAX)
