"""Scored kinds: the detector's interface of every rule kind that scores one metric or several and alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detectors.detector import setting
from detectors.readers import count, duration
from detectors.score_settings import share
from detectors.scoring import Scorer, Scores
from domain.batch import Batch
from domain.entries import Position
from domain.finding import Finding
from domain.instants import HOUR, Duration, Instant
from domain.ports import Arrays


@dataclass(kw_only=True)
class Scoring:
    """Readings are scored in order; a score from `alarm` on opens a finding."""

    alarm: float = setting(share, default=0.5)
    """The score from which on there is an alarm, above 0 and below 1."""
    warm_up: int = setting(count, default=150)
    """So many readings of a series are only learnt from."""
    quiet_for: Duration = setting(duration, default=HOUR)
    """The first reading so long after the last alarm ends the finding."""

    def __post_init__(self) -> None:
        self.scores = Scores(self.scorer(), self.looks_at(), alarm=self.alarm, quiet_for=self.quiet_for)

    def scorer(self) -> Scorer:
        """The columns that score."""
        raise NotImplementedError(f"{type(self).__name__} says what scores its readings")

    def looks_at(self) -> tuple[str, ...]:
        """The metrics of the rule."""
        raise NotImplementedError(f"{type(self).__name__} says which metrics it looks at")

    def wants(self) -> Mapping[str, Any]:
        """Its metrics only."""
        return self.scores.wants()

    def observe(self, batch: Batch) -> list[Finding]:
        """Alarms, and their ends."""
        return self.scores.observe(batch)

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """Nothing: a silent device is unknown."""
        return []

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """Every active finding ends with its rule."""
        return self.scores.retire(at, position)

    def state(self) -> dict[str, Any]:
        """Rows of all keys."""
        return self.scores.state()

    def changed(self) -> dict[str, Any]:
        """Rows of changed keys."""
        return self.scores.changed()

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.scores.restore(state)

    def before(self, slot: int) -> bytes:
        """One key's state."""
        return self.scores.before(slot)

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state."""
        self.scores.put(slot, before)
