"""Healthy devices: a year of readings of appliances that have nothing, drawn from a seed.

A daily cycle with weekends, noise that follows itself, and steps such as appliances have: a door left open, a
changed setpoint, a stronger season. Whatever a detector says of them is a false alarm.
"""

import numpy as np

from domain.batch import Floats, Ints
from domain.instants import DAY, MINUTE

EVERY = 15 * MINUTE
A_DAY = DAY // EVERY
A_YEAR = 365 * A_DAY
BEGIN = 20_454 * DAY


def instants(days: int = 365) -> Ints:
    """When the readings are taken."""
    return BEGIN + np.arange(days * A_DAY, dtype=np.int64) * EVERY


def healthy(devices: int, days: int = 365, seed: int = 7) -> Floats:
    """[reading, device] values of so many healthy devices."""
    chance = np.random.default_rng(seed)
    rows = days * A_DAY
    day = np.arange(rows)[:, None] / A_DAY
    phase, size = chance.uniform(0, 1, devices), chance.uniform(0.0, 6.0, devices)
    cycle = size * np.sin(2 * np.pi * (day + phase))
    cycle *= np.where(day.astype(np.int64) % 7 >= 5, chance.uniform(0.6, 1.0, devices), 1.0)
    season = chance.uniform(0.0, 3.0, devices) * np.sin(2 * np.pi * day / 365 + phase)
    level = chance.uniform(5.0, 60.0, devices)
    return level + cycle + season + wandering(chance, rows, devices) + steps(chance, rows, devices)


def wandering(chance: np.random.Generator, rows: int, devices: int) -> Floats:
    """Noise of which a part stays for the next reading."""
    stays, size = chance.uniform(0.2, 0.9, devices), chance.uniform(0.2, 1.0, devices)
    fresh = chance.normal(size=(rows, devices)) * size
    noise = np.empty_like(fresh)
    now = np.zeros(devices)
    for row in range(rows):
        now = now * stays + fresh[row]
        noise[row] = now
    return noise


def steps(chance: np.random.Generator, rows: int, devices: int) -> Floats:
    """About once in two days something usual lasts for half an hour to two hours, the same size for a device."""
    starts = chance.random((rows, devices)) < 0.5 / A_DAY
    lasts = chance.integers(2, 9, size=(rows, devices))
    until = np.maximum.accumulate(np.where(starts, np.arange(rows)[:, None] + lasts, 0), axis=0)
    return np.where(np.arange(rows)[:, None] < until, chance.uniform(1.0, 5.0, devices), 0.0)
