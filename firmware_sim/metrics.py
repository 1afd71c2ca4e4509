"""Metrics: what a device measures in daily life, with a daily swing, noise and wear."""

from collections.abc import Callable
from functools import lru_cache
from math import pi, sin
from random import Random
from typing import NamedTuple

from domain.instants import DAY, MINUTE, Duration
from firmware_sim.settings import Model

CYCLE = 10 * MINUTE
"""Devices warm up and cool down with what they show."""
STEPS = 1024
WAVE = tuple(sin(2 * pi * step / STEPS) for step in range(STEPS))
_noise = Random("the noise of every device")
NOISE = tuple(_noise.gauss(0, 1) for _ in range(4096))


class Metric(NamedTuple):
    """One number: base + swing × wave + spread × noise, never below 0; `worn` = it grows with wear."""

    name: str
    base: float
    swing: float
    spread: float
    decimals: int
    worn: bool = False


NUMBERS = (
    Metric("temp", 41.0, 6.0, 0.3, 2, worn=True),
    Metric("load", 0.45, 0.25, 0.04, 3),
    Metric("brightness", 60.0, 25.0, 1.0, 0),
    Metric("fan_rpm", 1800.0, 400.0, 20.0, 0),
    Metric("rssi_dbm", 60.0, 4.0, 2.0, 0),
)
"""The first readings of every model after `state`; further ones are called m05, m06 …"""

Sampler = Callable[[Duration, int], str]
"""(time since the start, number of the sample) → the inside of `values` as JSON."""


def numbers(readings: int) -> list[Metric]:
    """So many metrics."""
    extra = (Metric(f"m{n:02d}", 10.0 * n, 2.0, 0.5, 2) for n in range(len(NUMBERS), readings))
    return [*NUMBERS, *extra][:readings]


Shapes = tuple[tuple[float, float, float, float], ...]


@lru_cache
def form(model: Model) -> tuple[str, Shapes]:
    """How a sample of this model is written, and (base, swing, spread, wear) of each number in it."""
    metrics = numbers(model.readings - 1)
    template = '"state":"%s"' + "".join(f',"{m.name}":%.{m.decimals}f' for m in metrics)
    return template, tuple((m.base, m.swing, m.spread, model.wear_per_day / DAY if m.worn else 0.0) for m in metrics)


def sampler(model: Model, number: int) -> Sampler:
    """Measures for the device of this number: `state` comes first, numbers after it."""
    template, shapes = form(model)
    phase, offset = number * 389, number * 1013
    at_work, at_rest = model.states[0], model.states[-1]

    def measure(since: Duration, nth: int) -> str:
        wave = WAVE[(since * STEPS // CYCLE + phase) % STEPS]
        at = offset + nth * 37
        values: list[object] = [at_rest if wave < -0.98 else at_work]
        for base, swing, spread, wear in shapes:
            at += 11
            values.append(max(0.0, base + swing * wave + spread * NOISE[at & 4095] + wear * since))
        return template % tuple(values)

    return measure
