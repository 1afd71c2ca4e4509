"""The fleet: which devices there are, of which model, where, and what is wrong with their clocks."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from random import Random

from domain.instants import Duration
from firmware_sim.settings import Clocks, Fleet, Model


class Clock(Enum):
    """What a device's clock says."""

    RIGHT = auto()
    SKEWED = auto()
    """Wrong by a constant that is believed."""
    TOO_FAST = auto()
    """Ahead by a constant that is not believed."""
    UNSET = auto()
    """1970 from a crash to the next healthy boot."""
    NONE = auto()
    """It has none."""


BELIEVED = frozenset({Clock.RIGHT, Clock.SKEWED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device of the fleet."""

    number: int
    name: str
    asset: str
    component: str
    model: Model
    site: str
    clock: Clock
    skew: Duration
    numbered: bool
    """Its messages carry boot and seq."""
    parent: str = ""
    """The gateway that it hangs behind."""
    is_gateway: bool = False

    @property
    def is_believed(self) -> bool:
        """Its clock says when things happened; otherwise arrival does."""
        return self.clock in BELIEVED


def devices(fleet: Fleet, models: Sequence[Model], clocks: Clocks, chance: Random) -> list[Device]:
    """The fleet in order of number, with its gateways."""
    if not fleet.children:
        return list(drawn(fleet, models, clocks, chance))
    gateway = next(model for model in models if model.name == fleet.gateway_model)
    others = [model for model in models if model is not gateway]
    return list(behind_gateways(drawn(fleet, others, clocks, chance), fleet.children, gateway))


def behind_gateways(fleet: Iterable[Device], children: int, model: Model) -> Iterator[Device]:
    """In each site one device is a gateway, the next ones hang behind it, and so on."""
    seen: Counter[str] = Counter()
    gateways: dict[str, str] = {}
    for device in fleet:
        if seen[device.site] % (children + 1) == 0:
            gateways[device.site] = device.name
            yield replace(device, model=model, component="gateway", is_gateway=True)
        else:
            yield replace(device, parent=gateways[device.site])
        seen[device.site] += 1


def drawn(fleet: Fleet, models: Sequence[Model], clocks: Clocks, chance: Random) -> Iterator[Device]:
    """Devices in order of number. Models and clock troubles have exactly their shares; who gets them is by chance."""
    kinds = dealt(fleet.devices, models, chance)
    troubles = clock_troubles(fleet.devices, clocks, chance)
    for number, (model, clock) in enumerate(zip(kinds, troubles, strict=True)):
        asset = number // len(fleet.components)
        site = fleet.sites[asset % len(fleet.sites)]
        yield Device(
            number=number,
            name=f"{fleet.prefix}-{number + 1:05d}",
            asset=f"{site}-{asset + 1:05d}",
            component=fleet.components[number % len(fleet.components)],
            model=model,
            site=site,
            clock=clock,
            skew=skew(clock, clocks, chance),
            numbered=clock is not Clock.NONE and not (clock in BELIEVED and chance.random() < clocks.unnumbered),
        )


def dealt(many: int, models: Sequence[Model], chance: Random) -> list[Model]:
    """A model for each device, in proportion to the weights."""
    deck = [model for model in models for _ in range(model.weight)]
    hand = [deck[n % len(deck)] for n in range(many)]
    chance.shuffle(hand)
    return hand


def clock_troubles(many: int, clocks: Clocks, chance: Random) -> list[Clock]:
    """A clock for each device."""
    shares = {
        Clock.UNSET: clocks.unset,
        Clock.SKEWED: clocks.skewed,
        Clock.TOO_FAST: clocks.too_fast,
        Clock.NONE: clocks.none,
    }
    hand = [clock for clock, share in shares.items() for _ in range(round(share * many))][:many]
    hand += [Clock.RIGHT] * (many - len(hand))
    chance.shuffle(hand)
    return hand


def skew(clock: Clock, clocks: Clocks, chance: Random) -> Duration:
    """By how much the clock is ahead; negative = behind."""
    if clock is Clock.TOO_FAST:
        return chance.randint(*clocks.too_fast_by)
    if clock is not Clock.SKEWED:
        return 0
    return chance.randint(*clocks.fast_by) if chance.random() < 0.5 else -chance.randint(*clocks.slow_by)
