"""Shifts: hours by the day on which they begin, as a file says them and as a calendar that goes over midnight."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from domain.sla import Calendar, Span
from ticketing.class_values import table
from ticketing.people_values import day
from ticketing.sla_values import CLOCK_TIME, DAYS, RANGE


def hours(value: Any) -> tuple[tuple[Span, ...], ...]:
    """Hours by the day on which they begin; a night shift ends on the next."""
    found: list[tuple[Span, ...]] = [()] * 7
    for key, said in table(value, 'such as { "mon-fri" = ["22:00-06:00"] }').items():
        match = RANGE.fullmatch(key)
        if match is None or not {match[1], match[2] or match[1]} <= set(DAYS):
            raise ValueError(f"names a day {key!r}; write mon or mon-fri")
        first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
        for nth in range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1)):
            found[nth] = spans(said)
    return tuple(found)


def exceptions(value: Any) -> Mapping[str, tuple[Span, ...]]:
    """Hours by the date on which they begin, instead of those of the week."""
    rows = table(value, 'such as { "2026-12-24" = [] }')
    return {day(date_text).isoformat(): spans(said) for date_text, said in rows.items()}


def spans(value: Any) -> tuple[Span, ...]:
    """A day's shifts."""
    if not isinstance(value, list):
        raise ValueError('holds hours as lists, such as ["06:00-14:00"]')
    return tuple(sorted(span(one) for one in value))


def span(value: Any) -> Span:
    """From and to in minutes; beyond midnight more than 1440."""
    match = CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    begin, end = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (-1, -1)
    if match is None or int(match[2]) > 59 or int(match[4]) > 59 or not 0 <= begin < 1440 or not 0 <= end <= 1440:
        raise ValueError(f'holds {value!r}; write hours like "06:00-14:00", over midnight like "22:00-06:00"')
    if begin == end:
        raise ValueError(f'holds {value!r}, which is no time at all; the whole day is "00:00-24:00"')
    return (begin, end) if end > begin else (begin, end + 1440)


def calendar(
    name: str, zone: str, week: tuple[tuple[Span, ...], ...], days: Mapping[str, tuple[Span, ...]]
) -> Calendar:
    """The calendar of shifts that begin on these days: what goes over midnight stands on the day after."""

    def begins(at: date) -> tuple[Span, ...]:
        return days.get(at.isoformat(), week[at.weekday()])

    touched = {day(text) + timedelta(days=later) for text in days for later in (0, 1)}
    return Calendar(
        id=name,
        zone=zone,
        week=tuple(joined(week[nth - 1], week[nth]) for nth in range(7)),
        days={at.isoformat(): joined(begins(at - timedelta(days=1)), begins(at)) for at in sorted(touched)},
    )


def joined(before: tuple[Span, ...], own: tuple[Span, ...]) -> tuple[Span, ...]:
    """A day's hours: what is left of the day before, and its own up to midnight."""
    left = [(0, end - 1440) for _, end in before if end > 1440]
    return tuple(sorted([*left, *((begin, min(end, 1440)) for begin, end in own)]))
