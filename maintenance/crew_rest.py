"""Breaks as the search sees them: each turn's clock stands still while its technician rests."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.crew import Break, Place, Span
from domain.instants import Duration, Instant
from maintenance.crew_timetable import Turn
from maintenance.crew_ways import Ways


class Fixed(NamedTuple):
    """Work that a turn has at a time already."""

    span: Span
    place: Place


class Rest(NamedTuple):
    """When a break is taken, as far as the search is concerned."""

    at: Instant
    duration: Duration


def owed_in(turn: Turn) -> list[Break]:
    """The breaks that a turn may owe, in order of time."""
    owed = (one for one in turn.shift.breaks if turn.span.begin < one.begins.begin and turn.span.end > one.begins.end)
    return sorted(owed)


def rests_of(turn: Turn, fixed: Sequence[Fixed], ways: Ways) -> tuple[Rest, ...]:
    """Each break in the middle of its time, or where what is fixed leaves most room for it."""
    return tuple(Rest(room_for(one, turn, fixed, ways), one.duration) for one in owed_in(turn))


def room_for(owed: Break, turn: Turn, fixed: Sequence[Fixed], ways: Ways) -> Instant:
    """When a break is taken."""
    home = turn.technician.home
    works = sorted(fixed)
    ends = [Fixed(Span(turn.span.begin, turn.span.begin), home), *works]
    begins = [*works, Fixed(Span(turn.span.end, turn.span.end), home)]
    found: list[tuple[Duration, Instant]] = []
    for before, after in zip(ends, begins, strict=True):
        first = max(before.span.end, owed.begins.begin)
        last = min(after.span.begin - owed.duration, owed.begins.end)
        room = after.span.begin - before.span.end - ways.between(before.place, after.place).duration
        if first <= last:
            found.append((room, min(max(middle(owed), first), last)))
    return max(found, key=lambda one: one[0])[1] if found else middle(owed)


def middle(owed: Break) -> Instant:
    """Of the time in which a break may begin."""
    return (owed.begins.begin + owed.begins.end) // 2


def worked(rests: Sequence[Rest], at: Instant) -> Instant:
    """An instant on the clock that stands still during breaks."""
    return at - sum(min(max(at - one.at, 0), one.duration) for one in rests)
