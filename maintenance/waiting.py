"""What it is expected to cost if work waits: the one currency of forecasts, parts and the crew plan."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import expm1, inf

from domain.work_order import Waiting

ChanceByDay = Callable[[float], float]
"""The chance (0 to 1) that the asset fails within so many days from now, if nothing is done."""
DAYS = (1, 3, 7, 14)


@dataclass(frozen=True, slots=True)
class Costs:
    """What work costs, in the installation's currency."""

    planned: float
    """Work that was planned."""
    failure: float
    """A failure with all that follows from it, the repair among it."""
    is_assumed: bool = True
    """The failure cost is our own assumption until somebody says it."""

    def __post_init__(self) -> None:
        if not (0.0 < self.planned < inf and 0.0 < self.failure < inf):
            raise ValueError("costs are greater than 0; give what planned work and what a failure cost")


def cost_of_waiting(
    chance_by_day: ChanceByDay,
    failure_cost: float,
    planned_cost: float,
    is_assumed: bool,
    days: Iterable[int] = DAYS,
) -> tuple[Waiting, ...]:
    """Chance of a failure until then × (failure cost − planned cost), for each of the days.

    Work done now costs the planned cost. Work that waits d days costs the failure cost where the asset fails first and
    the planned cost where it does not: `P(d)·failure + (1 − P(d))·planned`. The difference is what waiting costs. The
    part's life that is won meanwhile is not counted against it: `maintenance.age` and `maintenance.condition` weigh
    that when they choose the day. A failure that costs no more than planned work makes waiting free. `is_assumed` says
    that the failure cost is our own assumption. Raises ValueError for costs or chances that cannot be.
    """
    if min(failure_cost, planned_cost) < 0:
        raise ValueError("costs are not negative; give what a failure and what planned work cost")
    extra = max(failure_cost - planned_cost, 0.0)
    return tuple(
        Waiting(days=day, cost=checked(chance_by_day(float(day))) * extra, is_assumed=is_assumed) for day in days
    )


def steady(per_day: float) -> ChanceByDay:
    """Chances where age says nothing and failures come `per_day` on average."""
    return lambda day: -expm1(-per_day * max(day, 0.0))


def from_forecast(chance: float, horizon_days: float) -> ChanceByDay:
    """Chances of a forecast "fails within the horizon with this chance", carried on at the same daily risk."""
    checked(chance)
    if horizon_days <= 0:
        raise ValueError("the horizon of a forecast is longer than nothing")
    return lambda day: 1.0 - (1.0 - chance) ** (max(day, 0.0) / horizon_days)


def from_days(known: Sequence[tuple[float, float]]) -> ChanceByDay:
    """Chances of which some are known, as days and chances that both rise; between them evenly, behind them the last.

    Raises ValueError where they do not rise or are no chances.
    """
    line = [(0.0, 0.0), *((float(day), checked(chance)) for day, chance in known)]
    if any(later[0] <= one[0] or later[1] < one[1] for one, later in pairwise(line)):
        raise ValueError("days and the chances of a failure by then rise together")

    def chance(day: float) -> float:
        for (begin, low), (end, high) in pairwise(line):
            if day <= end:
                return low + (high - low) * max(day - begin, 0.0) / (end - begin)
        return line[-1][1]

    return chance


def checked(chance: float) -> float:
    """The chance. Raises ValueError where it is none."""
    if not 0.0 <= chance <= 1.0:
        raise ValueError(f"{chance} is no chance; it lies between 0 and 1")
    return float(chance)
