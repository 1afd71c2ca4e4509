"""Orders of plans: each round that is called becomes one work order, with its reason, its dates and its price."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from domain.asset_value import FailureCost
from domain.instants import DAY, Instant
from domain.meter import Forecast
from domain.plan import Plan, Planned, Signal, Strategy, Track
from domain.registry import Facts
from domain.text import LANGUAGES, Text, in_language
from domain.ticket_class import JobPlan
from domain.work_order import NEW_ORDER, OrderKind, WorkOrder
from maintenance import catalogue_plans as catalogue
from maintenance.advice import Advice, forecast_call
from maintenance.plan_dates import day_of, midnight, share
from maintenance.plan_rounds import Begin, WorksOn, called, every_day, next_by_calendar, next_by_meter, withdrawn
from maintenance.waiting import Costs, cost_of_waiting, from_forecast, steady

ACTIVE = "active"
YEAR_DAYS = 365.25
KINDS = {
    Strategy.CALENDAR: OrderKind.PREVENTIVE,
    Strategy.METER: OrderKind.PREVENTIVE,
    Strategy.CONDITION: OrderKind.CONDITION_BASED,
    Strategy.FORECAST: OrderKind.PREDICTIVE,
}
LEAST_COST = 0.01
"""Costs are compared, so that nothing costs nothing."""


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
    chances = steady(plan.failures_per_year / YEAR_DAYS)
    failure = world.costs(track.asset)
    order = draft(now, plan, track, planned, world, why=why, grounds=grounds)
    costs = costs_of(plan, order, failure, world)
    waiting = cost_of_waiting(chances, costs.failure, costs.planned, costs.is_assumed)
    return Made(order=replace(order, waiting=waiting), before=track, after=called(plan, track, planned, NEW_ORDER))


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
        advice = advised(plan, signal, costs)
        if advice is not None and not advice.act_now:
            continue
        why, grounds = signal_reason(plan, track, planned, signal, advice)
        waiting = advice.waiting if advice else waiting_of(plan, signal, costs)
        order = replace(order, why=why, grounds={**order.grounds, **grounds}, waiting=waiting)
        return Made(order=order, before=track, after=called(plan, track, planned, NEW_ORDER, signal.id))
    return None


def advised(plan: Plan, signal: Signal, costs: Costs) -> Advice | None:
    """Of a forecast plan: whether work now pays; None where no chance is given, or the condition itself decides."""
    if plan.strategy is not Strategy.FORECAST or signal.chance is None or not signal.horizon_days:
        return None
    return forecast_call(signal.chance, signal.horizon_days, costs, plan.lead_days)


def waiting_of(plan: Plan, signal: Signal, costs: Costs) -> Any:
    """What waiting costs, by the signal's chance or the plan's own rate."""
    known = signal.chance is not None and signal.horizon_days
    chances = (
        from_forecast(signal.chance or 0.0, signal.horizon_days or 1.0)
        if known
        else steady(plan.failures_per_year / YEAR_DAYS)
    )
    return cost_of_waiting(chances, costs.failure, costs.planned, costs.is_assumed)


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


# -- the order


def draft(
    now: Instant,
    plan: Plan,
    track: Track,
    planned: Planned,
    world: World,
    *,
    why: Text,
    grounds: Mapping[str, Any],
) -> WorkOrder:
    """The order of a round, before anybody has seen it."""
    sizes = [size for size in plan.sizes if size.id in planned.packages]
    names = list(dict.fromkeys(size.job_plan for size in sizes)) or [plan.job_plan]
    job = together([world.jobs.get(name) or JobPlan(id=name, name=plan.name) for name in names])
    facts = {"planned": planned.day, "ideal": planned.ideal, "latest": planned.latest_at, "last_order": track.done_by}
    return WorkOrder(
        number=NEW_ORDER,
        kind=KINDS[plan.strategy],
        asset=track.asset,
        title=filled(catalogue.TITLE, plan=plan.name, asset=track.asset),
        priority=plan.priority,
        why=why,
        grounds={**facts, "packages": list(planned.packages), **grounds},
        plan=plan.id,
        cycle=str(track.cycle + 1),
        ready_at=planned.ready_at,
        ideal_at=planned.ideal_at,
        due_at=planned.due_at,
        job_plan=names[0],
        tasks=job.tasks,
        hours=job.hours,
        crew=job.crew,
        skills=job.skills,
        certificates=job.certificates,
        kit=job.kit,
        tools=job.tools,
        gates=job.evidence,
        made_at=now,
        changed_at=now,
    )


def together(jobs: Sequence[JobPlan]) -> JobPlan:
    """The work of several job plans in one visit."""
    first, *others = jobs
    for job in others:
        kit = {part: first.kit.get(part, 0) + job.kit.get(part, 0) for part in {**first.kit, **job.kit}}
        first = replace(
            first,
            tasks=(*first.tasks, *job.tasks),
            hours=first.hours + job.hours,
            crew=max(first.crew, job.crew),
            skills=tuple(dict.fromkeys((*first.skills, *job.skills))),
            certificates=tuple(dict.fromkeys((*first.certificates, *job.certificates))),
            kit=kit,
            tools=tuple(dict.fromkeys((*first.tools, *job.tools))),
            evidence=tuple(dict.fromkeys((*first.evidence, *job.evidence))),
        )
    return first


def costs_of(plan: Plan, order: WorkOrder, failure: FailureCost, world: World) -> Costs:
    """What the round and what a failure cost."""
    planned = max(plan.planned_cost or order.hours * world.hour_cost, LEAST_COST)
    return Costs(planned=planned, failure=failure.amount + planned, is_assumed=failure.is_assumed)


# -- why


def reason(plan: Plan, track: Track, planned: Planned, meter: Forecast | None) -> tuple[Text, dict[str, Any]]:
    """Why a round of a calendar or meter plan exists, and the numbers behind it."""
    if plan.strategy is Strategy.METER and meter is not None:
        return use_reason(plan, track, planned, meter)
    size = next(size for size in plan.sizes if size.id in planned.packages)
    every = {language: f"{size.every.many} {catalogue.UNITS[size.every.unit][language]}" for language in LANGUAGES} | {
        "en": str(size.every)
    }
    why = filled(catalogue.CALENDAR, plan=plan.name, every=every, last=last_said(plan, track), day=planned.ideal)
    if planned.ideal != planned.day:
        moved = filled(catalogue.MOVED, planned=planned.day)
        why = {language: why[language] + moved[language] for language in LANGUAGES}
    return why, {"every": str(size.every)}


def use_reason(plan: Plan, track: Track, planned: Planned, meter: Forecast) -> tuple[Text, dict[str, Any]]:
    """Why a round exists that the asset's use makes due."""
    rate: Text = dict.fromkeys(LANGUAGES, "")
    if meter.per_day is not None:
        rate = filled(catalogue.RATE, per_day=short(meter.per_day), low=short(meter.low), high=short(meter.high))
    why = filled(
        catalogue.METER,
        plan=plan.name,
        meter=plan.meter,
        use=short(plan.use),
        last=last_said(plan, track),
        day=planned.ideal,
        target=short(planned.target),
        value=short(meter.value),
        rate=rate,
    )
    between = {"per_day": meter.per_day, "low": meter.low, "high": meter.high}
    return why, {"meter": plan.meter, "value": meter.value, "target": planned.target, **between}


def signal_reason(
    plan: Plan, track: Track, planned: Planned, signal: Signal, advice: Advice | None
) -> tuple[Text, dict[str, Any]]:
    """Why a round exists that a detector asked for."""
    pattern = catalogue.FORECAST if advice else catalogue.CONDITION
    why = filled(
        pattern,
        plan=plan.name,
        title=signal.title or {"en": signal.rule},
        signal=signal.id,
        since=day_of(signal.since, plan.zone).isoformat(),
        last=last_said(plan, track),
        day=planned.ideal,
        advice=advice.why if advice else {"en": ""},
    )
    return why, {
        "finding": signal.id,
        "rule": signal.rule,
        "chance": signal.chance,
        **(advice.grounds if advice else {}),
    }


def last_said(plan: Plan, track: Track) -> Text:
    """When the work was done last."""
    if track.done_at is not None:
        day = day_of(track.done_at, plan.zone).isoformat()
        return filled(catalogue.LAST_ORDER if track.done_by else catalogue.LAST_DAY, date=day, order=track.done_by)
    if track.asset in plan.last_done:
        return filled(catalogue.LAST_DAY, date=date.fromisoformat(plan.last_done[track.asset]).isoformat())
    return catalogue.NEVER


def filled(pattern: Text, **words: Any) -> Text:
    """The sentence in every language; words may be texts themselves."""
    return {
        language: pattern[language].format(
            **{name: in_language(word, language) if isinstance(word, Mapping) else word for name, word in words.items()}
        )
        for language in LANGUAGES
    }


def short(value: float | None) -> str:
    """A number for a sentence."""
    return "?" if value is None else f"{value:.4g}" if abs(value) < 1_000 else f"{value:,.0f}"


# -- taken back


def gone(plan: Plan | None, asset: PlannedAsset | None, track: Track, world: World) -> str:
    """Why an order that nobody has approved has no reason any more; empty: it has."""
    if plan is None:
        return catalogue.GONE["plan"]
    state = asset.facts.expected_state if asset else "not registered"
    if asset is None or state != ACTIVE:
        return catalogue.GONE["state"].format(state=state)
    if not plan.is_for(asset.facts):
        return catalogue.GONE["asset"]
    if track.signal and plan.rules:
        held = {signal.id for signal in world.signals.get(track.asset, ())}
        return "" if track.signal in held else catalogue.GONE["signal"]
    return ""


def is_done_already(plan: Plan, asset: PlannedAsset, track: Track, world: World) -> bool:
    """Other work has made the open round needless: without its order the next one would be later."""
    if plan.strategy in (Strategy.CONDITION, Strategy.FORECAST):
        return True
    before = withdrawn(track)
    following = next_round(plan, before, begin_of(plan, asset, world), world)
    if plan.strategy is Strategy.METER:
        return following is None or (track.target or 0.0) < (following.target or 0.0)
    return following is None or following.day > track.planned
