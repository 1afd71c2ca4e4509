"""Patterns: what may come before a failure, in the words of rule kinds, and where in a history each of them fires."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations, permutations

import numpy as np

from detectors.learning.history import MILLISECOND
from domain.batch import Ints
from domain.instants import Duration


class Shape(IntEnum):
    """The kind of a pattern, the simpler first."""

    COUNT = 0
    """So many of one event within a window; once is the simplest."""
    ALL = 1
    """Two events within a window, in any order."""
    THEN = 2
    """One event, and another later within a window."""


@dataclass(frozen=True, slots=True, order=True)
class Pattern:
    """One pattern; patterns sort from simple to elaborate."""

    shape: Shape
    count: int
    within: Duration
    """Of an event once: nothing."""
    parts: tuple[str, ...]


def patterns(
    names: Sequence[str], lines: Sequence[Ints], windows: Sequence[Duration], counts: Sequence[int]
) -> Iterator[tuple[Pattern, Ints]]:
    """Every pattern over these events, with the places where it comes true, in order."""
    for name, line in zip(names, lines, strict=True):
        yield from counted(name, line, windows, counts)
    places = dict(zip(names, lines, strict=True))
    for one, other in combinations(names, 2):
        yield from together(one, other, places[one], places[other], windows)
    for first, then in permutations(names, 2):
        yield from followed(first, then, places[first], places[then], windows)


def firings_of(pattern: Pattern, names: Sequence[str], lines: Sequence[Ints]) -> Ints:
    """The places where one pattern comes true, in order."""
    places = dict(zip(names, lines, strict=True))
    one, other, window = pattern.parts[0], pattern.parts[-1], (pattern.within,)
    if pattern.shape is Shape.COUNT:
        found = counted(one, places[one], window, (pattern.count,))
    elif pattern.shape is Shape.ALL:
        found = together(one, other, places[one], places[other], window)
    else:
        found = followed(one, other, places[one], places[other], window)
    return next(found)[1]


def how_many(names: int, windows: int, counts: Sequence[int]) -> int:
    """How many patterns there are."""
    several = sum(count > 1 for count in counts)
    return names * (several * windows + (1 in counts)) + (names * (names - 1) * 3 // 2) * windows


def counted(
    name: str, line: Ints, windows: Sequence[Duration], counts: Sequence[int]
) -> Iterator[tuple[Pattern, Ints]]:
    """So many of one event."""
    for count in counts:
        if count == 1:
            yield Pattern(Shape.COUNT, 1, 0, (name,)), line
            continue
        took = line[count - 1 :] - line[: max(len(line) - count + 1, 0)]
        for window in windows:
            yield Pattern(Shape.COUNT, count, window, (name,)), line[count - 1 :][took <= window // MILLISECOND]


def together(
    one: str, other: str, ones: Ints, others: Ints, windows: Sequence[Duration]
) -> Iterator[tuple[Pattern, Ints]]:
    """Two events in any order: true when the later of the two comes."""
    after, before = gaps(others, ones, side="right"), gaps(ones, others, side="right")
    for window in windows:
        reach = window // MILLISECOND
        places = np.unique(np.concatenate([ones[after <= reach], others[before <= reach]]))
        yield Pattern(Shape.ALL, 1, window, (one, other)), places


def followed(
    first: str, then: str, firsts: Ints, thens: Ints, windows: Sequence[Duration]
) -> Iterator[tuple[Pattern, Ints]]:
    """One event, and another later: true when that one comes."""
    since = gaps(firsts, thens, side="left")
    for window in windows:
        yield Pattern(Shape.THEN, 1, window, (first, then)), thens[since <= window // MILLISECOND]


def gaps(earlier: Ints, places: Ints, *, side: str) -> Ints:
    """How long before each place the latest of `earlier` is; side "right": it may be at the same place.

    Where there is none it is longer than any window.
    """
    found = np.searchsorted(earlier, places, "right" if side == "right" else "left") - 1
    padded = np.append(earlier, np.int64(-(2**62)))
    gap: Ints = places - padded[found]
    return gap
