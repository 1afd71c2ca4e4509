"""Unsettled: the points of one key that a late one may still disturb, and what the settled ones have led to.

A late point is put in its place in event time, and the unsettled stretch is judged again; so what is found depends on
what happened, not on the order in which it arrived.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from detectors.calm import EARLIEST, REMEMBERED
from detectors.episodes import Episode, Told
from detectors.points import Point
from domain.instants import Duration, Instant


class Led(Protocol):
    """What points have led to, as far as every rule knows it."""

    @property
    def condition(self) -> int:
        """What was said last of `while`."""
        ...

    @property
    def ordinal(self) -> int:
        """How many episodes there were."""
        ...

    @property
    def episode(self) -> Episode | None:
        """The last of them."""
        ...


R = TypeVar("R", bound=Led)


class Judge(Protocol[R]):
    """A rule on points, as a pure function."""

    def start(self) -> R:
        """Nothing has happened."""
        ...

    def step(self, row: R, point: Point) -> R:
        """What one more point leads to, in order of event time."""
        ...

    def is_at_rest(self, row: R) -> bool:
        """Points that are not HOT change nothing of it but what is known of the condition."""
        ...


class KeyState(Struct, Generic[R], frozen=True, array_like=True):
    """Everything remembered of one key; the unsettled points of a calm key stand in columns instead."""

    settled: R
    points: tuple[Point, ...] = ()
    """The unsettled ones, in order of event time."""
    newest: Instant | None = None
    floor: Instant | None = None
    """What is older than this comes too late."""
    told: dict[int, Told] = {}
    """By ordinal, what has been said of episodes that may still change."""
    late: int = 0


Judged = tuple[R, dict[int, Episode]]
"""The row after all points, and the episodes met, by ordinal."""


def run(judge: Judge[R], row: R, points: Iterable[Point]) -> Judged[R]:
    """The row after some points, and the episodes met, by ordinal."""
    met = {row.ordinal: row.episode} if row.episode is not None else {}
    for point in points:
        row = judge.step(row, point)
        if row.episode is not None:
            met[row.ordinal] = row.episode
    return row, met


def is_too_late(state: KeyState[R], point: Point) -> bool:
    """It belongs among what is settled."""
    return state.floor is not None and point.at < state.floor


def goes_on(state: KeyState[R], point: Point) -> bool:
    """It follows all others."""
    return not state.points or state.points[-1].order() <= point.order()


def placed(state: KeyState[R], point: Point) -> KeyState[R]:
    """With a point in its place."""
    newest = point.at if state.newest is None else max(state.newest, point.at)
    if goes_on(state, point):
        return replace(state, points=(*state.points, point), newest=newest)
    points = list(state.points)
    insort(points, point, key=Point.order)
    return replace(state, points=tuple(points), newest=newest)


def settled(state: KeyState[R], judge: Judge[R], lateness: Duration) -> KeyState[R]:
    """Fold what no arrival can change any more."""
    if state.newest is None:
        return state
    floor = max(state.newest - lateness, EARLIEST if state.floor is None else state.floor)
    place = bisect_left(state.points, floor, key=lambda point: point.at)
    crowd = len(state.points) - REMEMBERED
    if crowd > place:
        place, floor = crowd, max(floor, state.points[crowd].at)
    row, _ = run(judge, state.settled, state.points[:place])
    return replace(state, settled=row, points=state.points[place:], floor=floor)


def forgetful(state: KeyState[R]) -> KeyState[R]:
    """Without what was said of episodes that nothing can change any more."""
    last, floor = state.settled.ordinal, state.floor
    told = {
        ordinal: told
        for ordinal, told in state.told.items()
        if (ordinal > last and not (told.withdrawn and floor is not None and told.episode.last_at < floor))
        or (ordinal == last and not told.withdrawn)
    }
    return replace(state, told=told)
