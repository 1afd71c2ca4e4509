"""Gauges: what a device measures when its metrics are its own, follow the hour of the week, or are in trouble."""

from collections.abc import Iterator, Sequence
from math import cos, inf, pi
from typing import NamedTuple

from domain.instants import DAY, HOUR, Duration, Instant
from firmware_sim.conditions import Condition, Shape
from firmware_sim.metrics import CYCLE, NOISE, STEPS, WAVE, Sampler, numbers
from firmware_sim.settings import Metric, Model

BUSIEST = 14 * HOUR
THURSDAY, SATURDAY = 3, 5
"""Days of the week from Monday on; 1970 began on a Thursday."""


class Gauge(NamedTuple):
    """One number: base + swing × wave + hour of the week + noise + wear."""

    name: str
    base: float
    swing: float
    cycle: Duration
    daily: float
    weekend: float
    noise: float
    decimals: int
    wear: float
    """A nanosecond."""
    least: float
    luck: int
    """Where the noise of this world begins."""


def ready_made(model: Model) -> Iterator[Gauge]:
    """What a model measures that has no metrics of its own."""
    for m in numbers(model.readings - 1):
        wear = model.wear_per_day / DAY if m.worn else 0.0
        yield Gauge(m.name, m.base, m.swing, CYCLE, 0.0, 1.0, m.spread, m.decimals, wear, 0.0, 0)


def own(metrics: Sequence[Metric], seed: int) -> Iterator[Gauge]:
    """The metrics of the scenario's file."""
    for m in metrics:
        luck = seed * 2741
        yield Gauge(m.name, m.base, m.swing, m.cycle, m.daily, m.weekend, m.noise, m.decimals, 0.0, -inf, luck)


def own_sampler(
    model: Model, gauges: Sequence[Gauge], conditions: Sequence[Condition], number: int, start: Instant
) -> Sampler:
    """Measures for the device of this number, with what is wrong with its metrics."""
    troubles = [[condition for condition in conditions if condition.metric == gauge.name] for gauge in gauges]
    held: dict[str, float] = {}
    at_work, at_rest = model.states[0], model.states[-1]

    def measure(since: Duration, nth: int) -> str:
        wave = WAVE[(since * STEPS // gauges[0].cycle + number * 389) % STEPS]
        said = [f'"state":"{at_rest if wave < -0.98 else at_work}"']
        roll = number * 1013 + nth * 37 + gauges[0].luck
        for gauge, trouble in zip(gauges, troubles, strict=True):
            roll += 11
            value: float | None = healthy(gauge, since, start, number, NOISE[roll & 4095])
            for condition in trouble:
                value = troubled(condition, value, since, NOISE[(roll * 13 + 7) & 4095] * gauge.noise, held)
            if value is not None:
                held[gauge.name] = value
                said.append(f'"{gauge.name}":{max(gauge.least, value):.{gauge.decimals}f}')
        return ",".join(said)

    return measure


def healthy(gauge: Gauge, since: Duration, start: Instant, number: int, noise: float) -> float:
    """What the gauge shows where nothing is wrong."""
    wave = WAVE[(since * STEPS // gauge.cycle + number * 389) % STEPS] if gauge.swing else 0.0
    value = gauge.base + gauge.swing * wave + gauge.noise * noise + gauge.wear * since
    return value + gauge.daily * busy(start + since, gauge.weekend) if gauge.daily else value


def busy(at: Instant, weekend: float) -> float:
    """How busy the hour is, from 0 at night to 1 in the afternoon of a working day."""
    hour = 0.5 + 0.5 * cos(2 * pi * ((at - BUSIEST) % DAY) / DAY)
    return hour * weekend if (at // DAY + THURSDAY) % 7 >= SATURDAY else hour


def troubled(
    condition: Condition, value: float | None, since: Duration, noise: float, held: dict[str, float]
) -> float | None:
    """What the gauge shows under the condition; None = nothing. `held` is what it showed last."""
    if value is None:
        return None
    if condition.shape is Shape.DRIFT:
        return value + condition.drift(since)
    if not condition.holds(since):
        return value
    match condition.shape:
        case Shape.SHIFT:
            return value + condition.by
        case Shape.NOISY:
            return value + condition.by * noise
        case Shape.STUCK:
            return held.get(condition.metric, value)
        case _:
            return None
