"""Paces: whether a metric changes too fast now, as its readings come in order of event time."""

from dataclasses import dataclass
from math import isnan

from msgspec import Struct
from msgspec.structs import replace

from detectors.delays import Delays, Row, interrupted
from detectors.episodes import Episode
from detectors.limits import TRUE, UNKNOWN
from detectors.points import BAND, CALM, COLD, HOT, WHILE, Point
from detectors.slopes import Window, grown, slope
from domain.instants import Duration

ROUNDING = 1e-9
"""By so small a part a pace at its limit may seem faster."""
SPEAKERS = 8
"""So many devices of one key have a window each; who spoke longest ago gives way."""


class Meter(Struct, frozen=True, array_like=True):
    """What one device of a key said lately."""

    device: str
    window: Window = Window()
    last: float = 0.0
    """Its newest value as it was read …"""
    lift: float = 0.0
    """… and what is added to it because a counter began again."""


class Pace(Struct, frozen=True, array_like=True):
    """What the readings of a key have led to."""

    condition: int = UNKNOWN
    """What was said last of `while`."""
    led: Row = Row()
    meters: tuple[Meter, ...] = ()
    """By device, who spoke last stands last."""

    @property
    def ordinal(self) -> int:
        """How many episodes there were."""
        return self.led.ordinal

    @property
    def episode(self) -> Episode | None:
        """The last of them."""
        return self.led.episode


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """The settings by which readings are judged."""

    limit: float
    """Faster than this …"""
    clear: float
    """… until slower than this; equal to the limit: until not faster."""
    sign: float
    """1: rising, -1: falling."""
    per: Duration
    within: Duration
    is_counter: bool
    rolls_over_at: float | None
    is_conditional: bool
    delays: Delays
    """Which see readings while the condition holds, and no others."""

    def start(self) -> Pace:
        """Nothing has happened."""
        return Pace()

    def is_at_rest(self, row: Pace) -> bool:
        """Every reading matters to the window."""
        return False

    def step(self, row: Pace, point: Point) -> Pace:
        """One reading in order of event time."""
        led = self.delays.step(row.led, Point(point.at, CALM))
        condition = point.code // WHILE or row.condition if point.code < CALM else row.condition
        if self.is_conditional and condition != TRUE:
            return Pace(condition, interrupted(led))
        if not point.zone:
            return replace(row, condition=condition, led=led)
        meter = self.read(row, point)
        others = tuple(other for other in row.meters if other.device != point.device)[1 - SPEAKERS :]
        return Pace(condition, self.delays.step(led, replace(point, code=self.zone(meter))), (*others, meter))

    def read(self, row: Pace, point: Point) -> Meter:
        """The device's meter with a reading more; after a gap it begins anew."""
        meter = next((known for known in row.meters if known.device == point.device), Meter(point.device))
        last = meter.window.last
        if last is None or point.at - last > self.delays.gap:
            meter = Meter(point.device)
        elif self.is_counter and point.value < meter.last:
            meter = replace(meter, lift=meter.lift + self.began_again(meter.last, point.value))
        window = grown(meter.window, point.at, point.value + meter.lift, self.within)
        return replace(meter, window=window, last=point.value)

    def began_again(self, before: float, now: float) -> float:
        """What a counter had reached when it fell: its roll-over where that is the shorter way, else it was reset."""
        whole = self.rolls_over_at
        if whole is not None and 2.0 * (now - before + whole) < whole:
            return whole
        return before

    def zone(self, meter: Meter) -> int:
        """How the pace stands to the limits; 0 where it is not known."""
        pace = self.sign * slope(meter.window, self.within) * (self.per / self.within)
        if isnan(pace):
            return 0
        if pace > self.limit * (1.0 + ROUNDING):
            return HOT
        return COLD if pace < self.clear or self.clear == self.limit else BAND
