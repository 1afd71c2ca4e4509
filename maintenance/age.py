"""Age: replace a part when it is so old, because then a failure costs more than the life that is thrown away."""

from dataclasses import dataclass
from math import gamma, inf

import numpy as np

from domain.batch import Floats
from maintenance.beliefs import Beliefs, known
from maintenance.life import Weibull
from maintenance.waiting import Costs

STEPS = 160
"""Ages that are compared."""
XS = np.concatenate([[0.0], np.geomspace(1e-3, 12.0, 240)])
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(3)


@dataclass(frozen=True, slots=True)
class AgePolicy:
    """Replace at this age, or at a failure before it."""

    age: float
    """`inf`: never before a failure."""
    rate: float
    """Expected cost a day."""
    rate_of_failures_only: float
    """Expected cost a day if nothing is replaced before it fails."""

    @property
    def is_never(self) -> bool:
        """Whether replacing before a failure does not pay."""
        return self.age == inf

    @property
    def saving(self) -> float:
        """The share of the cost of failures only that the policy saves."""
        return 1.0 - self.rate / self.rate_of_failures_only


def best_age(life: Weibull, costs: Costs) -> AgePolicy:
    """The optimum where the life is known (Barlow and Proschan 1965); with a shape of 1 or less: never."""
    return robust_age(known(life), costs)


def robust_age(beliefs: Beliefs, costs: Costs) -> AgePolicy:
    """The age that costs least beside the best age of every life that is possible, on average over the beliefs.

    For each possible life the cost a day at an age is divided by the least that this life can cost, so that short lives
    do not outvote long ones; the age with the lowest mean of these ratios is taken. Never, where failures cost no more
    than planned work or where wear is not more probable than not.
    """
    failing = failure_rates(beliefs, costs)
    never = AgePolicy(inf, beliefs.mean(failing), beliefs.mean(failing))
    if costs.failure <= costs.planned or beliefs.chance_of_wear <= 0.5:
        return never
    ages = ages_to_compare(beliefs)
    rates = cost_rates(beliefs, costs, ages)
    least = np.minimum(rates.min(2), failing)
    regret = (beliefs.weights[:, :, None] * rates / least[:, :, None]).sum((0, 1))
    best = int(np.argmin(regret))
    if regret[best] >= beliefs.mean(failing / least) or best == len(ages) - 1:
        return never
    age = lowest_between(ages, regret, best)
    return AgePolicy(age, beliefs.mean(cost_rates(beliefs, costs, np.array([age]))[:, :, 0]), never.rate)


def ages_to_compare(beliefs: Beliefs) -> Floats:
    """From where almost nothing has failed yet until where almost everything has."""
    low, high = beliefs.scale_between(0.01, 0.99)
    return np.geomspace(low * 0.003, high * 4.0, STEPS)


def cost_rates(beliefs: Beliefs, costs: Costs, ages: Floats) -> Floats:
    """[shape, scale, age]: the expected cost of one replacement by the expected time until it."""
    found, tables = np.empty((*beliefs.scales.shape, len(ages))), mean_ages(beliefs.shapes)
    for row, shape in enumerate(beliefs.shapes.tolist()):
        scales = beliefs.scales[row][:, None]
        xs = ages[None, :] / scales
        failed = -np.expm1(-(xs**shape))
        working = np.interp(xs, XS, tables[row]) * scales
        found[row] = (costs.planned + (costs.failure - costs.planned) * failed) / working
    return found


def failure_rates(beliefs: Beliefs, costs: Costs) -> Floats:
    """[shape, scale]: the cost a day if nothing is replaced before it fails."""
    return costs.failure / (np.array([gamma(1.0 + 1.0 / b) for b in beliefs.shapes.tolist()])[:, None] * beliefs.scales)


def mean_ages(shapes: Floats) -> Floats:
    """[shape, x]: the expected age at a failure or at each of XS, whichever comes first, of lives with scale 1."""
    half = np.diff(XS) / 2.0
    ages = XS[:-1, None] + half[:, None] * (1.0 + NODES[None, :])
    working = np.exp(-(ages[None, :, :] ** shapes[:, None, None]))
    return np.pad(np.cumsum(working @ NODE_WEIGHTS * half, axis=1), ((0, 0), (1, 0)))


def lowest_between(ages: Floats, values: Floats, best: int) -> float:
    """The bottom of the parabola through the lowest value and its neighbours, over the ages' logarithms."""
    if not 0 < best < len(ages) - 1:
        return float(ages[best])
    before, here, after = values[best - 1 : best + 2]
    bend = before - 2.0 * here + after
    shift = 0.5 * (before - after) / bend if bend > 0 else 0.0
    return float(np.exp(np.log(ages[best]) + shift * np.log(ages[best + 1] / ages[best])))


@dataclass(frozen=True, slots=True)
class Window:
    """Between which ages a part is replaced; `inf` where it never is."""

    ready: float
    """From here on an opportunity (a crew that is there anyway) is worth taking."""
    ideal: float
    due: float
    """From here on waiting has cost as much more than the ideal as `within` allows."""


def replacement_window(beliefs: Beliefs, costs: Costs, within: float = 0.05) -> Window:
    """The ages around the best one whose expected cost a day is at most `within` (a share) above the least."""
    policy = robust_age(beliefs, costs)
    if policy.is_never:
        return Window(inf, inf, inf)
    ages = np.concatenate([ages_to_compare(beliefs), [policy.age]])
    ages.sort()
    weighted = beliefs.weights[:, :, None] * cost_rates(beliefs, costs, ages)
    rates = weighted.sum((0, 1))
    good = ages[rates <= (1.0 + within) * max(policy.rate, rates.min())]
    return Window(float(min(good[0], policy.age)), policy.age, float(max(good[-1], policy.age)))


def pays_at(beliefs: Beliefs, costs: Costs, age: float, saving: float) -> bool:
    """Whether replacing now is right because a visit now costs `saving` less than one of its own.

    The part is kept until its best age otherwise. Keeping it costs what is expected until then, less the policy's cost
    a day for every day that is won (renewal reward); that is held against the cheaper replacement now.
    """
    policy = robust_age(beliefs, costs)
    if policy.is_never:
        return False
    if age >= policy.age:
        return True
    ages = np.linspace(age, policy.age, 200)
    working = beliefs.surviving(ages)
    if working[0] <= 0:
        return True
    failed = 1.0 - working[-1] / working[0]
    days = float(np.sum((working[1:] + working[:-1]) / 2.0 * np.diff(ages)) / working[0])
    keeping = costs.planned + (costs.failure - costs.planned) * failed - policy.rate * days
    return bool(costs.planned - saving <= keeping)
