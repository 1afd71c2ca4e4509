"""Deserts: which tickets and incidents the devices' lives deserve, and what only looks like it."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from domain.instants import Instant
from firmware_sim.kinds import NONE, failure_mode_of, is_near_miss, looks_like
from firmware_sim.plan import Befallen, Plan
from firmware_sim.publication import Key
from firmware_sim.settings import Fault, Judge, World
from firmware_sim.truth import Expected, Incident, NearMiss, Truth

Decision = Callable[[Plan], Instant]
"""When the message was published with which a device's crash loop was decided."""


def truth_of_plans(world: World, plans: Sequence[Plan], decision: Decision) -> Truth:
    """Everything that must be found and everything that must not."""
    due = sorted(expected(world, plans, decision), key=lambda e: e.decided_at)
    first: dict[Key, Expected] = {}
    for ticket in due:
        first.setdefault(ticket.key, ticket)
    optional = {key_at(plan, told, failure_mode_of(told.fault, world.rule)) for plan, told in members(plans)}
    optional = {key for key in optional if key[2] != NONE} - first.keys()
    misses = sorted(near_misses(world, plans), key=lambda near_miss: near_miss.at)
    return Truth(
        devices=len(plans),
        duration=world.duration,
        expected=first,
        near_misses=tuple(n for n in misses if n.key not in first and n.key not in optional),
        incidents=tuple(sorted(incidents(world, plans), key=lambda incident: incident.decided_at)),
        optional=frozenset(optional),
    )


def key_at(plan: Plan, told: Befallen, failure_mode: str) -> Key:
    """What a ticket for the fault is about: the place that the device has when it is decided."""
    place = plan.place(told.decides)
    return place.asset, place.component, failure_mode


def key_of(plan: Plan, judge: Judge) -> Key:
    """What the ticket for the device's crash loop is about, or would be."""
    for told in plan.told:
        mode = failure_mode_of(told.fault, judge)
        if decides_by_message(plan, told) and mode != NONE:
            return key_at(plan, told, mode)
    return plan.device.asset, plan.device.component, judge.failure_mode


def decides_by_message(plan: Plan, told: Befallen) -> bool:
    """A message of the device says with which crash the row is complete."""
    return any(happening.decides and told.at <= happening.at <= told.decides for happening in plan.script)


def members(plans: Iterable[Plan]) -> Iterator[tuple[Plan, Befallen]]:
    """Devices of faults that deserve an incident."""
    return ((plan, told) for plan in plans for told in plan.told if told.fault.incident)


def expected(world: World, plans: Iterable[Plan], decision: Decision) -> Iterator[Expected]:
    """A ticket for each fault that deserves one of its own; the first crash loop of a device decides."""
    for plan in plans:
        has_decided = False
        for told in sorted(plan.told, key=lambda told: told.at):
            mode = failure_mode_of(told.fault, world.rule)
            by_message = decides_by_message(plan, told)
            if mode != NONE and not told.fault.incident and not (by_message and has_decided):
                yield ticket(world, plan, told, decision if by_message else None)
            has_decided = has_decided or by_message


def ticket(world: World, plan: Plan, told: Befallen, decision: Decision | None) -> Expected:
    """The ticket that a device deserves for a fault."""
    faults = crashes(world, plan, told) if decision else (told.at,)
    return Expected(
        key=key_at(plan, told, failure_mode_of(told.fault, world.rule)),
        device=plan.device.name,
        decided_at=decision(plan) if decision else world.start + told.decides,
        faults=tuple(world.start + at for at in faults),
        found_within=told.fault.found_within,
        kind=told.fault.kind,
    )


def crashes(world: World, plan: Plan, told: Befallen) -> tuple[int, ...]:
    """The crashes of the device up to the deciding one, as many as the rule waits for."""
    decides = next(h.at for h in plan.script if h.decides and h.at >= told.at)
    return tuple(h.at for h in plan.script if h.event == "crash" and h.at <= decides)[-world.rule.count :]


def near_misses(world: World, plans: Iterable[Plan]) -> Iterator[NearMiss]:
    """What must not lead to a ticket."""
    for plan in plans:
        for told in plan.told:
            if is_near_miss(told.fault):
                yield NearMiss(
                    key=key_at(plan, told, looks_like(told.fault, world.rule)),
                    device=plan.device.name,
                    kind=told.fault.kind,
                    at=world.start + told.at,
                )


def incidents(world: World, plans: Sequence[Plan]) -> Iterator[Incident]:
    """One for each fault that deserves one."""
    for fault in world.faults:
        hit = [(plan, told) for plan, told in members(plans) if told.fault == fault]
        if hit:
            moments = sorted(told.at for _, told in hit)
            yield Incident(
                scope=scope(fault),
                members=tuple(sorted({plan.place(told.decides).asset for plan, told in hit})),
                decided_at=world.start + moments[min(fault.least, len(moments)) - 1],
                found_within=fault.found_within,
                kind=fault.kind,
            )


def scope(fault: Fault) -> dict[str, str]:
    """What an incident of the fault must name."""
    suspects = {"site": fault.sites, "model": fault.models, "firmware": fault.fw}
    return {name: suspects[name] for name in fault.incident}
