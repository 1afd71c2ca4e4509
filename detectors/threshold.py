"""Threshold: a number is beyond its limit for so long, while a condition holds, with hysteresis and off-delay."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.calm import SANE
from detectors.delays import Delays, Row
from detectors.detector import setting
from detectors.judging import Judging
from detectors.limits import Condition, Limit, LimitOfItems, condition, limit
from detectors.measured import add_condition, measured, points
from detectors.page import Page
from detectors.points import BAND, COLD, HOT
from detectors.readers import Flapping, duration, flapping, metric, positive
from detectors.roster import Roster
from detectors.unsettled import KeyState
from domain.batch import Batch, Bools, Floats, Ints
from domain.finding import Finding
from domain.instants import MINUTE, Duration


@dataclass
class Threshold(Judging[Row]):
    """`metric` is `above` or `below` a limit for `for`; it ends beyond `clear_above` or `clear_below` for `off`."""

    metric: str = setting(metric)
    """The metric that is judged."""
    above: Limit | None = setting(limit, default=None)
    """Too much is more than this: a number, or a number of the asset."""
    below: Limit | None = setting(limit, default=None)
    """Too little is less than this; a rule has one of the two."""
    clear_above: Limit | None = setting(limit, default=None)
    """What was too little ends above this; by default at the limit."""
    clear_below: Limit | None = setting(limit, default=None)
    """What was too much ends below this; by default at the limit."""
    for_: Duration = setting(duration, default=0)
    """It counts once it has lasted so long, shown by readings."""
    off: Duration = setting(duration, default=0)
    """It ends once it has been gone so long, shown by readings."""
    while_: Condition | None = setting(condition, default=None)
    """Readings count only while another metric says this."""
    gap: Duration = setting(positive, default=15 * MINUTE)
    """Between readings further apart nothing is known: neither `for` nor `off` goes on."""
    lateness: Duration = setting(duration, default=10 * MINUTE)
    """Readings that come so late are still put in their place among the last 32 of a key; others are only counted."""
    cooldown: Duration = setting(duration, default=0)
    """So soon after its end it is the same trouble again."""
    flapping: Flapping = setting(flapping, default=Flapping())
    """So many openings and ends within so long are held as one."""

    page: ClassVar[Page] = Page(
        finds="A compressor above 85 °C for five minutes while it runs, a tank below its asset's own minimum.",
        wrong_when=(
            "What is normal depends on the hour (`season`), differs from device to device without being known "
            "(`level`), or the speed matters and not the height (`rate`). For single bad readings among good ones: "
            "`m_of_n`."
        ),
        source=(
            "Alarm limits with deadband, on-delay and off-delay as in ANSI/ISA-18.2 and IEC 62682; gaps count as "
            "unknown, by event time."
        ),
    )

    def __post_init__(self) -> None:
        self.check()
        self.lateness = min(self.lateness, SANE)
        self.sign = 1.0 if self.above else -1.0
        """Below a limit is above it with all signs turned."""
        begins, ends = (self.above, self.clear_below) if self.above else (self.below, self.clear_above)
        self.begins = LimitOfItems(begins or Limit())
        self.ends = LimitOfItems(ends) if ends else None
        delays = Delays(
            metric=self.metric,
            on=self.for_,
            off=self.off,
            gap=self.gap,
            cooldown=self.cooldown,
            flapping=self.flapping,
            is_conditional=self.while_ is not None,
        )
        self.judge_by(delays, KeyState[Row], lateness=self.lateness, flapping=self.flapping)
        self.roster: Roster | None = None
        self.unlimited = 0
        """Readings of assets of which the registry knows no limit; they are not judged."""

    def check(self) -> None:
        """Raises ValueError where the limits do not fit together."""
        if (self.above is None) == (self.below is None):
            raise ValueError("threshold needs one of above and below")
        if self.clear_below if self.below else self.clear_above:
            raise ValueError("what is above ends by clear_below, and what is below by clear_above")
        high, low = (self.above, self.clear_below) if self.above else (self.clear_above, self.below)
        if high and low and not high.tag and not low.tag and high.number < low.number:
            raise ValueError("clear_below must not be above the limit, and clear_above not below it")

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {
            "metric": "temp",
            "above": 45.0,
            "clear_below": 30.0,
            "for": "20s",
            "off": "30s",
            "while": {"metric": "load", "above": -10.0},
            "gap": "2h",
            "lateness": "10m",
            "cooldown": "1h",
            "flapping": {"changes": 4, "within": "4h"},
        }

    def meet(self, roster: Roster) -> None:
        """Whom to ask for numbers of assets."""
        self.roster = roster

    def wants(self) -> Mapping[str, Any]:
        """Readings of one metric or two."""
        metrics = {self.metric} | ({self.while_.metric} if self.while_ else set())
        return {"events": frozenset(), "readings": frozenset(metrics), "any_item": False, "follows": False}

    def observe(self, batch: Batch) -> list[Finding]:
        """What the batch's readings change."""
        code, value = self.codes(batch)
        items = np.flatnonzero((code > 0) & (batch.slot >= 0))
        left = self.advance(batch.slot[items], batch.item_at[items], code[items])
        return self.take(batch, points(batch, items[left], code, value, zones=frozenset({HOT})))

    def codes(self, batch: Batch) -> tuple[Ints, Floats]:
        """Each item's code, 0 where it says nothing of interest, and its value."""
        code = np.zeros(len(batch.position), np.int64)
        value = np.full(len(batch.position), np.nan)
        items, numbers = measured(batch, self.metric)
        value[items], code[items] = numbers, self.zones(batch, items, numbers)
        add_condition(code, batch, self.while_)
        return code, value

    def zones(self, batch: Batch, items: Ints, value: Floats) -> Ints:
        """Where the numbers are between the limits; 0 for what is no number, or has no limit."""
        begins = self.sign * self.begins.of(batch, items, self.roster)
        ends = begins if self.ends is None else self.sign * self.ends.of(batch, items, self.roster)
        number = self.sign * value
        is_cold: Bools = number <= ends if self.ends is None else number < ends
        zone = np.where(number > begins, HOT, np.where(is_cold, COLD, BAND))
        has_limits = np.isfinite(begins) & np.isfinite(ends)
        self.unlimited += int(np.count_nonzero(~has_limits))
        return np.where(has_limits & ~np.isnan(number), zone, 0)
