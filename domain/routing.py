"""A routing problem as any solver can read it: ways, visits and tours in whole numbers, without anybody's names."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

Sequences = Sequence[Sequence[int]]
"""The visits of each tour, in order."""


class Errand(NamedTuple):
    """One visit."""

    takes: int
    """Seconds."""
    windows: tuple[tuple[int, int], ...]
    """Work begins within one of them: first and last second, apart from each other and in order."""
    tours: frozenset[int]
    """Who may make it."""
    worth: int
    """What it costs to leave it out."""


class Trip(NamedTuple):
    """One technician's shift, from home to home."""

    home: int
    """The row of its home in the tables of ways."""
    begins: int
    ends: int


class Routing(NamedTuple):
    """Visits are the first rows of the tables, in order; times are seconds from any origin."""

    seconds: Sequences
    """From each place to each."""
    cost: Sequences
    """The same in hundredths of money, a technician's time included."""
    errands: tuple[Errand, ...]
    trips: tuple[Trip, ...]


class Solver(Protocol):
    """Somebody else's way to route; what it returns is tried, never believed."""

    def routes(self, problem: Routing, start: Sequences) -> Sequences | None:
        """The visits of each trip; `start` is a solution to begin with. None where the problem does not fit it.

        It takes a second or so; how long is its own business. The same problem gives the same answer.
        """
        ...
