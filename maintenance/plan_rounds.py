"""Rounds: when a plan is due next on an asset, by the calendar or by its use, from what was done there before."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from domain.instants import DAY, Instant
from domain.meter import Forecast
from domain.plan import Cycle, Package, Plan, Planned, Strategy, Track
from maintenance.plan_dates import (
    called_on,
    day_of,
    days_in,
    in_season,
    midnight,
    on_grid,
    share,
    shift_of,
    stepped,
    working_day,
)
from maintenance.plan_tracks import called, done_on_its_day

MOST_SKIPPED = 1_000
"""Dates of a grid that are tried until one has work to do."""
NEVER_DAYS = 36_500
"""What is due later than this is not due."""

WorksOn = Callable[[str, date], bool]
"""Whether people work on a day, by the id of a business calendar."""


def every_day(calendar: str, day: date) -> bool:
    """A calendar without days off."""
    return True


@dataclass(frozen=True, slots=True)
class Begin:
    """Before which nothing was due: when the plan was taken in, and when the asset was registered."""

    plan_at: Instant
    asset_at: Instant

    def day(self, zone: str) -> date:
        """The later of both, as a date."""
        return day_of(max(self.plan_at, self.asset_at), zone)


# -- by the calendar


def next_by_calendar(plan: Plan, track: Track, begin: Begin, works_on: WorksOn) -> Planned | None:
    """The round after the last; None where no date has any work."""
    base = plan.sizes[0].every
    anchor, least = after_last(plan, track, base) if track.planned else first(plan, track, begin)
    floor = worked_until(plan, track, base)
    day = on_grid(anchor, base, least)
    for _ in range(MOST_SKIPPED):
        seasonal = in_season(day, plan.season)
        packages = due_packages(plan, track, seasonal, base)
        if packages and (floor is None or seasonal > floor):
            return on_day(plan, seasonal, anchor, packages, works_on)
        day = on_grid(anchor, base, day + timedelta(days=1))
    return None


def first(plan: Plan, track: Track, begin: Begin) -> tuple[date, date]:
    """The anchor, and the day before which the first round is not: after the work that was done before the plan."""
    start, floor = date.fromisoformat(plan.start), begin.day(plan.zone)
    before = plan.last_done.get(track.asset)
    if before is None:
        return start, max(start, floor)
    done, base = date.fromisoformat(before), plan.sizes[0].every
    if plan.after_completion:
        after = stepped(done, base, 1)
        return after, after
    return start, max(start, done + timedelta(days=days_in(base, done) // 2))


def after_last(plan: Plan, track: Track, base: Cycle) -> tuple[date, date]:
    """The anchor of the next round, and the day before which it is not: half a cycle after the last one's date, so that

    a start that is moved, or another cycle, makes no round of one that was.
    """
    planned = date.fromisoformat(track.planned)
    least = planned + timedelta(days=max(days_in(base, planned) // 2, 1))
    done = done_day(plan, track)
    if not track.counted and done is not None and done < planned:
        done = None
    if plan.after_completion:
        after = stepped(done or planned, base, 1)
        return after, after
    if track.start != plan.start:
        return date.fromisoformat(plan.start), max(least, date.fromisoformat(plan.start))
    anchor = date.fromisoformat(track.anchor)
    if done is None or not (plan.shift_late or plan.shift_early):
        return anchor, least
    plain = on_grid(anchor, base, least)
    days = shift_of(
        planned,
        done,
        cycle_days=days_in(base, plain),
        tolerance=plan.tolerance,
        late=plan.shift_late,
        early=plan.shift_early,
    )
    return (plain + timedelta(days=days), planned + timedelta(days=1)) if days else (anchor, least)


def done_day(plan: Plan, track: Track) -> date | None:
    """The date of the work that counts as the last round's, or was done since."""
    if track.done_at is None:
        return None
    done = day_of(track.done_at, plan.zone)
    return max(done, date.fromisoformat(track.counted)) if track.counted else done


def worked_until(plan: Plan, track: Track, base: Cycle) -> date | None:
    """The last day on which nothing is due because the same work was just done."""
    sizes = plan.sizes
    done = date.fromisoformat(track.counted) if track.counted else None
    if len(sizes) == 1 and (other := done_day(plan, track)) is not None:
        done = other
    return None if done is None else done + timedelta(days=share(days_in(base, done), plan.just_done))


def due_packages(plan: Plan, track: Track, day: date, base: Cycle) -> tuple[Package, ...]:
    """The packages to be done on a day: of those whose cycle is over the ones of the highest level.

    A cycle is over a little before its end, so that a date which was moved by a few days still takes its yearly work.
    """
    slack = timedelta(days=share(days_in(base, day), 100 - plan.just_done))
    due = [size for size in plan.sizes if day >= ends(plan, track, size, base) - slack]
    top = max((size.level for size in due), default=0)
    return tuple(size for size in due if size.level == top)


def ends(plan: Plan, track: Track, size: Package, base: Cycle) -> date:
    """When a package's cycle is over."""
    before = track.packages.get(size.id) or plan.last_done.get(track.asset)
    if before is not None:
        return stepped(date.fromisoformat(before), size.every, 1)
    start = date.fromisoformat(track.start or plan.start)
    return start if size.every == base else stepped(start, size.every, 1)


def on_day(plan: Plan, day: date, anchor: date, packages: tuple[Package, ...], works_on: WorksOn) -> Planned:
    """The round of a date."""
    base = plan.sizes[0].every
    cycle_days = days_in(base, day)
    tolerance = timedelta(days=share(cycle_days, plan.tolerance))
    ideal = working_day(day, plan.adjust, lambda each: works_on(plan.calendar, each))
    due, one = max(day + tolerance, ideal), timedelta(days=1)
    latest = max(due, ideal + timedelta(days=share(cycle_days, plan.postponement)))
    return Planned(
        day=day.isoformat(),
        ideal=ideal.isoformat(),
        anchor=anchor.isoformat(),
        packages=tuple(size.id for size in packages),
        calls_at=midnight(min(called_on(cycle_days, day, plan.call_horizon), ideal), plan.zone),
        ready_at=midnight(min(day - tolerance, ideal), plan.zone),
        ideal_at=midnight(ideal, plan.zone),
        due_at=midnight(due + one, plan.zone),
        latest_at=midnight(latest + one, plan.zone),
    )


# -- by use


def next_by_meter(plan: Plan, track: Track, meter: Forecast | None, works_on: WorksOn) -> Planned | None:
    """The round after the last, on the day on which the meter will probably reach it; None where nobody can say."""
    if meter is None:
        return None
    target = next_target(plan, track)
    left = target - meter.value
    rate = meter.per_day or 0.0
    if left > 0 and (rate <= 0 or left / rate > NEVER_DAYS):
        return None
    days = max(left / rate, 0.0) if left > 0 else 0.0
    cycle_days = min(plan.use / rate, NEVER_DAYS) if rate > 0 else 0.0
    day = day_of(meter.at + int(days * DAY), plan.zone)
    ideal = working_day(day, plan.adjust, lambda each: works_on(plan.calendar, each))
    tolerance = timedelta(days=share(cycle_days, plan.tolerance))
    due, one = max(day + tolerance, ideal), timedelta(days=1)
    latest = max(due, ideal + timedelta(days=share(cycle_days, plan.postponement)))
    early = left - plan.use * (1 - plan.call_horizon / 100)
    calls = meter.at + (int(max(early / rate, 0.0) * DAY) if early > 0 else 0)
    return Planned(
        day=day.isoformat(),
        ideal=ideal.isoformat(),
        anchor=day.isoformat(),
        calls_at=calls,
        ready_at=midnight(min(day - tolerance, ideal), plan.zone),
        ideal_at=midnight(ideal, plan.zone),
        due_at=midnight(due + one, plan.zone),
        latest_at=midnight(latest + one, plan.zone),
        target=target,
    )


def next_target(plan: Plan, track: Track) -> float:
    """The meter's value at the next round: counted from the value when the work was done, or from the former target.

    Work by another order that came more than `just_done` before the target puts the cycle off from there, too.
    """
    step, start = plan.use, plan.first_at or plan.use
    if track.value is not None and (plan.after_completion or not track.counted):
        return track.value + step
    if track.target is None:
        return start
    target = track.target + step
    if track.value is not None:
        behind = track.value + step * plan.just_done / 100 - target
        target += step * (math.floor(behind / step) + 1) if behind >= 0 else 0.0
    return target


# -- all of them


def coming(
    plan: Plan, track: Track, begin: Begin, works_on: WorksOn, *, meter: Forecast | None, until: Instant
) -> Iterator[Planned]:
    """The rounds until an instant if each is done on its day. Of a condition or a forecast nobody can say."""
    while True:
        if plan.strategy is Strategy.CALENDAR:
            planned = next_by_calendar(plan, track, begin, works_on)
        elif plan.strategy is Strategy.METER:
            planned = next_by_meter(plan, track, meter, works_on)
        else:
            return
        if planned is None or planned.ideal_at > until:
            return
        yield planned
        track = done_on_its_day(plan, called(plan, track, planned, ""), planned.day, meter)
