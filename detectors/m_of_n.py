"""M of n: of the last so many attempts, or readings, at least so many were bad."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.amounts import attempts, few, value_is
from detectors.attempts import BAD, GOOD, RESOLVED, Attempts, Tally
from detectors.calm import SANE
from detectors.detector import setting
from detectors.judging import Judging
from detectors.limits import FALSE, TRUE, Condition, Limit, LimitOfItems, condition, limit
from detectors.measured import add_condition, counting, measured, points
from detectors.page import Page
from detectors.points import HOT, Point, Said
from detectors.readers import EventMatch, Flapping, Resolve, duration, event_match, flapping, metric, positive, resolve
from detectors.roster import Roster
from detectors.unsettled import KeyState
from domain.batch import RETAINED, Batch, Bools, DeviceEvent, Floats, Ints
from domain.finding import Finding
from domain.instants import MINUTE, Duration


@dataclass
class MOfN(Judging[Tally]):
    """At least `count` of the `last` attempts (`event` of `of`) or readings (`metric` above, below or is) are bad."""

    count: int = setting(few)
    """So many bad ones make a finding …"""
    last: int = setting(few)
    """… among so many last ones, good and bad; at most 100."""
    event: EventMatch | None = setting(event_match, default=None)
    """Of attempts: the event that says that one was bad."""
    of: tuple[EventMatch, ...] = setting(attempts, default=())
    """Of attempts: the events, one or a list, that each say that there was one; bad ones count as such anyway."""
    metric: str = setting(metric, default="")
    """Of readings: the metric."""
    above: Limit | None = setting(limit, default=None)
    """A reading above this is bad: a number, or a number of the asset."""
    below: Limit | None = setting(limit, default=None)
    """A reading below this is bad; together with `above`, one outside both."""
    is_: Any = setting(value_is, default=None)
    """A reading that is just this text, number or truth is bad."""
    clear: int | None = setting(few, default=None)
    """It ends with fewer bad ones than this among the last; by default one less than `count`, at least 1."""
    within: Duration | None = setting(positive, default=None)
    """Older ones are not counted; by default they are, however old."""
    min_gap: Duration = setting(duration, default=0)
    """What comes so soon after the one counted last is the same."""
    while_: Condition | None = setting(condition, default=None)
    """Attempts and readings count only while another metric says this."""
    resolve: Resolve = setting(resolve, default=Resolve())
    """An event that ends it and forgets what was before; `quiet_for`: no bad one for so long, shown by a good one."""
    lateness: Duration = setting(duration, default=10 * MINUTE)
    """What comes so late is still put in its place among the last 32 of a key; the rest is only counted."""
    cooldown: Duration = setting(duration, default=0)
    """So soon after its end it is the same trouble again."""
    flapping: Flapping = setting(flapping, default=Flapping())
    """So many openings and ends within so long are held as one."""

    page: ClassVar[Page] = Page(
        finds=(
            "A charging point at which three of the last five sessions failed, although no three in a row did; a "
            "pressure that is too low in four of ten readings, as it is when a valve flutters."
        ),
        wrong_when=(
            "Good ones in between forgive everything (`consecutive`), nobody tells of the good ones (`count`), or a "
            "number is beyond its limit without a break (`threshold`)."
        ),
        source=(
            "The m-out-of-n detector, or binary integration (Schwartz 1956; Dillard 1967), sliding over the last n in "
            "order of event time, with hysteresis."
        ),
    )

    def __post_init__(self) -> None:
        self.check()
        self.lateness = min(self.lateness, SANE)
        rules = Attempts(
            metric=self.metric,
            count=self.count,
            last=self.last,
            clear=self.clear or max(1, self.count - 1),
            within=self.within,
            min_gap=self.min_gap,
            quiet_for=self.resolve.quiet_for,
            cooldown=self.cooldown,
            flapping=self.flapping,
            is_conditional=self.while_ is not None,
            has_columns=bool(self.metric) and not self.min_gap,
        )
        self.judge_by(rules, KeyState[Tally], lateness=self.lateness, flapping=self.flapping)
        self.above_of = LimitOfItems(self.above) if self.above else None
        self.below_of = LimitOfItems(self.below) if self.below else None
        self.equals = None if self.is_ is None else condition({"metric": self.metric or "?", "is": self.is_})
        self.roster: Roster | None = None

    def check(self) -> None:
        """Raises ValueError where the settings do not fit together."""
        if bool(self.metric) == (self.event is not None):
            raise ValueError("m_of_n needs one of event and metric")
        if self.event is not None and not self.of:
            raise ValueError(
                'of is missing: name the events that say there was an attempt, such as of = "charge_begun"'
            )
        if self.event is None and self.of:
            raise ValueError("of is for events; a metric's attempts are its readings")
        limits = bool(self.above or self.below)
        if bool(self.metric) != (limits or self.is_ is not None) or (limits and self.is_ is not None):
            raise ValueError("a metric is bad above, below, or is something; an event is bad by itself")
        if self.count > self.last:
            raise ValueError("count must not be above last, because there are no more")
        if self.clear is not None and self.clear > self.count:
            raise ValueError("clear must not be above count")

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings for readings."""
        return {
            "metric": "temp",
            "above": 45.0,
            "below": -10.0,
            "count": 2,
            "last": 3,
            "clear": 1,
            "within": "2d",
            "resolve": {"event": "fault_cleared", "quiet_for": "24h"},
            "lateness": "10m",
            "cooldown": "1h",
            "flapping": {"changes": 4, "within": "4h"},
        }

    def meet(self, roster: Roster) -> None:
        """Whom to ask for numbers of assets."""
        self.roster = roster

    def wants(self) -> Mapping[str, Any]:
        """Its events and metrics."""
        events = {match.event for match in (self.event, *self.of, self.resolve.event) if match}
        metrics = {self.metric} if self.metric else set()
        metrics |= {self.while_.metric} if self.while_ else set()
        return {"events": frozenset(events), "readings": frozenset(metrics), "any_item": False, "follows": False}

    def observe(self, batch: Batch) -> list[Finding]:
        """What the batch's attempts and readings change."""
        code, value = self.codes(batch)
        events = self.roles(batch)
        items = np.flatnonzero((code > 0) & (batch.slot >= 0))
        slots = batch.slot[items]
        alone = ~np.isin(slots, batch.slot[list(events)])
        left = ~alone
        left[alone] = self.advance(slots[alone], batch.item_at[items[alone]], code[items[alone]])
        items = items[left]
        return self.take(batch, in_order(points(batch, items, code, value, zones=frozenset({HOT})), events))

    # -- readings

    def codes(self, batch: Batch) -> tuple[Ints, Floats]:
        """Each item's code, 0 where it says nothing of interest, and its value, NaN for a text."""
        code = np.zeros(len(batch.position), np.int64)
        value = np.full(len(batch.position), np.nan)
        if self.metric:
            items, numbers = measured(batch, self.metric)
            value[items], code[items] = numbers, self.zones(batch, items, numbers)
        add_condition(code, batch, self.while_)
        return code, value

    def zones(self, batch: Batch, items: Ints, numbers: Floats) -> Ints:
        """Bad, good, or 0 for what cannot be judged."""
        if self.equals is not None:
            every, holds = self.equals.of(batch)
            holds = holds[counting(batch, every)]
            return np.where(holds == TRUE, BAD, np.where(holds == FALSE, GOOD, 0))
        bad: Bools = np.zeros(len(items), np.bool_)
        known: Bools = ~np.isnan(numbers)
        for limits, sign in ((self.above_of, 1.0), (self.below_of, -1.0)):
            if limits is not None:
                bounds = limits.of(batch, items, self.roster)
                bad |= sign * numbers > sign * bounds
                known &= np.isfinite(bounds)
        return np.where(known, np.where(bad, BAD, GOOD), 0)

    # -- events

    def roles(self, batch: Batch) -> dict[int, list[Point]]:
        """By item, the points that its events make."""
        found: dict[int, list[Point]] = {}
        for event in batch.events:
            if batch.slot[event.item] >= 0 and not event.flags & RETAINED and (role := self.role(event)):
                found.setdefault(event.item, []).append(self.point(event, role))
        return found

    def role(self, event: DeviceEvent) -> int:
        """What the event says of an attempt; 0 for nothing."""
        if self.event is not None and self.event.matches(event):
            return BAD
        if any(match.matches(event) for match in self.of):
            return GOOD
        ends = self.resolve.event is not None and self.resolve.event.matches(event)
        return RESOLVED if ends else 0

    def point(self, event: DeviceEvent, role: int) -> Point:
        """An event as a point; among readings only its time matters."""
        if self.metric:
            return Point(event.at, role)
        said = Said(event.event, event.code, event.boot, event.seq, event.digest)
        return Point(event.at, role, 0.0, event.device, event.position, said)


def in_order(readings: Iterable[tuple[int, Point]], events: Mapping[int, Iterable[Point]]) -> list[tuple[int, Point]]:
    """All points, item by item."""
    said = [(item, point) for item, those in events.items() for point in those]
    return sorted((*readings, *said), key=lambda arrival: arrival[0])
