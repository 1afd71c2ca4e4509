"""Orders of plans: each round that is called becomes one work order, with its reason, its dates and its price."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from domain.instants import DAY, Instant
from domain.plan import Plan, Planned, Signal, Strategy, Track
from domain.work_order import NEW_ORDER, WorkOrder
from maintenance.advice import Advice, forecast_call
from maintenance.lead import lead_grounds
from maintenance.plan_chances import chances_of
from maintenance.plan_dates import day_of, midnight, share
from maintenance.plan_draft import costs_of, draft
from maintenance.plan_reasons import reason, signal_reason
from maintenance.plan_tracks import called
from maintenance.plan_world import ACTIVE, PlannedAsset, World, begin_of, next_round
from maintenance.waiting import ChanceByDay, Costs, cost_of_waiting, from_days, from_forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A round that is called: its order, and the track that it came from and leads to."""

    order: WorkOrder
    before: Track
    after: Track


def generate(
    now: Instant,
    plans: Iterable[Plan],
    assets: Iterable[PlannedAsset],
    tracks: Mapping[tuple[str, str], Track],
    world: World,
) -> Iterator[Made]:
    """The orders of all rounds that are called by now, at most one for a plan and an asset, none while one is open.

    The same arguments give the same orders. A round's name is the number after its asset's last one in this plan, so
    it depends on what was made and on nothing else: neither horizon, start nor clock can make one again. Paused plans
    and assets that are not active have none.
    """
    of_plans = [plan for plan in plans if not plan.is_paused]
    for asset in assets:
        if asset.facts.expected_state != ACTIVE or not asset.facts.claimed:
            continue
        for plan in of_plans:
            if not plan.is_for(asset.facts):
                continue
            track = tracks.get((plan.id, asset.facts.asset)) or Track(plan=plan.id, asset=asset.facts.asset)
            if not track.order and (made := call(now, plan, asset, track, world)) is not None:
                yield made


def call(now: Instant, plan: Plan, asset: PlannedAsset, track: Track, world: World) -> Made | None:
    """The plan's next round on an asset, if it is called by now."""
    if plan.strategy in (Strategy.CONDITION, Strategy.FORECAST):
        return call_by_signal(now, plan, track, world)
    planned = next_round(plan, track, begin_of(plan, asset, world), world)
    if planned is None or planned.calls_at > now:
        return None
    meter = world.meters.get((track.asset, plan.meter))
    why, grounds = reason(plan, track, planned, meter)
    failure = world.costs(track.asset)
    order = draft(now, plan, track, planned, world, why=why, grounds=grounds)
    order = with_waiting(order, plan, costs_of(plan, order, failure, world), world)
    return Made(order=order, before=track, after=called(plan, track, planned, NEW_ORDER))


def with_waiting(order: WorkOrder, plan: Plan, costs: Costs, world: World) -> WorkOrder:
    """The order with what waiting costs by the lives of what it is for, else by the plan's failures a year."""
    chances = chances_of(plan, order.made_at, order.kit, world.in_use(order.asset), world.life)
    is_assumed = costs.is_assumed or chances.is_assumed
    waiting = cost_of_waiting(chances.by_day, costs.failure, costs.planned, is_assumed)
    grounds = {**order.grounds, **chances.grounds, "chance_is_assumed": chances.is_assumed}
    return replace(order, waiting=waiting, grounds=grounds)


# -- by a detector's word


def call_by_signal(now: Instant, plan: Plan, track: Track, world: World) -> Made | None:
    """The order for the first finding that nobody has worked for yet, and whose work pays."""
    for signal in world.signals.get(track.asset, ()):
        is_new = signal.id != track.signal and (track.done_at is None or signal.since > track.done_at)
        if signal.rule not in plan.rules or not is_new:
            continue
        planned = on_signal(now, plan, signal)
        order = draft(now, plan, track, planned, world, why={}, grounds={})
        costs = costs_of(plan, order, world.costs(track.asset), world)
        advice = advised(plan, signal, costs, order, world)
        if advice is not None and not advice.act_now:
            continue
        why, grounds = signal_reason(plan, track, planned, signal, advice)
        order = replace(order, why=why, grounds={**order.grounds, **grounds})
        chances = chances_told(signal)
        if chances is None:
            order = with_waiting(order, plan, costs, world)
        else:
            waiting = cost_of_waiting(chances, costs.failure, costs.planned, costs.is_assumed)
            order = replace(order, waiting=waiting)
        return Made(order=order, before=track, after=called(plan, track, planned, NEW_ORDER, signal.id))
    return None


def advised(plan: Plan, signal: Signal, costs: Costs, order: WorkOrder, world: World) -> Advice | None:
    """Of a forecast plan: whether work now pays; None where no chance is given, or the condition itself decides."""
    if plan.strategy is not Strategy.FORECAST or signal.chance is None or not signal.horizon_days:
        return None
    by_day = chances_told(signal)
    if plan.lead_days is not None:
        return forecast_call(signal.chance, signal.horizon_days, costs, plan.lead_days, by_day=by_day)
    lead = world.lead(order, order.made_at)
    advice = forecast_call(signal.chance, signal.horizon_days, costs, lead.days, by_day=by_day)
    return replace(advice, grounds={**advice.grounds, **lead_grounds(lead)})


def chances_told(signal: Signal) -> ChanceByDay | None:
    """The chance of a failure by days, as far as the signal says it."""
    if signal.by_day:
        return from_days(signal.by_day)
    if signal.chance is not None and signal.horizon_days:
        return from_forecast(signal.chance, signal.horizon_days)
    return None


def on_signal(now: Instant, plan: Plan, signal: Signal) -> Planned:
    """The round of a signal: as soon as somebody can go, and within the plan's days."""
    today = day_of(now, plan.zone)
    ready, one = midnight(today, plan.zone), DAY
    horizon = plan.within_days if signal.horizon_days is None else min(plan.within_days, signal.horizon_days)
    day = day_of(now + int(horizon * DAY), plan.zone)
    ideal = midnight(day, plan.zone)
    due = midnight(day_of(ideal + one + share(plan.within_days, plan.tolerance) * DAY, plan.zone), plan.zone)
    latest = due + share(plan.within_days, plan.postponement) * DAY
    said = day.isoformat()
    return Planned(
        day=said, ideal=said, anchor=said, calls_at=now, ready_at=ready, ideal_at=ideal, due_at=due, latest_at=latest
    )
