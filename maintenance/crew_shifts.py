"""Shifts of the crew: the working hours of a person's calendar as stretches of time, with their breaks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.crew import Break, Shift, Span
from domain.instants import HOUR, MINUTE, SECOND, Duration, Instant
from domain.sla import Calendar

LONGEST_BREAK = 2 * HOUR
"""A longer pause between two stretches of a day parts two shifts."""
LONGEST_SHIFT = 16 * HOUR
"""Who is there round the clock begins anew each day."""
EITHER_WAY = 30 * MINUTE
"""A break may begin so much sooner or later than the calendar says."""


def shifts_of(calendar: Calendar, begin: Instant, end: Instant, overtime: Duration) -> tuple[Shift, ...]:
    """The shifts of a calendar that are not over at `begin` and begin before `end`.

    Stretches that touch, over midnight too, are one; a short pause between two is a break. Hours are local: on the
    days when clocks change a shift is an hour longer or shorter, as it really is.
    """
    day, last = day_in(begin, calendar.zone) - timedelta(days=2), day_in(end, calendar.zone)
    groups: list[list[Span]] = []
    while day <= last:
        for span in spans_on(calendar, day):
            if groups and is_one(groups[-1], span):
                joined(groups[-1], span)
            else:
                groups.append([span])
        day += timedelta(days=1)
    shifts = (shift_of(group, overtime) for group in groups)
    return tuple(one for one in shifts if one.until > begin and one.span.begin < end)


def is_one(group: Sequence[Span], span: Span) -> bool:
    """A stretch goes on with the ones before it, and all of it is still a day's work."""
    return span.begin - group[-1].end <= LONGEST_BREAK and span.end - group[0].begin <= LONGEST_SHIFT


def joined(group: list[Span], span: Span) -> None:
    """The stretch at the end of a group, or one with its last where they touch."""
    if span.begin <= group[-1].end:
        group[-1] = Span(group[-1].begin, max(group[-1].end, span.end))
    else:
        group.append(span)


def shift_of(group: Sequence[Span], overtime: Duration) -> Shift:
    """One shift from the stretches of a day."""
    breaks = (
        Break(Span(before.end - EITHER_WAY, before.end + EITHER_WAY), after.begin - before.end)
        for before, after in pairwise(group)
    )
    return Shift(span=Span(group[0].begin, group[-1].end), overtime=overtime, breaks=tuple(breaks))


def spans_on(calendar: Calendar, day: date) -> Iterator[Span]:
    """The working hours of a day."""
    for begin, end in calendar.days.get(day.isoformat(), calendar.week[day.weekday()]):
        span = Span(instant_at(day, begin, calendar.zone), instant_at(day, end, calendar.zone))
        if span.begin < span.end:
            yield span


def instant_at(day: date, minute: int, zone: str) -> Instant:
    """A minute of a local day."""
    local = datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(minutes=minute)
    return round(local.timestamp()) * SECOND


def day_in(at: Instant, zone: str) -> date:
    """The local day of an instant."""
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo(zone)).date()
