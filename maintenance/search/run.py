"""A search from the first insertion to the best tours, by the clock or by a number of rounds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from statistics import fmean
from typing import NamedTuple

from maintenance.search.anneal import begin, try_again
from maintenance.search.field import Field, Tours, tours_of

SLICE = 20
"""Rounds at one temperature."""
COLDEST = 0.06
CYCLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long a search may take: so many rounds, or until `left` says that no share of its time is left."""

    rounds: int | None = None
    left: Callable[[], float] | None = None
    """The share of the time that is left, 1 … 0; by it the search cools down. It is the clock, so the result depends
    on the machine; with `rounds` it depends on the seed alone."""
    hottest: float = 10.0
    coldest: float = COLDEST
    """First and last temperature, in mean costs of the way to the five nearest."""
    cycles: int = CYCLES
    """So often it is heated and cools down; the best of all counts."""


class Progress(NamedTuple):
    """How a search is getting on."""

    rounds: int
    best: float


def search(field: Field, seed: int, effort: Effort, start: Tours | None = None) -> Iterator[Progress | Tours]:
    """Now and then the progress, at last the tours whose `best_…` are the solution. Closing the iterator cancels.

    All is compiled before the clock is asked for the first time.
    """
    tours = start or first_tours(field, seed)
    unit = typical_way(field)
    done = 0
    try_again(field, tours, 0, unit, unit)
    yield Progress(done, tours.real[tours.totals + 1])
    while (share := left_of(effort, done)) > 0.0:
        warmth = unit * effort.coldest * (effort.hottest / effort.coldest) ** heat(effort, share)
        rounds = SLICE if effort.rounds is None else min(SLICE, effort.rounds - done)
        try_again(field, tours, rounds, warmth, 0.3 * unit)
        done += rounds
        yield Progress(done, float(tours.real[tours.totals + 1]))
    yield tours


def heat(effort: Effort, share: float) -> float:
    """How hot the search is, 1 … 0, when a share of the effort is left."""
    cycle = share * effort.cycles
    return cycle - ceil(cycle) + 1.0


def left_of(effort: Effort, done: int) -> float:
    """The share of the effort that is left."""
    by_rounds = 1.0 if effort.rounds is None else 1.0 - done / max(effort.rounds, 1)
    by_clock = 1.0 if effort.left is None else effort.left()
    return min(by_rounds, by_clock) if effort.rounds != 0 else 0.0


def typical_way(field: Field) -> float:
    """What it costs in the mean to go to one of the five nearest."""
    per_time = max(field.real[field.per_time : field.per_time + field.tours], default=1.0)
    costs = []
    for a in range(field.n):
        ways = (
            field.real[field.price + a * field.places + b] + per_time * field.real[field.travel + a * field.places + b]
            for b in range(field.n)
            if b != a
        )
        costs.extend(sorted(ways)[:5])
    return max(fmean(costs), 1e-6) if costs else 1.0


def first_tours(field: Field, seed: int) -> Tours:
    """Tours by insertion alone."""
    tours = empty_tours(field, seed)
    begin(field, tours)
    return tours


def empty_tours(field: Field, seed: int) -> Tours:
    """No visit is made."""
    v, w, n, kinds = field.tours, field.width, field.n, max(field.kinds, 1)
    owners = 1 + int(max(field.whole[field.owner : field.owner + v], default=-1))
    square = v * w * w if field.depot >= 0 else 1
    row, cube = [0.0] * (v * w), [0.0] * square
    flat, per_tour, per_visit = [0] * (v * w), [0] * v, [0] * n
    real = {
        "cost": [0.0] * v,
        "pre_d": row,
        "pre_e": row,
        "pre_l": row,
        "suf_d": row,
        "suf_e": row,
        "suf_l": row,
        "mid_d": cube,
        "mid_e": cube,
        "mid_l": cube,
        "end_d": cube,
        "end_e": cube,
        "end_l": cube,
        "totals": [0.0, 0.0],
        "offer": [0.0] * max(n * v, n, 1),
        "known_cost": [0.0] * (n * v),
    }
    whole = {
        "at": flat,
        "size": per_tour,
        "stop": [-1] * v,
        "where": [-1] * n,
        "late": per_visit,
        "load": [0] * (v * w * kinds),
        "lacks": per_tour,
        "used": [0] * (v * kinds),
        "left": [int(one) for one in field.whole[field.stock : field.stock + owners * field.kinds]],
        "taken": [0] * (v * kinds),
        "rest": [int(one) for one in field.whole[field.store : field.store + field.kinds]],
        "kept_at": flat,
        "kept_size": per_tour,
        "kept_stop": [-1] * v,
        "kept_late": per_visit,
        "best_at": flat,
        "best_size": per_tour,
        "best_stop": [-1] * v,
        "best_late": per_visit,
        "pool": [0] * (2 * n + 1),
        "touched": per_tour,
        "deep": per_tour,
        "stirred": [1] * owners,
        "version": [1] * v,
        "known_place": [0] * (n * v),
        "known_version": [0] * (n * v),
        "chance": [(seed * 2_654_435_761 + 88_675_123) % 0xFFFFFFFF or 1],
    }
    return tours_of(real, whole)


def moved_in(field: Field, tours: Tours) -> list[int]:
    """The visits of the best tours that are made at another time than they should be."""
    return [c for c in range(field.n) if tours.whole[tours.best_late + c] == 1]


def solution(field: Field, tours: Tours) -> list[list[int]]:
    """Places of each tour's best, the depot stop among them, without the homes."""
    routes = []
    for v in range(field.tours):
        route = [
            int(tours.whole[tours.best_at + v * field.width + i])
            for i in range(1, tours.whole[tours.best_size + v] + 1)
        ]
        if tours.whole[tours.best_stop + v] >= 0 and route:
            route.insert(int(tours.whole[tours.best_stop + v]), field.depot)
        routes.append(route)
    return routes
