"""Consecutive: the same thing happened so many times in a row, with nothing good in between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.counted_kind import Counting
from detectors.detector import setting
from detectors.episodes import Happening
from detectors.health import Health, Heard
from detectors.page import Page
from detectors.readers import EventMatch, Reset, reset
from detectors.stretch import HIT, RESET, KeyState, Row
from domain.batch import DeviceEvent
from domain.instants import Instant


@dataclass(kw_only=True)
class Consecutive(Counting):
    """`count` matching events in a row within `within`; `reset` breaks the row, `resolve` ends the finding."""

    reset: Reset = setting(reset, default=Reset())
    """What breaks the row: an event such as "boot_ok", or being heard for so long without a further one."""

    page: ClassVar[Page] = Page(
        finds="A device that does not get well again: a display that crashes three times without one healthy start"
        " in between, a pump that fails to start twice in a row.",
        wrong_when="Good signs come in between and the trouble is still too frequent: use `count`. The device says"
        " nothing any more: use `absence`.",
        source="A run rule as in control charts: so many points in a row on the wrong side. Health needs evidence;"
        " silence is neither healthy nor ill.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.health = Health(self.reset.or_healthy_for)

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {
            "event": "crash",
            "count": 3,
            "within": "24h",
            "reset": {"event": "boot_ok", "or_healthy_for": "2h"},
            "min_gap": "1s",
            "resolve": {"quiet_for": "24h"},
            "cooldown": "6h",
            "flapping": {"changes": 4, "within": "1h"},
        }

    def matches(self) -> Iterable[EventMatch | None]:
        """What is counted, and what breaks the row."""
        return (self.event, self.reset.event)

    def kind_of(self, event: DeviceEvent) -> str:
        """Counted, or else breaking the row, ending what holds, or both."""
        if self.event.matches(event):
            return HIT
        breaks = self.reset.event is not None and self.reset.event.matches(event)
        return (RESET if breaks else "") + self.ends(event)

    def unbroken(self, row: Row, one: Happening, heard: Heard) -> tuple[Happening, ...]:
        """The row, unless the device was healthy since its last event."""
        return () if row.hits and self.health.held(row.hits[-1].at, one.at, heard) else row.hits

    @property
    def needs_evidence(self) -> bool:
        """Being heard is evidence of health and of quiet."""
        return bool(self.reset.or_healthy_for or self.resolve.quiet_for)

    def with_sign(self, heard: Heard, device: str, at: Instant, received_at: Instant) -> Heard:
        """It was heard in a slice of time."""
        return self.health.with_sign(heard, at)

    def heard_with(self, heard: Heard, happenings: Sequence[Happening]) -> Heard:
        """Slices that may still break a row."""
        hits = [one.at for one in happenings if one.kind == HIT]
        return self.health.since(heard, min(hits)) if hits else ()

    def learned(self, slot: int, device: str) -> bool:
        """Health is judged when the next event comes."""
        self.notice(slot)
        return False

    def waits(self, row: Row, state: KeyState) -> bool:
        """There is a row that health may still break."""
        return bool(row.hits) and self.health.may_tell(
            row.hits[-1].at, state.heard, within=self.within, lateness=self.lateness
        )
