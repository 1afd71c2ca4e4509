"""Tracks: what making a round, doing it, refusing it and taking it back leave behind for the next one."""

from dataclasses import replace
from datetime import date, timedelta

from domain.instants import DAY, Instant
from domain.meter import Forecast
from domain.plan import Plan, Planned, Track
from maintenance.plan_dates import day_of, midnight


def called(plan: Plan, track: Track, planned: Planned, order: str, signal: str = "") -> Track:
    """The asset's track once a round's order is made."""
    return replace(
        track,
        cycle=track.cycle + 1,
        order=order,
        planned=planned.day,
        anchor=planned.anchor,
        start=plan.start,
        counted="",
        open_packages=planned.packages,
        target=planned.target,
        signal=signal,
        before=replace(track, before=None),
    )


def done_on_its_day(plan: Plan, track: Track, day: str, meter: Forecast | None = None) -> Track:
    """The track if the round is done as planned."""
    done = date.fromisoformat(day)
    value = track.target if meter is None else max(track.target or 0.0, value_on(plan, done, meter))
    return worked(plan, track, midnight(done, plan.zone), "", own=True, value=value)


def value_on(plan: Plan, day: date, meter: Forecast) -> float:
    """What the meter has at least when a round of the day is done: on a day that takes several, what its end brings."""
    rate = meter.per_day or 0.0
    if plan.use > rate:
        return meter.value
    return meter.value + rate * max(0.0, (midnight(day + timedelta(days=1), plan.zone) - meter.at) / DAY)


def worked(
    plan: Plan, track: Track, done_at: Instant, order: str, *, own: bool, job: str = "", value: float | None = None
) -> Track:
    """The track after work of the plan's kind was done; `own`: by the open round's order, else by any other with the

    job plan. Work that was told later than newer work changes no date.
    """
    day = day_of(done_at, plan.zone).isoformat()
    ids = track.open_packages if own else tuple(size.id for size in plan.sizes if size.job_plan == job)
    level = max((size.level for size in plan.sizes if size.id in ids), default=0)
    stands = track.planned if own and not plan.after_completion and track.planned else day
    covered = {size.id: stands for size in plan.sizes if size.id in ids or size.level < level}
    packages = {**track.packages, **{k: max(v, track.packages.get(k, "")) for k, v in covered.items()}}
    is_newest = track.done_at is None or done_at >= track.done_at
    track = replace(
        track,
        packages=packages,
        done_at=done_at if is_newest else track.done_at,
        done_by=order if is_newest else track.done_by,
        value=value if is_newest and value is not None else track.value,
    )
    return replace(track, order="", counted=day, open_packages=(), before=None) if own else track


def refused(plan: Plan, track: Track) -> Track:
    """The track after a person refused or cancelled the round: it is over without having been done."""
    packages = {
        **track.packages,
        **{size.id: track.planned for size in plan.sizes if size.id in track.open_packages and track.planned},
    }
    return replace(track, order="", packages=packages, open_packages=(), before=None)


def withdrawn(track: Track) -> Track:
    """The track after the planner took an order back: the round's number is used, and its work is due as before."""
    before = track.before or replace(track, planned="", counted="", open_packages=())
    return replace(
        before,
        cycle=track.cycle,
        order="",
        packages=track.packages,
        done_at=track.done_at,
        done_by=track.done_by,
        value=track.value,
    )
