"""The worlds of `bench.when`: lives and wear with a known optimum, drawn by seed."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from domain.batch import Floats
from maintenance.age import best_age, cost_rates, failure_rates, robust_age
from maintenance.beliefs import beliefs, known, learned_prior
from maintenance.condition import condition_limit, first_reaching, outcome, rate_of
from maintenance.life import LEAST, Life, Lives, Weibull
from maintenance.waiting import Costs
from maintenance.wear import Fleet, Wear, live, track, wear_beliefs

UNITS = 3_000
"""New units that limits are compared on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeWorld:
    """A part whose life and costs are known to the bench alone."""

    shape: float
    ratio: float
    lives: int
    censored: float
    groups: int


def age_ratio(world: AgeWorld, seed: int) -> float:
    """What the product's age costs by what the best one costs, in the true world."""
    kind = (world.lives, round(100 * world.shape), round(100 * world.censored), round(100 * world.ratio))
    chance = np.random.default_rng([seed, *kind])
    scales = 1_000.0 * np.exp(chance.normal(size=world.groups))
    groups = [watched(Weibull(world.shape, scale), world, chance) for scale in scales.tolist()]
    costs, truth = Costs(1.0, world.ratio), known(Weibull(world.shape, float(scales[0])))
    found = beliefs(groups[0], learned_prior(groups)) if len(groups) > 1 else beliefs(groups[0])
    policy = robust_age(found, costs)
    if policy.is_never:
        rate = float(failure_rates(truth, costs)[0, 0])
    else:
        rate = float(cost_rates(truth, costs, np.array([policy.age]))[0, 0, 0])
    return rate / best_age(Weibull(world.shape, float(scales[0])), costs).rate


def watched(life: Weibull, world: AgeWorld, chance: np.random.Generator) -> Lives:
    """Lives of which the asked share is cut off on average, each at its own moment; never fewer than LEAST failures."""
    longest = longest_watch(life.shape, world.censored) * life.scale
    while True:
        ages = life.scale * chance.weibull(life.shape, world.lives)
        ends = chance.uniform(0.0, longest, world.lives) if world.censored else np.full(world.lives, np.inf)
        rows = [Life(min(age, end), age <= end) for age, end in zip(ages.tolist(), ends.tolist(), strict=True)]
        if sum(one.failed for one in rows) >= LEAST:
            return Lives.of(rows)


@cache
def longest_watch(shape: float, censored: float) -> float:
    """How long watching lasts at most, in scales, so that this share is cut off; every shorter time as probable."""
    lives = np.sort((-np.log((np.arange(4_000) + 0.5) / 4_000)) ** (1.0 / shape))
    low, high = 0.0, 1_000.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if np.minimum(lives / middle, 1.0).mean() > censored else (low, middle)
    return high


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionWorld:
    """A unit that fails after about a hundred days, read daily."""

    spread: float
    noise: float
    ratio: float
    lead: float
    histories: int


def condition_ratios(world: ConditionWorld, seed: int) -> dict[str, float]:
    """Costs by that of the best limit: the product's limit, failures only, and the best age of the same units."""
    wear = Wear(begins_at=0.0, fails_at=1.0, pace=0.01, spread=0.01 * world.spread, jitter=1.5e-4, noise=world.noise)
    costs = Costs(1.0, world.ratio)
    past = live(wear, world.histories, np.random.default_rng([seed, 1]))
    ends = past.fails_in.astype(int).tolist()
    wears = wear_beliefs([row[: end + 1] for row, end in zip(past.readings, ends, strict=True)], wear.fails_at)
    fleet = live(wear, UNITS, np.random.default_rng([seed, 2]))
    limit = condition_limit(wears, costs, world.lead)
    steps = wear.steps(world.lead)
    best = min(
        best_limit(levels, fleet, steps, costs) for levels in (fleet.readings, track(fleet.readings, wear).level)
    )
    return {
        "limit": rate_of(limit, wears[0], fleet, costs) / best,
        "failures only": costs.failure / float((fleet.fails_in + 1.0).mean()) / best,
        "best age": age_rate(fleet, costs) / best,
    }


def best_limit(levels: Floats, fleet: Fleet, lead: int, costs: Costs) -> float:
    """The least cost a day of 200 limits, known only afterwards."""
    highest = np.maximum.accumulate(levels, axis=1)
    found = (outcome(first_reaching(highest, x), fleet.fails_in, lead, costs) for x in np.linspace(0.1, 1.3, 200))
    return min(money / days for money, days, _ in found)


def age_rate(fleet: Fleet, costs: Costs) -> float:
    """The least cost a day of replacing at an age, known only afterwards."""
    lives = fleet.fails_in + 1.0
    ages = np.arange(2.0, lives.max() + 1.0)
    failed = (lives[None, :] <= ages[:, None]).mean(1)
    days = np.minimum(lives[None, :], ages[:, None]).mean(1)
    return float(((costs.planned + (costs.failure - costs.planned) * failed) / days).min())
