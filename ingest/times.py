"""Event time: when a device says that something was so, as far as its clock can be believed."""

import re
from datetime import datetime, tzinfo
from math import modf
from typing import NamedTuple

from domain.instants import SECOND, Duration, Instant, parse_instant
from ingest.limits import Limits, Refused, check_int, short

MILLISECOND = 1_000_000
MICROSECOND = 1_000
TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)


class Since(NamedTuple):
    """A time relative to the arrival."""

    arrival: Duration


def event_time(
    said: object, received_at: Instant, limits: Limits, *, zone: tzinfo | None = None, unit: int = MILLISECOND
) -> tuple[Instant, bool]:
    """When it was, and whether that had to be the time of arrival because the device's clock is out of range.

    `said` is a number of `unit` nanoseconds since 1970, RFC 3339 text, `Since` the arrival, or None: the arrival
    itself. Text without a zone is in `zone`. Raises Refused for what is no time at all.
    """
    if said is None:
        return received_at, False
    at = _instant(said, received_at, limits, zone, unit)
    if received_at - limits.past <= at <= received_at + limits.future:
        return at, False
    return received_at, True


def _instant(said: object, received_at: Instant, limits: Limits, zone: tzinfo | None, unit: int) -> Instant:
    if type(said) is int:
        return check_int(said, "The time") * unit
    if type(said) is float:
        part, whole = modf(said)
        return int(whole) * unit + int(part * unit)
    if type(said) is str:
        return _from_text(said, received_at, limits, zone)
    if type(said) is Since:
        return received_at + said.arrival
    raise Refused("bad_time", f"The time must be a number or text, not {short(said)}.")


def _from_text(text: str, received_at: Instant, limits: Limits, zone: tzinfo | None) -> Instant:
    match = TIME.fullmatch(text)
    if match is None:
        raise Refused("bad_time", f"{short(text)} is no RFC 3339 time such as 2026-11-22T08:00:00.123Z.")
    if match["zone"] is None and zone is None:
        raise Refused("no_zone", f"The time {short(text)} has no zone; name one in the source: time = {{ zone = … }}.")
    try:
        return _in_zone(text.upper(), received_at + limits.future, None if match["zone"] else zone)
    except (ValueError, OverflowError) as error:
        raise Refused("bad_time", f"{short(text)} is no time of the calendar.") from error


def _in_zone(text: str, latest: Instant, zone: tzinfo | None) -> Instant:
    """An hour that the clocks show twice is the second one as soon as it can have been, else the first."""
    first = parse_instant(text, zone)
    if zone is None:
        return first
    local = datetime.fromisoformat(text).replace(tzinfo=zone)
    before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
    if before is None or after is None or after >= before:
        return first
    second = first + int((before - after).total_seconds()) * SECOND
    return second if second <= latest else first
