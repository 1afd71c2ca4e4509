"""What plans rest on: assets, meters, findings, costs and job plans; and so when a plan is due next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.asset_value import FailureCost
from domain.instants import Instant
from domain.meter import Forecast
from domain.plan import Plan, Planned, Signal, Strategy, Track
from domain.registry import Facts
from domain.ticket_class import JobPlan
from maintenance.plan_rounds import Begin, WorksOn, every_day, next_by_calendar, next_by_meter

ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAsset:
    """An asset as the registry knows it."""

    facts: Facts
    since: Instant
    """When it was registered first."""


Dates = dict[tuple[str, str], tuple[tuple[Plan, Track, Begin], Planned | None]]
"""By plan and asset: the next round, and what it was worked out from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What plans rest on beside their own history; all of it values and pure functions."""

    taken_in: Mapping[str, Instant] = field(default_factory=dict)
    """When each plan was taken in first."""
    jobs: Mapping[str, JobPlan] = field(default_factory=dict)
    works_on: WorksOn = every_day
    meters: Mapping[tuple[str, str], Forecast] = field(default_factory=dict)
    """By asset and meter."""
    signals: Mapping[str, Sequence[Signal]] = field(default_factory=dict)
    """By asset, those that hold now."""
    costs: Callable[[str], FailureCost] = field(
        default=lambda asset: FailureCost(amount=500.0, is_assumed=True, why={"en": "Assumed."})
    )
    """What a failure of an asset costs."""
    hour_cost: float = 60.0
    """What an hour of work costs."""
    dates: Dates = field(default_factory=dict, compare=False)
    """Rounds that were worked out before, for whoever looks again and again."""


def begin_of(plan: Plan, asset: PlannedAsset, world: World) -> Begin:
    """Before which nothing was due."""
    return Begin(plan_at=world.taken_in.get(plan.id, 0), asset_at=asset.since)


def next_round(plan: Plan, track: Track, begin: Begin, world: World) -> Planned | None:
    """The next round of a calendar or meter plan."""
    if plan.strategy is Strategy.CALENDAR:
        key, rests_on = (plan.id, track.asset), (plan, track, begin)
        known = world.dates.get(key)
        if known is None or known[0] != rests_on:
            known = world.dates[key] = (rests_on, next_by_calendar(plan, track, begin, world.works_on))
        return known[1]
    if plan.strategy is Strategy.METER:
        return next_by_meter(plan, track, world.meters.get((track.asset, plan.meter)), world.works_on)
    return None
