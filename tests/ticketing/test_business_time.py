"""Business time: weeks, holidays, moved working days, and days on which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.instants import DAY, HOUR, MINUTE, SECOND, instant_text, parse_duration, parse_instant
from domain.sla import Calendar
from tests.ticketing.promises import OFFICE
from ticketing.business_time import NEVER, BusinessTime

NIGHTS = Calendar(id="nights", zone="America/New_York", week=(((0, 6 * 60), (22 * 60, 1440)),) * 7)
CLOSED = Calendar(id="closed", zone="UTC", week=((),) * 7)
TIME = BusinessTime({"office": OFFICE, "nights": NIGHTS, "closed": CLOSED})


@pytest.mark.parametrize(
    ("since", "worked", "due", "why"),
    [
        ("2026-11-23T09:00+01:00", "2h", "2026-11-23T11:00+01:00", "within the morning"),
        ("2026-11-23T11:00+01:00", "2h", "2026-11-23T14:00+01:00", "over lunch"),
        ("2026-11-23T17:00+01:00", "1h", "2026-11-23T18:00+01:00", "to the end of the day, not to the next morning"),
        ("2026-11-27T17:00+01:00", "2h", "2026-11-30T10:00+01:00", "over a weekend"),
        ("2026-11-28T03:00+01:00", "2h", "2026-11-30T11:00+01:00", "from within a weekend"),
        ("2026-12-24T17:00+01:00", "2h", "2026-12-26T10:00+01:00", "over a holiday into a moved working Saturday"),
        ("2026-03-27T17:00+01:00", "2h", "2026-03-30T10:00+02:00", "over the night in which clocks go forward"),
    ],
)
def test_a_promise_in_working_time(since: str, worked: str, due: str, why: str) -> None:
    """Counted while people work."""
    begin, end = parse_instant(since), parse_instant(due)

    assert instant_text(end) == instant_text(TIME.after("office", begin, parse_duration(worked))), why
    assert parse_duration(worked) == TIME.between("office", begin, end)


def test_a_night_shift_is_as_long_as_it_really_is() -> None:
    """Six hours until six, five when clocks go forward, seven when they go back."""
    nights = [("2026-03-07", 8), ("2026-03-08", 7), ("2026-11-01", 9)]
    zone = ZoneInfo("America/New_York")
    for day, hours in nights:
        begin = int(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp()) * SECOND
        end = int((datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=zone).timestamp()) * SECOND

        assert hours * HOUR == TIME.between("nights", begin, end), day


def test_without_a_calendar_all_time_counts() -> None:
    """Round the clock."""
    assert 5 == TIME.between("", 10, 15)
    assert 15 == TIME.after("", 10, 5)


def test_a_calendar_that_never_opens_is_never_due() -> None:
    """It is no endless search."""
    assert NEVER == TIME.after("closed", parse_instant("2026-01-01T00:00Z"), HOUR)
    assert 0 == TIME.between("closed", 0, 400 * DAY)


def minutes_worked(since: datetime, until: datetime) -> int:
    """By looking at every minute."""
    zone, minutes, at = ZoneInfo("Europe/Berlin"), 0, since
    while at < until:
        local = at.astimezone(zone)
        spans = OFFICE.days.get(local.date().isoformat(), OFFICE.week[local.weekday()])
        minutes += any(a <= local.hour * 60 + local.minute < b for a, b in spans)
        at += timedelta(minutes=1)
    return minutes


@settings(max_examples=10, deadline=None)
@given(start=st.integers(0, 60 * 24 * 60), length=st.integers(0, 36 * 60))
def test_it_agrees_with_counting_minutes(start: int, length: int) -> None:
    """From December to February, holidays included; and the way back leads to the same instant of work."""
    since = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(minutes=start)
    until = since + timedelta(minutes=length)
    begin, end = (int(at.timestamp()) * SECOND for at in (since, until))
    worked = TIME.between("office", begin, end)

    assert minutes_worked(since, until) * MINUTE == worked
    due = TIME.after("office", begin, worked)
    assert worked == TIME.between("office", begin, due)
    assert due <= end or worked == 0


def test_a_calendar_that_opens_a_minute_a_year_never_grows_beyond_three_decades() -> None:
    """However often it is asked; and an answer is the same whatever was asked before."""
    calendar = Calendar(
        id="rare", zone="UTC", week=((),) * 7, days={f"{year}-02-28": ((0, 1),) for year in range(2026, 2100)}
    )
    rare, begin = BusinessTime({"rare": calendar}), parse_instant("2026-01-01T00:00Z")
    first = rare.after("rare", begin, 3 * MINUTE)
    for nth in range(20):
        assert NEVER == rare.after("rare", begin + nth * DAY, 24 * HOUR)

    assert "2028-02-28T00:01:00.000Z" == instant_text(first)
    assert first == rare.after("rare", begin, 3 * MINUTE)
    assert 34 > (rare.agendas["rare"].laid_out_to() - begin) / DAY / 365


def test_a_leap_day_is_a_day_of_work() -> None:
    """29 February 2028 is a Tuesday."""
    monday, wednesday = (parse_instant(f"2028-{day}T09:00+01:00") for day in ("02-28", "03-01"))

    assert 16 * HOUR == TIME.between("office", monday, wednesday)
