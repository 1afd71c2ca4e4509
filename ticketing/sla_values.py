"""What a key of the file of promises may be, and the sentence when it is something else."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from domain.instants import DAY, Duration, Instant, parse_duration, parse_instant
from domain.sla import CHANNELS, Rung, Span
from ticketing.class_values import duration, one_of, table, word

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RANGE = re.compile(r"(\w{3})(?:-(\w{3}))?")
CLOCK_TIME = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
LONGEST: Duration = 3650 * DAY
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def zone(value: Any) -> str:
    """A time zone."""
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, TypeError, OSError):
        raise ValueError(f"{value!r} is no time zone; write it like Europe/Berlin or Asia/Shanghai") from None


def country(value: Any) -> str:
    """Whose holidays."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", value):
        raise ValueError("is a country's code, such as CN, DE or DE-BY")
    return value


def week(value: Any) -> tuple[tuple[Span, ...], ...]:
    """Hours by day or range of days; days that are not named are closed."""
    found: list[tuple[Span, ...]] = [()] * 7
    for name, hours in table(value, 'such as { "mon-fri" = ["09:00-18:00"] }').items():
        match = RANGE.fullmatch(name)
        if match is None or not {match[1], match[2] or match[1]} <= set(DAYS):
            raise ValueError(f"names a day {name!r}; write mon or mon-fri")
        first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
        for day in range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1)):
            found[day] = spans(hours)
    return tuple(found)


def exceptions(value: Any) -> Mapping[str, tuple[Span, ...]]:
    """Hours by date."""
    rows = table(value, 'such as { "2026-12-24" = [] }')
    if strange := [day for day in rows if not is_date(day)]:
        raise ValueError(f"names a date {strange[0]!r}; write it like 2026-12-24")
    return {day: spans(hours) for day, hours in rows.items()}


def is_date(day: str) -> bool:
    """It is a day of the calendar, written as the book keeps it."""
    try:
        return bool(DATE.fullmatch(day)) and bool(date.fromisoformat(day))
    except ValueError:
        return False


def spans(value: Any) -> tuple[Span, ...]:
    """A day's hours."""
    if not isinstance(value, list):
        raise ValueError('holds hours as lists, such as ["09:00-12:00", "13:00-18:00"]')
    return tuple(sorted(span(one) for one in value))


def span(value: Any) -> Span:
    """From and to, in minutes."""
    match = CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'holds {value!r}; write hours like "09:00-18:00"')
    begin, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not 0 <= begin < end <= 1440 or int(match[2]) > 59 or int(match[4]) > 59:
        raise ValueError(
            f"holds {value!r}, which is no time within one day; a night shift is two, to 24:00 and from 00:00"
        )
    return begin, end


def share(value: Any) -> float:
    """A part of a whole."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("must be a number from 0 to 1")
    return float(value)


def promised(value: Any) -> Duration:
    """How long something may take at most."""
    length = duration(value)
    if not 0 < length <= LONGEST:
        raise ValueError("must be longer than nothing and no longer than 3650d")
    return length


def moment(value: Any) -> Instant:
    """An instant."""
    if not isinstance(value, str):
        raise ValueError('must be a time in quotes, such as "2026-11-23T09:00:00+01:00"')
    return parse_instant(value)


def turn(value: Any) -> Duration:
    """How long one person is on call."""
    length = parse_duration(value) if isinstance(value, str) else 0
    if length <= 0:
        raise ValueError('must be a duration in quotes, such as "7d"')
    return length


def absences(value: Any) -> Mapping[str, tuple[tuple[Instant, Instant], ...]]:
    """By person, from and to."""
    found = {}
    for person, rows in table(value, 'such as { lee = ["2026-12-24T00:00Z/2026-12-27T00:00Z"] }').items():
        pairs = [str(row).split("/") for row in rows] if isinstance(rows, list) else [[]]
        if not all(len(pair) == 2 for pair in pairs):
            raise ValueError('holds times as "FROM/TO"')
        times = tuple((parse_instant(a), parse_instant(b)) for a, b in pairs)
        if any(a >= b for a, b in times):
            raise ValueError('holds an absence that ends before it begins; write "FROM/TO"')
        found[word(person)] = times
    return found


def ladder(value: Any) -> tuple[Rung, ...]:
    """Steps in order."""
    example = '[{ channel = "sms", after = 0 }, { channel = "email", after = 0.25 }]'
    if not isinstance(value, list) or not all(
        isinstance(row, Mapping) and set(row) == {"channel", "after"} for row in value
    ):
        raise ValueError(f"must be a list of steps, such as {example}")
    rungs = tuple(Rung(channel=one_of(CHANNELS)(row["channel"]), after=share(row["after"])) for row in value)
    if list(rungs) != sorted(rungs, key=lambda rung: rung.after):
        raise ValueError("must be in order: each step's after at least that of the one before")
    return rungs
