"""Attempts: how many of a key's last attempts or readings were bad, as they come in order of event time."""

from dataclasses import dataclass
from math import isnan

from msgspec import Struct
from msgspec.structs import replace

from detectors.episodes import Episode, Happening, begin, calmed, grown, is_in_cooldown, is_over, turned
from detectors.limits import TRUE, UNKNOWN
from detectors.points import BAND, CALM, COLD, HOT, WHILE, Point
from detectors.readers import Flapping
from domain.instants import Duration, Instant

BAD, GOOD, RESOLVED = HOT, COLD, BAND
"""An attempt that failed, one that did not, and an event after which all earlier ones do not matter any more."""


class Tally(Struct, frozen=True, array_like=True):
    """What the attempts so far have led to."""

    condition: int = UNKNOWN
    """What was said last of `while`."""
    recent: tuple[Happening | Instant, ...] = ()
    """The last attempts from a bad one on: the bad ones, and when the good ones were."""
    counted_at: Instant | None = None
    ordinal: int = 0
    """How many episodes there were."""
    episode: Episode | None = None

    @property
    def bad(self) -> tuple[Happening, ...]:
        """The bad ones of the last."""
        return tuple(one for one in self.recent if isinstance(one, Happening))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """The settings by which attempts are judged."""

    metric: str
    """What bad readings are called as evidence."""
    count: int
    last: int
    clear: int
    within: Duration | None
    min_gap: Duration
    quiet_for: Duration
    cooldown: Duration
    flapping: Flapping
    is_conditional: bool
    has_columns: bool
    """Good ones of keys without a bad one may stand in columns."""

    def start(self) -> Tally:
        """Nothing has happened."""
        return Tally()

    def is_at_rest(self, row: Tally) -> bool:
        """Good ones change nothing of it."""
        return self.has_columns and not row.recent and (row.episode is None or is_over(row.episode))

    def step(self, row: Tally, point: Point) -> Tally:
        """One attempt in order of event time."""
        if row.episode is not None:
            row = replace(row, episode=calmed(row.episode, point.at, self.flapping))
        if point.code >= CALM:
            return row
        if said := point.code // WHILE:
            row = replace(row, condition=said)
        if not point.zone or (self.is_conditional and row.condition != TRUE):
            return row
        if point.zone == RESOLVED:
            return self.ended(replace(row, recent=()), point.at)
        if row.counted_at is not None and point.at - row.counted_at < self.min_gap:
            return row
        return self.counted(row, point)

    def counted(self, row: Tally, point: Point) -> Tally:
        """One attempt more."""
        one = self.happening(point) if point.zone == BAD else point.at
        recent = self.trimmed((*row.recent, one), point.at)
        row = replace(row, recent=recent, counted_at=point.at if self.min_gap else None)
        if isinstance(one, Happening):
            return self.failed(row, one)
        if self.quiet_for and row.episode is not None and point.at - row.episode.last_at >= self.quiet_for:
            return self.ended(replace(row, recent=()), point.at)
        return self.ended(row, point.at) if len(row.bad) < self.clear else row

    def failed(self, row: Tally, one: Happening) -> Tally:
        """The attempt was bad."""
        episode, bad = row.episode, row.bad
        if episode is not None and episode.holds:
            row = replace(row, episode=grown(episode, (one,)))
            return row if len(bad) >= self.clear else self.ended(row, one.at)
        if len(bad) < self.count:
            return row
        if episode is not None and is_in_cooldown(episode, one.at, self.cooldown):
            latest = (episode.latest or episode.first)[-1].order()
            again = turned(episode, holds=True, at=one.at, flapping=self.flapping)
            return replace(row, episode=grown(again, tuple(h for h in bad if h.order() > latest)))
        return replace(row, ordinal=row.ordinal + 1, episode=begin(bad, one.at))

    def ended(self, row: Tally, at: Instant) -> Tally:
        """What holds, if anything does, holds no longer."""
        if row.episode is None:
            return row
        return replace(row, episode=turned(row.episode, holds=False, at=at, flapping=self.flapping))

    def trimmed(self, attempts: tuple[Happening | Instant, ...], at: Instant) -> tuple[Happening | Instant, ...]:
        """The last of them, none older than `within`, from the first bad one on."""
        kept = [one for one in attempts[-self.last :] if self.within is None or at - instant(one) <= self.within]
        first = next((n for n, one in enumerate(kept) if isinstance(one, Happening)), len(kept))
        return tuple(kept[first:])

    def happening(self, point: Point) -> Happening:
        """A bad attempt as evidence."""
        if (said := point.said) is None:
            value = None if isnan(point.value) else point.value
            return Happening(point.at, -1, -1, 0, point.position, "H", point.device, self.metric, "", value)
        own = (said.boot, said.seq, said.digest)
        return Happening(point.at, *own, point.position, "H", point.device, said.event, said.code)


def instant(one: Happening | Instant) -> Instant:
    """When an attempt was."""
    return one.at if isinstance(one, Happening) else one
