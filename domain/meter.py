"""Meters: how much an asset has been used, counted by whatever device hangs on it, or read by a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from domain.instants import MINUTE, Duration, Instant
from domain.registry import Facts

WHERE = ("model", "site", "owner", "tier", "criticality", "component", "device", "asset")
"""Facts by which a meter is given to devices; `tag.NAME` is one more for each tag."""
WILD = frozenset("*?[")
"""What makes a glob a pattern."""
MOST_COUNT = 1e20
"""No meter shows more, not one of 64 bits; a number above it is a mistake, and would drown every use added to it."""


class MeterKind(StrEnum):
    """How readings become a count."""

    COUNTER = "counter"
    """The device counts itself; its number only grows, until it starts anew."""
    GAUGE = "gauge"
    """The device says how much an hour, or 0 and 1 for off and on; value times hours is added up."""
    MANUAL = "manual"
    """Only people read it."""


class Point(NamedTuple):
    """A number at an instant."""

    at: Instant
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What is counted of the assets that it is for."""

    name: str
    unit: str
    kind: MeterKind
    metric: str = ""
    """What the device calls it; empty where only people read it."""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By fact, globs of which one must match; nothing: every device that says the metric."""
    rolls_over_at: float = 0.0
    """The device's counter goes on with 0 there; 0 = it never does."""
    most_per_hour: float = 0.0
    """More than this is not plausible; 0 = anything is."""
    longest_gap: Duration = 15 * MINUTE
    """Of a gauge: what it said last holds no longer than this; what lies beyond is not measured."""

    def is_for(self, facts: Facts) -> bool:
        """Whether the device feeds it."""
        return matches(self.where, facts)


def matches(where: Mapping[str, tuple[str, ...]], facts: Facts) -> bool:
    """Whether what the registry says fits globs by fact."""
    return all(matches_one(said(facts, name), globs) for name, globs in where.items())


def matches_one(value: str, globs: tuple[str, ...]) -> bool:
    """Whether a value is one of the names, or fits one of the patterns."""
    names, patterns = told_apart(globs)
    return value in names or any(fnmatchcase(value, pattern) for pattern in patterns)


@lru_cache(maxsize=1_024)
def told_apart(globs: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Globs that are plain names, of which there may be thousands, and those that are patterns."""
    names = frozenset(glob for glob in globs if WILD.isdisjoint(glob))
    return names, tuple(glob for glob in globs if glob not in names)


def said(facts: Facts, name: str) -> str:
    """What the registry says of a device under the name of a fact or `tag.NAME`."""
    return facts.tags.get(name[4:], "") if name.startswith("tag.") else str(getattr(facts, name))


class SlipKind(StrEnum):
    """Why a reading was kept aside."""

    NEGATIVE = "negative"
    JUMP = "jump"
    """It says more use than there can have been, or more than any meter shows."""
    ZERO = "zero"
    """A zero between readings that go on as if nothing had been."""
    LEVEL = "level"
    """The counter went on from another number; the difference was not counted as use."""


class Slip(NamedTuple):
    """A reading that was kept aside: it is shown, and counts for nothing."""

    at: Instant
    value: float
    kind: SlipKind
    before: Point
    """The last reading that counted."""


class Settled(NamedTuple):
    """What a device's readings, in order of event time, have come to."""

    base: float
    """A counter's meter stands at `base + raw`; a gauge's at `base`."""
    raw: float
    """The last reading that counted."""
    at: Instant
    """When that was."""
    upto: Instant
    """Nothing before or at this instant is taken in any more."""
    doubts: tuple[Point, ...] = ()
    """Readings after `at` that the next ones will confirm or refute."""
    resets: int = 0
    roll_overs: int = 0
    unmeasured: Duration = 0
    """Of a gauge: how long nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What one device has counted for a meter during one stay on an asset."""

    is_first: bool
    """It was the first to feed the meter: its number is the meter's; a later one only adds what it counts."""
    settled: Settled | None = None
    tail: tuple[Point, ...] = ()
    """Younger readings, in order of event time, that a late one may still come between."""
    first: Point | None = None
    """Where it began, once that is settled."""
    stands: Point | None = None
    """Where it is now, what still waits included."""
    late: int = 0
    """Readings that came too late, or again, and changed nothing."""
    slips: int = 0
    """Readings that were ever kept aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """What a person read. Never changed: a correction is one more reading, which names the one it corrects."""

    id: int = 0
    """Given by the ledger."""
    asset: str
    meter: str
    at: Instant
    value: float
    counted: float
    """What the devices had counted by then, so that the meter goes on from `value`."""
    by: str
    why: str = ""
    recorded_at: Instant
    corrects: int = 0
    """The id of the reading in whose place it stands; 0 = of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePerDay:
    """How much a meter grows a day, from its last weeks."""

    per_day: float
    spread: float
    """Between windows: the standard deviation of a window's use per day."""
    windows: int
    """How many it rests on."""
    window_days: float
    is_robust: bool
    """By the median of windows of a week or more; else by the mean of single days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How a meter stands and how it will probably grow; without enough history it says only how it stands."""

    value: float
    at: Instant
    """When that was read: nothing is known of later."""
    per_day: float | None = None
    low: float | None = None
    """Nine times in ten the use per day of the next 30 days lies between these two."""
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAt:
    """When a meter will probably reach a limit."""

    at: Instant
    earliest: Instant
    latest: Instant | None
    """None: at the lower use it is never reached. Nine times in ten the limit is reached between these two."""
