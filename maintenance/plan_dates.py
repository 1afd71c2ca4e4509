"""Dates of plans: cycles by the calendar of a place, moved by early and late work, seasons and days off.

Dates are counted as dates and become instants last, in the plan's zone, so that no change of clocks moves them. A month
is counted from the anchor, never from the date before: 31 January, 28 February, 31 March.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.instants import SECOND, Instant
from domain.plan import Cycle, Shift, Unit

Works = Callable[[date], bool]
"""Whether people work on a day."""
MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12}
DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
LONGEST_MONTH = 31
EARLIEST, LATEST = -(2**63), 2**63 - 1
FARTHEST_DAY_OFF = 60
"""A calendar without a working day for so long moves nothing."""


def stepped(anchor: date, every: Cycle, steps: int) -> date:
    """So many cycles after the anchor, or before it. A day that its month does not have is the month's last."""
    if every.unit in DAYS:
        return anchor + timedelta(days=steps * every.many * DAYS[every.unit])
    months = anchor.year * 12 + anchor.month - 1 + steps * every.many * MONTHS[every.unit]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def on_grid(anchor: date, every: Cycle, least: date) -> date:
    """The anchor, or the first date of its grid that is not before another one."""
    if least <= anchor:
        return anchor
    longest = every.many * (DAYS.get(every.unit) or MONTHS[every.unit] * LONGEST_MONTH)
    steps = (least - anchor).days // longest
    while (found := stepped(anchor, every, steps)) < least:
        steps += 1
    return found


def days_in(every: Cycle, until: date) -> int:
    """How many days the cycle has that ends on a date."""
    return max((until - stepped(until, every, -1)).days, 1)


def shift_of(planned: date, done: date, *, cycle_days: int, tolerance: int, late: int, early: int) -> int:
    """The days by which the next date moves because the work was done on another day than planned.

    Nothing within the tolerance (percent of the cycle); beyond it the whole difference times the shift factor of late
    or of early work (percent), to the nearest day, halves away from 0.
    """
    difference = (done - planned).days
    if abs(difference) * 100 <= tolerance * cycle_days:
        return 0
    factor = late if difference > 0 else early
    days = (abs(difference) * factor + 50) // 100
    return days if difference > 0 else -days


def called_on(every_days: int, due: date, horizon: int) -> date:
    """When the order is made: once so many percent of the cycle that ends with the date have passed."""
    return due - timedelta(days=every_days - share(every_days, horizon))


def share(days: float, percent: int) -> int:
    """Percent of so many days, in whole days, rounded down."""
    return int(days * percent // 100)


def in_season(day: date, season: tuple[str, str] | None) -> date:
    """The day, or the next first day of the season where it lies outside. A season may go over the new year."""
    if season is None:
        return day
    begin, end = season
    said = f"{day:%m-%d}"
    is_inside = begin <= said <= end if begin <= end else said >= begin or said <= end
    if is_inside:
        return day
    year = day.year if said < begin else day.year + 1
    return date(year, int(begin[:2]), int(begin[3:]))


def working_day(day: date, adjust: Shift, works: Works) -> date:
    """The day, or the nearest one in the direction of the shift on which people work."""
    if adjust is Shift.NONE:
        return day
    way = timedelta(days=1 if adjust is Shift.NEXT else -1)
    return next((each for nth in range(FARTHEST_DAY_OFF) if works(each := day + nth * way)), day)


def midnight(day: date, zone: str) -> Instant:
    """The instant at which a day begins in a zone; the nearest one that can be kept."""
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return min(max(int(local.timestamp()) * SECOND, EARLIEST), LATEST)


def day_of(at: Instant, zone: str) -> date:
    """The date in a zone at an instant."""
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).date()
