"""Windows: when a maintenance window is open, on the clock of the place that it is for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rruleset, rrulestr  # type: ignore[import-untyped]

from domain.incident import HoldKind
from domain.instants import DAY, SECOND, Duration, Instant
from domain.suppression import KINDS, Suppression

LONGEST: Duration = 31 * DAY
A_DAY = timedelta(days=1)
OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")


def check(suppression: Suppression) -> None:
    """Nothing, or ValueError with a sentence for the person who wrote it."""
    if suppression.kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    if not suppression.whom.says_something:
        raise ValueError("it would suppress every ticket there is; name a device, asset, site, model or failure mode")
    if suppression.kind is HoldKind.SHELVE and suppression.until is None:
        raise ValueError("what is shelved is shelved until a time; say until when")
    if suppression.until is not None and suppression.until <= suppression.since:
        raise ValueError("it ends before it begins; say a later until")
    if suppression.kind is HoldKind.WINDOW:
        check_window(suppression)


def check_window(window: Suppression) -> None:
    """Nothing, or ValueError with a sentence."""
    if not 0 < window.lasts <= LONGEST:
        raise ValueError("a window lasts more than nothing and at most 31 days; write a duration such as 4h")
    zone_of(window)
    begin_of(window)
    if any(f"FREQ={word}" in window.rrule.upper() for word in OFTEN):
        raise ValueError("a window comes again daily, weekly, monthly or yearly; write such as FREQ=WEEKLY;BYDAY=SA")
    begins(window)


def zone_of(window: Suppression) -> ZoneInfo:
    """Where its clock hangs. Raises ValueError."""
    try:
        return ZoneInfo(window.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone {window.zone!r} is unknown; write one such as Europe/Berlin") from None


def begin_of(window: Suppression) -> datetime:
    """Its first beginning on the wall. Raises ValueError."""
    try:
        start = datetime.fromisoformat(window.start)
    except ValueError:
        start = None
    if start is None or start.tzinfo is not None:
        raise ValueError(
            f"start {window.start!r} is no time on the wall; write such as 2026-11-28T02:00, without a zone"
        )
    return start


def begins(window: Suppression) -> rruleset:
    """All its beginnings on the wall. Raises ValueError."""
    start = begin_of(window)
    if not window.rrule:
        once = rruleset()
        once.rdate(start)
        return once
    try:
        whole: rruleset = rrulestr(f"RRULE:{window.rrule.removeprefix('RRULE:')}", dtstart=start, forceset=True)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"rrule {window.rrule!r} is none ({error}); write such as FREQ=WEEKLY;BYDAY=SA") from None
    return whole


def around(window: Suppression, at: Instant) -> Iterator[tuple[Instant, Instant]]:
    """The stretches of the window that touch the day of an instant, first to last.

    They begin and end by the clock on the wall: one from 01:00 for four hours ends at 05:00 in every night, also in
    those in which the clock is changed.
    """
    zone, lasts = zone_of(window), timedelta(microseconds=window.lasts // 1000)
    midnight = datetime.fromtimestamp(at // SECOND, zone).replace(tzinfo=None, hour=0, minute=0, second=0)
    for start in begins(window).between(midnight - lasts - A_DAY, midnight + 2 * A_DAY, inc=True):
        begin, end = instant_on(start, zone), instant_on(start + lasts, zone)
        if begin < end:
            yield begin, end


def instant_on(wall: datetime, zone: ZoneInfo) -> Instant:
    """The instant at which a clock there shows it; the first one where it shows it twice."""
    since = wall.replace(tzinfo=zone).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000
