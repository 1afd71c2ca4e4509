"""Kinds of faults: what each does to a device, and which ticket that deserves."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from domain.instants import Duration
from firmware_sim import episodes
from firmware_sim.conditions import Condition, Shape
from firmware_sim.episodes import Episode, Happening, Telling
from firmware_sim.settings import Fault, Judge

NONE = "none"
"""The failure mode of what deserves no ticket."""


class Story(NamedTuple):
    """What a fault does to one device; times count from its beginning."""

    events: Episode = ()
    conditions: tuple[Condition, ...] = ()
    lasts: Duration = 0
    decides: Duration = 0
    """Nobody could know before it; of a crash loop the deciding message says it itself."""
    swaps: Duration | None = None
    """The device and another one change places then."""
    for_good: bool = False
    """It goes on until the scenario's end."""


Teller = Callable[[Telling], Story]


class Kind(NamedTuple):
    """A kind of fault and whom it can befall."""

    tell: Teller
    failure_mode: str = NONE
    """Empty: the one of the scenario's `[rule]`."""
    near_miss: bool = False
    """It looks as if it deserved a ticket."""
    believed: bool = False
    """Only devices whose clock is believed: arrival times would not keep its short distances."""
    online: bool = False
    """Only devices that stay connected: a gap in data would leave it unknown."""
    row: bool = False
    """It is told by crashes, and the `[rule]` says what they mean."""
    gateway: bool = False
    """Only gateways, and with each all devices behind it."""

    @property
    def ticket(self) -> bool:
        """It deserves one."""
        return self.failure_mode != NONE


def told(tell: Callable[[Telling], Episode]) -> Teller:
    """A story of events only, in which the last one decides."""

    def story(telling: Telling) -> Story:
        events = tell(telling)
        return Story(events, lasts=events[-1].at, decides=events[-1].at)

    return story


def errors(telling: Telling) -> Story:
    """Error after error; with the last one, or the one that is `least` in number, it can be known."""
    events = episodes.errors(telling)
    decides = events[min(telling.fault.least, len(events)) - 1].at
    return Story(events, lasts=events[-1].at, decides=decides)


def reading(shape: Shape) -> Teller:
    """A metric that says something else for a while."""

    def story(telling: Telling) -> Story:
        lasts = telling.lasts()
        return Story((), (Condition(shape, 0, lasts, telling.fault.metric, telling.fault.by),), lasts)

    return story


def silence(telling: Telling) -> Story:
    """Nothing arrives, then everything is as before; what was said meanwhile is lost."""
    lasts = telling.lasts()
    return Story((), (Condition(Shape.SILENT, 0, lasts),), lasts)


def silent_death(telling: Telling) -> Story:
    """Nothing arrives any more."""
    return Story((), (Condition(Shape.SILENT, 0, 0),), for_good=True)


def power_cycle(telling: Telling) -> Story:
    """The power is gone for a while; then the device boots."""
    lasts = telling.lasts()
    back = (Happening(lasts, "boot", reason="power", restarts=True), episodes.healthy(telling, lasts))
    return Story(back, (Condition(Shape.SILENT, 0, lasts),), back[-1].at)


def flapping_link(telling: Telling) -> Story:
    """The link is lost again and again; the broker says so each time, and the device each time that it is back."""
    events: Episode = ()
    conditions: tuple[Condition, ...] = ()
    at = 0
    for _ in range(telling.chance.randint(*telling.fault.times)):
        back = at + telling.lasts()
        events += (Happening(at, "offline", will=True), Happening(back, "online", will=True))
        conditions += (Condition(Shape.SILENT, at + 1, back),)
        at = back + telling.spacing()
    return Story(events, conditions, events[-1].at)


def swap_between(telling: Telling) -> Story:
    """One crash less than the rule waits for, the device gets another place, and crashes once more there."""
    before = episodes.almost(telling)[:-1]
    swaps = before[-1].at + telling.fault.spacing[0] // 2
    again = episodes.crash(telling, before[-1].at + telling.fault.spacing[0])
    events = (*before, *again, episodes.healthy(telling, again[-1].at))
    return Story(events, lasts=events[-1].at, swaps=swaps)


def swap_loop(telling: Telling) -> Story:
    """The device gets another place and goes through a crash loop there."""
    pause = telling.spacing()
    loop = tuple(h._replace(at=h.at + pause) for h in episodes.crash_loop(telling))
    return Story(loop, lasts=loop[-1].at, decides=loop[-1].at, swaps=0)


KINDS: Mapping[str, Kind] = {
    "crash-loop": Kind(told(episodes.crash_loop), "", row=True),
    "crash": Kind(told(episodes.one_crash), near_miss=True, row=True),
    "almost": Kind(told(episodes.almost), near_miss=True, row=True),
    "almost-repeated": Kind(told(episodes.almost_repeated), near_miss=True, believed=True, row=True),
    "forgiven": Kind(told(episodes.forgiven), near_miss=True, row=True),
    "healed-by-time": Kind(told(episodes.healed_by_time), near_miss=True, online=True, row=True),
    "stutter": Kind(told(episodes.stutter), near_miss=True, believed=True, row=True),
    "swap-loop": Kind(swap_loop, "", believed=True, online=True, row=True),
    "swap-between": Kind(swap_between, near_miss=True, believed=True, online=True, row=True),
    "fault": Kind(told(episodes.fault_and_cleared)),
    "fault-stays": Kind(told(episodes.fault_that_stays), "fault-stays"),
    "error": Kind(told(episodes.error)),
    "errors": Kind(errors, "errors"),
    "reboot": Kind(told(episodes.reboot)),
    "silence": Kind(silence, "silent", online=True),
    "silent-death": Kind(silent_death, "silent", online=True),
    "power-cycle": Kind(power_cycle, online=True),
    "flapping-link": Kind(flapping_link, "link-flapping", online=True),
    "gateway-outage": Kind(silence, "silent", online=True, gateway=True),
    "wear": Kind(reading(Shape.DRIFT), "wear"),
    "shift": Kind(reading(Shape.SHIFT), "shift"),
    "stuck": Kind(reading(Shape.STUCK), "sensor-stuck", online=True),
    "noise": Kind(reading(Shape.NOISY), "sensor-noise"),
    "missing": Kind(reading(Shape.MISSING), "sensor-missing"),
    "overuse": Kind(reading(Shape.SHIFT)),
}


def failure_mode_of(fault: Fault, judge: Judge) -> str:
    """What the ticket is about that a device deserves for the fault; `none` where it deserves none."""
    kind = KINDS[fault.kind]
    return fault.failure_mode or kind.failure_mode or judge.failure_mode


def looks_like(fault: Fault, judge: Judge) -> str:
    """What a ticket would be about if somebody fell for what deserves none."""
    kind = KINDS[fault.kind]
    return judge.failure_mode if kind.row or kind.failure_mode in ("", NONE) else kind.failure_mode


def is_near_miss(fault: Fault) -> bool:
    """It deserves no ticket but looks as if it did."""
    return KINDS[fault.kind].near_miss or fault.failure_mode == NONE
