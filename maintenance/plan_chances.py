"""How likely an asset fails while its planned work waits: by the lives of its parts or its family, else by the plan."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.instants import DAY, Instant
from domain.plan import FAILURES_PER_YEAR, Plan
from maintenance.beliefs import Beliefs
from maintenance.waiting import ChanceByDay, steady

YEAR_DAYS = 365.25


@dataclass(frozen=True, eq=False)
class KnownLife:
    """How long a part, or the assets of a model, last in this installation."""

    beliefs: Beliefs
    lives: int
    failures: int


@dataclass(frozen=True, slots=True)
class Chances:
    """The chance of a failure by days, and what it rests on."""

    by_day: ChanceByDay
    grounds: Mapping[str, Any]
    is_assumed: bool


@dataclass(frozen=True, slots=True)
class InUse:
    """An asset's model, and from when on it (by its model) and its parts have been in use."""

    model: str = ""
    since: Mapping[str, Instant] = field(default_factory=dict)


def chances_of(
    plan: Plan, now: Instant, kit: Iterable[str], use: InUse, life: Callable[[str, Instant], KnownLife | None]
) -> Chances:
    """Of an asset whose planned work waits.

    Parts of the kit whose lives are known speak first, each by its own age: one of them failing is enough. Then the
    life of the model speaks. Else the failures a year of the plan, which are assumed until somebody says another
    number.
    """
    lives = lived(kit, use, life, now) or lived([use.model], use, life, now)
    if not lives:
        rate = plan.failures_per_year
        return Chances(steady(rate / YEAR_DAYS), {"failures_per_year": rate}, rate == FAILURES_PER_YEAR)
    return of_lives(lives, {name: max(now - use.since[name], 0) / DAY for name in lives})


def lived(
    names: Iterable[str], use: InUse, life: Callable[[str, Instant], KnownLife | None], now: Instant
) -> dict[str, KnownLife]:
    """Those that are in use and whose life is known."""
    found = {name: life(name, now) for name in sorted(names) if name in use.since}
    return {name: known for name, known in found.items() if known is not None}


def of_lives(lives: Mapping[str, KnownLife], ages: Mapping[str, float]) -> Chances:
    """That one of these fails, each of its age in days."""
    grounds = {
        name: {
            "age_days": round(ages[name], 1),
            "shape": round(lives[name].beliefs.middle.shape, 3),
            "scale_days": round(lives[name].beliefs.middle.scale, 1),
            "lives": lives[name].lives,
            "failures": lives[name].failures,
        }
        for name in lives
    }

    def by_day(days: float) -> float:
        works = 1.0
        for name in lives:
            works *= 1.0 - lives[name].beliefs.chance(ages[name], days)
        return 1.0 - works

    return Chances(by_day, {"lives": grounds}, is_assumed=False)
