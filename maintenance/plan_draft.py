"""The order of a round before anybody has seen it: the work of its job plans, its dates, and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.asset_value import FailureCost
from domain.instants import Instant
from domain.plan import Plan, Planned, Strategy, Track
from domain.text import Text
from domain.ticket_class import JobPlan
from domain.work_order import NEW_ORDER, OrderKind, WorkOrder
from maintenance import catalogue_plans as catalogue
from maintenance.plan_reasons import filled
from maintenance.plan_world import World
from maintenance.waiting import Costs

KINDS = {
    Strategy.CALENDAR: OrderKind.PREVENTIVE,
    Strategy.METER: OrderKind.PREVENTIVE,
    Strategy.CONDITION: OrderKind.CONDITION_BASED,
    Strategy.FORECAST: OrderKind.PREDICTIVE,
}
LEAST_COST = 0.01
"""Costs are compared, so that nothing costs nothing."""


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
