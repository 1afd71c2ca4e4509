"""The score: tickets that were found, held against the truth."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.instants import SECOND, Duration, Instant
from firmware_sim.publication import Key
from firmware_sim.truth import Truth

MS = SECOND // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well the tickets fit the truth."""

    expected: int
    found: int
    """Of the expected ones."""
    missing: tuple[Key, ...]
    extra: tuple[Key, ...]
    """Tickets that nothing deserved."""
    doubled: tuple[Key, ...]
    """Keys with more than one ticket."""
    delays: tuple[Duration, ...]
    """From the deciding message to the ticket, the shortest first."""
    device_days: float

    @property
    def is_perfect(self) -> bool:
        """Nothing missing, extra or doubled."""
        return not (self.missing or self.extra or self.doubled)

    @property
    def recall(self) -> float:
        """Found of expected; 1 where nothing was expected."""
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Right ones among all tickets' keys; 1 where there are none."""
        return self.found / (self.found + len(self.extra)) if self.found + len(self.extra) else 1.0

    @property
    def false_per_1000_device_days(self) -> float:
        """Tickets that nothing deserved, by the life that was simulated."""
        return 1000 * len(self.extra) / self.device_days if self.device_days else 0.0

    def delay(self, share: float) -> Duration:
        """The delay that this share of the found tickets keeps: the nearest rank; 0 where none was found."""
        return quantile(self.delays, share)

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON; delays in milliseconds."""
        return {
            "expected": self.expected,
            "found": self.found,
            "missing": [list(key) for key in self.missing],
            "extra": [list(key) for key in self.extra],
            "doubled": [list(key) for key in self.doubled],
            "precision": self.precision,
            "recall": self.recall,
            "false_per_1000_device_days": self.false_per_1000_device_days,
            "delay_ms": {
                "p50": self.delay(0.5) / MS,
                "p95": self.delay(0.95) / MS,
                "max": self.delay(1.0) / MS,
            },
        }


def score(truth: Truth, found: Iterable[tuple[str, str, str, Instant]]) -> Score:
    """The score of tickets given as (asset, component, failure mode, opened); leave out withdrawn ones.

    Of several tickets with one key the earliest counts for the delay.
    """
    tickets = [((asset, component, failure_mode), opened) for asset, component, failure_mode, opened in found]
    opened_at = dict(sorted(tickets, key=lambda ticket: ticket[1], reverse=True))
    right = truth.expected.keys() & opened_at.keys()
    return Score(
        expected=len(truth.expected),
        found=len(right),
        missing=tuple(key for key in truth.expected if key not in opened_at),
        extra=tuple(sorted(opened_at.keys() - truth.expected.keys())),
        doubled=tuple(sorted(key for key, times in Counter(key for key, _ in tickets).items() if times > 1)),
        delays=tuple(sorted(opened_at[key] - truth.expected[key].decided_at for key in right)),
        device_days=truth.device_days,
    )


def quantile(ordered: Sequence[Duration], share: float) -> Duration:
    """The smallest value that at least `share` of the ordered ones do not exceed."""
    if not ordered:
        return 0
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
