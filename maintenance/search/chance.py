"""Chance: random numbers that are the same compiled and not (xorshift, Marsaglia 2003)."""

from maintenance.search.compiled import inner
from maintenance.search.field import Tours


@inner
def draw(tours: Tours) -> float:
    """A number from 0 up to 1."""
    state = tours.whole[tours.chance]
    state = (state ^ (state << 13)) & 0xFFFFFFFF
    state = state ^ (state >> 17)
    state = (state ^ (state << 5)) & 0xFFFFFFFF
    tours.whole[tours.chance] = state
    return state / 4294967296.0


@inner
def draw_below(tours: Tours, count: int) -> int:
    """A whole number from 0 up to `count`, without it."""
    return int(draw(tours) * count)


@inner
def draw_skewed(tours: Tours, count: int, power: float) -> int:
    """The same, small ones more often."""
    return int(draw(tours) ** power * count)
