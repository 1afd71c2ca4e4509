"""Campaigns: the same work once on every unit of a model, firmware or lot; and where each of the units stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.instants import DAY, Duration, Instant
from domain.meter import matches
from domain.registry import Facts
from domain.text import Text
from domain.ticket import Priority


class CampaignState(StrEnum):
    """Where a campaign stands."""

    RUNNING = "running"
    PAUSED = "paused"
    """It makes no orders until a person resumes it."""
    STOPPED = "stopped"
    """A person ended it; what nobody had approved was cancelled."""
    FINISHED = "finished"
    """Every unit had its order, and the last one was watched long enough."""


class UnitState(StrEnum):
    """Where a unit of a campaign stands."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"
    """Its trouble was back after the work."""
    REFUSED = "refused"
    """Its order was rejected or cancelled; it gets no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What shall be done on which units, and when to stop."""

    id: str
    name: Text
    why: Text
    """Why it exists: stands in each order."""
    where: Mapping[str, tuple[str, ...]]
    """By fact or `tag.NAME`, globs of which one must match."""
    part: str = ""
    """Only assets in which this part is fitted …"""
    lot: str = ""
    """… of a lot that matches this glob."""
    job_plan: str
    priority: Priority = Priority.MEDIUM
    automatic: bool = False
    """Its orders are approved as they are made, and released with their kit; else people review them."""
    wave: int = 20
    """So many orders are open at a time."""
    due_days: int = 30
    """An order is due so long after it was made."""
    failures_per_year: float = 0.5
    """How often a unit fails on which the work is not done: weighs what waiting costs."""
    stop_percent: int = 10
    """It pauses by itself when more of the finished units had their trouble back …"""
    stop_after: int = 10
    """… of so many at least."""
    watch_days: int = 14
    """A ticket of the asset within so long after the work is trouble that is back …"""
    component: str = ""
    """… of this component only; empty: of any …"""
    failure_mode: str = ""
    """… with this failure mode only; empty: with any."""

    started_at: Instant
    by: str
    state: CampaignState = CampaignState.RUNNING
    reason: Text = field(default_factory=dict)
    """Why it was paused or stopped."""
    finished_before: int = 0
    """Units that were done or failed when a person resumed it: the stop rule counts from there …"""
    failed_before: int = 0
    """… and those of them that had failed."""
    ended_at: Instant | None = None

    def is_for(self, facts: Facts) -> bool:
        """Whether what the registry says fits."""
        return matches(self.where, facts)

    @property
    def watch(self) -> Duration:
        """`watch_days` in nanoseconds."""
        return self.watch_days * DAY

    @property
    def is_over(self) -> bool:
        """It makes no orders any more."""
        return self.state in (CampaignState.STOPPED, CampaignState.FINISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One asset of a campaign, from when its order was made."""

    campaign: str
    asset: str
    order: str
    """The number of its order, or of the one that took its work in."""
    state: UnitState = UnitState.OPEN
    done_at: Instant | None = None
    ticket: str = ""
    """The ticket by which its trouble was back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a campaign is, in units."""

    total: int
    left: int
    """Without an order so far."""
    open: int
    done: int
    failed: int
    refused: int

    @property
    def made(self) -> int:
        """Orders that were made."""
        return self.total - self.left

    @property
    def finished(self) -> int:
        """Units on which the work was done, with or without success."""
        return self.done + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class PartNeed:
    """A part of a campaign's kit against the stock."""

    part: str
    each: int
    """Pieces for one unit."""
    needed: int
    """For all units whose kit is not reserved yet."""
    available: int
    """On the shelves and promised to nobody."""
    on_order: int
    missing: int
    """Still missing once what is on order has come."""
    enough_for: int
    """Units that can be served from the shelves now."""
    is_known: bool = True
    """False: the stock ledger does not know the part."""
