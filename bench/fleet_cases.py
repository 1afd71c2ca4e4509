"""What may happen to a fleet, with its truth: a bad release among harmless ones, a storm, an outage, a season."""

from dataclasses import dataclass

import numpy as np

from bench.fleet_world import BEGIN, Faults, Rise, World, in_order, together, usual_faults, world_of
from domain.batch import Floats, Ints
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant

BASE = 0
RELEASES = 10
CALM = 4 * DAY
"""Before anything happens; the first three days are for learning."""


@dataclass(frozen=True, slots=True)
class Case:
    """A world, its faults and what is true of it."""

    world: World
    faults: Faults
    end: Instant
    truth: str
    """The name of the bad release, region or gateway; empty where nothing is wrong."""
    begins: Instant
    """When it goes wrong."""


def as_usual(world: World, at: Ints) -> Floats:
    """Nothing is wrong."""
    return np.ones(len(world))


def bad_release(seed: int, *, devices: int = 900, days: int = 14, bad: bool = True) -> Case:
    """Ten releases, each rolled out to 7 to 20 % of the devices over hours to days, half of them to one model only.

    One of them fails 6 to 30 times as often as usual.
    """
    chance = np.random.default_rng(seed)
    world = world_of(chance, devices, rate=0.03)
    starts = BEGIN + CALM + (chance.uniform(0, 6, RELEASES) * DAY).astype(np.int64)
    for number in range(RELEASES):
        everybody = np.arange(devices)
        if chance.random() < 0.5:
            everybody = everybody[world.model == chance.integers(0, 4)]
        share = chance.uniform(0.07, 0.2) * devices
        who = chance.choice(everybody, min(len(everybody), int(share)), replace=False)
        takes = chance.uniform(2, 72) * HOUR
        when = starts[number] + (chance.uniform(0, 1, len(who)) * takes).astype(np.int64)
        world.updates += [(int(at), int(device), number + 1) for at, device in zip(when, who, strict=True)]
    world.updates.sort()
    culprit = int(chance.integers(1, RELEASES + 1)) if bad else -1
    times = float(np.exp(chance.uniform(np.log(6), np.log(30))))
    end = BEGIN + days * DAY
    faults = usual_faults(chance, world, BEGIN, end, of_release(world, culprit, times))
    truth = world.versions[culprit] if bad else ""
    return Case(world, faults, end, truth, int(starts[culprit - 1]))


def of_release(world: World, culprit: int, times: float) -> Rise:
    """Devices on the release fail so many times as often."""
    runs, updates = world.firmware.copy(), list(reversed(world.updates))

    def rise(world: World, at: Ints) -> Floats:
        while updates and updates[-1][0] <= at[0]:
            _, device, firmware = updates.pop()
            runs[device] = firmware
        return np.where(runs == culprit, times, 1.0)

    return rise


def storm(seed: int, *, devices: int = 1500) -> Case:
    """For six hours everything in one region fails 40 to 100 times as often."""
    chance = np.random.default_rng(seed)
    world = world_of(chance, devices, gateways=4, releases=4)
    region, begins = int(chance.integers(0, 3)), BEGIN + CALM + int(chance.integers(0, 24)) * HOUR
    times = chance.uniform(40, 100)

    def rise(world: World, at: Ints) -> Floats:
        here = (world.region == region) & (at >= begins) & (at < begins + 6 * HOUR)
        return np.where(here, times, 1.0)

    end = begins + DAY
    return Case(world, usual_faults(chance, world, BEGIN, end, rise), end, f"R-{region}", begins)


def gateway_outage(seed: int, *, devices: int = 1500) -> Case:
    """All devices behind one gateway go within five minutes."""
    chance = np.random.default_rng(seed)
    world = world_of(chance, devices, gateways=4, releases=4)
    begins = BEGIN + CALM + int(chance.integers(0, 24 * 60)) * MINUTE
    gateways, many = np.unique(world.gateway, return_counts=True)
    gateway = int(chance.choice(gateways[many >= 15]))
    behind = np.flatnonzero(world.gateway == gateway)
    gone = in_order(begins + chance.integers(0, 5 * MINUTE, len(behind)), behind)
    end = begins + DAY
    usual = usual_faults(chance, world, BEGIN, end, as_usual)
    return Case(world, together(usual, gone), end, f"G-{gateway}", begins)


def season(seed: int, *, devices: int = 1500) -> Case:
    """Every day has a peak of three times; then two hot days double it again for all, and once more for one model."""
    chance = np.random.default_rng(seed)
    world = world_of(chance, devices, releases=4)
    hot, model = BEGIN + CALM, int(chance.integers(0, 4))

    def rise(world: World, at: Ints) -> Floats:
        daily = 1 + 2 * np.maximum(0.0, np.sin(2 * np.pi * (at % DAY) / DAY))
        is_hot = (at >= hot) & (at < hot + 2 * DAY)
        return daily * np.where(is_hot, np.where(world.model == model, 4.0, 2.0), 1.0)

    end = hot + 4 * DAY
    return Case(world, usual_faults(chance, world, BEGIN, end, rise), end, "", hot)


def burst(
    seed: int, *, devices: int = 30_000, affected: int = 10_000, days: float = 1.5, crashes: int = 1
) -> tuple[Case, Ints]:
    """So many devices on one of three releases crash within a minute, so many times each; and which."""
    chance = np.random.default_rng(seed)
    world = world_of(chance, devices, releases=3)
    world.firmware[:] = 0
    crashed = np.sort(chance.choice(devices, affected, replace=False))
    world.firmware[crashed] = 1
    others = np.setdiff1d(np.arange(devices), crashed)
    world.firmware[others[::3]] = 2
    begins, end = BEGIN + int(days * DAY), BEGIN + int((days + 0.5) * DAY)
    usual = usual_faults(chance, world, BEGIN, end, as_usual)
    at = begins + chance.integers(0, 60 * SECOND, crashes * affected)
    return Case(world, together(usual, in_order(at, np.tile(crashed, crashes))), end, "1.1.0", begins), crashed
