"""Points: what one reading or event of a key says to a rule, at an instant of event time."""

from msgspec import Struct

from domain.entries import Position
from domain.instants import Instant

COLD, BAND, HOT = 1, 2, 3
"""Beyond the limit at which it ends, between the limits, beyond the limit at which it begins; 0 = not said."""
ZONE = 3
WHILE = 4
"""A code is zone + WHILE × what is said of the condition."""
CALM = 16
"""The code of time that has passed without a change."""


class Said(Struct, frozen=True, array_like=True):
    """What tells an event from others."""

    event: str
    code: str
    boot: int
    seq: int
    digest: int


class Point(Struct, frozen=True, array_like=True):
    """A reading or an event of a key, or CALM; value and place are kept where they may become evidence."""

    at: Instant
    code: int
    value: float = 0.0
    device: str = ""
    position: Position = 0
    said: Said | None = None
    """Of an event."""

    def order(self) -> tuple[int, int, float, str, int, int]:
        """Event time; ties have an order that does not depend on arrival as long as they differ."""
        said = self.said
        if said is None:
            return (self.at, self.code, self.value, self.device, self.position, 0)
        return (self.at, said.boot, said.seq, "", said.digest, self.position)

    @property
    def zone(self) -> int:
        """Where the number is."""
        return self.code & ZONE if self.code < CALM else 0
