"""What plans rest on: assets, meters, findings, costs and job plans; and so when a plan is due next."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.asset_value import FailureCost
from domain.instants import Instant
from domain.meter import Forecast
from domain.plan import Plan, Planned, Signal, Strategy, Track
from domain.registry import Facts
from domain.ticket_class import JobPlan
from domain.work_order import WorkOrder
from maintenance.condition import Lead
from maintenance.plan_chances import InUse, KnownLife
from maintenance.plan_rounds import Begin, WorksOn, done_day, every_day, next_by_calendar, next_by_meter

ACTIVE = "active"
MOST_DATES = 100_000
"""Of one plan; beyond it they are worked out anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAsset:
    """An asset as the registry knows it."""

    facts: Facts
    since: Instant
    """When it was registered first."""


Dates = dict[str, tuple[Plan, dict[Hashable, Planned | None]]]
"""By plan: the next round of all assets that stand alike."""


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
    in_use: Callable[[str], InUse] = field(default=lambda asset: InUse())
    """From when on an asset and its parts have been in use."""
    life: Callable[[str, Instant], KnownLife | None] = field(default=lambda family, now: None)
    """How long a part or the assets of a model last, where enough have failed."""
    lead: Callable[[WorkOrder, Instant], Lead] = field(default=lambda order, now: Lead(crew=0.0))
    """What an order that is made now must wait for."""
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
        known, key = known_dates(plan, world.dates), alike(plan, track, begin)
        if key not in known:
            known[key] = next_by_calendar(plan, track, begin, world.works_on)
        return known[key]
    if plan.strategy is Strategy.METER:
        return next_by_meter(plan, track, world.meters.get((track.asset, plan.meter)), world.works_on)
    return None


def known_dates(plan: Plan, dates: Dates) -> dict[Hashable, Planned | None]:
    """What was worked out of a plan before, as long as it says the same."""
    before, known = dates.get(plan.id, (None, {}))
    if before is not plan:
        known = known if before == plan else {}
        dates[plan.id] = (plan, known)
    if len(known) >= MOST_DATES:
        known.clear()
    return known


def alike(plan: Plan, track: Track, begin: Begin) -> Hashable:
    """All that the next round by the calendar rests on, beside the plan; assets that have it in common are due

    together.
    """
    floor = None if track.planned else begin.day(plan.zone)
    packages = tuple(sorted(track.packages.items()))
    grid = (track.planned, track.anchor, track.start, track.counted)
    return (floor, plan.last_done.get(track.asset), *grid, done_day(plan, track), packages)
