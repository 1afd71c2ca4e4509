"""Meters count: a device's readings become the use of its asset, whatever the device does in between.

Readings are taken in event time; a young one waits in the tail, so that a late one finds its place. What comes out
depends on the readings in their order of arrival and on nothing else: not on how they are cut into batches.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.instants import DAY, HOUR, MINUTE, Duration, Instant
from domain.meter import MOST_COUNT, Count, Meter, MeterKind, Point, Settled, Slip, SlipKind

LATENESS: Duration = 10 * MINUTE
"""So much older than the newest reading may a late one be and still count in its place."""
LONGEST_TAIL = 128
"""Of a device that says more than so many within LATENESS, the oldest settle sooner."""
CONFIRMED_BY = 3
"""So many readings in a row on another level are no slip: the counter goes on from there."""


@dataclass(slots=True)
class Heard:
    """What a count has become, and what is to be written down of the way there."""

    count: Count
    days: dict[int, Point] = field(default_factory=dict)
    """By day since 1970, the meter at the day's last settled reading."""
    slips: list[Slip] = field(default_factory=list)


def hear(meter: Meter, count: Count, points: Iterable[Point]) -> Heard:
    """Take in finite readings in order of arrival."""
    tail, settled, late = list(count.tail), count.settled, count.late
    heard = Heard(count)
    first = count.first
    for point in points:
        if settled is not None and point.at <= settled.upto:
            late += 1
            continue
        place = bisect_left(tail, point.at, key=instant_of)
        if place < len(tail) and tail[place].at == point.at:
            late += tail[place].value == point.value
            tail[place] = point
            continue
        tail.insert(place, point)
        done = ripe(tail)
        for old in tail[:done]:
            settled = take(meter, settled, old, is_first=count.is_first, slips=heard.slips)
            if settled is not None and settled.at == old.at:
                stands = Point(old.at, value_of(meter, settled))
                first = first or stands
                heard.days[old.at // DAY] = stands
        del tail[:done]
    now, slips = stood(meter, count.is_first, settled, tail), count.slips + len(heard.slips)
    heard.count = Count(
        is_first=count.is_first,
        settled=settled,
        tail=tuple(tail),
        first=first,
        stands=now,
        late=late,
        slips=slips,
    )
    return heard


def instant_of(point: Point) -> Instant:
    """When it was."""
    return point.at


def ripe(tail: list[Point]) -> int:
    """How many of the oldest readings wait no longer."""
    horizon = tail[-1].at - LATENESS
    done = max(0, len(tail) - LONGEST_TAIL)
    while done < len(tail) and tail[done].at <= horizon:
        done += 1
    return done


def stand(meter: Meter, count: Count) -> Point | None:
    """What the device has counted and when it last said so, with what still waits; None before the first reading."""
    return stood(meter, count.is_first, count.settled, count.tail)


def stood(meter: Meter, is_first: bool, settled: Settled | None, tail: Iterable[Point]) -> Point | None:
    """The same, of the parts of a count."""
    for point in tail:
        settled = take(meter, settled, point, is_first=is_first, slips=[])
    return None if settled is None else Point(settled.at, value_of(meter, settled))


def value_of(meter: Meter, settled: Settled) -> float:
    """How the count stands."""
    return settled.base + settled.raw if meter.kind is MeterKind.COUNTER else settled.base


# -- one reading


def take(meter: Meter, settled: Settled | None, point: Point, *, is_first: bool, slips: list[Slip]) -> Settled | None:
    """The next reading in order of event time; what is kept aside is added to `slips`."""
    kind = nonsense(meter, point.value)
    if kind is not None:
        slips.append(Slip(*point, kind, last_good(settled, point)))
        return None if settled is None else settled._replace(upto=point.at)
    if meter.kind is MeterKind.COUNTER:
        if settled is None:
            return Settled(0.0 if is_first else -point.value, point.value, point.at, point.at)
        return counted(meter, settled, point, slips)
    if settled is None:
        return Settled(0.0, point.value, point.at, point.at)
    return added_up(meter, settled, point)


def nonsense(meter: Meter, value: float) -> SlipKind | None:
    """Why no meter says this, whatever came before; None: it can be."""
    if value < 0:
        return SlipKind.NEGATIVE
    is_rate = meter.kind is not MeterKind.COUNTER and meter.most_per_hour > 0
    return SlipKind.JUMP if value > MOST_COUNT or (is_rate and value > meter.most_per_hour) else None


def last_good(settled: Settled | None, point: Point) -> Point:
    """The last reading that counted; the reading itself where none has."""
    return point if settled is None else Point(settled.at, settled.raw)


def added_up(meter: Meter, settled: Settled, point: Point) -> Settled:
    """A gauge holds what it said until it says something else, but no longer than its longest gap."""
    passed = point.at - settled.at
    held = min(passed, meter.longest_gap)
    return settled._replace(
        base=settled.base + settled.raw * held / HOUR,
        raw=point.value,
        at=point.at,
        upto=point.at,
        unmeasured=settled.unmeasured + passed - held,
    )


def counted(meter: Meter, settled: Settled, point: Point, slips: list[Slip]) -> Settled:
    """A counter's next reading: it grew, rolled over, started anew, or cannot be believed yet."""
    if settled.doubts:
        if is_growth(meter, Point(settled.at, settled.raw), point):
            return accepted(meter, dismissed(settled, slips), point)
        if is_growth(meter, settled.doubts[-1], point):
            return confirming(meter, settled, point, slips)
        settled = dismissed(settled, slips)
    if is_slip_of_zero(meter, settled, point) or not is_plausible(meter, settled, point):
        return settled._replace(doubts=(point,), upto=point.at)
    return accepted(meter, settled, point)


def confirming(meter: Meter, settled: Settled, point: Point, slips: list[Slip]) -> Settled:
    """A reading that goes on from a doubted one."""
    begin = settled.doubts[0]
    if begin.value == 0 and settled.raw > 0:
        anew = Settled(settled.base + settled.raw, 0.0, begin.at, begin.at, (), settled.resets + 1, settled.roll_overs)
        return anew._replace(raw=point.value, at=point.at, upto=point.at)
    if len(settled.doubts) + 1 < CONFIRMED_BY:
        return settled._replace(doubts=(*settled.doubts, point), upto=point.at)
    slips.append(Slip(*begin, SlipKind.LEVEL, Point(settled.at, settled.raw)))
    base = settled.base + settled.raw - begin.value
    return settled._replace(base=base, raw=point.value, at=point.at, upto=point.at, doubts=())


def dismissed(settled: Settled, slips: list[Slip]) -> Settled:
    """Without its doubts, which were slips."""
    before = Point(settled.at, settled.raw)
    for doubt in settled.doubts:
        slips.append(Slip(*doubt, SlipKind.JUMP if doubt.value else SlipKind.ZERO, before))
    return settled._replace(doubts=())


def accepted(meter: Meter, settled: Settled, point: Point) -> Settled:
    """The counter at its new reading."""
    if point.value >= settled.raw:
        return settled._replace(raw=point.value, at=point.at, upto=point.at)
    if has_rolled_over(meter, settled, point):
        base, resets, roll_overs = settled.base + meter.rolls_over_at, settled.resets, settled.roll_overs + 1
    else:
        base, resets, roll_overs = settled.base + settled.raw, settled.resets + 1, settled.roll_overs
    return Settled(base, point.value, point.at, point.at, (), resets, roll_overs, settled.unmeasured)


# -- what can be


def allowance(meter: Meter, passed: Duration) -> float:
    """How much use there can have been in a stretch: never less than an hour's, for counters count in steps."""
    return meter.most_per_hour * max(HOUR, passed) / HOUR


def is_growth(meter: Meter, before: Point, point: Point) -> bool:
    """The counter simply went on."""
    gain = point.value - before.value
    return gain >= 0 and (not meter.most_per_hour or gain <= allowance(meter, point.at - before.at))


def has_rolled_over(meter: Meter, settled: Settled, point: Point) -> bool:
    """A fall that is the counter's own limit: the way over it is plausible; where nothing is said, the shorter way."""
    limit = meter.rolls_over_at
    if not limit or settled.raw >= limit or point.value >= settled.raw:
        return False
    gain = point.value + limit - settled.raw
    return gain <= allowance(meter, point.at - settled.at) if meter.most_per_hour else gain < limit / 2


def is_slip_of_zero(meter: Meter, settled: Settled, point: Point) -> bool:
    """A zero out of nothing: the next reading says whether the counter started anew."""
    return point.value == 0 and settled.raw > 0 and not has_rolled_over(meter, settled, point)


def is_plausible(meter: Meter, settled: Settled, point: Point) -> bool:
    """The use that the reading says can have been."""
    if not meter.most_per_hour or has_rolled_over(meter, settled, point):
        return True
    gain = point.value - settled.raw if point.value >= settled.raw else point.value
    return gain <= allowance(meter, point.at - settled.at)
