"""What a policy of `bench.loop` knows of the parts: learned from the records by the product, or the truth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import gamma, inf

import numpy as np

from bench.loop_records import Fitted, Records, Slot
from bench.loop_world import World
from domain.batch import Floats
from maintenance.advice import Advice, condition_call
from maintenance.age import AgePolicy, pays_at, robust_age
from maintenance.beliefs import Beliefs, beliefs, known
from maintenance.condition import Failing, Lead, Limit, condition_limit
from maintenance.life import LEAST, Lives
from maintenance.waiting import Costs
from maintenance.wear import LEAST_UNITS, Wear, track, wear_beliefs

HISTORIES = 60
"""So many, the newest, say enough of how a signal wears."""
LONG_ENOUGH = 30
"""Days of a signal, less of which says more about noise than about wear."""
LEADS = (1.5, 2.5, 3.5, 7.0, 14.0, 21.0, 30.0)
"""Days for which limits are kept."""
STEPS = 12
"""Halvings by which the age of an opportunity is found."""


@dataclass(frozen=True, slots=True)
class Aging:
    """Of a part without a signal."""

    beliefs: Beliefs
    policy: AgePolicy
    opportunity: float
    """From this age on it is replaced where somebody is there anyway."""


@dataclass(eq=False)
class Insight:
    """Wear by part, ages by part; in neither is what nothing is known of, or what has no maker's interval.

    Nobody makes a plan for what is known to fail by chance.
    """

    world: World
    wears: Mapping[int, Sequence[Wear]]
    ages: Mapping[int, Aging]
    rates: dict[int, float] = field(default_factory=dict)
    """What a day of a part costs under its limit."""
    limits: dict[tuple[int, float], Limit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rates = {part: self.limit(part, 1.5).rate for part in self.wears}

    def limit(self, part: int, lead_days: float) -> Limit:
        """The product's, for a lead time; leads of about the same length share that of the longest."""
        lead_days = next((lead for lead in LEADS if lead >= lead_days), LEADS[-1])
        if (part, lead_days) not in self.limits:
            costs = self.world.costs(self.world.parts[part])
            self.limits[part, lead_days] = condition_limit(self.wears[part], costs, lead_days)
        return self.limits[part, lead_days]

    def condition(
        self, part: int, fitted: Sequence[tuple[Slot, Fitted]], *, crew: float, until_there: float
    ) -> Iterator[tuple[Slot, Advice]]:
        """The product's call for each of these parts, from all that their signals have said since they were new."""
        fitted = [(slot, one) for slot, one in fitted if one.daily and one.is_known_from_new]
        if part not in self.wears or not fitted:
            return
        wear, costs = self.wears[part][0], self.world.costs(self.world.parts[part])
        lead = Lead(crew=crew, part=round(until_there))
        seen = track(as_rows([one.daily for _, one in fitted]), wear)
        for unit, (slot, one) in enumerate(fitted):
            last = len(one.daily) - 1
            failing = Failing(
                wear,
                float(seen.level[unit, last]),
                float(seen.pace[unit, last]),
                float(seen.level_doubt[last]),
                float(seen.both[last]),
                float(seen.pace_doubt[last]),
            )
            yield slot, condition_call(failing, self.limit(part, lead.days), costs)

    def demand(self) -> dict[str, float]:
        """Pieces a day that the whole fleet is expected to need of each part, for who knows the truth."""
        found = {}
        for part, kind in enumerate(self.world.parts):
            costs = self.world.costs(kind)
            if part in self.ages:
                policy, rate = self.ages[part].policy, self.ages[part].policy.rate
                failing = 1.0 - float(self.ages[part].beliefs.surviving(np.array([policy.age]))[0])
            elif part in self.wears:
                failing, rate = self.limit(part, 1.5).chance_of_failure, self.rates[part]
            else:
                failing, rate = 1.0, costs.failure / (kind.scale * gamma(1.0 + 1.0 / kind.shape))
            found[kind.id] = self.world.machines * rate / (costs.planned + failing * (costs.failure - costs.planned))
        return found


def as_rows(series: Sequence[Sequence[float]]) -> Floats:
    """[unit, reading]; NaN behind each one's end."""
    found = np.full((len(series), max(map(len, series))), np.nan)
    for row, one in zip(found, series, strict=True):
        row[: len(one)] = one
    return found


def known_insight(world: World) -> Insight:
    """The truth."""
    wears = {number: (part.wear,) for number, part in enumerate(world.parts) if part.signal}
    ages = {
        number: aging(known(part.life), world.costs(part), world.visit_estimate)
        for number, part in enumerate(world.parts)
        if not part.signal and part.maker_days
    }
    return Insight(world, wears, ages)


def learned_insight(world: World, records: Records) -> Insight:
    """What the records say until now; of what failed too seldom, nothing: it runs until it fails."""
    wears: dict[int, Sequence[Wear]] = {}
    ages: dict[int, Aging] = {}
    for number, part in enumerate(world.parts):
        if part.signal:
            histories = records.all_histories(number, LONG_ENOUGH)[-HISTORIES:]
            if len(histories) >= LEAST_UNITS and records.last_words[number]:
                wears[number] = wear_beliefs(histories, float(np.mean(records.last_words[number])))
        elif part.maker_days:
            lives = records.all_lives(number)
            if sum(life.failed for life in lives) >= LEAST:
                ages[number] = aging(beliefs(Lives.of(lives)), world.costs(part), world.visit_estimate)
    return Insight(world, wears, ages)


def aging(found: Beliefs, costs: Costs, saving: float) -> Aging:
    """The best age, and the least at which an opportunity pays."""
    policy = robust_age(found, costs)
    if policy.is_never:
        return Aging(found, policy, inf)
    low, high = 0.0, policy.age
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if pays_at(found, costs, middle, saving) else (middle, high)
    return Aging(found, policy, high)
