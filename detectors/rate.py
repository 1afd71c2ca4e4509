"""Rate: a metric rises or falls faster than it should, for so long, while a condition holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.amounts import above_zero, at_least_zero, yes
from detectors.calm import SANE
from detectors.delays import Delays
from detectors.detector import setting
from detectors.judging import Judging
from detectors.limits import Condition, condition
from detectors.measured import add_condition, measured, points
from detectors.paces import Pace, Paces
from detectors.page import Page
from detectors.points import BAND
from detectors.readers import Flapping, duration, flapping, metric, positive
from detectors.unsettled import KeyState
from domain.batch import Batch
from domain.finding import Finding
from domain.instants import MINUTE, Duration


@dataclass
class Rate(Judging[Pace]):
    """`metric` `rises` or `falls` by more than so much `per` duration, by the straight line through the window."""

    metric: str = setting(metric)
    """The metric whose change is judged."""
    rises: float | None = setting(above_zero, default=None)
    """More than this upwards, in the metric's unit and in `per`, is too fast …"""
    falls: float | None = setting(above_zero, default=None)
    """… or more than this downwards; a rule has one of the two."""
    per: Duration = setting(positive, default=10 * MINUTE)
    """The duration that `rises`, `falls` and `clear_below` are measured in."""
    within: Duration | None = setting(positive, default=None)
    """The window through whose readings the line is drawn; by default `per`."""
    clear_below: float | None = setting(at_least_zero, default=None)
    """It ends when the change in that direction is less than this; by default when it is not too fast any more."""
    counter: bool = setting(yes, default=False)
    """The metric only counts up: where it falls it began again, which is no change."""
    rolls_over_at: float | None = setting(above_zero, default=None)
    """Where the counter begins again by itself, such as 100000; a fall that is shorter this way is none."""
    for_: Duration = setting(duration, default=0)
    """It counts once it has lasted so long, shown by readings."""
    off: Duration = setting(duration, default=0)
    """It ends once it has been gone so long, shown by readings."""
    while_: Condition | None = setting(condition, default=None)
    """Readings count only while another metric says this; where it does not, the window begins anew."""
    gap: Duration | None = setting(positive, default=None)
    """Between readings further apart nothing is known: the window begins anew; by default the window's length."""
    lateness: Duration = setting(duration, default=10 * MINUTE)
    """Readings that come so late are still put in their place among the last 32 of a key; others are only counted."""
    cooldown: Duration = setting(duration, default=0)
    """So soon after its end it is the same trouble again."""
    flapping: Flapping = setting(flapping, default=Flapping())
    """So many openings and ends within so long are held as one."""

    page: ClassVar[Page] = Page(
        finds=(
            "A cold room that warms by more than 5 °C in ten minutes, long before it is too warm; a tank that empties "
            "faster than anybody draws from it; a meter that counts faster than the house can use."
        ),
        wrong_when=(
            "The height matters and not the speed (`threshold`), steps are normal and only unusual ones matter "
            "(`change`), or readings are rarer than three a window."
        ),
        source=(
            "Rate-of-change alarm as in OPC 10000-9 §5.8.23 and ANSI/ISA-18.2; the rate is the slope of the "
            "least-squares line through the window's readings, as Prometheus' `deriv` takes it. The window is counted "
            "in sixteenths: the newest and the fifteen before. It must hold three readings and half of its length, or "
            "the rate is not known. A counter's reset adds what it says after it, as in Prometheus' `increase`."
        ),
    )

    def __post_init__(self) -> None:
        self.check()
        self.lateness = min(self.lateness, SANE)
        window = self.within or self.per
        limit = self.rises or self.falls or 0.0
        delays = Delays(
            metric=self.metric,
            on=self.for_,
            off=self.off,
            gap=self.gap or window,
            cooldown=self.cooldown,
            flapping=self.flapping,
            is_conditional=False,
        )
        paces = Paces(
            limit=limit,
            clear=limit if self.clear_below is None else self.clear_below,
            sign=1.0 if self.rises else -1.0,
            per=self.per,
            within=window,
            is_counter=self.counter,
            rolls_over_at=self.rolls_over_at,
            is_conditional=self.while_ is not None,
            delays=delays,
        )
        self.judge_by(paces, KeyState[Pace], lateness=self.lateness, flapping=self.flapping)

    def check(self) -> None:
        """Raises ValueError where the settings do not fit together."""
        if (self.rises is None) == (self.falls is None):
            raise ValueError("rate needs one of rises and falls")
        if self.clear_below is not None and self.clear_below > (self.rises or self.falls or 0.0):
            raise ValueError("clear_below must not be above the limit")
        if self.counter and self.falls is not None:
            raise ValueError("a counter never falls; say rises, or leave counter out")
        if self.rolls_over_at is not None and not self.counter:
            raise ValueError("rolls_over_at is of a counter; say counter = true as well")

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {
            "metric": "temp",
            "rises": 0.01,
            "per": "10m",
            "within": "2d",
            "clear_below": 0.001,
            "for": "0s",
            "off": "1s",
            "while": {"metric": "load", "above": -50.0},
            "gap": "2d",
            "lateness": "10m",
            "cooldown": "1h",
            "flapping": {"changes": 4, "within": "4h"},
        }

    def wants(self) -> Mapping[str, Any]:
        """Readings of one metric or two."""
        metrics = {self.metric} | ({self.while_.metric} if self.while_ else set())
        return {"events": frozenset(), "readings": frozenset(metrics), "any_item": False, "follows": False}

    def observe(self, batch: Batch) -> list[Finding]:
        """What the batch's readings change."""
        code = np.zeros(len(batch.position), np.int64)
        value = np.zeros(len(batch.position))
        items, numbers = measured(batch, self.metric)
        finite = np.isfinite(numbers)
        value[items[finite]], code[items[finite]] = numbers[finite], BAND
        add_condition(code, batch, self.while_)
        said = np.flatnonzero((code > 0) & (batch.slot >= 0))
        return self.take(batch, points(batch, said, code, value, zones=frozenset({BAND})))
