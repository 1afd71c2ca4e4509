"""Worlds of many devices for the fleet detector: who they are, what they run, and which faults they have.

Everything is drawn from a seed and comes as batches in order of arrival, so a day of ten thousand devices takes
seconds. A fault comes with the rate of its device, as often as the world says at that time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from domain.batch import Batch, DeviceEvent, Floats, Ints, Mark
from domain.entries import Kind
from domain.instants import HOUR, MINUTE, Instant
from domain.registry import Facts, Installation, registry_entry

BEGIN: Instant = 20_454 * 24 * HOUR
TICK = 5 * MINUTE
"""How often a tick comes where nothing else is said."""

Rise = Callable[["World", Ints], Floats]
"""By row, how many times as often as usual the device fails at an instant; `(world, instants[device]) → times`."""


@dataclass(kw_only=True)
class World:
    """Devices in columns."""

    names: list[str]
    model: Ints
    site: Ints
    region: Ints
    gateway: Ints
    """-1: none."""
    firmware: Ints
    """What they run at first."""
    rate: Floats
    """Usual faults an hour."""
    versions: list[str]
    updates: list[tuple[Instant, int, int]] = field(default_factory=list)
    """(when, device, firmware), in order."""

    def __len__(self) -> int:
        return len(self.names)

    def registry(self) -> bytes:
        """The devices as an entry of the journal."""
        return registry_entry(
            Installation(
                0,
                Facts(
                    device=name,
                    asset=f"A-{name}",
                    model=f"M-{self.model[n]}",
                    site=f"S-{self.site[n]}",
                    parent=f"G-{self.gateway[n]}" if self.gateway[n] >= 0 else "",
                    tags={"region": f"R-{self.region[n]}"},
                ),
            )
            for n, name in enumerate(self.names)
        )


def world_of(
    chance: np.random.Generator,
    devices: int,
    *,
    models: int = 4,
    sites: int = 12,
    regions: int = 3,
    gateways: int = 0,
    releases: int = 1,
    rate: float = 0.02,
) -> World:
    """Devices at sites of different sizes, of models that fail differently often; `rate` is faults a device-day."""
    site = chance.choice(sites, devices, p=shares(chance, sites))
    model = chance.choice(models, devices, p=shares(chance, models))
    site_factor, model_factor = chance.lognormal(0, 0.3, sites), chance.lognormal(0, 0.4, models)
    own = chance.gamma(2.0, 0.5, devices)
    return World(
        names=[f"D-{n:05d}" for n in range(devices)],
        model=model,
        site=site,
        region=site % regions,
        gateway=site * gateways + chance.integers(0, gateways, devices) if gateways else np.full(devices, -1),
        firmware=chance.integers(0, releases, devices),
        rate=rate / 24 * own * site_factor[site] * model_factor[model],
        versions=[f"1.{n}.0" for n in range(64)],
    )


def shares(chance: np.random.Generator, many: int) -> Floats:
    """Unequal shares that sum to 1."""
    weight = chance.uniform(0.5, 2.0, many)
    return weight / weight.sum()


@dataclass(frozen=True, slots=True)
class Faults:
    """When which device had a fault; `code` is the same for all or drawn."""

    at: Ints
    device: Ints


def usual_faults(chance: np.random.Generator, world: World, begin: Instant, end: Instant, rise: Rise) -> Faults:
    """Faults of a stretch, hour by hour, as often as devices usually have them times `rise`."""
    at: list[Ints] = []
    device: list[Ints] = []
    for hour in range(begin, end, HOUR):
        length = min(HOUR, end - hour)
        mean = world.rate * rise(world, np.full(len(world), hour)) * (length / HOUR)
        many = chance.poisson(mean)
        who = np.repeat(np.arange(len(world)), many)
        at.append(hour + chance.integers(0, length, len(who)))
        device.append(who)
    return in_order(np.concatenate(at), np.concatenate(device))


def in_order(at: Ints, device: Ints) -> Faults:
    """Faults by time."""
    order = np.argsort(at, kind="stable")
    return Faults(at[order], device[order])


def together(*faults: Faults) -> Faults:
    """Several as one."""
    return in_order(np.concatenate([f.at for f in faults]), np.concatenate([f.device for f in faults]))


def batches(
    world: World, faults: Faults, begin: Instant, end: Instant, *, every: int = HOUR, step: int = HOUR, tick: int = TICK
) -> Iterator[Batch]:
    """The stream: every device is heard each `every` with what it runs, faults and ticks between, a batch a `step`."""
    phase = (np.arange(len(world)) * 7919) % 1000 * (every // 1000)
    firmware, updates = world.firmware.copy(), iter([*world.updates, (end + HOUR, 0, 0)])
    update, position = next(updates), 0
    for since in range(begin, end, step):
        until = min(end, since + step)
        rows = [beats(phase, since, until, every), (faults.at, faults.device)]
        inside = [(at >= since) & (at < until) for at, _ in rows]
        at = np.concatenate([a[i] for (a, _), i in zip(rows, inside, strict=True)])
        device = np.concatenate([d[i] for (_, d), i in zip(rows, inside, strict=True)])
        is_fault = np.repeat([False, True], [int(i.sum()) for i in inside])
        order = np.argsort(at, kind="stable")
        at, device, is_fault = at[order], device[order], is_fault[order]
        runs = firmware[device]
        while update[0] < until:
            runs = np.where((device == update[1]) & (at >= update[0]), update[2], runs)
            firmware[update[1]] = update[2]
            update = next(updates)
        ticks = np.arange(-(-since // tick) * tick, until, tick)
        made = batch(world, Rows(at, device, is_fault, runs), ticks, position)
        yield made
        position = made.upto


def beats(phase: Ints, since: Instant, until: Instant, every: int) -> tuple[Ints, Ints]:
    """When which device is heard."""
    starts = [since // every + n for n in range((until - since) // every + 2)]
    at = np.concatenate([start * every + phase for start in starts])
    return at, np.tile(np.arange(len(phase)), len(starts))


@dataclass(frozen=True, slots=True)
class Rows:
    """A stretch of the stream in columns, in order of arrival."""

    at: Ints
    device: Ints
    is_fault: Ints
    runs: Ints


def batch(world: World, rows: Rows, ticks: Ints, after: int) -> Batch:
    """The stretch as a batch, ticks at their places."""
    at, device = rows.at, rows.device
    place = after + 1 + np.arange(len(at)) + np.searchsorted(ticks, at, side="left")
    marks = after + 1 + np.arange(len(ticks)) + np.searchsorted(at, ticks, side="right")
    faults = np.flatnonzero(rows.is_fault)
    columns = (faults, device[faults], at[faults], place[faults])
    events = [
        DeviceEvent(row, world.names[d], "crash", "0xDEAD", {}, a, a, p, 0, row, row)
        for row, d, a, p in zip(*(column.tolist() for column in columns), strict=True)
    ]
    nothing = np.empty(0, np.int64)
    return Batch(
        after=after,
        upto=after + len(at) + len(ticks),
        devices=world.names,
        firmwares=world.versions,
        position=place,
        device=device,
        item_at=at,
        received_at=at,
        identity=np.zeros(len(at), np.uint64),
        firmware=rows.runs,
        flags=np.zeros(len(at), np.int64),
        item=nothing,
        metric=nothing,
        value=np.empty(0, np.float64),
        state=nothing,
        events=events,
        marks=[Mark(p, Kind.TICK, t, "", b"") for p, t in zip(marks.tolist(), ticks.tolist(), strict=True)],
    )
