"""Counted kinds: so many events within a window; what breaks the row is the kind's own."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from detectors.detector import setting
from detectors.episodes import Happening
from detectors.event_kind import Episodic
from detectors.health import Heard
from detectors.readers import EventMatch, count, duration, event_match, positive
from detectors.stretch import HIT, Row
from domain.batch import DeviceEvent
from domain.instants import DAY, Duration


@dataclass(kw_only=True)
class Counting(Episodic):
    """`count` matching events within `within`; while a finding is open, each further one is its evidence."""

    event: EventMatch = setting(event_match)
    """The events that are counted, such as "crash" or { event = "crash", code = ["0xDEAD"] }."""
    count: int = setting(count)
    """So many of them make a finding."""
    within: Duration = setting(positive, default=DAY)
    """From the first to the last of them at most so long, by the device's clock."""
    min_gap: Duration = setting(duration, default=0)
    """Events closer than this to the one counted last are one and the same."""

    def matches(self) -> Iterable[EventMatch | None]:
        """Its event."""
        return (self.event,)

    def kind_of(self, event: DeviceEvent) -> str:
        """Counted, or ending what holds."""
        return HIT if self.event.matches(event) else self.ends(event)

    def unbroken(self, row: Row, one: Happening, heard: Heard) -> tuple[Happening, ...]:
        """The events before that still count."""
        return row.hits

    def met(self, row: Row, one: Happening, heard: Heard) -> Row:
        """One more of what is counted."""
        if one.kind != HIT or (row.counted_at is not None and one.at - row.counted_at < self.min_gap):
            return row
        before = self.unbroken(row, one, heard)
        hits = (*(h for h in before if one.at - h.at <= self.within), one)[-self.count :]
        row = replace(row, hits=hits, counted_at=one.at)
        if row.episode is not None and row.episode.holds:
            return self.fired(row, (one,), one.at)
        return self.fired(row, hits, one.at) if len(hits) >= self.count else row
