"""Business time: how long people worked between two instants, and when so much working time has passed."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.instants import DAY, SECOND, Duration, Instant
from domain.sla import ROUND_THE_CLOCK, Calendar, Span

AHEAD = 400
"""Days by which an agenda grows at a time."""
MOST_AHEAD: Duration = 30 * AHEAD * DAY
"""A calendar that has not opened long enough within this time never will."""
NEVER: Instant = 2**62


@dataclass(slots=True)
class Agenda:
    """A calendar's open stretches laid out on the time line from a day on, as far as anybody has asked.

    Hours are local: on the days when clocks change a stretch is an hour longer or shorter, as it really is.
    """

    calendar: Calendar
    first_day: date
    next_day: date
    starts: list[Instant] = field(default_factory=list)
    ends: list[Instant] = field(default_factory=list)
    before: list[Duration] = field(default_factory=list)
    """Working time before each stretch."""
    total: Duration = 0

    def passed(self, at: Instant) -> Duration:
        """Working time from the first day to an instant."""
        while self.laid_out_to() <= at:
            self.lay_out()
        nth = bisect_right(self.starts, at) - 1
        return 0 if nth < 0 else self.before[nth] + min(at, self.ends[nth]) - self.starts[nth]

    def when(self, worked: Duration, latest: Instant) -> Instant:
        """The first instant at which so much working time (more than none) has passed; NEVER where it is not by the

        latest.
        """
        while self.total < worked and self.laid_out_to() <= latest:
            self.lay_out()
        if self.total < worked:
            return NEVER
        nth = bisect_right(self.before, worked - 1) - 1
        found = self.starts[nth] + worked - self.before[nth]
        return found if found <= latest else NEVER

    def begins(self) -> Instant:
        """The midnight from which on it is known."""
        return instant_of(self.first_day, 0, ZoneInfo(self.calendar.zone))

    def laid_out_to(self) -> Instant:
        """The midnight up to which it is known."""
        return instant_of(self.next_day, 0, ZoneInfo(self.calendar.zone))

    def lay_out(self) -> None:
        """The next days."""
        zone = ZoneInfo(self.calendar.zone)
        for _ in range(AHEAD):
            for begin, end in spans_of(self.calendar, self.next_day):
                self.add(instant_of(self.next_day, begin, zone), instant_of(self.next_day, end, zone))
            self.next_day += timedelta(days=1)

    def add(self, start: Instant, end: Instant) -> None:
        """An open stretch after all that are known; what lies in one of them already is not counted twice."""
        start = max(start, self.ends[-1]) if self.ends else start
        if start < end:
            self.starts.append(start)
            self.ends.append(end)
            self.before.append(self.total)
            self.total += end - start


class BusinessTime:
    """Working time by the calendars of a book. Without a calendar all time is working time."""

    def __init__(self, calendars: Mapping[str, Calendar]) -> None:
        self.calendars = calendars
        self.agendas: dict[str, Agenda] = {}

    def between(self, calendar: str, since: Instant, until: Instant) -> Duration:
        """Working time in an interval, of its first three decades; 0 where it ends before it begins."""
        if until <= since:
            return 0
        if calendar == ROUND_THE_CLOCK:
            return until - since
        agenda = self.agenda(calendar, since)
        return agenda.passed(min(until, since + MOST_AHEAD)) - agenda.passed(since)

    def after(self, calendar: str, since: Instant, worked: Duration) -> Instant:
        """When so much working time has passed since an instant: at once where none is left to wait for."""
        if worked <= 0:
            return since
        if calendar == ROUND_THE_CLOCK:
            return min(since + worked, NEVER)
        agenda = self.agenda(calendar, since)
        return agenda.when(agenda.passed(since) + worked, since + MOST_AHEAD)

    def agenda(self, calendar: str, since: Instant) -> Agenda:
        """The calendar laid out from before an instant on."""
        agenda = self.agendas.get(calendar)
        if agenda is None or since < agenda.begins():
            first = datetime.fromtimestamp((since - AHEAD * DAY) // SECOND, UTC).date()
            agenda = self.agendas[calendar] = Agenda(self.calendars[calendar], first, first)
            agenda.lay_out()
        return agenda


def spans_of(calendar: Calendar, day: date) -> Iterator[Span]:
    """A day's hours, in order."""
    yield from sorted(calendar.days.get(day.isoformat(), calendar.week[day.weekday()]))


def instant_of(day: date, minute: int, zone: ZoneInfo) -> Instant:
    """A local minute of a day as an instant; one that comes twice is the first, one that is skipped comes later."""
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    return int(local.astimezone(UTC).timestamp()) * SECOND
