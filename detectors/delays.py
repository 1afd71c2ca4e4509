"""Delays: a condition on a number must hold for so long before it counts, and must be gone for so long to end.

Every reading of a key is a point in event time. Durations need evidence: between two points that are further apart
than `gap` nothing is known, so neither delay goes on across it. Points at which `while` does not hold are not judged:
they end an on-delay and an off-delay, and leave a finding as it is.
"""

from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from detectors.episodes import OPEN, Episode, Happening, begin, calmed, grown, is_in_cooldown, is_over, turned
from detectors.limits import TRUE, UNKNOWN
from detectors.points import BAND, CALM, COLD, HOT, WHILE, Point
from detectors.readers import Flapping
from domain.finding import FindingState
from domain.instants import Duration, Instant

RECOVERING = FindingState.RECOVERING.value


class Row(Struct, frozen=True, array_like=True):
    """What the points so far have led to."""

    condition: int = UNKNOWN
    """What was said last of `while`."""
    first: Happening | None = None
    """The first of a run of HOT points that has not fired …"""
    last: Happening | None = None
    count: int = 0
    """… the last of them, and how many there are."""
    cold_since: Instant | None = None
    """The first of a run of COLD points after a firing."""
    seen_at: Instant | None = None
    """The last point of either run."""
    ordinal: int = 0
    """How many episodes there were."""
    episode: Episode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """The settings by which points are judged."""

    metric: str
    on: Duration
    off: Duration
    gap: Duration
    cooldown: Duration
    flapping: Flapping
    is_conditional: bool

    def start(self) -> Row:
        """Nothing has happened."""
        return Row()

    def step(self, row: Row, point: Point) -> Row:
        """One point in order of event time."""
        if row.episode is not None:
            row = replace(row, episode=calmed(row.episode, point.at, self.flapping))
        if point.code >= CALM:
            return row
        if said := point.code // WHILE:
            row = replace(row, condition=said)
        if self.is_conditional and row.condition != TRUE:
            return interrupted(row)
        if not point.zone:
            return row
        if row.seen_at is not None and point.at - row.seen_at > self.gap:
            row = interrupted(row)
        return {HOT: self.hot, BAND: self.band, COLD: self.cold}[point.zone](row, point)

    def is_at_rest(self, row: Row) -> bool:
        """Points that are not HOT change nothing of it but `condition`."""
        return row.first is None and row.cold_since is None and (row.episode is None or is_over(row.episode))

    def hot(self, row: Row, point: Point) -> Row:
        """Beyond the limit."""
        one = Happening(point.at, -1, -1, 0, point.position, "H", point.device, self.metric, "", point.value)
        if row.episode is not None and row.episode.holds:
            return replace(interrupted(row), episode=grown(reopened(row.episode), (one,)))
        first = row.first or one
        row = replace(row, first=first, last=one, count=row.count + 1, cold_since=None, seen_at=point.at)
        return self.fired(row, first, one) if point.at - first.at >= self.on else row

    def fired(self, row: Row, first: Happening, last: Happening) -> Row:
        """The on-delay is over."""
        run = (first,) if row.count == 1 else (first, last)
        rest = replace(row, first=None, last=None, count=0, seen_at=None)
        episode = row.episode
        if episode is not None and is_in_cooldown(episode, last.at, self.cooldown):
            episode = grown(turned(episode, holds=True, at=last.at, flapping=self.flapping), run)
        else:
            episode = begin(run, last.at)
            rest = replace(rest, ordinal=row.ordinal + 1)
        return replace(rest, episode=replace(episode, count=episode.count + row.count - len(run)))

    def band(self, row: Row, point: Point) -> Row:
        """Neither bad nor good: no delay goes on."""
        return interrupted(row)

    def cold(self, row: Row, point: Point) -> Row:
        """Good again: the off-delay goes on, if there is something to end."""
        episode = row.episode
        if episode is None or not episode.holds:
            return replace(row, first=None, last=None, count=0, seen_at=None)
        since = point.at if row.cold_since is None else row.cold_since
        if point.at - since >= self.off:
            ended = turned(reopened(episode), holds=False, at=point.at, flapping=self.flapping)
            return replace(row, episode=ended, cold_since=None, seen_at=None)
        recovering = replace(episode, state=RECOVERING) if episode.state == OPEN else episode
        return replace(row, episode=recovering, cold_since=since, seen_at=point.at)


def interrupted(row: Row) -> Row:
    """Neither run goes on; what recovered is open again."""
    if row.first is None and row.cold_since is None:
        return row
    episode = None if row.episode is None else reopened(row.episode)
    return replace(row, first=None, last=None, count=0, cold_since=None, seen_at=None, episode=episode)


def reopened(episode: Episode) -> Episode:
    """Not recovering any more."""
    return replace(episode, state=OPEN) if episode.state == RECOVERING else episode
