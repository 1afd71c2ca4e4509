"""The world of `bench.loop`: what is on the machines, how it really wears, and what everything costs."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from domain.batch import Floats
from domain.crew import Place
from maintenance.life import Weibull
from maintenance.waiting import Costs
from maintenance.wear import Wear, gamma_around

QUARTERS = 4
"""Steps of a day: as often a machine reports."""
DOWN_HOURS = 24.0
"""As long the operator reckons that a machine stands after a failure."""
FILE = Path(__file__).with_name("loop.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartKind:
    """A part that every machine has once."""

    id: str
    price: float
    hours: float
    """To replace it."""
    lead_days: float
    maker_days: float = 0.0
    """The maker's interval; 0 = none."""
    signal: str = ""
    """The metric that shows its wear; empty: nothing does."""
    watch: float = 0.0
    begins: float = 0.0
    pace: float = 0.0
    spread: float = 0.0
    jitter: float = 0.0
    noise: float = 0.0
    shape: float = 0.0
    scale: float = 0.0

    @property
    def wear(self) -> Wear:
        """The truth about daily means of its signal."""
        return Wear(
            begins_at=self.begins,
            fails_at=1.0,
            pace=self.pace,
            spread=self.spread,
            jitter=self.jitter,
            noise=self.noise / QUARTERS**0.5,
        )

    @property
    def life(self) -> Weibull:
        """The truth about its life where no signal shows it."""
        return Weibull(self.shape, self.scale)


@dataclass(frozen=True, kw_only=True)
class World:
    """What `bench/loop.toml` says."""

    machines: int
    technicians: int
    days: int
    history_days: int
    burn_in_days: int
    refit_days: int
    cost_ratio: float
    down_per_hour: float
    visit_estimate: float
    holding: float
    service: float
    km_cost: float
    hour_cost: float
    overtime_cost: float
    parts: tuple[PartKind, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The machines."""
        return tuple(f"M-{number:03d}" for number in range(self.machines))

    @cached_property
    def by_id(self) -> dict[str, PartKind]:
        """The parts."""
        return {part.id: part for part in self.parts}

    def costs(self, part: PartKind) -> Costs:
        """What the operator says that planned work and a failure cost."""
        planned = self.visit_estimate + part.price + part.hours * self.down_per_hour
        return Costs(planned, self.cost_ratio * planned, is_assumed=False)

    def damage(self, part: PartKind) -> float:
        """What a failure spoils, so that with the usual down time it costs `cost_ratio` times the planned work."""
        costs = self.costs(part)
        return max(0.0, costs.failure - costs.planned - DOWN_HOURS * self.down_per_hour)


def read_world(file: Path = FILE) -> World:
    """Raises TypeError for a setting that is unknown or missing."""
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    parts = tuple(PartKind(**each) for each in said.pop("part"))
    return World(parts=parts, **said)


@dataclass(slots=True, eq=False)
class Life:
    """One part's life as it will be; nobody sees it."""

    nth: int
    """How many parts stood in this place before it."""
    fails_in: int
    """Quarters of running."""
    says: Floats
    """What its signal will read, by quarter; empty without a signal."""
    ran: int = 0


def life_of(part: PartKind, seed: int, place: tuple[int, int], nth: int) -> Life:
    """The nth part's life in a place (machine, part): the same under every policy, whatever was done before."""
    chance = np.random.default_rng([seed, *place, nth, 5])
    if not part.signal:
        return Life(nth, 1 + int(part.scale * chance.weibull(part.shape) * QUARTERS), np.empty(0))
    pace = max(float(gamma_around(part.pace, part.spread**2, (1,), chance)[0]), part.pace / 50.0) / QUARTERS
    longest = int(3.0 * (1.0 - part.begins) / pace) + 40
    levels = part.begins + np.cumsum(gamma_around(pace, part.jitter / QUARTERS, (longest,), chance))
    fails_in = int(np.searchsorted(levels, 1.0))
    return Life(nth, fails_in + 1, levels[:fails_in] + part.noise * chance.standard_normal(fails_in))


@dataclass(slots=True, eq=False)
class Machine:
    """One machine as it is."""

    number: int
    lives: list[Life]
    """By part."""
    failed: int = -1
    """The part that stopped it, by its number; -1 = it runs."""

    def run(self) -> Sequence[float | None]:
        """A quarter passes; what each part's signal reads then. None where the part fails, which stops the machine."""
        said: list[float | None] = []
        for which, life in enumerate(self.lives):
            life.ran += 1
            if life.ran >= life.fails_in and self.failed < 0:
                self.failed = which
            said.append(float(life.says[life.ran - 1]) if life.ran <= len(life.says) else None)
        return said


@dataclass(eq=False)
class Fleet:
    """All machines as they are."""

    world: World
    seed: int
    machines: list[Machine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machines = [
            Machine(m, [life_of(part, self.seed, (m, p), 0) for p, part in enumerate(self.world.parts)])
            for m in range(self.world.machines)
        ]

    def renew(self, machine: int, part: int) -> None:
        """A new part."""
        lives = self.machines[machine].lives
        lives[part] = life_of(self.world.parts[part], self.seed, (machine, part), lives[part].nth + 1)
        if self.machines[machine].failed == part:
            self.machines[machine].failed = -1

    def places(self) -> tuple[list[Place], list[Place], Place]:
        """Of the machines, of the technicians' homes, and of the depot: a region of a good fifty kilometres."""
        chance = np.random.default_rng([self.seed, 77])

        def some(count: int) -> Iterator[Place]:
            for lat, lon in chance.uniform((52.3, 13.1), (52.7, 13.7), (count, 2)).tolist():
                yield Place(round(lat, 5), round(lon, 5))

        return list(some(self.world.machines)), list(some(self.world.technicians)), Place(52.5, 13.4)
