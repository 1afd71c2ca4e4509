"""Maintenance plans: what makes work due on which assets, and where each asset stands in its plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.instants import Instant
from domain.meter import matches
from domain.registry import Facts
from domain.text import Text
from domain.ticket import Priority


class Strategy(StrEnum):
    """What makes work due."""

    CALENDAR = "calendar"
    METER = "meter"
    CONDITION = "condition"
    """A rule that judges the asset's condition holds."""
    FORECAST = "forecast"
    """A failure is foretold, and work before it costs less."""


class Unit(StrEnum):
    """What a cycle is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Shift(StrEnum):
    """Where a date goes that is no working day."""

    NONE = "none"
    NEXT = "next"
    PREVIOUS = "previous"


FAILURES_PER_YEAR = 0.5
"""Of an asset on which the work is not done: supposed until somebody says another number."""


@dataclass(frozen=True, slots=True, order=True)
class Cycle:
    """So many days, weeks, months or years, by the calendar."""

    many: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.many} {self.unit}{'' if self.many == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One size of the work. On a day on which several are due, those of the highest level shadow the others."""

    id: str
    every: Cycle
    job_plan: str
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One `[[plan]]` table, checked (docs/plans.md)."""

    id: str
    name: Text
    strategy: Strategy
    job_plan: str = ""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By fact, globs of which one must match: the assets that it is for."""
    is_paused: bool = False
    automatic: bool = False
    """Its orders are approved as they are made; else people review them."""
    priority: Priority = Priority.MEDIUM
    zone: str = "UTC"
    """In whose days and months it counts."""
    calendar: str = ""
    """The business calendar whose working days it keeps; empty: all days."""
    adjust: Shift = Shift.NEXT

    every: Cycle | None = None
    """Of a calendar plan without packages."""
    packages: tuple[Package, ...] = ()
    start: str = ""
    """Of a calendar plan: the date of a round; the grid of dates goes through it."""
    after_completion: bool = False
    """The next round is counted from the day on which the work was done; else from the day for which it was planned."""
    last_done: Mapping[str, str] = field(default_factory=dict)
    """By asset: the date of the last work before there was this plan."""
    shift_late: int = 0
    """Percent by which late work shifts the next date …"""
    shift_early: int = 0
    """… and early work, where it is more early or late than the tolerance."""
    season: tuple[str, str] | None = None
    """`MM-DD` from and to: what falls outside is moved to the next season's first day."""
    just_done: int = 25
    """Percent of the cycle: what is due so soon after the same work was done is skipped."""

    meter: str = ""
    use: float = 0.0
    """Of a meter plan: due every time the meter has grown by so much."""
    first_at: float = 0.0
    """The meter's value at the first round; 0 = `use`."""

    rules: tuple[str, ...] = ()
    """Of a condition or forecast plan: the rules whose findings make work due."""
    within_days: int = 7
    """Of a condition or forecast plan: ideally done within so many days."""
    lead_days: float | None = None
    """Of a forecast plan: how long it takes until somebody is there, with the part; None: as stock and crew say."""

    call_horizon: int = 80
    """Percent of the cycle that must have passed before the order is made: 0 at once, 100 when it is due."""
    scheduling_days: int = 365
    """So far ahead the plan shows its dates."""
    tolerance: int = 10
    """Percent of the cycle by which work may be early or late; also from when on it may be done, and when it is due."""
    postponement: int = 25
    """Percent of the cycle by which the order may be deferred at most."""
    failures_per_year: float = FAILURES_PER_YEAR
    """How often an asset fails on which the work is not done: weighs what waiting costs."""
    planned_cost: float = 0.0
    """What one round costs; 0 = its hours at the installation's price of an hour."""

    def is_for(self, facts: Facts) -> bool:
        """Whether the asset is one of its own."""
        return matches(self.where, facts)

    @property
    def sizes(self) -> tuple[Package, ...]:
        """Its packages, the smallest first; one without packages has one that bears no name."""
        if self.packages:
            return self.packages
        return (Package(id="", every=self.every, job_plan=self.job_plan),) if self.every else ()

    @property
    def jobs(self) -> frozenset[str]:
        """The job plans that its rounds are made from."""
        return frozenset({size.job_plan for size in self.sizes} or {self.job_plan}) - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where one asset stands in a plan: its last round, and the last work that counts for it."""

    plan: str
    asset: str
    cycle: int = 0
    """The number of the last round; every round has the next one, whatever became of those before."""
    order: str = ""
    """The open round's order; empty: none is open."""
    planned: str = ""
    """The last round's date before it was moved to a working day."""
    anchor: str = ""
    """The date through which the grid of dates goes."""
    start: str = ""
    """The plan's start when that was laid out."""
    done_at: Instant | None = None
    """When work of the plan's kind was done last, by whatever order."""
    done_by: str = ""
    """The number of that order."""
    counted: str = ""
    """The date on which the last round itself was done; empty: it was not."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """The date of each package's last round, or of the work that stood for it."""
    open_packages: tuple[str, ...] = ()
    target: float | None = None
    """The meter's value for which the last round was planned."""
    value: float | None = None
    """The meter's value when the work was done last."""
    signal: str = ""
    """The finding that the last round was made for."""
    before: "Track | None" = None
    """While a round is open: how the track was before it, should its order be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A round that comes."""

    day: str
    """Its date, before it is moved to a working day."""
    ideal: str
    """The working day."""
    anchor: str
    packages: tuple[str, ...] = ()
    calls_at: Instant
    """When its order is made."""
    ready_at: Instant
    ideal_at: Instant
    due_at: Instant
    latest_at: Instant
    """Until then it may be deferred."""
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What a detector says of an asset's condition or of a failure to come."""

    id: str
    rule: str
    asset: str
    since: Instant
    title: Text = field(default_factory=dict)
    chance: float | None = None
    horizon_days: float | None = None
    by_day: tuple[tuple[float, float], ...] = ()
    """Days and the chance of a failure by then, both rising, where more is known than the horizon's."""
    between_days: tuple[float, float] | None = None
    """Nine of ten such assets fail between these."""
