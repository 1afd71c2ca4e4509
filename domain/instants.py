"""Instants and durations: whole nanoseconds since 1970 in UTC, read from and written as text.

An instant is an `int` so that it sorts, subtracts and stands in a numpy column without conversion.
"""

import re
from datetime import UTC, datetime, tzinfo

Instant = int
"""Nanoseconds since 1970-01-01T00:00:00Z."""

Duration = int
"""Nanoseconds."""

SECOND: Duration = 1_000_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

UNITS: dict[str, Duration] = {"ms": SECOND // 1000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
DURATION = re.compile(r"(\d{1,9})(ms|s|m|h|d)")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_duration(text: str) -> Duration:
    """`"90s" "10m" "2h" "7d"` as nanoseconds. Raises ValueError with a sentence."""
    match = DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is not a duration; write a whole number and ms, s, m, h or d, such as "90s"')
    return int(match[1]) * UNITS[match[2]]


def duration_text(duration: Duration) -> str:
    """The shortest exact text of a duration: `"2h"`, `"90s"`."""
    for unit in ("d", "h", "m", "s"):
        if duration and duration % UNITS[unit] == 0:
            return f"{duration // UNITS[unit]}{unit}"
    return f"{duration // UNITS['ms']}ms"


def parse_instant(text: str, zone: tzinfo | None = None) -> Instant:
    """RFC 3339 text as an instant, exact to the microsecond. A zoneless text needs `zone`. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(f'"{text}" names no time zone')
        moment = moment.replace(tzinfo=zone)
    past = moment - EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND + past.microseconds * 1000


def instant_text(at: Instant) -> str:
    """RFC 3339 text in UTC with milliseconds: `2026-11-22T08:00:00.123Z`. Out of the calendar's range: the number."""
    try:
        moment = datetime.fromtimestamp(at // SECOND, UTC)
    except (OverflowError, ValueError, OSError):
        return str(at)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % SECOND // 1_000_000:03d}Z"
