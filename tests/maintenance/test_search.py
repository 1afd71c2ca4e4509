"""The search makes plans that hold, gets better, and says the same for the same seed."""

import math
from itertools import pairwise

import numpy as np
import pytest

from maintenance.search.anneal import total_of
from maintenance.search.field import NEVER, Field, Tours, field_of
from maintenance.search.nearness import by_time, nearest_first
from maintenance.search.run import Effort, Progress, heat, search, solution

VISITS, CREW, DEPOT = 24, 4, 28
HORIZON = 480.0


def town(seed: int) -> Field:
    """Visits, technicians and a depot strewn over a square; one tool and one part that not every van has."""
    chance = np.random.default_rng(seed)
    points = chance.uniform(0, 60, (VISITS + CREW + 1, 2))
    gaps = points[:, None] - points[None]
    travel = np.hypot(gaps[..., 0], gaps[..., 1])
    earliest = chance.uniform(0, 300, VISITS).round()
    latest = earliest + 120
    when, rank = by_time(earliest, latest)
    closed = [NEVER if (c + v) % 5 == 0 else float(latest[c]) for v in range(CREW) for c in range(VISITS)]
    real = {
        "travel": travel.ravel().tolist(),
        "price": (travel * 0.3).ravel().tolist(),
        "service": [10.0] * VISITS + [0.0] * CREW + [5.0],
        "earliest": earliest.tolist() * CREW,
        "latest": closed,
        "earliest_late": earliest.tolist() * CREW,
        "latest_late": closed,
        "extra": [0.0] * (VISITS * CREW),
        "breach": [0.0] * VISITS,
        "penalty": [900.0] * VISITS,
        "begin": [0.0] * CREW,
        "end": [HORIZON] * CREW,
        "regular": [HORIZON - 60] * CREW,
        "per_time": [1.0] * CREW,
        "per_overtime": [0.5] * CREW,
    }
    whole = {
        "home": list(range(VISITS, VISITS + CREW)),
        "parts": [int(c % 3 == 0) for c in range(VISITS)],
        "stock": [2, 0, 1, 3],
        "owner": list(range(CREW)),
        "store": [6],
        "needs": [int(c % 7 == 0) for c in range(VISITS)],
        "has": [1, 0, 1, 0],
        "twin": [-1] * CREW,
        "near": nearest_first(travel, earliest, latest),
        "when": when,
        "rank": rank,
    }
    return field_of(
        real,
        whole,
        n=VISITS,
        tours=CREW,
        width=VISITS + 3,
        kinds=1,
        places=VISITS + CREW + 1,
        has_price=True,
        depot=DEPOT,
        depot_opens=0.0,
        depot_closes=HORIZON,
        is_store_limited=True,
    )


def searched(field: Field, seed: int, rounds: int) -> tuple[list[float], Tours]:
    """The best cost at each step, and the tours."""
    costs, tours = [], None
    for step in search(field, seed, Effort(rounds=rounds)):
        if isinstance(step, Progress):
            costs.append(step.best)
        else:
            tours = step
    assert tours is not None
    return costs, tours


def simulated(field: Field, routes: list[list[int]]) -> float:
    """The cost of routes as they are driven: leave as late as the earliest end allows; raises where a rule breaks."""
    cost, seen, fetched = 0.0, [], 0
    for v, route in enumerate(routes):
        if not route:
            continue
        home, real, whole = VISITS + v, field.real, field.whole
        own, supplied = whole[field.stock + v], False
        way = [home, *route, home]
        bounds = []
        for place in way:
            lo = real[field.earliest + place] if place < VISITS else 0.0
            hi = real[field.latest + v * VISITS + place] if place < VISITS else HORIZON
            bounds.append((lo, hi, real[field.service + place]))
            if place == DEPOT:
                supplied = True
            elif place < VISITS:
                seen.append(place)
                assert supplied or whole[field.needs + place] & ~whole[field.has + v] == 0
                need = whole[field.parts + place]
                fetched += need if supplied else 0
                own -= 0 if supplied else need
                assert own >= 0
        steps = [real[field.travel + a * field.places + b] for a, b in pairwise(way)]
        at = 0.0
        for (_, _, took), step, (lo, hi, _) in zip(bounds, steps, bounds[1:], strict=False):
            at = max(at + took + step, lo)
            assert at <= hi + 1e-6
        leave = at
        for (_, hi, took), step in zip(reversed(bounds[:-1]), reversed(steps), strict=True):
            leave = min(hi, leave - step - took)
        over = max(at - (HORIZON - 60), 0.0)
        cost += (at - leave) + 0.5 * over
        cost += sum(real[field.price + a * field.places + b] for a, b in pairwise(way))
    assert sorted(set(seen)) == sorted(seen)
    assert fetched <= whole[field.store]
    return cost + 900.0 * (VISITS - len(seen))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_the_search_says_of_its_cost_is_what_driving_costs(seed: int):
    """Constant-time arithmetic and a plain simulation agree; windows, tools, parts and the depot's stock hold."""
    field = town(seed)
    costs, tours = searched(field, seed, 60)

    assert math.isclose(costs[-1], simulated(field, solution(field, tours)), abs_tol=1e-6)
    assert sorted(costs, reverse=True) == costs


def test_going_back_leaves_no_trace():
    """After many rounds, most of them refused, the cost in hand is the sum of its parts."""
    field = town(5)
    _, tours = searched(field, 5, 80)

    assert math.isclose(tours.real[tours.totals], total_of(field, tours), abs_tol=1e-6)


def test_the_same_seed_and_rounds_make_the_same_plan():
    """Nothing but the seed decides."""
    first, second = (solution(town(4), searched(town(4), 9, 40)[1]) for _ in range(2))

    assert first == second


def test_searching_longer_is_better_than_insertion_alone():
    """The first plan is insertion's; sixty rounds later it costs less."""
    costs, _ = searched(town(6), 6, 100)

    assert costs[-1] < costs[0]


@pytest.mark.parametrize(("share", "expected"), [(1.0, 1.0), (0.75, 0.5), (0.51, 0.02), (0.5, 1.0), (0.25, 0.5)])
def test_the_search_is_heated_again_in_each_cycle(share: float, expected: float):
    """With two cycles it is hot at the beginning and in the middle."""
    assert math.isclose(expected, heat(Effort(cycles=2), share))
