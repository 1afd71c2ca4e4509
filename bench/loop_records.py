"""What the operator of `bench.loop` has on record: ages of fitted parts, what their signals said, and past lives."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bench.loop_world import QUARTERS, Fleet, World
from domain.batch import Floats
from maintenance.life import Life

Slot = tuple[int, int]
"""A machine and a part, by number."""


@dataclass(slots=True, eq=False)
class Fitted:
    """A part on a machine, as known."""

    ran: float = 0.0
    """Days that the machine has run with it."""
    entered: float = 0.0
    """How many of them before the records began."""
    daily: list[float] = field(default_factory=list)
    """Its signal's mean on each of those days, from new on; of use only where `entered` is 0."""

    @property
    def is_known_from_new(self) -> bool:
        """The records have its whole life."""
        return self.entered == 0.0


@dataclass(eq=False)
class Records:
    """All of it. Nothing here was not seen by a device, a technician or the stock's keeper."""

    fitted: dict[Slot, Fitted]
    lives: dict[int, list[Life]]
    """Ended, by part."""
    histories: dict[int, list[Floats]]
    """Daily means from new until the end, by part."""
    last_words: dict[int, list[float]]
    """The last daily mean before a failure, by part."""
    issues: list[tuple[int, int, bool]] = field(default_factory=list)
    """Day (negative before the year), part, and whether the work was planned."""

    def ran(self, machine: int, said: Iterable[tuple[int, list[float]]], quarters: int) -> None:
        """A machine has run for so many quarters of a day; what each part's signal said in them."""
        for part, values in said:
            fitted = self.fitted[machine, part]
            fitted.ran += quarters / QUARTERS
            if values:
                fitted.daily.append(sum(values) / len(values))

    def replaced(self, slot: Slot, *, failed: bool) -> None:
        """A part has gone; how its life ended."""
        old, part = self.fitted[slot], slot[1]
        if old.ran > old.entered:
            self.lives[part].append(Life(old.ran, failed, old.entered))
        if old.is_known_from_new and len(old.daily) > 1:
            self.histories[part].append(np.array(old.daily))
        if failed and old.daily:
            self.last_words[part].append(old.daily[-1])
        self.fitted[slot] = Fitted()

    def all_lives(self, part: int) -> list[Life]:
        """Those that have ended, and those that still run."""
        running = (one for (_, which), one in self.fitted.items() if which == part and one.ran > one.entered)
        return [*self.lives[part], *(Life(one.ran, False, one.entered) for one in running)]

    def all_histories(self, part: int, least: int) -> list[Floats]:
        """Signals from new on, of so many days at least: of parts that are gone and of those that still run."""
        running = [
            np.array(one.daily)
            for (_, which), one in sorted(self.fitted.items())
            if which == part and one.is_known_from_new
        ]
        return [each for each in [*self.histories[part], *running] if len(each) >= least]


def past_of(world: World, seed: int) -> tuple[Fleet, Records]:
    """The years before: everything runs until it fails and is replaced the day after; then the fleet, and the records.

    Nothing is written down in the burn-in, except when each part was fitted.
    """
    fleet = Fleet(world, seed)
    slots = [(m, p) for m in range(world.machines) for p in range(len(world.parts))]
    numbers = range(len(world.parts))
    records = Records(
        {slot: Fitted() for slot in slots}, {p: [] for p in numbers}, {p: [] for p in numbers}, {p: [] for p in numbers}
    )
    for day in range(-world.burn_in_days - world.history_days, 0):
        if day == -world.history_days:
            records = begun(fleet)
        for machine in fleet.machines:
            a_day_without_care(fleet, machine.number, day, records)
    records.issues = [each for each in records.issues if each[0] >= -world.history_days]
    return fleet, records


def begun(fleet: Fleet) -> Records:
    """Records that begin with parts of any age, known from their fitting dates."""
    numbers = range(len(fleet.world.parts))
    fitted = {
        (machine.number, part): Fitted(life.ran / QUARTERS, life.ran / QUARTERS)
        for machine in fleet.machines
        for part, life in enumerate(machine.lives)
    }
    return Records(fitted, {p: [] for p in numbers}, {p: [] for p in numbers}, {p: [] for p in numbers})


def a_day_without_care(fleet: Fleet, number: int, day: int, records: Records) -> None:
    """What failed yesterday is replaced; then the machine runs until something else fails."""
    machine = fleet.machines[number]
    if machine.failed >= 0:
        records.issues.append((day, machine.failed, False))
        records.replaced((number, machine.failed), failed=True)
        fleet.renew(number, machine.failed)
    said: list[list[float]] = [[] for _ in machine.lives]
    quarters = 0
    for _ in range(QUARTERS):
        if machine.failed >= 0:
            break
        quarters += 1
        for part, value in enumerate(machine.run()):
            if value is not None and machine.failed < 0:
                said[part].append(value)
    records.ran(number, enumerate(said), quarters)
