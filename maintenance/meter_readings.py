"""Readings by people: a meter goes on from what a person read; a correction is one more reading, nothing is erased."""

from collections.abc import Iterable, Sequence

from domain.errors import WrongFormat
from domain.instants import MINUTE, Instant, instant_text
from domain.meter import MOST_COUNT, MeterReading, Point
from maintenance.meter_use import reached

AHEAD = 5 * MINUTE
"""A clock may be so much ahead of ours."""


def in_force(readings: Iterable[MeterReading]) -> list[MeterReading]:
    """Those that no other one corrects, in order of time; at the same instant the one recorded last comes last."""
    some = list(readings)
    corrected = {reading.corrects for reading in some} - {0}
    return sorted((each for each in some if each.id not in corrected), key=lambda each: (each.at, each.id))


def offset(readings: Iterable[MeterReading]) -> float:
    """What the meter stands above what devices have counted, by the last reading in force."""
    last = in_force(readings)[-1:]
    return last[0].value - last[0].counted if last else 0.0


def stands(line: Sequence[Point], readings: Iterable[MeterReading]) -> Point | None:
    """The meter's value and when it was last read, by a device or a person; None: it never was."""
    said = in_force(readings)
    counted = line[-1] if line else None
    if not said:
        return counted
    last = said[-1]
    if counted is None:
        return Point(last.at, last.value)
    return Point(max(counted.at, last.at), counted.value + last.value - last.counted)


def counted_by(line: Sequence[Point], at: Instant) -> float:
    """What devices had counted by an instant."""
    return reached(line, at) if line else 0.0


def check_reading(reading: MeterReading, before: Iterable[MeterReading], line: Sequence[Point], now: Instant) -> None:
    """Nothing, or WrongFormat with what to do about it: a reading that falls needs a reason."""
    known = list(before)
    if reading.at > now + AHEAD:
        raise WrongFormat([f"{instant_text(reading.at)} has not come yet; say when the meter was read."])
    if not 0 <= reading.value <= MOST_COUNT:
        raise WrongFormat([f"A meter is never below 0 or above {MOST_COUNT:g}; read it again."])
    if reading.corrects and reading.corrects not in {each.id for each in in_force(known)}:
        raise WrongFormat(
            [f"Reading {reading.corrects} of {reading.meter} is not there, or is corrected already; correct the last."]
        )
    left = [each for each in in_force(known) if each.id != reading.corrects]
    earlier = [each for each in left if each.at <= reading.at][-1:]
    then = [Point(each.at, each.value + reading.counted - each.counted) for each in earlier]
    if not then and line and line[0].at <= reading.at:
        then = [Point(reading.at, reading.counted)]
    if then and reading.value < then[0].value and not reading.why.strip():
        raise WrongFormat(
            [
                f"{reading.meter} of {reading.asset} stood at {then[0].value:g} already, {reading.value:g} is less; "
                "say why (such as: meter exchanged), or correct the earlier reading."
            ]
        )
