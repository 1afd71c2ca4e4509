"""Examples: real stretches of a history in which a pattern came true, and in which it nearly did."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from detectors.learning.evidence import hits, question
from detectors.learning.history import MILLISECOND, History
from detectors.learning.mine import Proposal
from detectors.learning.patterns import Pattern, Shape, firings_of
from domain.batch import Ints
from domain.instants import Duration, Instant

TRUE, NEARLY = 2, 2
"""So many examples of each."""


class Example(NamedTuple):
    """What happened on one asset."""

    asset: str
    at: Instant
    """Of the last event."""
    events: tuple[tuple[Duration, str], ...]
    """How long after the first, and which; in order."""
    fires: bool


def examples(proposal: Proposal, history: History, horizon: Duration) -> Iterator[Example]:
    """Some of both; those that came true were followed by the failure. A single event never nearly comes."""
    right, _ = hits(question(history, history.modes.index(proposal.mode), horizon), proposal.alarms)
    for place in spread(proposal.alarms[right], TRUE):
        yield example(history, witness(proposal.pattern, history, place), fires=True)
    for place in spread(near_misses(proposal.pattern, history), NEARLY):
        yield example(history, around(proposal.pattern, history, place), fires=False)


def spread(places: Ints, most: int) -> list[int]:
    """The first, and others evenly from the rest."""
    return [int(places[n * len(places) // most]) for n in range(most)] if len(places) >= most else places.tolist()


def line(history: History, name: str) -> Ints:
    """Where an event happened."""
    return history.event_lines[list(history.names).index(name)]


def before(places: Ints, upto: int, count: int = 1, *, side: str = "right") -> list[int]:
    """The last so many places up to one; side "left": before it."""
    end = int(np.searchsorted(places, upto, "right" if side == "right" else "left"))
    return [int(place) for place in places[max(end - count, 0) : end]]


def witness(pattern: Pattern, history: History, place: int) -> list[tuple[int, str]]:
    """The latest events that make the pattern true at a place."""
    lines = [(part, line(history, part)) for part in pattern.parts]
    if pattern.shape is Shape.THEN:
        (first, firsts), (then, _) = lines
        return [(found, first) for found in before(firsts, place, side="left")] + [(place, then)]
    return sorted((found, part) for part, places in lines for found in before(places, place, pattern.count))


def near_misses(pattern: Pattern, history: History) -> Ints:
    """Where one of its events happened, and the pattern came true nowhere near."""
    if pattern.within == 0:
        return np.empty(0, np.int64)
    places = np.unique(np.concatenate([line(history, part) for part in pattern.parts]))
    firings, reach = firings_of(pattern, history.names, history.event_lines), 2 * pattern.within // MILLISECOND
    first, last = np.searchsorted(firings, places - reach), np.searchsorted(firings, places + reach, "right")
    missed: Ints = places[first == last]
    return missed


def around(pattern: Pattern, history: History, place: int) -> list[tuple[int, str]]:
    """The pattern's events up to a place, as far back as its window reaches.

    Of two at the same instant the one that must come later is first, so that neither follows the other.
    """
    begin = place - pattern.within // MILLISECOND
    found = [(part, line(history, part)) for part in reversed(pattern.parts)]
    events = [(int(one), part) for part, places in found for one in places[(places >= begin) & (places <= place)]]
    return sorted(events, key=lambda event: event[0])


def example(history: History, events: Sequence[tuple[int, str]], *, fires: bool) -> Example:
    """The example of some events on one asset."""
    places = np.array([place for place, _ in events], np.int64)
    return Example(
        asset=history.assets[int(history.asset_of(places)[-1])],
        at=int(history.instant_of(places)[-1]),
        events=tuple(((place - events[0][0]) * MILLISECOND, name) for place, name in events),
        fires=fires,
    )
